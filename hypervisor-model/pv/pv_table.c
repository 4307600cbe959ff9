/*
 * pv_table.c - validation of page tables, entry by entry.
 *
 * Source  Xen public xen.h, "mmu_update"; SOSP 2003, section 3.3.3.
 * Model   each present entry must refer to a frame of the domain: tables of
 *         the next lower type, or pages.  Entries are stored adjusted, as
 *         64-bit Xen does because the guest kernel runs in ring 3:
 *         U set everywhere; a page that the guest wanted for its kernel gets
 *         the available bit 52 instead; a page of programs gets G, for it is
 *         mapped by both roots and survives the switch between them.
 * NOT MODELLED  superpages (refused, Xen's default), linear tables,
 *         cacheability (refused: the domain has no devices), preemption of
 *         long validations.
 */
#include "hypervisor-model/pv/pv_table.h"

#include "hypervisor-model/pv/pv_page.h"

/* PWT, PCD, PAT or PSE; bits above the physical address but for NX, 52-58. */
#define ENTRY_DISALLOWED (PTE_PWT | PTE_PCD | PTE_PS | ((uint64_t)0xf << 59))

uint64_t pv_entry_adjust(enum pv_type level, uint64_t entry)
{
    if (!(entry & PTE_P))
        return entry;
    if (level > PV_TYPE_L1)
        return entry | PTE_U;
    if (!(entry & PTE_U))
        entry |= PTE_GUEST_KERNEL | PTE_U;
    if (!(entry & PTE_GUEST_KERNEL))
        entry |= PTE_G;
    else
        entry &= ~PTE_G;
    return entry;
}

static hfn_t entry_frame(uint64_t entry)
{
    return hpa_to_hfn(hpa(entry & PTE_ADDRESS));
}

/* Takes the uses that a present entry stands for. */
static int entry_get(struct pv_turn *t, enum pv_type level, uint64_t entry)
{
    struct pv_page *p;
    uint64_t disallowed = ENTRY_DISALLOWED;
    int rc;

    if (!(entry & PTE_P))
        return 0;
    t->work_cycles += t->costs->pv_validate_cycles;
    counter_add(&t->v->counters, COUNTER_PV_VALIDATE, 1);
    if (level > PV_TYPE_L1)
        disallowed |= PTE_G;
    if (entry & disallowed)
        return -XEN_EINVAL;
    if (level > PV_TYPE_L1)
        return pv_page_use(t, entry_frame(entry), (enum pv_type)(level - 1));
    if (entry & PTE_W)
        return pv_page_use(t, entry_frame(entry), PV_TYPE_WRITABLE);
    rc = pv_page_get(t, entry_frame(entry), &p);
    return rc;
}

static void entry_put(struct pv_turn *t, enum pv_type level, uint64_t entry)
{
    if (!(entry & PTE_P))
        return;
    if (level > PV_TYPE_L1 || entry & PTE_W)
        pv_page_unuse(t, entry_frame(entry));
    else
        pv_page_put(t, pv_page_of(t->domain, entry_frame(entry)));
}

static hpa_t entry_at(hfn_t table, unsigned index)
{
    return hpa_add(hfn_to_hpa(table), index * 8u);
}

/* Gives back entries [0, end) of a table that fails or dies. */
static void entries_put(struct pv_turn *t, hfn_t table, enum pv_type level,
                        unsigned end)
{
    for (unsigned i = 0; i < end; i++) {
        if (i % 8 == 0)
            pv_touch(t, entry_at(table, i), ACCESS_READ);
        if (!pv_is_xen_slot(level, i))
            entry_put(t, level,
                      memory_read64(t->domain->dram, entry_at(table, i)));
    }
}

/* Xen's own part of every root table. */
static void write_xen_slots(struct pv_turn *t, hfn_t table)
{
    for (unsigned i = XEN_L4_FIRST; i <= XEN_L4_LAST; i++)
        memory_write64(t->domain->dram, entry_at(table, i),
                       t->domain->xen_slots[i - XEN_L4_FIRST]);
}

int pv_table_validate(struct pv_turn *t, hfn_t table, enum pv_type level)
{
    struct memory *dram = t->domain->dram;
    int rc;

    for (unsigned i = 0; i < PV_TABLE_ENTRIES; i++) {
        uint64_t entry = memory_read64(dram, entry_at(table, i));
        uint64_t adjusted = pv_entry_adjust(level, entry);

        if (i % 8 == 0)
            pv_touch(t, entry_at(table, i), ACCESS_READ);
        if (pv_is_xen_slot(level, i))
            continue;
        rc = entry_get(t, level, adjusted);
        if (rc) {
            entries_put(t, table, level, i);
            return rc;
        }
        if (adjusted != entry)
            memory_write64(dram, entry_at(table, i), adjusted);
    }
    if (level == PV_TYPE_L4)
        write_xen_slots(t, table);
    return 0;
}

void pv_table_release(struct pv_turn *t, hfn_t table, enum pv_type level)
{
    entries_put(t, table, level, PV_TABLE_ENTRIES);
}

/* True if both entries use the same frame in the same way. */
static bool same_use(enum pv_type level, uint64_t a, uint64_t b)
{
    uint64_t use = PTE_P | PTE_ADDRESS | ENTRY_DISALLOWED;

    if (level == PV_TYPE_L1)
        use |= PTE_W;
    else
        use |= PTE_G;
    return ((a ^ b) & use) == 0;
}

int pv_table_write(struct pv_turn *t, hpa_t at, enum pv_type level,
                   uint64_t value, bool keep_ad)
{
    struct memory *dram = t->domain->dram;
    unsigned index = (unsigned)(page_offset(at.v) / 8);
    uint64_t old = memory_read64(dram, at);
    uint64_t entry = pv_entry_adjust(level, value);
    int rc;

    if (pv_is_xen_slot(level, index))
        return -XEN_EINVAL;
    pv_touch(t, at, ACCESS_WRITE);
    if (keep_ad)
        entry |= old & (PTE_A | PTE_D);
    if ((entry & PTE_P) && same_use(level, old, entry)) {
        memory_write64(dram, at, entry);
        return 0;
    }
    rc = entry_get(t, level, entry);
    if (rc)
        return rc;
    memory_write64(dram, at, entry);
    entry_put(t, level, old);
    return 0;
}
