/*
 * call_mmu.c - hypercalls that write page-table entries.
 *
 * Source  Xen public xen.h, "mmu_update" and "update_va_mapping".
 * Model   each entry is validated against the type of the table that it lies
 *         in and of the frame that it refers to; a batch ends at the first
 *         refusal, and says how far it came.
 * NOT MODELLED  foreign domains: DOMID_SELF only; continuation of batches of
 *         more than 65536 requests.
 */
#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_table.h"

/* A plain store to a page that is no table: allowed, if it is writable. */
static int write_data(struct pv_turn *t, hpa_t at, uint64_t value)
{
    hfn_t frame = hpa_to_hfn(at);
    int rc = pv_page_use(t, frame, PV_TYPE_WRITABLE);

    if (rc)
        return rc;
    pv_touch(t, at, ACCESS_WRITE);
    memory_write64(t->domain->dram, at, value);
    if (memory_is_code(t->domain->dram, frame))
        cpu_code_written(t->c, frame);
    pv_page_unuse(t, frame);
    return 0;
}

static int update_table(struct pv_turn *t, const struct mmu_update *u)
{
    bool keep_ad = (u->ptr & 3) == MMU_PT_UPDATE_PRESERVE_AD;
    hpa_t at = hpa(u->ptr & ~(uint64_t)7);
    struct pv_page *p;
    int rc = pv_page_get(t, hpa_to_hfn(at), &p);

    if (rc)
        return rc;
    if (pv_is_table(p->type) && p->type_refs)
        rc = pv_table_write(t, at, (enum pv_type)p->type, u->val, keep_ad);
    else
        rc = write_data(t, at, u->val);
    pv_page_put(t, p);
    return rc;
}

static int update_m2p(struct pv_turn *t, const struct mmu_update *u)
{
    hfn_t frame = hpa_to_hfn(hpa(u->ptr));
    hpa_t row = hpa_add(t->domain->m2p, frame.v * 8);

    if (!pv_page_of(t->domain, frame))
        return -XEN_EINVAL;
    pv_touch(t, row, ACCESS_WRITE);
    memory_write64(t->domain->dram, row, u->val);
    return 0;
}

static int update_one(struct pv_turn *t, const void *request)
{
    const struct mmu_update *u = request;

    switch (u->ptr & 3) {
    case MMU_NORMAL_PT_UPDATE:
    case MMU_PT_UPDATE_PRESERVE_AD:
    case MMU_PT_UPDATE_NO_TRANSLATE:
        return update_table(t, u);
    default: /* MMU_MACHPHYS_UPDATE */
        return update_m2p(t, u);
    }
}

int64_t call_mmu_update(struct pv_turn *t, const uint64_t *args)
{
    return hypercall_batch(t, args, sizeof(struct mmu_update), update_one);
}

/* The leaf entry that maps va in the current root; false: no leaf table. */
static bool find_leaf(struct pv_turn *t, uint64_t va, hpa_t *at)
{
    hfn_t table = t->vcpu->kernel_root;

    for (unsigned level = 4; level > 1; level--) {
        hpa_t entry_at = hpa_add(
            hfn_to_hpa(table), pt_entry_offset(&pt_geom_x86_4level, level, va));
        uint64_t entry = memory_read64(t->domain->dram, entry_at);

        pv_touch(t, entry_at, ACCESS_READ);
        if (!(entry & PTE_P))
            return false;
        table = hpa_to_hfn(hpa(entry & PTE_ADDRESS));
    }
    *at =
        hpa_add(hfn_to_hpa(table), pt_entry_offset(&pt_geom_x86_4level, 1, va));
    return true;
}

static int flush_as_asked(struct pv_turn *t, uint64_t va, uint64_t flags)
{
    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_NONE:
        return 0;
    case UVMF_TLB_FLUSH:
        pv_flush_all(t);
        return 0;
    case UVMF_INVLPG:
        mmu_invlpg(t->mmu, gva(va));
        return 0;
    default: /* Xen's numbers */
        return -XEN_EINVAL;
    }
}

int64_t call_update_va_mapping(struct pv_turn *t, const uint64_t *args)
{
    uint64_t va = args[0];
    struct pv_page *p;
    hpa_t at;
    int rc;

    if (va >= HYPERVISOR_VIRT_START && va < HYPERVISOR_VIRT_END)
        return -XEN_EINVAL;
    if (!find_leaf(t, va, &at))
        return -XEN_EINVAL;
    p = pv_page_of(t->domain, hpa_to_hfn(at));
    if (!p || p->type != PV_TYPE_L1 || !p->type_refs)
        return -XEN_EINVAL;
    rc = pv_table_write(t, at, PV_TYPE_L1, args[1], false);
    return rc ? rc : flush_as_asked(t, va, args[2]);
}
