/*
 * config_check.c - parameters against each other, and against what is there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/config.h"

/* NAME.entries and NAME.ways of one translation structure. */
struct tlb_place {
    const char *name;
    const struct tlb_geometry *geometry;
};

struct cache_place {
    const char *name;
    const struct cache_config *cache;
};

static bool power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static enum status check_tlb(const struct tlb_place *t, struct error *e)
{
    uint32_t entries = t->geometry->entries, ways = t->geometry->ways;

    if (entries == 0)
        return STATUS_OK;
    if (entries % ways != 0)
        return error_set(e, STATUS_USAGE,
                         "%s.entries=%" PRIu32 " is not a multiple of "
                         "%s.ways=%" PRIu32 "; set both",
                         t->name, entries, t->name, ways);
    if (!power_of_two(entries / ways))
        return error_set(e, STATUS_USAGE,
                         "%s.entries=%" PRIu32 " and %s.ways=%" PRIu32
                         " make %" PRIu32 " sets: not a power of two",
                         t->name, entries, t->name, ways, entries / ways);
    return STATUS_OK;
}

static enum status check_cache(const struct cache_place *p, uint32_t line_bytes,
                               struct error *e)
{
    uint64_t way_bytes = (uint64_t)p->cache->ways * line_bytes;
    char bytes[32];

    if (p->cache->bytes == 0)
        return STATUS_OK;
    snprintf(bytes, sizeof bytes, "%" PRIu64, p->cache->bytes);
    if (p->cache->bytes % way_bytes != 0)
        return error_set(e, STATUS_USAGE,
                         "%s.bytes=%s is not a multiple of %s.ways=%" PRIu32
                         " times cache.line_bytes=%" PRIu32 "; set both",
                         p->name, bytes, p->name, p->cache->ways, line_bytes);
    if (!power_of_two(p->cache->bytes / way_bytes))
        return error_set(e, STATUS_USAGE,
                         "%s.bytes=%s and %s.ways=%" PRIu32 " make %" PRIu64
                         " sets: not a power of two",
                         p->name, bytes, p->name, p->cache->ways,
                         p->cache->bytes / way_bytes);
    return STATUS_OK;
}

static enum status check_geometry(const struct config *c, struct error *e)
{
    const struct tlb_place tlbs[] = {
        {"tlb.l1d.4k", &c->mmu.l1d_tlb.page_4k},
        {"tlb.l1d.2m", &c->mmu.l1d_tlb.page_2m},
        {"tlb.l1d.1g", &c->mmu.l1d_tlb.page_1g},
        {"tlb.l1i.4k", &c->mmu.l1i_tlb.page_4k},
        {"tlb.l1i.2m", &c->mmu.l1i_tlb.page_2m},
        {"tlb.l1i.1g", &c->mmu.l1i_tlb.page_1g},
        {"tlb.l2", &c->mmu.l2_tlb.page_4k},
        {"tlb.l2.2m", &c->mmu.l2_tlb.page_2m},
        {"tlb.l2.1g", &c->mmu.l2_tlb.page_1g},
        {"ntlb", &c->mmu.ntlb},
    };
    const struct cache_place caches[] = {
        {"cache.l1d", &c->mmu.l1d},
        {"cache.l1i", &c->mmu.l1i},
        {"cache.l2", &c->mmu.l2},
        {"cache.l3", &c->mmu.l3},
    };
    enum status s = STATUS_OK;

    for (size_t i = 0; i < ARRAY_LEN(tlbs) && s == STATUS_OK; i++)
        s = check_tlb(&tlbs[i], e);
    for (size_t i = 0; i < ARRAY_LEN(caches) && s == STATUS_OK; i++)
        s = check_cache(&caches[i], c->mmu.line_bytes, e);
    return s;
}

static enum status check_machine(const struct config *c, struct error *e)
{
    enum platform_id platform;

    if (!platform_find(c->platform, &platform))
        return error_set(e, STATUS_USAGE,
                         "platform=%s: there is no such platform (ringside "
                         "list platforms)",
                         c->platform);
    if (c->memory_bytes % ((uint64_t)2 << 20) != 0)
        return error_set(e, STATUS_USAGE,
                         "memory=%" PRIu64 " is not a multiple of 2M",
                         c->memory_bytes);
    if (c->vcpus > 1 && platform == PLATFORM_ISA)
        return error_set(e, STATUS_USAGE,
                         "vcpus=%" PRIu32 ": platform=isa has no local APICs; "
                         "take platform=pc or platform=microvm",
                         c->vcpus);
    if (c->hv.host_page_shift == 30 && !c->cpu.has_1g_pages)
        return error_set(e, STATUS_USAGE,
                         "paging.host_page=1G: the CPU has no 1G pages "
                         "(cpu.has_1g_pages=off)");
    return STATUS_OK;
}

/* Xen refuses rate limits that are neither off nor within bounds
   (docs/misc/xen-command-line: sched_ratelimit_us). */
static enum status check_ratelimit(const char *name, uint64_t us,
                                   struct error *e)
{
    if (us == 0 || us >= SCHED_RATELIMIT_MIN_US)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE,
                     "%s=%" PRIu64 ": 0 (no limit) or %d .. 500000 "
                     "microseconds",
                     name, us, SCHED_RATELIMIT_MIN_US);
}

static enum status check_sched(const struct sched_config *c, struct error *e)
{
    enum status s =
        check_ratelimit("credit.ratelimit_us", c->credit.ratelimit_us, e);

    return s == STATUS_OK ? check_ratelimit("credit2.ratelimit_us",
                                            c->credit2.ratelimit_us, e)
                          : s;
}

enum status config_check(const struct config *c, struct error *e)
{
    struct error why;
    enum status s = check_geometry(c, e);

    if (s == STATUS_OK)
        s = check_machine(c, e);
    if (s == STATUS_OK)
        s = check_sched(&c->hv.sched, e);
    for (unsigned i = 0; i < c->technique_count && s == STATUS_OK; i++) {
        s = c->techniques[i]->supported(&c->hv, &why);
        if (s != STATUS_OK)
            return error_set(e, s, "profile %s: %s",
                             c->profile_name ? c->profile_name : "(none)",
                             why.text);
    }
    return s;
}
