/*
 * call_event.c - event_channel_op.
 *
 * Source  Xen public event_channel.h.
 * NOT MODELLED  other domains but the backends of console and store; pirqs.
 */
#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_console.h"
#include "hypervisor-model/pv/pv_event.h"
#include "hypervisor-model/pv/pv_guest.h"

static bool is_open(const struct pv_domain *d, uint32_t port)
{
    return port < PV_MAX_PORTS && d->ports[port].kind != PV_PORT_CLOSED;
}

static int64_t bind_virq(struct pv_turn *t, uint64_t at)
{
    struct pv_domain *d = t->domain;
    struct evtchn_bind_virq b;

    if (!pv_copy_from(t, &b, at, sizeof(b)))
        return -XEN_EFAULT;
    if (b.virq >= NR_VIRQS)
        return -XEN_EINVAL;
    if (b.vcpu >= t->v->vm->vcpu_count)
        return -XEN_ENOENT;
    for (unsigned i = 1; i < PV_MAX_PORTS; i++)
        if (d->ports[i].kind == PV_PORT_VIRQ && d->ports[i].virq == b.virq &&
            d->ports[i].vcpu == b.vcpu)
            return -XEN_EEXIST;
    b.port = pv_event_free_port(d);
    if (!b.port)
        return -XEN_ENOSPC;
    d->ports[b.port] = (struct pv_port){
        .kind = PV_PORT_VIRQ, .vcpu = (uint8_t)b.vcpu, .virq = (uint8_t)b.virq};
    return pv_copy_to(t, at, &b, sizeof(b)) ? 0 : -XEN_EFAULT;
}

static int64_t bind_ipi(struct pv_turn *t, uint64_t at)
{
    struct pv_domain *d = t->domain;
    struct evtchn_bind_ipi b;

    if (!pv_copy_from(t, &b, at, sizeof(b)))
        return -XEN_EFAULT;
    if (b.vcpu >= t->v->vm->vcpu_count)
        return -XEN_ENOENT;
    b.port = pv_event_free_port(d);
    if (!b.port)
        return -XEN_ENOSPC;
    d->ports[b.port] =
        (struct pv_port){.kind = PV_PORT_IPI, .vcpu = (uint8_t)b.vcpu};
    return pv_copy_to(t, at, &b, sizeof(b)) ? 0 : -XEN_EFAULT;
}

static int64_t alloc_unbound(struct pv_turn *t, uint64_t at)
{
    struct pv_domain *d = t->domain;
    struct evtchn_alloc_unbound a;

    if (!pv_copy_from(t, &a, at, sizeof(a)))
        return -XEN_EFAULT;
    if (a.dom != DOMID_SELF)
        return -XEN_EPERM;
    a.port = pv_event_free_port(d);
    if (!a.port)
        return -XEN_ENOSPC;
    d->ports[a.port] = (struct pv_port){.kind = PV_PORT_UNBOUND};
    return pv_copy_to(t, at, &a, sizeof(a)) ? 0 : -XEN_EFAULT;
}

static int64_t send_event(struct pv_turn *t, uint64_t at)
{
    struct evtchn_send s;

    if (!pv_copy_from(t, &s, at, sizeof(s)))
        return -XEN_EFAULT;
    if (!is_open(t->domain, s.port))
        return -XEN_EINVAL;
    switch ((enum pv_port_kind)t->domain->ports[s.port].kind) {
    case PV_PORT_CONSOLE:
        pv_console_drain(t);
        return 0;
    case PV_PORT_IPI:
        pv_event_raise(t, s.port);
        return 0;
    case PV_PORT_STORE:
    case PV_PORT_UNBOUND:
        return 0; /* nobody listens */
    case PV_PORT_VIRQ:
    case PV_PORT_CLOSED:
        return -XEN_EINVAL;
    }
    return -XEN_EINVAL;
}

static int64_t close_port(struct pv_turn *t, uint64_t at)
{
    struct evtchn_close c;

    if (!pv_copy_from(t, &c, at, sizeof(c)))
        return -XEN_EFAULT;
    if (!is_open(t->domain, c.port))
        return -XEN_EINVAL;
    pv_event_clear(t, c.port);
    t->domain->ports[c.port] = (struct pv_port){0};
    return 0;
}

static int64_t unmask(struct pv_turn *t, uint64_t at)
{
    struct evtchn_unmask u;

    if (!pv_copy_from(t, &u, at, sizeof(u)))
        return -XEN_EFAULT;
    if (!is_open(t->domain, u.port))
        return -XEN_EINVAL;
    pv_event_unmask(t, u.port);
    return 0;
}

static int64_t port_status(struct pv_turn *t, uint64_t at)
{
    static const uint8_t status_of[] = {
        [PV_PORT_CLOSED] = EVTCHNSTAT_closed,
        [PV_PORT_UNBOUND] = EVTCHNSTAT_unbound,
        [PV_PORT_CONSOLE] = EVTCHNSTAT_interdomain,
        [PV_PORT_STORE] = EVTCHNSTAT_interdomain,
        [PV_PORT_VIRQ] = EVTCHNSTAT_virq,
        [PV_PORT_IPI] = EVTCHNSTAT_ipi,
    };
    const struct pv_port *p;
    struct evtchn_status s;

    if (!pv_copy_from(t, &s, at, sizeof(s)))
        return -XEN_EFAULT;
    if (s.dom != DOMID_SELF)
        return -XEN_EPERM;
    if (s.port >= PV_MAX_PORTS)
        return -XEN_EINVAL;
    p = &t->domain->ports[s.port];
    s.status = status_of[p->kind];
    s.vcpu = p->vcpu;
    if (p->kind == PV_PORT_VIRQ)
        s.u.virq = p->virq;
    return pv_copy_to(t, at, &s, sizeof(s)) ? 0 : -XEN_EFAULT;
}

int64_t call_event_channel_op(struct pv_turn *t, const uint64_t *args)
{
    switch (args[0]) {
    case EVTCHNOP_bind_virq:
        return bind_virq(t, args[1]);
    case EVTCHNOP_bind_ipi:
        return bind_ipi(t, args[1]);
    case EVTCHNOP_alloc_unbound:
        return alloc_unbound(t, args[1]);
    case EVTCHNOP_send:
        return send_event(t, args[1]);
    case EVTCHNOP_close:
        return close_port(t, args[1]);
    case EVTCHNOP_unmask:
        return unmask(t, args[1]);
    case EVTCHNOP_status:
        return port_status(t, args[1]);
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}
