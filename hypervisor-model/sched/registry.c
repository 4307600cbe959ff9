/*
 * registry.c - all vCPU schedulers, in the order of `ringside list schedulers`.
 */
#include <string.h>

#include "hypervisor-model/sched/policies.h"

const struct sched_ops *const sched_all[] = {
    &sched_null,    &sched_rr,      &sched_bvt,    &sched_sedf,  &sched_credit,
    &sched_credit2, &sched_rtds,    &sched_cfs,    &sched_eevdf, &sched_esx,
    &sched_gang,    &sched_balance, &sched_pinner, NULL,
};

const struct sched_ops *sched_find(const char *name)
{
    for (size_t i = 0; sched_all[i]; i++)
        if (strcmp(sched_all[i]->name, name) == 0)
            return sched_all[i];
    return NULL;
}
