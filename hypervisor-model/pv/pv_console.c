/*
 * pv_console.c - the console ring's backend: bytes to the VM's stdout.
 *
 * Source  Xen public io/console.h, struct xencons_interface.
 * Model   the guest produces (out_prod) and notifies; the backend consumes
 *         (out_cons) at once.  Costs: each line of the ring is read once.
 * NOT MODELLED  input.
 */
#include "hypervisor-model/pv/pv_console.h"

#include <stddef.h>

void pv_console_drain(struct pv_turn *t)
{
    struct memory *dram = t->domain->dram;
    hpa_t ring = hfn_to_hpa(t->domain->console_ring);
    hpa_t at_cons = hpa_add(ring, offsetof(struct xencons_interface, out_cons));
    hpa_t at_prod = hpa_add(ring, offsetof(struct xencons_interface, out_prod));
    uint32_t cons = memory_read32(dram, at_cons);
    uint32_t prod = memory_read32(dram, at_prod);
    enum { OUT_BYTES = sizeof(((struct xencons_interface *)0)->out) };

    pv_touch(t, at_prod, ACCESS_READ);
    t->work_cycles += t->costs->device_cycles;
    if (prod - cons > OUT_BYTES)
        return;
    while (cons != prod) {
        uint32_t offset = cons % OUT_BYTES;
        uint32_t n = OUT_BYTES - offset;
        hpa_t data =
            hpa_add(ring, offsetof(struct xencons_interface, out) + offset);

        if (n > prod - cons)
            n = prod - cons;
        for (uint32_t i = 0; i < n; i += 64)
            pv_touch(t, hpa_add(data, i), ACCESS_READ);
        output_append(&t->domain->vm->platform.bus.out, memory_at(dram, data),
                      n);
        cons += n;
    }
    pv_touch(t, at_cons, ACCESS_WRITE);
    memory_write32(dram, at_cons, cons);
}
