/*
 * pv_ptwr.c - direct stores of the guest's kernel to its leaf tables.
 *
 * Source  Xen public xen.h, "mmu_update": "the guest OS can also try to write
 *         to the PTE and be trapped by the hypervisor".
 * Model   the store faults (the table is mapped read-only); the hypervisor
 *         decodes it, validates the new entry like mmu_update, stores it and
 *         skips the instruction.  A store that guest_store.h does not know
 *         or that leaves its entry, and an entry that is refused, is the
 *         guest's own page fault.
 */
#include "hypervisor-model/guest_store.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_table.h"
#include "hypervisor-model/pv/pv_trap.h"

/* The entry that va reaches, if it is in a leaf table in use. */
static bool find_entry(struct pv_turn *t, uint64_t va, hpa_t *at)
{
    struct xlate x = mmu_peek(t->mmu, gva(va), ACCESS_READ, ACCESS_USER);
    const struct pv_page *p;

    if (x.status != XLATE_OK || !memory_has(t->domain->dram, x.hpa, 1))
        return false;
    *at = x.hpa;
    p = pv_page_of(t->domain, hpa_to_hfn(x.hpa));
    return p && p->type == PV_TYPE_L1 && p->type_refs;
}

/* Merges a store of fewer than 8 bytes into the entry. */
static uint64_t merge(uint64_t old, const struct guest_store *s,
                      unsigned offset)
{
    return (old & ~(s->mask << offset * 8)) | s->result << offset * 8;
}

/* What memory holds.  CMPXCHG compares with what the guest once wrote. */
static uint64_t value_before(const struct guest_store *s, uint64_t old,
                             unsigned offset)
{
    if (s->insn.info.mnemonic == ZYDIS_MNEMONIC_CMPXCHG && s->bits == 64 &&
        pv_entry_adjust(PV_TYPE_L1, s->rax) == old)
        return s->rax;
    return old >> offset * 8;
}

bool pv_emulate_table_write(struct pv_turn *t, uint64_t va)
{
    struct guest_store s;
    unsigned offset;
    hpa_t at, entry;
    uint64_t old;

    if (!find_entry(t, va, &at))
        return false;
    t->work_cycles += t->costs->pv_emulate_cycles;
    offset = (unsigned)(at.v % 8);
    if (!guest_store_decode(t->c, gva(va), &s) || offset + s.bytes > 8)
        return false;
    entry = hpa(at.v - offset);
    old = memory_read64(t->domain->dram, entry);
    guest_store_run(&s, value_before(&s, old, offset));
    if (!s.kept && pv_table_write(t, entry, PV_TYPE_L1, merge(old, &s, offset),
                                  false) != 0)
        return false;
    guest_store_finish(&s, t->c);
    cpu_skip(t->c, s.insn.info.length);
    return true;
}
