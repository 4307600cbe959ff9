/*
 * pv_clock.c - system time, and the timers behind VIRQ_TIMER.
 *
 * Source  Xen public xen.h (struct vcpu_time_info), vcpu.h (timers).
 * Model   system time is the vCPU's TSC by the documented formula, origin 0,
 *         so the published row never needs to change.  Each vCPU has a
 *         one-shot timer (set_timer_op, VCPUOP_set_singleshot_timer) and a
 *         periodic one, which runs at 100 Hz from the start as in Xen.
 * NOT MODELLED  wall clock: it starts at a fixed date, for determinism.
 */
#include "hypervisor-model/pv/pv_clock.h"

#include <stddef.h>

#include "hypervisor-model/pv/pv_event.h"

__extension__ typedef unsigned __int128 u128;

/* 2026-01-01 00:00 UTC: every run starts then. */
enum { WALL_CLOCK_SECONDS = 1767225600 };

void pv_clock_scale(uint64_t tsc_khz, uint32_t *mul, int8_t *shift)
{
    uint64_t hz = tsc_khz * 1000;

    *shift = 0;
    while (hz > 2000000000u) {
        hz >>= 1;
        (*shift)--;
    }
    while (hz <= 1000000000u) {
        hz <<= 1;
        (*shift)++;
    }
    *mul = (uint32_t)(((uint64_t)1000000000u << 32) / hz);
}

uint64_t pv_clock_ns(const struct pv_domain *d, uint64_t tsc)
{
    uint64_t scaled =
        d->clock_shift < 0 ? tsc >> -d->clock_shift : tsc << d->clock_shift;

    return (uint64_t)(((u128)scaled * d->clock_mul) >> 32);
}

uint64_t pv_clock_tsc(const struct pv_domain *d, uint64_t ns)
{
    u128 scaled = ((u128)ns << 32) / d->clock_mul;
    u128 tsc = d->clock_shift < 0 ? scaled << -d->clock_shift
                                  : scaled >> d->clock_shift;
    uint64_t guess;

    if (tsc >> 63)
        return UINT64_MAX;
    guess = (uint64_t)tsc;
    while (pv_clock_ns(d, guess) < ns)
        guess++;
    return guess;
}

static uint64_t tsc_now(const struct pv_turn *t)
{
    return cpu_now(t->c) + t->work_cycles - t->vcpu->tsc_base;
}

uint64_t pv_clock_now_ns(const struct pv_turn *t)
{
    return pv_clock_ns(t->domain, tsc_now(t));
}

/* Nominal clock of the pCPU from CPUID leaf 0x15, or 0x16 (MHz). */
static uint64_t nominal_khz(const struct cpu *c)
{
    uint32_t leaf[4];

    cpu_cpuid(c, 0x15, 0, leaf);
    if (leaf[0] && leaf[1] && leaf[2])
        return (uint64_t)leaf[2] * leaf[1] / leaf[0] / 1000;
    cpu_cpuid(c, 0x16, 0, leaf);
    return leaf[0] ? (uint64_t)leaf[0] * 1000 : 1000000;
}

void pv_clock_start(struct pv_turn *t)
{
    struct pv_domain *d = t->domain;
    hpa_t time = hpa_add(t->vcpu->info, offsetof(struct vcpu_info, time));
    hpa_t shared = hfn_to_hpa(d->shared_info);
    struct vcpu_time_info info = {.version = 2};
    uint32_t wall[3] = {2, WALL_CLOCK_SECONDS, 0};

    d->clock_ready = true;
    d->tsc_khz = nominal_khz(t->c);
    pv_clock_scale(d->tsc_khz, &d->clock_mul, &d->clock_shift);
    t->vcpu->tsc_base = cpu_state(t->c)->tsc_base;
    info.tsc_to_system_mul = d->clock_mul;
    info.tsc_shift = d->clock_shift;
    memory_copy_in(d->dram, time, &info, sizeof(info));
    memory_copy_in(d->dram,
                   hpa_add(shared, offsetof(struct shared_info, wc_version)),
                   wall, sizeof(wall));
}

uint64_t pv_clock_next_cycle(const struct pv_domain *d,
                             const struct pv_vcpu *pv)
{
    uint64_t ns = pv->oneshot_ns < pv->periodic_next_ns ? pv->oneshot_ns
                                                        : pv->periodic_next_ns;
    uint64_t tsc;

    if (ns == UINT64_MAX || !d->clock_ready)
        return UINT64_MAX;
    tsc = pv_clock_tsc(d, ns);
    return tsc > UINT64_MAX - pv->tsc_base ? UINT64_MAX : tsc + pv->tsc_base;
}

bool pv_clock_advance(struct pv_turn *t)
{
    struct pv_vcpu *pv = t->vcpu;
    uint64_t now_ns;

    if (cpu_now(t->c) < pv_clock_next_cycle(t->domain, pv))
        return false;
    now_ns = pv_clock_now_ns(t);
    if (pv->oneshot_ns <= now_ns)
        pv->oneshot_ns = UINT64_MAX;
    if (pv->periodic_next_ns <= now_ns)
        pv->periodic_next_ns +=
            ((now_ns - pv->periodic_next_ns) / pv->period_ns + 1) *
            pv->period_ns;
    return pv_event_virq(t, VIRQ_TIMER);
}
