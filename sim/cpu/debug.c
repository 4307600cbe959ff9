/*
 * debug.c - which breakpoints an access hits; see debug.h.
 */
#include "sim/cpu/debug.h"

enum { BREAKPOINTS = 4 };

/* R/W fields of DR7. */
enum break_on { BREAK_CODE, BREAK_WRITE, BREAK_PORT, BREAK_ACCESS };

static bool enabled(const struct cpu_state *s, unsigned n)
{
    return s->dr[7] >> (2 * n) & 3;
}

/* Without CR4.DE the port condition is undefined: it never hits here. */
static enum break_on kind_of(const struct cpu_state *s, unsigned n)
{
    return (enum break_on)(s->dr[7] >> (16 + 4 * n) & 3);
}

/* LEN: 1, 2, 8, 4 bytes. */
static uint64_t length_of(const struct cpu_state *s, unsigned n)
{
    static const uint8_t lengths[] = {1, 2, 8, 4};

    return lengths[s->dr[7] >> (18 + 4 * n) & 3];
}

/* The low bits of the address within the length are ignored. */
static bool overlaps(const struct cpu_state *s, unsigned n, uint64_t at,
                     uint64_t bytes)
{
    uint64_t length = length_of(s, n);
    uint64_t first = s->dr[n] & ~(length - 1);

    return at - first < length || first - at < bytes;
}

bool debug_watches_data(const struct cpu_state *s)
{
    if (!(s->dr[7] & DR7_ENABLES))
        return false;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (enabled(s, n) && (kind_of(s, n) & BREAK_WRITE))
            return true;
    return false;
}

uint64_t debug_code_hits(const struct cpu_state *s, gva_t va)
{
    uint64_t hits = 0;

    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (enabled(s, n) && kind_of(s, n) == BREAK_CODE && s->dr[n] == va.v)
            hits |= (uint64_t)1 << n;
    return hits;
}

void debug_watch_data(struct cpu *c, gva_t va, unsigned bytes,
                      enum access_kind kind)
{
    const struct cpu_state *s = &c->state;

    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        enum break_on on = kind_of(s, n);
        bool watched =
            on == BREAK_ACCESS || (on == BREAK_WRITE && kind == ACCESS_WRITE);

        if (enabled(s, n) && watched && overlaps(s, n, va.v, bytes))
            c->debug_hits |= (uint64_t)1 << n;
    }
}

uint64_t debug_port_hits(const struct cpu_state *s, uint16_t port,
                         unsigned bytes)
{
    uint64_t hits = 0;

    if (!(s->cr4 & CR4_DE) || !(s->dr[7] & DR7_ENABLES))
        return 0;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (enabled(s, n) && kind_of(s, n) == BREAK_PORT &&
            overlaps(s, n, port, bytes))
            hits |= (uint64_t)1 << n;
    return hits;
}

enum op_result debug_fault(struct cpu *c, uint64_t causes)
{
    c->fault = (struct fault){.vector = VECTOR_DB, .dr6 = causes};
    return OP_FAULT;
}

void debug_record(struct cpu_state *s, uint64_t causes)
{
    uint64_t keep = causes & (DR6_HITS | DR6_BS) ? ~DR6_HITS : ~(uint64_t)0;

    s->dr[6] = (s->dr[6] & keep) | causes | DR6_FIXED;
    s->dr[7] &= ~DR7_GD;
}
