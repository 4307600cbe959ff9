/*
 * pv_check.c - the invariants of frame types, asserted from scratch.
 *
 * Model  walks every table that is in use, counts what its entries refer to,
 *        adds pins, roots and registered pages, and compares with the counts
 *        that were kept step by step.
 */
#include "hypervisor-model/pv/pv_check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hypervisor-model/pv/pv_table.h"

struct recount {
    const struct pv_domain *d;
    uint32_t *type_refs; /* by row of the frame table */
    struct error *e;
};

static uint64_t row_of(const struct pv_domain *d, const struct pv_page *p)
{
    return (uint64_t)(p - d->pages);
}

static bool count_use(struct recount *r, hfn_t mfn, enum pv_type type)
{
    const struct pv_page *p = pv_page_of(r->d, mfn);

    if (!p || p->type != type || !p->type_refs) {
        error_set(r->e, STATUS_USAGE,
                  "pv: frame 0x%" PRIx64 " is used as type %d, is %d", mfn.v,
                  (int)type, p ? p->type : -1);
        return false;
    }
    r->type_refs[row_of(r->d, p)]++;
    return true;
}

static bool count_entry(struct recount *r, enum pv_type level, uint64_t entry)
{
    hfn_t frame = hpa_to_hfn(hpa(entry & PTE_ADDRESS));

    if (!(entry & PTE_P))
        return true;
    if (level > PV_TYPE_L1)
        return count_use(r, frame, (enum pv_type)(level - 1));
    if (entry & PTE_W)
        return count_use(r, frame, PV_TYPE_WRITABLE);
    if (pv_page_of(r->d, frame))
        return true;
    error_set(r->e, STATUS_USAGE, "pv: frame 0x%" PRIx64 " is foreign",
              frame.v);
    return false;
}

static bool count_table(struct recount *r, hfn_t table, enum pv_type level)
{
    for (unsigned i = 0; i < PV_TABLE_ENTRIES; i++) {
        uint64_t entry =
            memory_read64(r->d->dram, hpa_add(hfn_to_hpa(table), i * 8u));

        if (pv_is_xen_slot(level, i)) {
            if (entry == r->d->xen_slots[i - XEN_L4_FIRST])
                continue;
            error_set(r->e, STATUS_USAGE, "pv: root slot %u is not Xen's", i);
            return false;
        }
        if (!count_entry(r, level, entry))
            return false;
    }
    return true;
}

/* Uses that are not entries of tables. */
static bool count_registers(struct recount *r)
{
    const struct vm *vm = r->d->vm;

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        const struct pv_vcpu *pv = pv_vcpu_of(vm->vcpus[i]);

        if (pv->kernel_root.v && !count_use(r, pv->kernel_root, PV_TYPE_L4))
            return false;
        if (pv->user_root.v && !count_use(r, pv->user_root, PV_TYPE_L4))
            return false;
        for (unsigned g = 0; g < pv->gdt_pages; g++)
            if (!count_use(r, pv->gdt_frames[g], PV_TYPE_SEGDESC))
                return false;
        if (hpa_to_hfn(pv->info).v != r->d->shared_info.v &&
            !count_use(r, hpa_to_hfn(pv->info), PV_TYPE_WRITABLE))
            return false;
    }
    if (r->d->console_ring.v &&
        (!count_use(r, r->d->console_ring, PV_TYPE_WRITABLE) ||
         !count_use(r, r->d->store_ring, PV_TYPE_WRITABLE)))
        return false;
    return count_use(r, r->d->shared_info, PV_TYPE_WRITABLE);
}

static bool count_tables(struct recount *r)
{
    const struct pv_domain *d = r->d;

    for (uint64_t row = 0; row < d->frames; row++) {
        const struct pv_page *p = &d->pages[row];
        hfn_t frame = hfn(d->first.v + row);

        if (p->pinned)
            r->type_refs[row]++;
        if (p->type_refs && pv_is_table(p->type) &&
            !count_table(r, frame, (enum pv_type)p->type))
            return false;
    }
    return true;
}

static bool compare(const struct recount *r)
{
    for (uint64_t row = 0; row <= r->d->frames; row++) {
        const struct pv_page *p = &r->d->pages[row];

        if (p->type_refs == r->type_refs[row] && p->refs >= p->type_refs)
            continue;
        error_set(r->e, STATUS_USAGE,
                  "pv: frame row 0x%" PRIx64
                  " type %u: count %u, recount %u, refs %u",
                  row, p->type, p->type_refs, r->type_refs[row], p->refs);
        return false;
    }
    return true;
}

bool pv_check_types(const struct pv_domain *d, struct error *e)
{
    struct recount r = {
        .d = d,
        .type_refs = calloc(d->frames + 1, sizeof(uint32_t)),
        .e = e,
    };
    bool good;

    if (!r.type_refs)
        return true; /* nothing is known to be wrong */
    good = count_registers(&r) && count_tables(&r) && compare(&r);
    free(r.type_refs);
    return good;
}
