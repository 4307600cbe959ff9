/*
 * native_cpu.c - descriptor tables, and where the CPU enters the kernel.
 *
 * Hardware  Intel SDM vol. 3, "Protected-Mode Memory Management", "Interrupt
 *           and Exception Handling", "Task Management" (64-bit TSS), "Fast
 *           System Calls in 64-Bit Mode".
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/native.h"
#include "workloads/kernel/native_kvm.h"
#include "workloads/kernel/native_smp.h"

enum {
    GDT_ENTRIES = TSS_SEL / 8 + 2,
    IDT_ENTRIES = 256,
    FAULT_STACK_BYTES = 4096
};

#define CR0_MP   (1u << 1)
#define CR0_EM   (1u << 2)
#define CR0_TS   (1u << 3)
#define CR0_NE   (1u << 5)
#define CR4_PGE  (1u << 7)
#define CR4_FX   (3u << 9) /* OSFXSR and OSXMMEXCPT */
#define CR4_SMEP (1u << 20)
#define CR4_SMAP (1u << 21)

#define GATE_INTERRUPT 0x8eu /* present, DPL 0, interrupts off */
#define GATE_USER      0xeeu /* programs may use INT n */

struct tss {
    uint32_t reserved;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));

struct gate {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};

/* What GS points to in the kernel; native_entry.S knows the offsets. */
struct native_local {
    uint64_t kernel_sp, user_sp;
    struct cpu *cpu; /* native_this_cpu() knows this offset */
};

/* Each CPU has its own; programs never see it. */
struct native_cpu {
    uint64_t gdt[GDT_ENTRIES];
    struct tss tss;
    struct native_local local;
    uint8_t fault_stack[FAULT_STACK_BYTES] __attribute__((aligned(16)));
};

enum { NATIVE_CPU_ORDER = 1 }; /* of frames */
_Static_assert(sizeof(struct native_cpu) <= PAGE_BYTES << NATIVE_CPU_ORDER,
               "a block of frames holds it");

static struct native {
    struct gate idt[IDT_ENTRIES];
    struct native_cpu first;
    struct native_cpu *cpus[MAX_CPUS];
} native __attribute__((aligned(4096)));

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

void native_cpu_features(void)
{
    struct cpu_features *f = &kernel.cpu;
    uint32_t leaves = cpuid(0, 0).eax;
    struct cpuid basic = cpuid(1, 0), extended = cpuid(0x80000001, 0);

    if (basic.ecx >> 31 & 1) /* a hypervisor */
        native_kvm_init();
    f->several = basic.edx >> 28 & 1;
    f->x2apic = basic.ecx >> 21 & 1;
    f->tsc_deadline = basic.ecx >> 24 & 1;
    f->nx = extended.edx >> 20 & 1;
    f->large_1g = extended.edx >> 26 & 1;
    f->large_2m = true;
    if (leaves >= 7) {
        struct cpuid structured = cpuid(7, 0);

        f->smep = structured.ebx >> 7 & 1;
        f->smap = structured.ebx >> 20 & 1;
    }
}

static void load_gdt(struct native_cpu *c)
{
    uint64_t tss = (uint64_t)&c->tss;
    struct table_pointer p = {sizeof c->gdt - 1, (uint64_t)c->gdt};

    c->gdt[KERNEL_CS / 8] = 0x00af9b000000ffff;
    c->gdt[KERNEL_SS / 8] = 0x00cf93000000ffff;
    c->gdt[USER_SS / 8] = 0x00cff3000000ffff;
    c->gdt[USER_CS / 8] = 0x00affb000000ffff;
    c->gdt[TSS_SEL / 8] = (sizeof c->tss - 1) | (tss & 0xffffff) << 16 |
                          (uint64_t)0x89 << 40 | (tss >> 24 & 0xff) << 56;
    c->gdt[TSS_SEL / 8 + 1] = tss >> 32;
    c->tss.io_map = sizeof c->tss;
    c->tss.ist[0] = (uint64_t)c->fault_stack + FAULT_STACK_BYTES;
    __asm__ volatile("lgdt %0\n\tltr %w1" : : "m"(p), "r"(TSS_SEL) : "memory");
    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%ss"
                     :
                     : "r"(KERNEL_SS));
    __asm__ volatile("mov %0, %%fs\n\tmov %0, %%gs" : : "r"(0));
}

static void fill_idt(void)
{
    for (unsigned v = 0; v < IDT_ENTRIES; v++) {
        uint64_t entry = native_trap_entries[v];
        bool user = v == VECTOR_BP || v == VECTOR_OF;

        native.idt[v] = (struct gate){
            .offset0 = (uint16_t)entry,
            .selector = KERNEL_CS,
            .ist = v == VECTOR_DF, /* the kernel stack may be the problem */
            .type = user ? GATE_USER : GATE_INTERRUPT,
            .offset1 = (uint16_t)(entry >> 16),
            .offset2 = (uint32_t)(entry >> 32),
        };
    }
}

static void load_idt(void)
{
    struct table_pointer p = {sizeof native.idt - 1, (uint64_t)native.idt};

    __asm__ volatile("lidt %0" : : "m"(p));
}

static void enable_system_calls(struct native_cpu *c)
{
    wrmsr(MSR_STAR, (uint64_t)(USER_SS - 8) << 48 | (uint64_t)KERNEL_CS << 32);
    wrmsr(MSR_LSTAR, (uint64_t)native_syscall_entry);
    wrmsr(MSR_SFMASK, RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | 0x40000 /* AC */);
    wrmsr(MSR_GS_BASE, (uint64_t)&c->local);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

static void set_control_registers(void)
{
    uint64_t cr0, cr4;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    cr0 = (cr0 | CR0_MP | CR0_NE) & ~(uint64_t)(CR0_EM | CR0_TS);
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 |= CR4_PGE | CR4_FX | (kernel.cpu.smep ? CR4_SMEP : 0) |
           (kernel.cpu.smap ? CR4_SMAP : 0);
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

static void init_tables(struct native_cpu *c)
{
    load_gdt(c);
    load_idt();
    set_control_registers();
    enable_system_calls(c);
}

void native_cpu_init(void)
{
    native.cpus[0] = &native.first;
    native.first.local.cpu = &kernel.cpus[0];
    fill_idt();
    init_tables(&native.first);
    native_timer_init();
    native_kvm_init_cpu(0);
}

bool native_cpu_prepare(unsigned number)
{
    pfn_t pfn = frame_alloc_zeroed(NATIVE_CPU_ORDER);

    if (pfn == PFN_NONE)
        return false;
    native.cpus[number] = pfn_to_va(pfn);
    native.cpus[number]->local.cpu = &kernel.cpus[number];
    return true;
}

void native_cpu_init_other(unsigned number)
{
    init_tables(native.cpus[number]);
    native_apic_init();
    native_kvm_init_cpu(number);
}

struct cpu *native_this_cpu(void)
{
    struct cpu *c;

    __asm__ volatile("mov %%gs:%c1, %0"
                     : "=r"(c)
                     : "i"(offsetof(struct native_local, cpu)));
    return c;
}

void native_load_kernel_stack(uint64_t top)
{
    struct native_cpu *c = native.cpus[kernel.here->number];

    c->tss.rsp[0] = top;
    c->local.kernel_sp = top;
}

/* From native_entry.S: any exception or interrupt, and SYSCALL. */
void native_trap(struct trap_frame *f);
void native_syscall(struct trap_frame *f);

static void take_exception(struct trap_frame *f)
{
    uint64_t cr2 = 0;

    if (f->vector == VECTOR_PF)
        __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    trap_exception(f, cr2);
}

/* They come from programs or from the idle loop, never from the kernel. */
static void take_interrupt(struct trap_frame *f)
{
    native_acknowledge();
    if (f->vector == VECTOR_FLUSH) {
        native_answer_flush();
        return;
    }
    native_enter();
    if (f->vector == VECTOR_TIMER)
        trap_timer(f);
    else
        trap_call(f);
    native_leave();
}

void native_trap(struct trap_frame *f)
{
    switch (f->vector) {
    case VECTOR_TIMER:
    case VECTOR_CALL:
    case VECTOR_FLUSH:
        take_interrupt(f);
        return;
    case VECTOR_SPURIOUS:
        return;
    default:
        break;
    }
    if (!trap_from_user(f)) { /* a copy that faults: the lock is ours */
        take_exception(f);
        return;
    }
    native_enter();
    take_exception(f);
    native_leave();
}

void native_syscall(struct trap_frame *f)
{
    native_enter();
    trap_syscall(f);
    native_leave();
}
