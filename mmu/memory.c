#include "mmu/memory.h"

#include <string.h>
#include <sys/mman.h>

#include "sim/core/macros.h"

/* Above this, host huge pages could cost far more than what is touched. */
static const uint64_t huge_page_limit_bytes = (uint64_t)4 << 30;

static void *reserve(uint64_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    if (bytes > huge_page_limit_bytes)
        (void)madvise(p, bytes, MADV_NOHUGEPAGE);
    return p;
}

enum status memory_init(struct memory *m, uint64_t bytes, struct error *e)
{
    *m = (struct memory){0};
    if (bytes == 0 || bytes % PAGE_BYTES != 0 || bytes >> 46 != 0)
        return error_set(e, STATUS_USAGE,
                         "memory: %llu bytes is not a multiple of 4K in "
                         "4K ... 64T",
                         (unsigned long long)bytes);
    m->base = reserve(bytes);
    if (!m->base)
        return error_set(e, STATUS_MEMORY,
                         "memory: the host cannot reserve %llu bytes of "
                         "address space",
                         (unsigned long long)bytes);
    m->bytes = bytes;
    m->code = reserve(bytes / PAGE_BYTES);
    m->watch = reserve(bytes / PAGE_BYTES);
    if (!m->code || !m->watch) {
        memory_free(m);
        return error_set(e, STATUS_MEMORY,
                         "memory: the host has no memory for maps of frames");
    }
    return STATUS_OK;
}

void memory_set_hole(struct memory *m, hpa_t begin, hpa_t end)
{
    if (begin.v % PAGE_BYTES || end.v % PAGE_BYTES || begin.v > end.v ||
        end.v > m->bytes)
        BUG("a hole outside the memory");
    m->hole_begin = begin.v;
    m->hole_end = end.v;
}

static uint64_t region_count(const struct memory *m)
{
    return (m->bytes >> MEMORY_REGION_SHIFT) + 1;
}

enum status memory_set_nodes(struct memory *m, unsigned nodes, struct error *e)
{
    if (nodes < 2 || nodes > 64)
        BUG("memory has 2 to 64 nodes");
    m->nodes = reserve(region_count(m) * sizeof m->nodes[0]);
    if (!m->nodes)
        return error_set(e, STATUS_MEMORY,
                         "memory: the host has no memory for a map of nodes");
    for (uint64_t i = 0; i < region_count(m); i++)
        m->nodes[i] = UINT64_MAX >> (64 - nodes);
    return STATUS_OK;
}

void memory_place(struct memory *m, hpa_t begin, uint64_t bytes, uint64_t nodes)
{
    uint64_t end = (begin.v + bytes - 1) >> MEMORY_REGION_SHIFT;

    if (!m->nodes || nodes == 0 || bytes == 0 || end >= region_count(m))
        BUG("frames cannot be on these nodes");
    for (uint64_t i = begin.v >> MEMORY_REGION_SHIFT; i <= end; i++)
        m->nodes[i] = nodes;
}

unsigned memory_node(const struct memory *m, hpa_t a)
{
    uint64_t set = m->nodes[a.v >> MEMORY_REGION_SHIFT];
    unsigned turn =
        (unsigned)((a.v >> PAGE_SHIFT) % (unsigned)__builtin_popcountll(set));

    while (turn-- != 0)
        set &= set - 1;
    return (unsigned)__builtin_ctzll(set);
}

void memory_free(struct memory *m)
{
    if (m->base)
        munmap(m->base, m->bytes);
    if (m->code)
        munmap(m->code, m->bytes / PAGE_BYTES);
    if (m->watch)
        munmap(m->watch, m->bytes / PAGE_BYTES);
    if (m->nodes)
        munmap(m->nodes, region_count(m) * sizeof m->nodes[0]);
    *m = (struct memory){0};
}

/*
 * Hosts are little-endian x86-64 or arm64, as the image of a guest is; a big-
 * endian host would swap here, in the only four places that know.
 */
uint64_t memory_read64(const struct memory *m, hpa_t a)
{
    uint64_t value = 0;

    if (memory_has(m, a, sizeof(value)))
        memcpy(&value, memory_at(m, a), sizeof(value));
    return value;
}

uint32_t memory_read32(const struct memory *m, hpa_t a)
{
    uint32_t value = 0;

    if (memory_has(m, a, sizeof(value)))
        memcpy(&value, memory_at(m, a), sizeof(value));
    return value;
}

void memory_write64(struct memory *m, hpa_t a, uint64_t value)
{
    if (memory_has(m, a, sizeof(value)))
        memcpy(memory_at(m, a), &value, sizeof(value));
}

void memory_write32(struct memory *m, hpa_t a, uint32_t value)
{
    if (memory_has(m, a, sizeof(value)))
        memcpy(memory_at(m, a), &value, sizeof(value));
}

bool memory_copy_in(struct memory *m, hpa_t to, const void *from, size_t bytes)
{
    if (bytes == 0)
        return true;
    if (!memory_has(m, to, bytes))
        return false;
    memcpy(memory_at(m, to), from, bytes);
    return true;
}

bool memory_copy_out(const struct memory *m, void *to, hpa_t from, size_t bytes)
{
    if (bytes == 0)
        return true;
    if (!memory_has(m, from, bytes))
        return false;
    memcpy(to, memory_at(m, from), bytes);
    return true;
}

static void mark_written(struct memory *m, uint64_t frame)
{
    if (m->code[frame] != 0) {
        m->code[frame] = 2;
        m->code_stale = true;
    }
    if (m->watch[frame] != 0) {
        m->watch[frame] = 2;
        m->watch_writes++;
    }
}

bool memory_dma_write(struct memory *m, hpa_t to, const void *from,
                      size_t bytes)
{
    if (bytes == 0)
        return true;
    if (!memory_copy_in(m, to, from, bytes))
        return false;
    for (uint64_t f = to.v / PAGE_BYTES; f <= (to.v + bytes - 1) / PAGE_BYTES;
         f++)
        mark_written(m, f);
    return true;
}

bool memory_zero(struct memory *m, hpa_t at, uint64_t bytes)
{
    if (bytes == 0)
        return true;
    if (!memory_has(m, at, bytes))
        return false;
    memset(memory_at(m, at), 0, bytes);
    return true;
}
