/*
 * exit_io.c - port accesses, one exit each; a string access is one too.
 *
 * Hardware  Intel SDM vol. 3, table "Exit Qualification for I/O
 *           Instructions".
 */
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"

enum vcpu_action exit_io(struct trip *t)
{
    struct cpu_port port = t->exit->port;
    struct platform *p = trip_platform(t);

    trip_vmread(t, port.string ? 2 : 1); /* qualification, linear address */
    if (port.count == 0)                 /* its memory faults */
        return exit_emulate(t);
    platform_port_access(p, t->v->id, cpu_now(t->c),
                         &(struct port_access){.port = port.port,
                                               .in = port.in,
                                               .bytes = port.bytes,
                                               .count = port.count,
                                               .data = port.data});
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->device_cycles);
    cpu_complete_port(t->c, &port);
    cpu_state(t->c)->interrupt_shadow = false;
    return platform_ended(p) ? VCPU_EXITED : VCPU_RESUME;
}
