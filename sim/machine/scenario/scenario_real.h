/*
 * scenario_real.h - the VMs of a scenario that run real guest code: each
 * entry's kernel and workload, loaded once, and the host for them all.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_REAL_H
#define SIM_MACHINE_SCENARIO_SCENARIO_REAL_H
#include "sim/machine/guest_load.h"
#include "sim/machine/scenario/real_host.h"
#include "sim/machine/scenario/scenario_job.h"

/* What the copies of an entry share. */
struct real_kind {
    bool loaded;
    struct config config; /* that of the run, for a machine like these VMs */
    struct guest_load guest;
};

struct scenario_real {
    const struct scenario_job *job;
    struct real_kind *kinds;    /* owned, one for each entry */
    struct real_vm_config *vms; /* owned */
    unsigned *ids;              /* owned; numbers within the host's schedule */
    unsigned vm_count;
    struct real_host *host; /* NULL: not built */
};

/* For so many VMs at most. */
enum status scenario_real_init(struct scenario_real *r,
                               const struct scenario_job *job, unsigned most,
                               struct error *e);

/* One more VM, of an entry; id: its number within the host's schedule. */
enum status scenario_real_add(struct scenario_real *r, unsigned kind,
                              unsigned id, struct error *e);

/* All are added: boots them, and fills their rows.  Nothing if there are none.
 */
enum status scenario_real_build(struct scenario_real *r, struct host_vm *rows,
                                struct error *e);
void scenario_real_free(struct scenario_real *r);

/* What the VM of that number did; false: it is none of these. */
bool scenario_real_record(const struct scenario_real *r, unsigned id,
                          struct run_record *record);

#endif
