/*
 * native_lock.c - the lock around the kernel: in the order of arrival.
 *
 * Model     a ticket lock.  Under a hypervisor whoever holds it, or is next,
 *           may have lost its pCPU, and all others spin in vain.  If KVM can
 *           kick, a waiter spins SPINS_BEFORE_HALT times and then halts, with
 *           its ticket where whoever gives the lock up sees it and kicks it:
 *           what Linux's pvqspinlock does with its queue (kernel/locking;
 *           Friebel, Biemueller: How to Deal with Lock Holder Preemption, Xen
 *           Summit 2008).
 * INVARIANT A CPU that halts here has announced it before it looked at the lock
 *           and at the wanted flushes for the last time, and who changes those
 *           looks at the announcements afterwards: no kick is missed.
 */
#include "workloads/kernel/native.h"
#include "workloads/kernel/native_kvm.h"
#include "workloads/kernel/native_smp.h"

/*
 * Long enough for the few others that are in front while all run: a system
 * call takes thousands of cycles, a PAUSE 10 to 140.  A halt and a kick cost
 * two exits and two switches of the vCPU.  Linux spins 2^15 times.
 */
enum { SPINS_BEFORE_HALT = 1024 };

static struct native_lock {
    uint32_t ticket, serving;
    uint32_t halted;          /* CPUs that halt, or are about to, by bit */
    uint32_t waits[MAX_CPUS]; /* their tickets */
} lock;

/* False: it took too long. */
static bool spin(uint32_t mine)
{
    bool for_ever = !native_kvm_has(KVM_PV_UNHALT);

    for (unsigned i = 0; for_ever || i < SPINS_BEFORE_HALT; i++) {
        if (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) == mine)
            return true;
        native_answer_flush();
        native_relax();
    }
    return false;
}

/* Until kicked; interrupts are off, and wait. */
static void halt(uint32_t mine)
{
    unsigned me = native_this_cpu()->number;

    __atomic_store_n(&lock.waits[me], mine, __ATOMIC_RELAXED);
    __atomic_fetch_or(&lock.halted, 1u << me, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&lock.serving, __ATOMIC_SEQ_CST) != mine &&
        !native_flush_is_wanted(me))
        __asm__ volatile("hlt" ::: "memory");
    __atomic_fetch_and(&lock.halted, ~(1u << me), __ATOMIC_SEQ_CST);
}

static void wait_for(uint32_t mine) __attribute__((noinline));

static void wait_for(uint32_t mine)
{
    while (!spin(mine))
        halt(mine);
}

void native_take_lock(void)
{
    uint32_t mine = __atomic_fetch_add(&lock.ticket, 1, __ATOMIC_ACQUIRE);

    if (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) != mine)
        wait_for(mine);
    kernel.here = native_this_cpu();
    kernel.current = kernel.here->current;
}

static void kick_next(uint32_t next) __attribute__((noinline));

static void kick_next(uint32_t next)
{
    uint32_t halted;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    halted = __atomic_load_n(&lock.halted, __ATOMIC_RELAXED);
    for (unsigned i = 0; halted >> i; i++)
        if ((halted >> i & 1) &&
            __atomic_load_n(&lock.waits[i], __ATOMIC_RELAXED) == next)
            native_kvm_kick(native_apic_id_of(i));
}

void native_drop_lock(void)
{
    uint32_t next = lock.serving + 1;

    kernel.here->current = kernel.current;
    __atomic_store_n(&lock.serving, next, __ATOMIC_RELEASE);
    if (native_kvm_has(KVM_PV_UNHALT))
        kick_next(next);
}

void native_lock_is_ours(void)
{
    lock.ticket = 1;
}

bool native_lock_halts(unsigned cpu)
{
    return (__atomic_load_n(&lock.halted, __ATOMIC_SEQ_CST) >> cpu & 1) != 0;
}
