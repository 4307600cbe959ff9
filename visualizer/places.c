#include "visualizer/places.h"

#include <inttypes.h>
#include <stdio.h>

#include "visualizer/scene.h"

/* Marks are for what the last so many operations did. */
enum { MARKED_OPERATIONS = 8 };

/* Which counters know of a structure; lookups are sums. */
struct counted {
    const char *name;
    enum counter lookups[2], misses[2];
    bool hits; /* the first of misses counts hits */
};

static const struct counted counted[PLACES_ALL] = {
    {"L1 data TLB", {COUNTER_DTLB_ACCESS}, {COUNTER_DTLB_L1_MISS}, false},
    {"L1 code TLB", {COUNTER_ITLB_ACCESS}, {COUNTER_ITLB_L1_MISS}, false},
    {"L2 TLB",
     {COUNTER_DTLB_L1_MISS, COUNTER_ITLB_L1_MISS},
     {COUNTER_DTLB_L2_MISS, COUNTER_ITLB_L2_MISS},
     false},
    {"nested TLB",
     {COUNTER_NTLB_HIT, COUNTER_NTLB_MISS},
     {COUNTER_NTLB_MISS},
     false},
    {"PSC", {COUNTER_WALK_COUNT}, {COUNTER_PSC_HIT}, true},
    {"PSC of nested", {COUNTER_NTLB_MISS}, {COUNTER_PSC_HOST_HIT}, true},
    {"L1 data", {COUNTER_L1D_ACCESS}, {COUNTER_L1D_MISS}, false},
    {"L1 code", {COUNTER_L1I_ACCESS}, {COUNTER_L1I_MISS}, false},
    {"L2", {COUNTER_L1D_MISS, COUNTER_L1I_MISS}, {COUNTER_L2_MISS}, false},
    {"L3", {COUNTER_L2_MISS}, {COUNTER_L3_MISS}, false},
};

/* COUNTER_INSTRUCTIONS, the first of all, stands for none. */
static uint64_t sum_of(const struct counters *c, const enum counter of[2])
{
    uint64_t sum = c->value[of[0]];

    return of[1] == COUNTER_INSTRUCTIONS ? sum : sum + c->value[of[1]];
}

static void count(const struct scene *s, const struct mmu *m, unsigned which,
                  struct places *p)
{
    const struct counted *known = &counted[which];
    const struct counters since = scene_counters(s);

    p->name = known->name;
    p->lookups_ever = sum_of(mmu_counters(m), known->lookups);
    p->lookups = sum_of(&since, known->lookups);
    p->misses = sum_of(&since, known->misses);
    if (known->hits)
        p->misses = p->lookups > p->misses ? p->lookups - p->misses : 0;
}

bool places_of(const struct scene *s, unsigned which, struct places *p)
{
    const struct mmu *m = cpu_mmu(scene_pcpu(s)->cpu);

    *p = (struct places){.line_bytes = mmu_line_bytes(m)};
    count(s, m, which, p);
    if (which < PLACES_PSCS) {
        p->tlb = mmu_tlb(m, (enum mmu_tlb)which);
        p->log = p->tlb->log;
    } else if (which < PLACES_CACHES) {
        p->host = which > PLACES_PSCS;
        p->psc = mmu_psc(m, p->host);
        p->log = p->psc->log;
    } else {
        p->cache = mmu_cache(m, (enum mmu_cache)(which - PLACES_CACHES));
        p->log = p->cache ? cache_log(p->cache) : NULL;
    }
    return places_total(p) != 0;
}

uint64_t places_total(const struct places *p)
{
    uint64_t places = 0;

    if (p->tlb)
        return tlb_places(p->tlb);
    for (unsigned level = 2; p->psc && level <= PT_MAX_LEVELS; level++)
        places += p->psc->levels[level].count;
    return p->cache ? (uint64_t)cache_sets(p->cache) * cache_ways(p->cache)
                    : places;
}

static uint64_t lines_held(const struct cache *c)
{
    uint64_t held = 0, line;

    for (uint32_t set = 0; set < cache_sets(c); set++)
        for (uint32_t way = 0; way < cache_ways(c); way++)
            held += cache_line_at(c, set, way, &line);
    return held;
}

uint64_t places_held(const struct places *p)
{
    uint64_t held = 0;

    for (unsigned size = 0; p->tlb && size < PAGE_SIZES; size++)
        held += p->tlb->held[size];
    for (unsigned level = 2; p->psc && level <= PT_MAX_LEVELS; level++)
        held += p->psc->levels[level].held;
    return p->cache ? lines_held(p->cache) : held;
}

uint64_t places_reach_bytes(const struct places *p)
{
    uint64_t reach = 0;

    for (unsigned size = 0; p->tlb && size < PAGE_SIZES; size++)
        reach += (uint64_t)p->tlb->held[size]
                 << page_size_shift((enum page_size)size);
    return p->cache ? lines_held(p->cache) * p->line_bytes : reach;
}

static const char *const sizes[PAGE_SIZES] = {"4K", "2M", "1G"};

static void tlb_geometry(const struct tlb *t, char *text)
{
    size_t used = 0;

    for (unsigned size = 0; size < PAGE_SIZES; size++) {
        const struct tlb_array *a = &t->arrays[size];

        if (a->sets == 0)
            continue;
        used += (size_t)snprintf(text + used, PLACE_TEXT_BYTES - used, "%s%s",
                                 used ? ", " : "", sizes[size]);
        for (unsigned other = size + 1; other < PAGE_SIZES; other++)
            if (t->of_size[other] == a)
                used += (size_t)snprintf(text + used, PLACE_TEXT_BYTES - used,
                                         "+%s", sizes[other]);
        used += (size_t)snprintf(text + used, PLACE_TEXT_BYTES - used,
                                 ": %" PRIu32 " sets of %" PRIu32 ", %s",
                                 a->sets, a->ways, a->repl.ops->name);
    }
}

static void psc_geometry(const struct psc *psc, char *text)
{
    size_t used = 0;

    for (unsigned level = PT_MAX_LEVELS; level >= 2; level--)
        if (psc->levels[level].count)
            used += (size_t)snprintf(
                text + used, PLACE_TEXT_BYTES - used,
                "%slevel %u: %" PRIu32 " of %" PRIu32, used ? ", " : "", level,
                psc->levels[level].held, psc->levels[level].count);
}

char *places_geometry(const struct places *p, char text[PLACE_TEXT_BYTES])
{
    text[0] = '\0';
    if (p->tlb)
        tlb_geometry(p->tlb, text);
    else if (p->psc)
        psc_geometry(p->psc, text);
    else
        snprintf(text, PLACE_TEXT_BYTES,
                 "%" PRIu32 " sets of %" PRIu32 " lines of %" PRIu32
                 " bytes, %s",
                 cache_sets(p->cache), cache_ways(p->cache), p->line_bytes,
                 cache_repl(p->cache)->ops->name);
    return text;
}

static char *where(const struct places *p, uint32_t place,
                   char text[PLACE_TEXT_BYTES])
{
    uint32_t ways = 1;

    if (p->psc) {
        snprintf(text, PLACE_TEXT_BYTES, "level %" PRIu32 ", place %" PRIu32,
                 place >> 16, place & 0xffff);
        return text;
    }
    if (p->cache)
        ways = cache_ways(p->cache);
    for (unsigned size = 0; p->tlb && size < PAGE_SIZES; size++) {
        const struct tlb_array *a = &p->tlb->arrays[size];

        if (place < a->sets * a->ways) {
            ways = a->ways;
            break;
        }
        place -= a->sets * a->ways;
    }
    snprintf(text, PLACE_TEXT_BYTES, "set %" PRIu32 ", way %" PRIu32,
             place / ways, place % ways);
    return text;
}

char *places_event(const struct places *p, const struct place_event *e,
                   char text[PLACE_TEXT_BYTES])
{
    uint64_t unit = p->cache ? p->line_bytes : 1;
    char at[PLACE_TEXT_BYTES] = "";
    uint64_t address = e->address * unit;

    if (e->kind != PLACE_FLUSH)
        where(p, e->place, at);
    switch ((enum place_event_kind)e->kind) {
    case PLACE_MISS:
        snprintf(text, PLACE_TEXT_BYTES, "missed %" PRIx64, address);
        break;
    case PLACE_HIT:
        snprintf(text, PLACE_TEXT_BYTES, "hit %" PRIx64 " in %.40s", address,
                 at);
        break;
    case PLACE_FILL:
        snprintf(text, PLACE_TEXT_BYTES, "new %" PRIx64 " in %.40s", address,
                 at);
        break;
    case PLACE_EVICT:
        snprintf(text, PLACE_TEXT_BYTES,
                 "new %" PRIx64 " in %.40s, out %" PRIx64, address, at,
                 e->replaced * unit);
        break;
    case PLACE_DROP:
        snprintf(text, PLACE_TEXT_BYTES, "gone %" PRIx64 " from %.40s", address,
                 at);
        break;
    case PLACE_FLUSH:
        if (e->page)
            snprintf(text, PLACE_TEXT_BYTES,
                     "flush of page %" PRIx64 ": %" PRIu32 " gone", address,
                     e->dropped);
        else
            snprintf(text, PLACE_TEXT_BYTES, "flush: %" PRIu32 " gone",
                     e->dropped);
        break;
    }
    return text;
}

/* A flush says how many entries went: they need no line each. */
static bool is_of_flush(const struct place_log *log, unsigned back)
{
    const struct place_event *drop = place_log_back(log, back), *e = drop;

    if (drop->kind != PLACE_DROP)
        return false;
    while (e && e->kind == PLACE_DROP && e->operation == drop->operation)
        e = place_log_back(log, ++back);
    return e && e->kind == PLACE_FLUSH && e->operation == drop->operation;
}

const struct place_event *places_last(const struct places *p, unsigned before)
{
    const struct place_event *e;

    for (unsigned back = 0; p->log; back++) {
        e = place_log_back(p->log, back);
        if (!e)
            break;
        if (!is_of_flush(p->log, back) && before-- == 0)
            return e;
    }
    return NULL;
}

const char *places_mark(const struct places *p, uint32_t place,
                        enum style *style)
{
    const struct place_event *e;

    *style = STYLE_PLAIN;
    for (unsigned back = 0; p->log; back++) {
        e = place_log_back(p->log, back);
        if (!e || e->operation + MARKED_OPERATIONS <= p->log->operations)
            break;
        if (e->place != place || e->kind == PLACE_MISS ||
            e->kind == PLACE_FLUSH)
            continue;
        *style = e->kind == PLACE_HIT    ? STYLE_HIT
                 : e->kind == PLACE_DROP ? STYLE_FAULT
                                         : STYLE_CHANGED;
        return e->kind == PLACE_HIT    ? "hit"
               : e->kind == PLACE_DROP ? "gone"
                                       : "new";
    }
    return "";
}

char *perm_text(unsigned perm, char text[PERM_TEXT_BYTES])
{
    static const char letters[] = "WUXDrwxd"; /* by bit; second stage small */

    for (unsigned i = 0; i < 8; i++)
        text[i] = perm >> i & 1 ? letters[i] : '.';
    text[8] = '\0';
    return text;
}
