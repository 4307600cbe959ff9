/*
 * mmu_flush.c - what each invalidating operation drops.
 *
 * Hardware  Intel SDM vol. 3, "Operations that Invalidate TLBs and Paging-
 *           Structure Caches", "Operations that Invalidate Cached Mappings"
 *           (VMX); INVPCID, INVVPID and INVEPT in vol. 2.
 *
 *                  TLBs                        paging-structure caches
 * INVLPG           page; PCID + global         whole PCID
 * MOV CR3          PCID, not global            PCID
 * CR4.PGE          VPID                        VPID
 * INVPCID 0        page; PCID given            address; PCID given
 *         1        PCID given, not global      PCID given
 *         2, 3     VPID; 3: not global         VPID
 * INVVPID page     page; VPID given            address; VPID given
 * INVVPID          VPID given                  VPID given
 * INVEPT           what a second stage made, nested TLB too
 * All but INVVPID and INVEPT act on the current VPID only, and leave the
 * nested TLB and second-stage paging-structure caches alone.  None acts on what
 * the core's other thread has.
 */
#include "mmu/mmu.h"
#include "mmu/mmu_state.h"

static void flush_tlbs(struct mmu *m, const struct tlb_scope *scope)
{
    tlb_flush(m->l1[0], scope);
    tlb_flush(m->l1[1], scope);
    tlb_flush(m->l2, scope);
    counter_add(m->hot.counters, COUNTER_TLB_FLUSH_ALL, 1);
}

static void flush_tlbs_page(struct mmu *m, gva_t va,
                            const struct tlb_scope *scope)
{
    tlb_flush_page(m->l1[0], va.v, scope);
    tlb_flush_page(m->l1[1], va.v, scope);
    tlb_flush_page(m->l2, va.v, scope);
    counter_add(m->hot.counters, COUNTER_TLB_FLUSH_PAGE, 1);
}

/* Levels lie alike in all geometries of 8-byte entries, so any serves. */
static void flush_psc_address(struct mmu *m, gva_t va,
                              const struct tlb_scope *scope)
{
    psc_flush_address(m->psc_guest, &pt_geom_x86_4level, va.v, scope);
    psc_flush_address(m->psc_guest, &pt_geom_x86_2level, va.v, scope);
}

void mmu_invlpg(struct mmu *m, gva_t va)
{
    struct tlb_scope scope = {
        .by_vpid = true, .by_pcid = true, .tags = m->tags};

    flush_tlbs_page(m, va, &scope);
    psc_flush(m->psc_guest, &scope);
}

void mmu_flush_pcid(struct mmu *m)
{
    mmu_invpcid(m, 1, m->regime.pcid, gva(0));
}

void mmu_flush_all(struct mmu *m)
{
    mmu_invvpid(m, m->regime.vpid);
}

void mmu_invpcid(struct mmu *m, unsigned type, uint16_t pcid, gva_t va)
{
    struct tlb_scope scope = {
        .by_vpid = true,
        .by_pcid = type <= 1,
        .keep_global = type != 2,
        .tags = m->tags,
    };

    scope.tags.pcid = pcid;
    if (type == 0) {
        flush_tlbs_page(m, va, &scope);
        flush_psc_address(m, va, &scope);
        return;
    }
    flush_tlbs(m, &scope);
    psc_flush(m->psc_guest, &scope);
}

void mmu_invvpid_all(struct mmu *m)
{
    struct tlb_scope everything = {.tags = m->tags};

    flush_tlbs(m, &everything);
    psc_flush(m->psc_guest, &everything);
}

void mmu_invvpid_page(struct mmu *m, uint16_t vpid, gva_t va)
{
    struct tlb_scope scope = {.by_vpid = true,
                              .tags.vpid = vpid | m->walker.thread};

    flush_tlbs_page(m, va, &scope);
    flush_psc_address(m, va, &scope);
}

void mmu_invvpid(struct mmu *m, uint16_t vpid)
{
    struct tlb_scope scope = {.by_vpid = true,
                              .tags.vpid = vpid | m->walker.thread};

    flush_tlbs(m, &scope);
    psc_flush(m->psc_guest, &scope);
}

void mmu_invept(struct mmu *m)
{
    struct tlb_scope two_stage = {.two_stage = true, .tags = m->tags};
    struct tlb_scope everything = {.tags = m->tags};

    flush_tlbs(m, &two_stage);
    psc_flush(m->psc_guest, &two_stage);
    psc_flush(m->psc_host, &everything);
    tlb_flush(m->ntlb, &everything);
}
