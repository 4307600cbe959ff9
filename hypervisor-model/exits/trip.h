/*
 * trip.h - what every exit handler needs: charging, injecting, skipping.
 */
#ifndef HYPERVISOR_MODEL_EXITS_TRIP_H
#define HYPERVISOR_MODEL_EXITS_TRIP_H
#include "hypervisor-model/exits/guest_mode.h"

static inline const struct hv_config *trip_config(const struct trip *t)
{
    return t->v->vm->hv->config;
}

static inline struct platform *trip_platform(const struct trip *t)
{
    return &t->v->vm->platform;
}

/* Counts the exit, charges the switch and the handler's base cost. */
void trip_begin(struct trip *t);

/* Injects again what the exit interrupted; charges the entry. */
void trip_end(struct trip *t);

/* count VMREADs, or VMWRITEs, by the handler of this exit. */
void trip_vmread(struct trip *t, unsigned count);
void trip_vmwrite(struct trip *t, unsigned count);

/* Moves past the instruction that exited. */
void trip_skip(struct trip *t);

/*
 * An exception for the guest at the next entry.  If the exit hit while
 * another was being delivered, the two combine (SDM vol. 3, "Conditions for
 * Generating a Double Fault"): VCPU_CRASHED for a triple fault.
 */
enum vcpu_action trip_inject(struct trip *t, uint8_t vector, bool has_error,
                             uint32_t error_code);
static inline enum vcpu_action trip_inject_gp(struct trip *t)
{
    return trip_inject(t, VECTOR_GP, true, 0);
}

/* True if the exit hit the delivery of an event that has to be injected again;
   INT n and the like are executed again instead. */
bool trip_is_injected(const struct cpu_exit *x);

/* The event whose delivery the exit hit, again. */
void trip_inject_again(struct trip *t);

/* "guest accessed gpa ... outside its memory". */
enum vcpu_action trip_outside_memory(struct trip *t, gpa_t at);

#endif
