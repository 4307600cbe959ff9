/*
 * boot_info.c - memory bookkeeping before there is a frame allocator.
 */
#include "workloads/kernel/boot_info.h"

#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

void boot_add_ram(struct boot_info *b, uint64_t from_pa, uint64_t to_pa)
{
    pfn_t first = page_ceil(from_pa) >> PAGE_BITS;
    pfn_t end = to_pa >> PAGE_BITS;

    if (first >= end || b->ram_count == BOOT_MAX_RANGES)
        return;
    b->ram[b->ram_count++] = (struct pfn_range){first, end};
    b->end_pfn = u64_max(b->end_pfn, end);
}

void boot_add_taken(struct boot_info *b, uint64_t from_pa, uint64_t to_pa)
{
    if (b->taken_count == BOOT_MAX_RANGES)
        panic("too many memory ranges in use at boot");
    b->taken[b->taken_count++] =
        (struct pfn_range){from_pa >> PAGE_BITS, page_ceil(to_pa) >> PAGE_BITS};
}

/* The first frame >= pfn such that count frames from it are free RAM. */
static pfn_t next_fit(const struct boot_info *b, pfn_t pfn, uint64_t count)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (unsigned i = 0; i < b->taken_count; i++) {
            if (pfn < b->taken[i].end && b->taken[i].first < pfn + count) {
                pfn = b->taken[i].end;
                moved = true;
            }
        }
    }
    return pfn;
}

static bool in_ram(const struct boot_info *b, pfn_t pfn, uint64_t count)
{
    for (unsigned i = 0; i < b->ram_count; i++)
        if (b->ram[i].first <= pfn && pfn + count <= b->ram[i].end)
            return true;
    return false;
}

/* A frame taken next to the last one makes that range longer. */
static void take(struct boot_info *b, pfn_t pfn, uint64_t count)
{
    struct pfn_range *last = &b->taken[b->taken_count - 1];

    if (b->taken_count > 0 && last->end == pfn)
        last->end += count;
    else
        boot_add_taken(b, pfn << PAGE_BITS, (pfn + count) << PAGE_BITS);
}

pfn_t boot_take_frames(struct boot_info *b, uint64_t count)
{
    for (unsigned i = 0; i < b->ram_count; i++) {
        pfn_t pfn = u64_max(b->cursor, b->ram[i].first);

        pfn = next_fit(b, pfn, count);
        if (pfn + count > b->early_limit_pfn)
            break;
        if (in_ram(b, pfn, count)) {
            take(b, pfn, count);
            return pfn;
        }
    }
    panic("no memory for the kernel's first tables");
}
