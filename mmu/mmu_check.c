/*
 * mmu_check.c - asserts that the TLBs hold what the tables allow.
 *
 * Model     Each entry that the current regime could use is walked for again,
 *           silently.  Who must flush decides what a difference means:
 *             second stage   the hypervisor: an entry whose first stage still
 *                            stands must agree in frame and rights
 *             guest mode without one (shadow): the hypervisor, likewise for
 *                            the whole entry
 *             else           the guest kernel, which may delay or omit it: no
 *                            error; mmu_stale_entries() counts them
 */
#include "mmu/mmu_check.h"

#include <stddef.h>

#include "mmu/mmu_state.h"

enum verdict { AGREES, GUEST_STALE, HOST_STALE };

static bool usable(const struct mmu *m, const struct tlb_entry *entry)
{
    return entry->vpid == m->tags.vpid && entry->root == m->tags.root &&
           (entry->global || entry->pcid == m->tags.pcid);
}

/* A walk that no first-stage right can stop, so that rights can be compared. */
static struct walk walk_anyway(const struct mmu *m, uint64_t address)
{
    struct walker silent = {.memory = m->memory};
    struct regime regime = m->regime;
    struct walk_request request = {gva(address), ACCESS_READ,
                                   ACCESS_SUPERVISOR_AC, 0};

    regime.smap = regime.pke = false;
    return regime.guest ? walk_linear(&silent, &regime, &request)
                        : walk_physical(&silent, &regime, &request);
}

static enum verdict judge(const struct mmu *m, const struct tlb *t,
                          const struct tlb_entry *entry)
{
    const unsigned guest_rights = PERM_W | PERM_U | PERM_X | PERM_D;
    struct walk wk = walk_anyway(m, tlb_address(t, entry));
    unsigned extra;

    if (wk.status == XLATE_GUEST_FAULT)
        return GUEST_STALE;
    if (wk.status == XLATE_OK) {
        extra = entry->perm & ~wk.perm;
        if (entry->gpa != wk.gpa.v || entry->key != wk.key ||
            (extra & guest_rights))
            return GUEST_STALE;
        if (entry->frame == wk.hpa.v && extra == 0)
            return AGREES;
    }
    return HOST_STALE;
}

static uint32_t count_stale(const struct mmu *m, const struct tlb *t,
                            const struct tlb_entry **first_guest,
                            const struct tlb_entry **first_host)
{
    uint32_t stale = 0;

    for (uint32_t place = 0; place < tlb_places(t); place++) {
        const struct tlb_entry *entry = tlb_at(t, place);
        enum verdict verdict;

        if (!entry || !usable(m, entry))
            continue;
        verdict = judge(m, t, entry);
        stale += verdict != AGREES;
        if (verdict == GUEST_STALE)
            *first_guest = entry;
        else if (verdict == HOST_STALE)
            *first_host = entry;
    }
    return stale;
}

static bool check_tlb(const struct mmu *m, const struct tlb *t,
                      const char *name, struct error *e)
{
    const struct tlb_entry *guest = NULL, *host = NULL;
    bool shadow = m->regime.vpid != 0 && !m->regime.stage2;

    if (!tlb_check(t, e))
        return false;
    count_stale(m, t, &guest, &host);
    if (shadow && guest)
        host = guest;
    if (!host || (!shadow && !m->regime.stage2))
        return true;
    error_set(e, STATUS_USAGE,
              "%s: the entry for %#llx (pcid %u, vpid %u) maps %#llx, which "
              "the hypervisor's tables no longer do",
              name, (unsigned long long)tlb_address(t, host), host->pcid,
              host->vpid & ~TLB_THREAD, (unsigned long long)host->frame);
    return false;
}

bool mmu_check(const struct mmu *m, struct error *e)
{
    return check_tlb(m, m->l1[0], "l1d_tlb", e) &&
           check_tlb(m, m->l1[1], "l1i_tlb", e) &&
           check_tlb(m, m->l2, "l2_tlb", e);
}

uint32_t mmu_stale_entries(const struct mmu *m)
{
    const struct tlb_entry *unused = NULL;

    return count_stale(m, m->l1[0], &unused, &unused) +
           count_stale(m, m->l1[1], &unused, &unused) +
           count_stale(m, m->l2, &unused, &unused);
}

uint64_t mmu_digest(const struct mmu *m)
{
    uint64_t digest = tlb_digest(m->l1[0]);

    digest = digest * 31 + tlb_digest(m->l1[1]);
    digest = digest * 31 + tlb_digest(m->l2);
    digest = digest * 31 + tlb_digest(m->ntlb);
    digest = digest * 31 + psc_digest(m->psc_guest);
    digest = digest * 31 + psc_digest(m->psc_host);
    if (m->caches.l1d)
        digest = digest * 31 + cache_digest(m->caches.l1d);
    if (m->caches.l1i)
        digest = digest * 31 + cache_digest(m->caches.l1i);
    if (m->caches.l2)
        digest = digest * 31 + cache_digest(m->caches.l2);
    return digest;
}
