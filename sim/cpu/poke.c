/*
 * poke.c - guest memory changed by hand: for debuggers.
 *
 * Model     through the tables that the CPU walks now, whatever rights they
 *           give; nothing is written unless all of it translates.
 */
#include "sim/cpu/cpu_internal.h"

bool cpu_poke_memory(struct cpu *c, gva_t va, const void *from, unsigned bytes)
{
    const uint8_t *at = from;
    uint8_t old[PAGE_BYTES];

    for (unsigned done = 0; done < bytes; done += sizeof old) {
        unsigned n = bytes - done < sizeof old ? bytes - done : sizeof old;

        if (!cpu_peek_memory(c, gva_add(va, done), old, n))
            return false;
    }
    while (bytes > 0) {
        uint64_t room = PAGE_BYTES - page_offset(va.v);
        unsigned n = bytes < room ? bytes : (unsigned)room;
        struct xlate x =
            mmu_peek(c->mmu, va, ACCESS_READ, ACCESS_SUPERVISOR_AC);

        memory_dma_write(c->dram, x.hpa, at, n);
        cpu_code_written(c, hpa_to_hfn(x.hpa));
        va = gva_add(va, n);
        at += n;
        bytes -= n;
    }
    return true;
}
