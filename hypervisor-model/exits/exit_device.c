#include "hypervisor-model/exits/exit_device.h"

#include "hypervisor-model/exits/trip.h"

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
static struct cpu_event run(struct trip *t, gva_t va, gpa_t at)
{
    struct cpu_event event = cpu_run_device(t->c, va, at);

    while (event.kind == CPU_EVENT_DEVICE && !event.device.fetch) {
        struct cpu_device d = event.device;

        access_platform(t->v, t->c, &d);
        if (d.write)
            return (struct cpu_event){.kind = CPU_EVENT_BUDGET};
        event = cpu_complete_device(t->c, &d);
    }
    return event;
}

enum vcpu_action trip_device(struct trip *t, gva_t va, gpa_t at)
{
    struct cpu_event event;

    if (!platform_is_device(trip_platform(t), at) || t->exit->vectoring_valid)
        return trip_outside_memory(t, at);
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->emulate_cycles);
    event = run(t, va, at);
    if (event.kind == CPU_EVENT_BUDGET)
        return after(t->v);
    return guest_mode_handle(t->v, t->c, &event);
}
