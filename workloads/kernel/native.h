/*
 * native.h - the bare machine: parts of its pv_ops implementation.
 */
#ifndef KERNEL_NATIVE_H
#define KERNEL_NATIVE_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"
#include "workloads/kernel/pv_ops.h"

extern const struct pv_ops native_ops;

/* --- native_cpu.c: descriptor tables, system-call entry, features ------ */
void native_cpu_features(void);
void native_cpu_init(void);
void native_load_kernel_stack(uint64_t top);
/* Tables of another CPU, made by the first; false: no memory. */
bool native_cpu_prepare(unsigned number);
/* On that CPU: what native_cpu_init() does on the first. */
void native_cpu_init_other(unsigned number);
/* Who we are, whoever has the lock. */
struct cpu *native_this_cpu(void);

/* --- native_memory.c: the direct map and the kernel's tables ----------- */
void native_map_memory(struct boot_info *b);

/* --- native_timer.c: local APIC and TSC ------------------------------- */
void native_timer_init(void);
/* On each CPU: its APIC and timer. */
void native_apic_init(void);
uint32_t native_apic_id(void);
/* to: an APIC ID; command: as the low half of the ICR has it. */
void native_send_ipi(uint32_t to, uint32_t command);
uint64_t native_clock_ns(void);
void native_timer_arm(uint64_t deadline_ns);
/* Of any interrupt. */
void native_acknowledge(void);

/* --- native_entry.S ---------------------------------------------------- */
extern const uint64_t native_trap_entries[256];
void native_syscall_entry(void);
void native_return_to_user(struct trap_frame *f) __attribute__((noreturn));

/* --- single instructions ----------------------------------------------- */
#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_SFMASK         0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_APIC_BASE      0x1bu
#define MSR_TSC_DEADLINE   0x6e0u

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r = {.eax = leaf, .ecx = subleaf};

    __asm__ volatile("cpuid"
                     : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx));
    return r;
}

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outsb(uint16_t port, const void *data, size_t bytes)
{
    __asm__ volatile("rep outsb"
                     : "+S"(data), "+c"(bytes)
                     : "d"(port)
                     : "memory");
}

#endif
