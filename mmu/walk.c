#include "mmu/walk.h"

#include <stddef.h>

#include "mmu/pt_edit.h"
#include "mmu/walk_log.h"

/* The first-stage entries that a walk passed, from top down to level. */
struct path {
    unsigned top, level;
    uint64_t table; /* gpa of the table of this level (hpa in one stage) */
    unsigned perm;  /* PERM_W, _U, _X of all entries, cached ones too */
    hpa_t entry_at[PT_MAX_LEVELS + 1];
    gpa_t entry_gpa[PT_MAX_LEVELS + 1];
    uint64_t entry[PT_MAX_LEVELS + 1];
    uint8_t perm_at[PT_MAX_LEVELS + 1];
    uint8_t host_perm[PT_MAX_LEVELS + 1]; /* of the page that holds it */
};

struct tlb_tags regime_tags(const struct regime *r)
{
    return (struct tlb_tags){
        .vpid = r->vpid,
        .pcid = r->guest ? r->pcid : TLB_NO_PAGING,
        .root = r->stage2 ? r->stage2_root.v & PTE_ADDRESS : TLB_NO_ROOT,
    };
}

/* One access to the line of an entry, charged to the dimension of g; returns
 * which cache served it. */
static enum cache_level price(struct walker *w, struct walk *wk,
                              const struct pt_geom *g, hpa_t a)
{
    struct line_access line;

    if (!w->caches)
        return CACHE_NONE;
    line = hierarchy_access(w->caches, a, false, wk->cycle);
    if (g == wk->regime->stage2)
        wk->host_cycles += (uint32_t)(line.ready_cycle - wk->cycle);
    else
        wk->guest_cycles += (uint32_t)(line.ready_cycle - wk->cycle);
    wk->cycle = line.ready_cycle;
    return line.level;
}

/* The step ends now. */
static void note(struct walker *w, const struct walk *wk,
                 const struct walk_place *place, struct walk_step step)
{
    step.host = place->g == wk->regime->stage2;
    step.level = (uint8_t)place->level;
    step.address = place->address;
    step.at = place->at;
    step.end_cycle = wk->cycle;
    walk_log_step(w->log, &step);
}

uint64_t walk_reference(struct walker *w, struct walk *wk,
                        const struct walk_place *place)
{
    uint64_t begin_cycle = wk->cycle;
    enum cache_level served = price(w, wk, place->g, place->at);
    uint64_t entry = pt_edit_load(w->memory, place->g, place->at);

    if (place->g == wk->regime->stage2)
        wk->host_refs++;
    else
        wk->guest_refs++;
    if (w->log)
        note(w, wk, place,
             (struct walk_step){.kind = WALK_STEP_REF,
                                .served = served,
                                .entry = entry,
                                .begin_cycle = begin_cycle});
    return entry;
}

void walk_set_flags(struct walker *w, struct walk *wk,
                    const struct walk_place *place, uint64_t bits)
{
    uint64_t begin_cycle = wk->cycle;
    enum cache_level served;

    if (!w->set_flags ||
        !pt_edit_set_bits(w->memory, place->g, place->at, bits))
        return;
    served = price(w, wk, place->g, place->at);
    if (w->log)
        note(w, wk, place,
             (struct walk_step){.kind = WALK_STEP_FLAGS,
                                .served = served,
                                .entry = bits,
                                .begin_cycle = begin_cycle});
}

void walk_note_known(struct walker *w, const struct walk *wk,
                     const struct walk_place *place, uint64_t known)
{
    if (w->log)
        note(w, wk, place,
             (struct walk_step){.kind = place->level ? WALK_STEP_PSC
                                                     : WALK_STEP_NTLB,
                                .entry = known,
                                .begin_cycle = wk->cycle});
}

/* flags: what the entries said, PF_PRESENT and PF_RESERVED. */
static bool page_fault(struct walk *wk, uint32_t flags)
{
    const struct regime *r = wk->regime;
    enum access_kind kind = wk->request.kind;

    wk->status = XLATE_GUEST_FAULT;
    wk->error_code = flags;
    if (kind == ACCESS_WRITE)
        wk->error_code |= PF_WRITE;
    if (wk->request.mode == ACCESS_USER)
        wk->error_code |= PF_USER;
    if (kind == ACCESS_FETCH && ((r->nxe && r->guest->has_nx) || r->smep))
        wk->error_code |= PF_FETCH;
    return false;
}

static unsigned perm_of(uint64_t entry)
{
    return (entry & PTE_W ? PERM_W : 0u) | (entry & PTE_U ? PERM_U : 0u) |
           (entry & PTE_NX ? 0u : PERM_X);
}

static bool allows(const struct walk *wk, unsigned perm)
{
    return perm_guest_allows(perm, wk->request.kind, wk->request.mode,
                             wk->regime);
}

/* The root table, or with PAE what a register says; false: absent. */
static bool start_at_root(struct walk *wk, struct path *path)
{
    const struct regime *r = wk->regime;
    const struct pt_geom *g = r->guest;
    uint64_t pdpte;

    path->top = g->register_level ? g->register_level - 1u : g->levels;
    path->level = path->top;
    path->table = r->guest_root.v & PTE_ADDRESS;
    path->perm = PERM_W | PERM_U | PERM_X;
    if (!g->register_level)
        return true;
    pdpte =
        r->pdpte[pt_index(g, g->register_level, wk->request.va.v) % PT_PDPTES];
    path->table = pt_address(g, g->register_level, pdpte, false);
    return pt_present(g, pdpte) || page_fault(wk, 0);
}

/*
 * Starts at the lowest cached table whose rights do not deny the access: a
 * denial must come from memory, or software that has just widened a right
 * would see a fault that the tables do not explain.
 */
static bool start(struct walker *w, struct walk *wk, struct path *path)
{
    const struct pt_geom *g = wk->regime->guest;

    if (!start_at_root(wk, path))
        return false;
    for (unsigned level = 2; w->psc_guest && level <= path->top; level++) {
        const struct psc_entry *entry =
            psc_find(w->psc_guest, g, level, wk->request.va.v, &wk->tags);

        if (!entry || !allows(wk, entry->perm))
            continue;
        psc_touch(w->psc_guest, level, entry);
        counter_add(w->counters, COUNTER_PSC_HIT, 1);
        path->top = path->level = level - 1;
        path->table = entry->table;
        path->perm = entry->perm;
        walk_note_known(
            w, wk, &(struct walk_place){g, level, wk->request.va.v, hpa(0)},
            entry->table);
        return true;
    }
    psc_missed(w->psc_guest, wk->request.va.v);
    return true;
}

/* The entry at a level. */
static struct walk_place place_of(const struct walk *wk,
                                  const struct path *path, unsigned level)
{
    return (struct walk_place){wk->regime->guest, level, wk->request.va.v,
                               path->entry_at[level]};
}

/* Finds the host address of the entry at path->level. */
static bool locate_entry(struct walker *w, struct walk *wk, struct path *path)
{
    const struct regime *r = wk->regime;
    unsigned level = path->level;
    gpa_t at =
        gpa(path->table + pt_entry_offset(r->guest, level, wk->request.va.v));
    /* SDM, "Accessed and Dirty Flags for EPT": then they count as writes. */
    uint32_t need = r->stage2_ad ? EPTQ_READ | EPTQ_WRITE : EPTQ_READ;
    struct host_page page = {.hpa = gpa_is_hpa(at), .perm = PERM_HOST_W};

    if (r->stage2 && !walk_host(w, wk, at, need, &page))
        return false;
    path->entry_gpa[level] = at;
    path->entry_at[level] = page.hpa;
    path->host_perm[level] = page.perm;
    return true;
}

/* PF_KEY is told of a key that forbids, whatever else does too. */
static bool check_rights(struct walk *wk, unsigned perm, uint64_t leaf)
{
    const struct regime *r = wk->regime;

    wk->key = (uint8_t)pt_key(r->guest, leaf);
    if (!key_allows(wk->key, perm, wk->request.kind, wk->request.mode, r))
        return page_fault(wk, PF_PRESENT | PF_KEY);
    return allows(wk, perm) || page_fault(wk, PF_PRESENT);
}

/* Reads entries down to the page.  False: a fault of either stage. */
static bool descend(struct walker *w, struct walk *wk, struct path *path)
{
    const struct regime *r = wk->regime;
    const struct pt_geom *g = r->guest;

    for (;; path->level--) {
        unsigned level = path->level;
        struct walk_place place;
        uint64_t entry;

        if (!locate_entry(w, wk, path))
            return false;
        place = place_of(wk, path, level);
        entry = walk_reference(w, wk, &place);
        if (!pt_present(g, entry))
            return page_fault(wk, 0);
        if (pt_reserved_set(g, level, entry, r->nxe))
            return page_fault(wk, PF_PRESENT | PF_RESERVED);
        path->perm &= perm_of(entry);
        path->entry[level] = entry;
        path->perm_at[level] = (uint8_t)path->perm;
        if (pt_is_leaf(g, level, entry))
            return check_rights(wk, path->perm, entry);
        path->table = pt_address(g, level, entry, false);
    }
}

/*
 * Sets A on the way down and D in the page's entry.  The update is a write to
 * the table, which the second stage may forbid.
 */
static bool set_flags(struct walker *w, struct walk *wk, struct path *path)
{
    for (unsigned level = path->top; level >= path->level; level--) {
        bool dirties = level == path->level && wk->request.kind == ACCESS_WRITE;
        uint64_t bits = PTE_A | (dirties ? PTE_D : 0);
        struct walk_place place = place_of(wk, path, level);
        struct host_page page;

        if ((path->entry[level] & bits) == bits)
            continue;
        if (wk->regime->stage2 && !(path->host_perm[level] & PERM_HOST_W) &&
            !walk_host(w, wk, path->entry_gpa[level], EPTQ_READ | EPTQ_WRITE,
                       &page))
            return false;
        walk_set_flags(w, wk, &place, bits);
        path->entry[level] |= bits;
    }
    return true;
}

/* Paging-structure caches, from the tables that were passed. */
static void remember_tables(struct walker *w, const struct walk *wk,
                            const struct path *path)
{
    const struct pt_geom *g = wk->regime->guest;

    for (unsigned level = path->top; level > path->level; level--) {
        struct psc_entry entry = {
            .table = pt_address(g, level, path->entry[level], false),
            .root = wk->tags.root,
            .pcid = wk->tags.pcid,
            .vpid = wk->tags.vpid,
            .perm = path->perm_at[level],
        };

        psc_fill(w->psc_guest, g, level, wk->request.va.v, &entry);
    }
}

/* The result of the first stage meets the second, if there is one. */
static void finish(struct walker *w, struct walk *wk)
{
    struct host_page page = {
        .hpa = gpa_is_hpa(wk->gpa),
        .shift = wk->guest_shift,
        .perm = PERM_HOST_R | PERM_HOST_W | PERM_HOST_X | PERM_HOST_D,
    };

    if (wk->regime->stage2 &&
        !walk_host(w, wk, wk->gpa, eptq_of_kind(wk->request.kind) | EPTQ_FINAL,
                   &page))
        return;
    wk->hpa = page.hpa;
    wk->host_shift = page.shift;
    wk->perm |= page.perm;
}

/* The walk is over: counts it. */
static void end(struct walker *w, const struct walk *wk)
{
    struct counters *c = w->counters;

    if (w->log)
        walk_log_end(w->log, wk);
    if (!c || wk->guest_refs + wk->host_refs == 0)
        return;
    counter_add(c, COUNTER_WALK_COUNT, 1);
    counter_add(c, COUNTER_WALK_REFS, wk->guest_refs + wk->host_refs);
    counter_add(c, COUNTER_WALK_GUEST_REFS, wk->guest_refs);
    counter_add(c, COUNTER_WALK_HOST_REFS, wk->host_refs);
    counter_add(c, COUNTER_WALK_CYCLES, wk->guest_cycles + wk->host_cycles);
    if (wk->status != XLATE_OK)
        counter_add(c, COUNTER_WALK_FAULTS, 1);
}

static struct walk begin(struct walker *w, const struct regime *regime,
                         const struct walk_request *request)
{
    struct walk wk = {
        .regime = regime,
        .request = *request,
        .tags = regime_tags(regime),
        .status = XLATE_OK,
        .cycle = request->start_cycle,
    };

    wk.tags.vpid |= w->thread;
    if (w->log)
        walk_log_begin(w->log, &wk);
    return wk;
}

struct walk walk_linear(struct walker *w, const struct regime *regime,
                        const struct walk_request *request)
{
    const struct pt_geom *g = regime->guest;
    struct walk wk = begin(w, regime, request);
    struct path path;
    uint64_t leaf;

    if (start(w, &wk, &path) && descend(w, &wk, &path) &&
        set_flags(w, &wk, &path)) {
        leaf = path.entry[path.level];
        wk.guest_shift = (uint8_t)pt_shift(g, path.level);
        wk.global = (leaf & PTE_G) != 0 && regime->pge;
        wk.perm = (uint8_t)(path.perm | (leaf & PTE_D ? PERM_D : 0u));
        wk.gpa = gpa(pt_address(g, path.level, leaf, true) |
                     (request->va.v & (pt_span_bytes(g, path.level) - 1)));
        finish(w, &wk);
        if (w->psc_guest && wk.status == XLATE_OK)
            remember_tables(w, &wk, &path);
    }
    end(w, &wk);
    return wk;
}

struct walk walk_physical(struct walker *w, const struct regime *regime,
                          const struct walk_request *request)
{
    struct walk wk = begin(w, regime, request);

    wk.gpa = gpa(request->va.v);
    wk.guest_shift = 30;
    wk.perm = PERM_W | PERM_U | PERM_X | PERM_D;
    finish(w, &wk);
    end(w, &wk);
    return wk;
}

struct walk walk_register_load(struct walker *w, const struct regime *regime,
                               gpa_t a, uint64_t start_cycle)
{
    struct walk_request request = {.va = gva(a.v), .start_cycle = start_cycle};
    struct walk wk = begin(w, regime, &request);
    struct host_page page = {.hpa = gpa_is_hpa(a)};

    wk.gpa = a;
    if (regime->stage2 && !walk_host(w, &wk, a, EPTQ_READ, &page))
        wk.error_code &= ~EPTQ_GVA_VALID;
    wk.hpa = page.hpa;
    end(w, &wk);
    return wk;
}
