/*
 * pv_clock.h - system time, the timers behind VIRQ_TIMER, and the time that
 * the guest reads for itself.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_CLOCK_H
#define HYPERVISOR_MODEL_PV_PV_CLOCK_H

#include "hypervisor-model/pv/pv_domain.h"

/* Scale and shift of vcpu_time_info for a clock of tsc_khz. */
void pv_clock_scale(uint64_t tsc_khz, uint32_t *mul, int8_t *shift);

/* The formula of xen.h: ns = ((tsc << shift) * mul) >> 32. */
uint64_t pv_clock_ns(const struct pv_domain *d, uint64_t tsc);
/* First TSC value at which that much time has passed. */
uint64_t pv_clock_tsc(const struct pv_domain *d, uint64_t ns);

/* Publishes scale and origin to the guest, once the CPU is known. */
void pv_clock_start(struct pv_turn *t);

uint64_t pv_clock_now_ns(const struct pv_turn *t);

/* pCPU cycle of the next timer; UINT64_MAX: none. */
uint64_t pv_clock_next_cycle(const struct pv_domain *d,
                             const struct pv_vcpu *pv);

/* Raises VIRQ_TIMER if a timer is due; true if so. */
bool pv_clock_advance(struct pv_turn *t);

#endif
