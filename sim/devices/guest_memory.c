#include "sim/devices/guest_memory.h"

bool guest_memory_add(struct guest_memory *m, gpa_t at, uint64_t bytes,
                      hpa_t host)
{
    if (m->range_count == GUEST_MEMORY_RANGES)
        return false;
    m->ranges[m->range_count++] =
        (struct guest_memory_range){.at = at, .bytes = bytes, .host = host};
    return true;
}

/* Host address of a, if [a, a + bytes) lies in one range. */
static bool find(const struct guest_memory *m, gpa_t a, uint64_t bytes,
                 hpa_t *host)
{
    for (unsigned i = 0; m->dram && i < m->range_count; i++) {
        const struct guest_memory_range *r = &m->ranges[i];
        uint64_t offset = a.v - r->at.v;

        if (a.v < r->at.v || offset >= r->bytes || bytes > r->bytes - offset)
            continue;
        *host = hpa_add(r->host, offset);
        return true;
    }
    return false;
}

bool guest_memory_has(const struct guest_memory *m, gpa_t a)
{
    hpa_t host;

    return find(m, a, 1, &host);
}

bool guest_memory_read(const struct guest_memory *m, gpa_t from, void *to,
                       size_t bytes)
{
    hpa_t host;

    return bytes == 0 || (find(m, from, bytes, &host) &&
                          memory_copy_out(m->dram, to, host, bytes));
}

bool guest_memory_write(struct guest_memory *m, gpa_t to, const void *from,
                        size_t bytes)
{
    hpa_t host;

    return bytes == 0 || (find(m, to, bytes, &host) &&
                          memory_dma_write(m->dram, host, from, bytes));
}
