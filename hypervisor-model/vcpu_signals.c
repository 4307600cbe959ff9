/*
 * vcpu_signals.c - INIT and startup, as one vCPU sends them to another.
 *
 * Hardware  Intel SDM vol. 3, "MP Initialization Protocol Algorithm", "Local
 *           APIC State After It Receives an INIT-Deassert IPI": after INIT a
 *           CPU waits for a startup IPI; one that does not wait drops it.
 */
#include "hypervisor-model/hypervisor.h"

bool vcpu_take_signals(struct vcpu *v, struct cpu *c)
{
    struct platform *p = &v->vm->platform;
    bool taken = false;
    uint8_t vector;

    if (platform_take_init(p, v->id)) {
        cpu_init_signal(c);
        v->waits_for_startup = cpu_state_peek(c)->wait_for_startup;
        v->mwaits = false;
        taken = true;
    }
    if (platform_take_startup(p, v->id, &vector) && v->waits_for_startup) {
        cpu_startup(c, vector);
        v->waits_for_startup = false;
        taken = true;
    }
    return taken;
}

bool vcpu_wait_over(const struct vcpu *v)
{
    return v->mwaits && (cpu_wait_over(v->vm->hv->dram, &v->wait) ||
                         (v->wait.masked_wake &&
                          platform_interrupt(&v->vm->platform, v->id) >= 0));
}

uint64_t vcpu_signal_cycle(const struct vcpu *v)
{
    const struct platform *p = &v->vm->platform;
    bool nmi = !v->waits_for_startup && platform_nmi_pending(p, v->id);

    return nmi || platform_signalled(p, v->id) ? 0 : UINT64_MAX;
}
