#include "hypervisor-model/exits/emulate.h"

#include "hypervisor-model/exits/trip.h"

static enum vcpu_action run(struct trip *t)
{
    const struct cpu_budget any = {.until_cycle = UINT64_MAX,
                                   .until_instruction = UINT64_MAX};
    struct cpu_event event;

    cpu_control(t->c)->emulate = true;
    event = cpu_run(t->c, &any);
    cpu_control(t->c)->emulate = false;
    t->delivered = event.kind == CPU_EVENT_BUDGET;
    if (t->delivered)
        return VCPU_RESUME;
    return guest_mode_handle(t->v, t->c, &event);
}

enum vcpu_action trip_emulate(struct trip *t, bool *done)
{
    uint64_t retired = cpu_retired(t->c);
    enum vcpu_action action = run(t);

    *done = cpu_retired(t->c) != retired;
    trip_vmread(t, 1); /* instruction length */
    trip_vmwrite(t, 1);
    return action;
}
