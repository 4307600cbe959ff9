#include "sim/machine/guest_step.h"

static bool is_deprived(struct cpu *c)
{
    return cpu_control(c)->virt == VIRT_DEPRIVED;
}

bool region_stops_at_user(enum region_begin region, bool measuring,
                          struct cpu *c)
{
    return region == REGION_FROM_USER && !measuring && !is_deprived(c);
}

/* A de-privileged kernel is in ring 3 too: there the technique says it. */
static bool at_user(const struct vcpu *v, struct cpu *c)
{
    if (is_deprived(c))
        return v->entered_user;
    return cpu_state_peek(c)->cpl == 3;
}

bool region_begins(enum region_begin region, bool measuring, struct vcpu *v,
                   struct cpu *c)
{
    struct bus *bus = &v->vm->platform.bus;

    if (region == REGION_FROM_USER)
        return !measuring && at_user(v, c);
    if (!bus->marked)
        return false;
    bus->marked = false;
    return true;
}

bool guest_step_check(const struct vcpu *v, struct cpu *c, struct error *e)
{
    const struct technique_ops *t = v->vm->technique;

    return (!t->check || t->check(v, c, e)) && mmu_check(cpu_mmu(c), e);
}
