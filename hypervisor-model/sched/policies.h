/*
 * policies.h - the vCPU schedulers, one a file: sched_NAME.c.
 */
#ifndef HYPERVISOR_MODEL_SCHED_POLICIES_H
#define HYPERVISOR_MODEL_SCHED_POLICIES_H
#include "hypervisor-model/sched/sched.h"

extern const struct sched_ops sched_null, sched_rr;
extern const struct sched_ops sched_bvt;
extern const struct sched_ops sched_rtds;
extern const struct sched_ops sched_gang;
extern const struct sched_ops sched_sedf;
extern const struct sched_ops sched_cfs;
extern const struct sched_ops sched_eevdf;
extern const struct sched_ops sched_balance;
extern const struct sched_ops sched_credit;
extern const struct sched_ops sched_esx;
extern const struct sched_ops sched_credit2;
extern const struct sched_ops sched_pinner;

#endif
