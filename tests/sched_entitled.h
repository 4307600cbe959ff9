/*
 * sched_entitled.h - what VMs that always want to run are entitled to.
 *
 * Max-min fairness by progressive filling: all VMs' shares rise in proportion
 * to their weights; who has as much as its vCPUs can use or its cap allows
 * rises no more; until the host is full.
 */
#ifndef TESTS_SCHED_ENTITLED_H
#define TESTS_SCHED_ENTITLED_H
#include "tests/sched_rig.h"

static inline double sched_most(const struct sched_vm_config *c)
{
    double most = c->vcpus, cap = c->cap_pct / 100.0;

    return cap > 0 && cap < most ? cap : most;
}

/* In pCPUs, for each VM of r. */
static inline void sched_entitled(const struct sched_rig *r, double *entitled)
{
    double left = r->host_config.sched.topology.pcpus;
    bool full[RIG_MAX_VMS] = {false};

    for (unsigned i = 0; i < r->vm_count; i++)
        entitled[i] = 0;
    for (;;) {
        double weights = 0, step = left;

        for (unsigned i = 0; i < r->vm_count; i++)
            weights += full[i] ? 0 : r->vm_configs[i].weight;
        if (weights == 0 || left < 1e-9)
            return;
        step = left / weights;
        for (unsigned i = 0; i < r->vm_count; i++) {
            const struct sched_vm_config *c = &r->vm_configs[i];
            double room = (sched_most(c) - entitled[i]) / c->weight;

            if (!full[i] && room < step)
                step = room;
        }
        for (unsigned i = 0; i < r->vm_count; i++) {
            const struct sched_vm_config *c = &r->vm_configs[i];

            if (full[i])
                continue;
            entitled[i] += step * c->weight;
            left -= step * c->weight;
            full[i] = sched_most(c) - entitled[i] < 1e-9;
        }
    }
}

#endif
