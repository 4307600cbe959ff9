#include "hypervisor-model/exits/exit_device.h"

#include "hypervisor-model/exits/trip.h"

/* That an instruction may touch beside its devices: as many as the CPU may walk
   through when it switches tasks. */
enum { MOST_PAGES = 16 };

static void access_platform(struct vcpu *v, struct cpu *c, struct cpu_device *d)
{
    cpu_charge(c, LEDGER_DEVICE, v->vm->hv->config->device_cycles);
    platform_memory_access(&v->vm->platform, v->id, cpu_now(c),
                           &(struct memory_access){.at = d->gpa,
                                                   .write = d->write,
                                                   .bytes = d->bytes,
                                                   .data = d->data});
}

static enum vcpu_action after(const struct vcpu *v)
{
    return platform_ended(&v->vm->platform) ? VCPU_EXITED : VCPU_RESUME;
}

enum vcpu_action guest_mode_posted(struct vcpu *v, struct cpu *c,
                                   const struct cpu_device *d)
{
    struct cpu_device copy = *d;

    access_platform(v, c, &copy);
    return after(v);
}

/* Reads are answered until the instruction retires or needs something else. */
static struct cpu_event run(struct trip *t)
{
    struct cpu_event event = cpu_run_device(t->c);

    while (event.kind == CPU_EVENT_DEVICE && !event.device.fetch) {
        struct cpu_device d = event.device;

        access_platform(t->v, t->c, &d);
        if (d.write)
            return (struct cpu_event){.kind = CPU_EVENT_BUDGET};
        event = cpu_complete_device(t->c, &d);
    }
    return event;
}

/* The instruction, or the event that the exit hit, and no more. */
static struct cpu_event run_once(struct trip *t)
{
    struct cpu_event event;

    cpu_control(t->c)->emulate = trip_is_injected(t->exit);
    event = run(t);
    cpu_control(t->c)->emulate = false;
    t->delivered = event.kind == CPU_EVENT_BUDGET;
    return event;
}

/* True if the event of the exit waits for the next entry. */
static bool waits_again(const struct trip *t)
{
    const struct guest_control *control = cpu_control(t->c);

    return trip_is_injected(t->exit) &&
           control->inject.kind == t->exit->vectoring_kind &&
           control->inject.vector == t->exit->vectoring_vector;
}

/* True if there is nothing any more that could be tried again. */
static bool is_over(const struct trip *t, uint64_t retired, uint64_t rip)
{
    if (cpu_retired(t->c) != retired || cpu_state_peek(t->c)->rip != rip)
        return true;
    return cpu_control(t->c)->inject.valid && !waits_again(t);
}

/*
 * An exit on the way, for another page of the same instruction, is handled
 * within: its handler fills an entry or opens a page, and the instruction is
 * tried again, with no device read twice.
 */
static enum vcpu_action emulate(struct trip *t)
{
    uint64_t retired = cpu_retired(t->c), rip = cpu_state_peek(t->c)->rip;
    struct cpu_event event = run_once(t);
    enum vcpu_action action = VCPU_RESUME;

    for (unsigned pages = 0; event.kind == CPU_EVENT_EXIT; pages++) {
        action = guest_mode_handle(t->v, t->c, &event);
        if (action != VCPU_RESUME || pages == MOST_PAGES ||
            is_over(t, retired, rip))
            return action;
        event = run_once(t);
    }
    if (event.kind == CPU_EVENT_BUDGET)
        return after(t->v);
    return guest_mode_handle(t->v, t->c, &event);
}

enum vcpu_action trip_device(struct trip *t, gva_t va, gpa_t at)
{
    const struct cpu_exit *x = t->exit;
    bool write =
        x->reason != VMEXIT_EXCEPTION || (x->error_code & PF_WRITE) != 0;
    bool within = cpu_devices_open(t->c) != 0;
    enum vcpu_action action;

    if (!platform_is_device(trip_platform(t), at) ||
        cpu_open_device(t->c, va, at, write) == 0)
        return trip_outside_memory(t, at);
    if (within) /* the trip that opened the first tries again */
        return VCPU_RESUME;
    if (trip_is_injected(x))
        trip_inject_again(t);
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->emulate_cycles);
    action = emulate(t);
    cpu_close_device(t->c);
    return action;
}
