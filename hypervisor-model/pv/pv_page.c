/*
 * pv_page.c - frame types and reference counts.
 *
 * Model  as Xen: a frame's type can change only while nothing needs it.
 *        When it does, a TLB or paging-structure cache may still hold a
 *        translation of its former life; if no full flush has happened since
 *        the last use of the old type, one happens now (Xen compares
 *        timestamps to avoid it, and so do we).
 * NOT MODELLED  partially validated tables, more than one domain.
 */
#include "hypervisor-model/pv/pv_page.h"

#include "hypervisor-model/pv/pv_table.h"

/* Looking at a row of the frame table is a memory access like any other. */
static void touch_row(struct pv_turn *t, const struct pv_page *p)
{
    uint64_t index = (uint64_t)(p - t->domain->pages);

    pv_touch(t, hpa_add(t->domain->frame_table, index * sizeof(*p)),
             ACCESS_WRITE);
}

void pv_flush_all(struct pv_turn *t)
{
    t->domain->flush_clock++;
    if (t->mmu)
        mmu_flush_all(t->mmu);
}

int pv_page_get(struct pv_turn *t, hfn_t mfn, struct pv_page **out)
{
    struct pv_page *p = pv_page_of(t->domain, mfn);

    if (!p)
        return -XEN_EINVAL;
    touch_row(t, p);
    if (p->refs == UINT32_MAX)
        return -XEN_EINVAL;
    p->refs++;
    *out = p;
    return 0;
}

void pv_page_put(struct pv_turn *t, struct pv_page *p)
{
    touch_row(t, p);
    p->refs--;
}

/* The first use of a new type. */
static int change_type(struct pv_turn *t, struct pv_page *p, enum pv_type type)
{
    int rc = 0;

    if (p->type != PV_TYPE_NONE && p->type != type &&
        p->flush_stamp == t->domain->flush_clock)
        pv_flush_all(t);
    p->type = (uint8_t)type;
    p->type_refs = 1;
    t->domain->types_changed = true;
    if (!pv_is_table(type))
        return 0;
    rc = pv_table_validate(t, pv_page_frame(t->domain, p), type);
    if (rc) {
        p->type_refs = 0;
        p->type = PV_TYPE_NONE;
    }
    return rc;
}

int pv_page_get_type(struct pv_turn *t, struct pv_page *p, enum pv_type type)
{
    if (p->type_refs == 0)
        return change_type(t, p, type);
    if (p->type != type || p->type_refs == UINT32_MAX)
        return -XEN_EINVAL;
    p->type_refs++;
    return 0;
}

void pv_page_put_type(struct pv_turn *t, struct pv_page *p)
{
    if (--p->type_refs)
        return;
    p->flush_stamp = t->domain->flush_clock;
    t->domain->types_changed = true;
    if (pv_is_table(p->type))
        pv_table_release(t, pv_page_frame(t->domain, p), (enum pv_type)p->type);
}

int pv_page_use(struct pv_turn *t, hfn_t mfn, enum pv_type type)
{
    struct pv_page *p;
    int rc = pv_page_get(t, mfn, &p);

    if (rc)
        return rc;
    rc = pv_page_get_type(t, p, type);
    if (rc)
        pv_page_put(t, p);
    return rc;
}

void pv_page_unuse(struct pv_turn *t, hfn_t mfn)
{
    struct pv_page *p = pv_page_of(t->domain, mfn);

    pv_page_put_type(t, p);
    pv_page_put(t, p);
}

int pv_page_pin(struct pv_turn *t, hfn_t mfn, enum pv_type level)
{
    struct pv_page *p;
    int rc = pv_page_use(t, mfn, level);

    if (rc)
        return rc;
    p = pv_page_of(t->domain, mfn);
    if (p->pinned) {
        pv_page_unuse(t, mfn);
        return -XEN_EINVAL;
    }
    p->pinned = true;
    counter_add(&t->v->counters, COUNTER_PV_PIN, 1);
    return 0;
}

int pv_page_unpin(struct pv_turn *t, hfn_t mfn)
{
    struct pv_page *p = pv_page_of(t->domain, mfn);

    if (!p || !p->pinned)
        return -XEN_EINVAL;
    p->pinned = false;
    pv_page_unuse(t, mfn);
    return 0;
}
