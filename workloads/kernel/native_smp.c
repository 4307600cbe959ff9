/*
 * native_smp.c - the other CPUs of a bare machine: started, interrupted, made
 * to forget translations.
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
#include "workloads/kernel/native_kvm.h"
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
    uint32_t online;       /* others that wait for the lock or idle */
    uint32_t flush_wanted; /* CPUs that have not answered yet, by bit */
    const struct tlb_batch *flush;
    uint32_t apic_ids[MAX_CPUS];
} smp;

/* --- interrupts between CPUs -------------------------------------------- */

void native_cpu_interrupt(const struct cpu *to)
{
    native_send_ipi(smp.apic_ids[to->number], ICR_FIXED | VECTOR_CALL);
}

uint32_t native_apic_id_of(unsigned cpu)
{
    return smp.apic_ids[cpu];
}

static void interrupt_each(uint32_t cpus, uint32_t command)
{
    for (unsigned i = 0; cpus >> i; i++)
        if (cpus >> i & 1)
            native_send_ipi(smp.apic_ids[i], command);
}

/* CPUs are numbered as they came up, which need not be by their IDs. */
static uint32_t least_id(uint32_t cpus)
{
    uint32_t least = UINT32_MAX;

    for (unsigned i = 0; cpus >> i; i++)
        if (cpus >> i & 1 && smp.apic_ids[i] < least)
            least = smp.apic_ids[i];
    return least;
}

/* Several by one hypercall if KVM has it, those that it can name. */
static void interrupt(uint32_t cpus, uint32_t command)
{
    uint32_t first, rest = 0;
    uint64_t ids = 0;

    if (!native_kvm_has(KVM_PV_SEND_IPI) || (cpus & (cpus - 1)) == 0) {
        interrupt_each(cpus, command);
        return;
    }
    first = least_id(cpus);
    for (unsigned i = 0; cpus >> i; i++) {
        uint32_t at = smp.apic_ids[i] - first;

        if (cpus >> i & 1 && at < 64)
            ids |= (uint64_t)1 << at;
        else if (cpus >> i & 1)
            rest |= 1u << i;
    }
    native_kvm_send_ipis(ids, first, command);
    interrupt_each(rest, command);
}

/* Those that have no pCPU are left a note; who is to be called remains. */
static uint32_t leave_notes(uint32_t cpus)
{
    if (!native_kvm_has(KVM_PV_TLB_FLUSH))
        return cpus;
    for (unsigned i = 0; i < kernel.cpu_count; i++)
        if (cpus >> i & 1 && native_kvm_leave_flush(i))
            cpus &= ~(1u << i);
    return cpus;
}

/* Who halts for the lock takes no interrupt. */
static void call(uint32_t cpus)
{
    uint32_t awake = cpus;

    for (unsigned i = 0; native_kvm_has(KVM_PV_UNHALT) && cpus >> i; i++)
        if (cpus >> i & 1 && native_lock_halts(i)) {
            native_kvm_kick(smp.apic_ids[i]);
            awake &= ~(1u << i);
        }
    if (awake)
        interrupt(awake, ICR_FIXED | VECTOR_FLUSH);
}

/* The first that has no pCPU to answer on gets ours for a while. */
static void help(uint32_t cpus)
{
    if (!native_kvm_has(KVM_PV_SCHED_YIELD))
        return;
    for (unsigned i = 0; cpus >> i; i++)
        if (cpus >> i & 1 && native_kvm_is_off(i)) {
            native_kvm_yield_to(smp.apic_ids[i]);
            return;
        }
}

void native_flush_others(uint32_t cpus, const struct tlb_batch *b)
{
    cpus = leave_notes(cpus);
    if (cpus == 0)
        return;
    smp.flush = b;
    __atomic_store_n(&smp.flush_wanted, cpus, __ATOMIC_SEQ_CST);
    call(cpus);
    help(cpus);
    while (__atomic_load_n(&smp.flush_wanted, __ATOMIC_ACQUIRE))
        native_relax();
}

bool native_flush_is_wanted(unsigned cpu)
{
    return (__atomic_load_n(&smp.flush_wanted, __ATOMIC_SEQ_CST) >> cpu & 1) !=
           0;
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
        native_relax();
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
    native_lock_is_ours();
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
