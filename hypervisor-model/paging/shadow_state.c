/*
 * shadow_state.c - a VM's shadow: allocation, accounts.
 *
 * All of it is allocated at init; the host gives memory only to what is
 * touched.
 */
#include <stdlib.h>

#include "hypervisor-model/paging/shadow_internal.h"

/* One list head a page of each level, and counts of guarded tables. */
static bool alloc_by_frame(struct shadow *s)
{
    bool good;

    s->tables = calloc(s->frames, sizeof *s->tables);
    good = s->tables != NULL;
    for (unsigned level = 1; level <= 3; level++) {
        size_t pages = (size_t)(s->frames >> (9 * (level - 1))) + 1;

        s->mapped[level] = calloc(pages, sizeof *s->mapped[level]);
        good = good && s->mapped[level];
        if (level == 1)
            continue;
        s->guarded[level] = calloc(pages, sizeof *s->guarded[level]);
        good = good && s->guarded[level];
    }
    return good;
}

static bool alloc_tables(struct shadow *s)
{
    uint32_t buckets = 64;

    while (buckets < s->page_count)
        buckets *= 2;
    s->hash_mask = buckets - 1;
    s->hash = calloc(buckets, sizeof *s->hash);
    s->pages = calloc((size_t)s->page_count + 1, sizeof *s->pages);
    s->links =
        calloc((size_t)s->page_count * SHADOW_SLOTS + 1, sizeof *s->links);
    if (!s->hash || !s->pages || !s->links)
        return false;
    s->fresh = 1;
    s->free_count = s->page_count;
    return true;
}

struct shadow *shadow_new(struct vm *vm, struct error *e)
{
    struct shadow *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(e, STATUS_MEMORY, "out of host memory");
        return NULL;
    }
    s->vm = vm;
    s->config = vm->hv->config;
    s->dram = vm->hv->dram;
    s->counters = &vm->vcpus[0]->counters;
    s->frames = vm->memory_end.v >> PAGE_SHIFT;
    s->page_count = s->config->shadow_pages;
    if (!alloc_by_frame(s) || !alloc_tables(s) ||
        !frame_alloc_range(vm->hv, s->page_count, 1, &s->first_frame)) {
        shadow_free(s);
        error_set(e, STATUS_MEMORY, "no memory for %u shadow tables",
                  vm->hv->config->shadow_pages);
        return NULL;
    }
    return s;
}

void shadow_free(struct shadow *s)
{
    if (!s)
        return;
    for (unsigned level = 1; level <= 3; level++) {
        free(s->mapped[level]);
        free(s->guarded[level]);
    }
    free(s->tables);
    free(s->hash);
    free(s->pages);
    free(s->links);
    free(s);
}

bool shadow_is_open(const struct shadow *s, gfn_t frame)
{
    for (unsigned i = 0; i < s->open_count; i++)
        if (s->open[i].v == frame.v)
            return true;
    return false;
}

uint64_t shadow_take_work(struct shadow *s)
{
    uint64_t cycles = s->work_cycles;

    s->work_cycles = 0;
    return cycles;
}

bool shadow_take_flush(struct shadow *s)
{
    bool flush = s->flush;

    s->flush = false;
    s->flush_owed = s->flush_owed && !flush;
    return flush;
}
