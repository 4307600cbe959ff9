/*
 * call_mmuext.c - mmuext_op: pins, roots, TLB flushes.
 *
 * Source  Xen public xen.h, "MMU EXTENDED OPERATIONS".
 * Model   one vCPU per TLB: the LOCAL, MULTI and ALL forms meet the same TLB.
 * NOT MODELLED  LDTs with entries, superpage marks (no superpages: -ENOSYS).
 */
#include <string.h>

#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_trap.h"

static void touch_page(struct pv_turn *t, hfn_t frame, enum access_kind kind)
{
    for (unsigned i = 0; i < PAGE_BYTES; i += 64)
        pv_touch(t, hpa_add(hfn_to_hpa(frame), i), kind);
}

/* Takes a data frame for writing. */
static int begin_write(struct pv_turn *t, hfn_t frame)
{
    int rc = pv_page_use(t, frame, PV_TYPE_WRITABLE);

    if (!rc && memory_is_code(t->domain->dram, frame))
        cpu_code_written(t->c, frame);
    return rc;
}

static int clear_page(struct pv_turn *t, hfn_t frame)
{
    int rc = begin_write(t, frame);

    if (rc)
        return rc;
    memory_zero(t->domain->dram, hfn_to_hpa(frame), PAGE_BYTES);
    touch_page(t, frame, ACCESS_WRITE);
    pv_page_unuse(t, frame);
    return 0;
}

static int copy_page(struct pv_turn *t, hfn_t to, hfn_t from)
{
    struct memory *dram = t->domain->dram;
    struct pv_page *source;
    int rc = pv_page_get(t, from, &source);

    if (rc)
        return rc;
    rc = begin_write(t, to);
    if (!rc) {
        memmove(memory_at(dram, hfn_to_hpa(to)),
                memory_at(dram, hfn_to_hpa(from)), PAGE_BYTES);
        touch_page(t, from, ACCESS_READ);
        touch_page(t, to, ACCESS_WRITE);
        pv_page_unuse(t, to);
    }
    pv_page_put(t, source);
    return rc;
}

static int ext_one(struct pv_turn *t, const void *request)
{
    const struct mmuext_op *op = request;
    hfn_t frame = hfn(op->arg1.mfn);

    switch (op->cmd) {
    case MMUEXT_PIN_L1_TABLE:
    case MMUEXT_PIN_L2_TABLE:
    case MMUEXT_PIN_L3_TABLE:
    case MMUEXT_PIN_L4_TABLE:
        return pv_page_pin(t, frame, (enum pv_type)(op->cmd + PV_TYPE_L1));
    case MMUEXT_UNPIN_TABLE:
        return pv_page_unpin(t, frame);
    case MMUEXT_NEW_BASEPTR:
        return pv_new_base(t, frame);
    case MMUEXT_NEW_USER_BASEPTR:
        return pv_new_user_base(t, frame);
    case MMUEXT_TLB_FLUSH_LOCAL:
    case MMUEXT_TLB_FLUSH_MULTI:
    case MMUEXT_TLB_FLUSH_ALL:
        pv_flush_all(t);
        return 0;
    case MMUEXT_INVLPG_LOCAL:
    case MMUEXT_INVLPG_MULTI:
    case MMUEXT_INVLPG_ALL:
        mmu_invlpg(t->mmu, gva(op->arg1.linear_addr));
        return 0;
    case MMUEXT_FLUSH_CACHE:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        return -XEN_EACCES; /* a domain without devices may not */
    case MMUEXT_SET_LDT:
        return op->arg2.nr_ents ? -XEN_EINVAL : 0;
    case MMUEXT_CLEAR_PAGE:
        return clear_page(t, frame);
    case MMUEXT_COPY_PAGE:
        return copy_page(t, frame, hfn(op->arg2.src_mfn));
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}

int64_t call_mmuext_op(struct pv_turn *t, const uint64_t *args)
{
    return hypercall_batch(t, args, sizeof(struct mmuext_op), ext_one);
}
