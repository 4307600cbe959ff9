/*
 * native_smp.c - the other CPUs of a bare machine: started, interrupted, kept
 * out of the kernel while one is in it.
 *
 * Hardware  Intel SDM vol. 3, "Multiple-Processor (MP) Initialization",
 *           "Issuing Interprocessor Interrupts", "Propagation of Page Table
 *           and Page Directory Entry Changes to Multiple Processors"; vol. 2,
 *           CPUID leaf 1 (EBX 23:16), PAUSE.
 * NOT MODELLED  APIC IDs above 255 without x2APIC; CPUs that the package
 *           counts but that do not come are missed after AP_PATIENCE_NS.
 */
#include "workloads/kernel/native_smp.h"

#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/native.h"
#include "workloads/kernel/tlb.h"

#define ICR_INIT    0x4500u
#define ICR_STARTUP 0x4600u
#define ICR_FIXED   0x4000u
#define ICR_OTHERS  0xc0000u /* all but this one */

enum { AP_PATIENCE_NS = 200000, AP_LONG_PATIENCE_NS = 100000000 };

extern char native_trampoline[], native_trampoline_end[];
/* native_ap.S: whoever starts takes the next number and its stack. */
extern uint32_t native_ap_taken;
uint64_t native_ap_stacks[MAX_CPUS], native_ap_cr3;
uint32_t native_ap_limit; /* numbers below it may go on */

void native_ap_start(unsigned number) __attribute__((noreturn));

static struct native_smp {
    uint32_t ticket, serving; /* the lock */
    uint32_t online;          /* others that wait for the lock or idle */
    uint32_t flush_wanted;    /* CPUs that have not answered yet, by bit */
    const struct tlb_batch *flush;
    uint32_t apic_ids[MAX_CPUS];
} smp;

static void relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

/* --- the lock: in the order of arrival ---------------------------------- */

void native_take_lock(void)
{
    uint32_t mine = __atomic_fetch_add(&smp.ticket, 1, __ATOMIC_ACQUIRE);

    while (__atomic_load_n(&smp.serving, __ATOMIC_ACQUIRE) != mine) {
        native_answer_flush();
        relax();
    }
    kernel.here = native_this_cpu();
    kernel.current = kernel.here->current;
}

void native_drop_lock(void)
{
    kernel.here->current = kernel.current;
    __atomic_store_n(&smp.serving, smp.serving + 1, __ATOMIC_RELEASE);
}

/* --- interrupts between CPUs -------------------------------------------- */

void native_cpu_interrupt(const struct cpu *to)
{
    native_send_ipi(smp.apic_ids[to->number], ICR_FIXED | VECTOR_CALL);
}

void native_flush_others(uint32_t cpus, const struct tlb_batch *b)
{
    smp.flush = b;
    __atomic_store_n(&smp.flush_wanted, cpus, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < kernel.cpu_count; i++)
        if (cpus >> i & 1)
            native_send_ipi(smp.apic_ids[i], ICR_FIXED | VECTOR_FLUSH);
    while (__atomic_load_n(&smp.flush_wanted, __ATOMIC_ACQUIRE))
        relax();
}

void native_answer_flush(void)
{
    uint32_t wanted = __atomic_load_n(&smp.flush_wanted, __ATOMIC_ACQUIRE);
    uint32_t mine = 1u << native_this_cpu()->number;

    if (!(wanted & mine))
        return;
    tlb_flush_here(smp.flush);
    __atomic_fetch_and(&smp.flush_wanted, ~mine, __ATOMIC_RELEASE);
}

/* --- start --------------------------------------------------------------- */

/* From native_ap.S, on its own stack, with the kernel's page tables. */
void native_ap_start(unsigned number)
{
    native_cpu_init_other(number);
    smp.apic_ids[number] = native_apic_id();
    __atomic_fetch_add(&smp.online, 1, __ATOMIC_RELEASE);
    native_take_lock();
    sched_idle();
}

/* A stack and tables for each, while there is memory. */
static unsigned prepare(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pfn_t stack = frame_alloc(KERNEL_STACK_ORDER);

        if (stack == PFN_NONE || (i > 0 && !native_cpu_prepare(i)))
            return i;
        kernel.cpus[i].number = i;
        native_ap_stacks[i] = (uint64_t)pfn_to_va(stack) + KERNEL_STACK_BYTES;
    }
    return count;
}

static bool wait_for(uint32_t others, uint64_t patience_ns)
{
    uint64_t end = native_clock_ns() + patience_ns;

    while (__atomic_load_n(&smp.online, __ATOMIC_ACQUIRE) < others) {
        if (native_clock_ns() > end)
            return false;
        relax();
    }
    return true;
}

static unsigned cpus_of_package(void)
{
    struct cpuid basic = cpuid(1, 0);

    return basic.edx >> 28 & 1 ? basic.ebx >> 16 & 0xff : 1;
}

void native_start_cpus(void)
{
    unsigned count = kernel.cpu.several ? cpus_of_package() : 1;

    if (count < 2)
        return;
    count = prepare(count < MAX_CPUS ? count : MAX_CPUS);
    if (count < 2)
        return;
    sched_idle_stack(native_ap_stacks[0]);
    smp.apic_ids[0] = native_apic_id();
    native_ap_limit = count;
    native_ap_cr3 = kernel.kernel_root.pfn << PAGE_BITS;
    memcpy(pfn_to_va(TRAMPOLINE_PA >> PAGE_BITS), native_trampoline,
           (size_t)(native_trampoline_end - native_trampoline));
    smp.ticket = 1; /* the lock is ours */
    native_send_ipi(0, ICR_INIT | ICR_OTHERS);
    for (unsigned i = 0; i < 2; i++) {
        native_send_ipi(0,
                        ICR_STARTUP | ICR_OTHERS | TRAMPOLINE_PA >> PAGE_BITS);
        if (wait_for(count - 1, i ? AP_LONG_PATIENCE_NS : AP_PATIENCE_NS))
            break;
    }
    if (smp.online < count - 1)
        kwarn("%u of %u CPUs answer", smp.online + 1, count);
    kernel.cpu_count = smp.online + 1;
}
