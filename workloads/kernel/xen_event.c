/*
 * xen_event.c - interrupts and time under Xen.
 *
 * Source  Xen public event_channel.h; xen.h, struct shared_info, struct
 *         vcpu_time_info.
 *
 * An interrupt is an event: Xen sets a bit in a page that it shares with us
 * and calls xen_event_entry, unless we have masked events by a byte in that
 * page (the kernel always has, as it natively runs with interrupts off).  One
 * event is ours: the timer.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/pagetable.h"
#include "workloads/kernel/xen_guest.h"

/* Xen's shared page is mapped here, in place of the page of the image. */
static union {
    struct shared_info info;
    uint8_t page[PAGE_BYTES];
} shared __attribute__((aligned(PAGE_BYTES)));

static void set_handlers(void)
{
    struct callback_register event = {.type = CALLBACKTYPE_event,
                                      .address = (uint64_t)xen_event_entry};
    struct callback_register failsafe = {
        .type = CALLBACKTYPE_failsafe, .address = (uint64_t)xen_failsafe_entry};
    struct callback_register syscall = {.type = CALLBACKTYPE_syscall,
                                        .flags = CALLBACKF_mask_events,
                                        .address = (uint64_t)xen_syscall_entry};
    struct trap_info traps[21];
    unsigned n = 0;

    for (unsigned v = 0; v < 20; v++) {
        bool callable = v == VECTOR_BP || v == VECTOR_OF;

        if (xen_trap_entries[v])
            traps[n++] = (struct trap_info){
                .vector = (uint8_t)v,
                .flags = callable ? 7 : 4, /* 4: mask events on entry */
                .cs = FLAT_KERNEL_CS,
                .address = xen_trap_entries[v]};
    }
    traps[n] = (struct trap_info){0};
    if (xen_call2p(__HYPERVISOR_callback_op, CALLBACKOP_register, &event) ||
        xen_call2p(__HYPERVISOR_callback_op, CALLBACKOP_register, &failsafe) ||
        xen_call2p(__HYPERVISOR_callback_op, CALLBACKOP_register, &syscall) ||
        xen_call2(__HYPERVISOR_set_trap_table, (uint64_t)traps, 0))
        panic("xen: cannot install handlers");
}

void xen_event_map(void)
{
    xen_set_mapping((uint64_t)&shared, xen_guest.start->shared_info |
                                           PTE_PRESENT | PTE_WRITE |
                                           PTE_ACCESSED | PTE_DIRTY | PTE_NX);
    xen_guest.vcpu = &shared.info.vcpu_info[0];
    xen_guest.vcpu->evtchn_upcall_mask = 1;
}

void xen_event_init(void)
{
    struct evtchn_bind_virq timer = {.virq = VIRQ_TIMER};

    set_handlers();
    xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
    if (xen_call2p(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &timer))
        panic("xen: no timer");
    xen_guest.timer_port = timer.port;
}

/* Events that wait, all handled; one of them may be the timer. */
void xen_upcall(struct trap_frame *f)
{
    uint64_t bit = (uint64_t)1 << xen_guest.timer_port % 64;
    unsigned long *word =
        &shared.info.evtchn_pending[xen_guest.timer_port / 64];

    xen_guest.vcpu->evtchn_upcall_pending = 0;
    __atomic_exchange_n(&shared.info.vcpu_info[0].evtchn_pending_sel, 0,
                        __ATOMIC_SEQ_CST);
    if (__atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST) & bit)
        trap_timer(f);
}

static uint64_t read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* (a * b) >> 32, whose product may need 96 bits. */
static uint64_t multiply_shift(uint64_t a, uint32_t b)
{
    uint64_t high;

    __asm__("mulq %2" : "+a"(a), "=d"(high) : "r"((uint64_t)b) : "cc");
    return high << 32 | a >> 32;
}

uint64_t xen_clock_ns(void)
{
    const volatile struct vcpu_time_info *t = &xen_guest.vcpu->time;
    uint32_t version;
    uint64_t ns;

    do { /* odd or changed: Xen was writing meanwhile */
        uint64_t ticks;

        version = t->version;
        ticks = read_tsc() - t->tsc_timestamp;
        ticks =
            t->tsc_shift < 0 ? ticks >> -t->tsc_shift : ticks << t->tsc_shift;
        ns = t->system_time + multiply_shift(ticks, t->tsc_to_system_mul);
    } while ((version & 1) || version != t->version);
    return ns;
}

uint64_t xen_boot_epoch_s(void)
{
    return (uint64_t)shared.info.wc_sec_hi << 32 | shared.info.wc_sec;
}

void xen_timer_arm(uint64_t deadline_ns)
{
    uint64_t order = deadline_ns == UINT64_MAX ? 0 : deadline_ns;

    xen_call2(__HYPERVISOR_set_timer_op, order, 0);
}

void xen_idle(void)
{
    xen_call2(__HYPERVISOR_sched_op, SCHEDOP_block, 0); /* lets events in */
    xen_guest.vcpu->evtchn_upcall_mask = 1;
}
