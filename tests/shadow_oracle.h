/*
 * shadow_oracle.h - what an access of the guest must lead to, by its own
 * tables and the Intel SDM vol. 3, "Determination of Access Rights".  Shares
 * no code with the shadow.
 */
#ifndef TESTS_SHADOW_ORACLE_H
#define TESTS_SHADOW_ORACLE_H
#include "hypervisor-model/paging/shadow.h"

/* Whose tables, and in which mode. */
struct oracle {
    const struct vm *vm;
    const struct shadow_regime *regime;
};

static inline uint64_t oracle_read(const struct oracle *b, uint64_t at)
{
    uint64_t value = 0;

    vm_copy_out(b->vm, &value, gpa(at), sizeof value);
    return value;
}

struct verdict {
    bool fault;
    uint32_t error_code;
    uint64_t gpa;
};

static inline bool forbids(const struct oracle *b,
                           const struct shadow_access *a, bool w, bool u,
                           bool nx)
{
    if (a->fetch && nx)
        return true;
    if (a->user)
        return !u || (a->write && !w);
    if (a->fetch)
        return b->regime->smep && u;
    return a->write && !w && b->regime->wp;
}

static inline struct verdict oracle_verdict(const struct oracle *b,
                                            const struct shadow_access *a)
{
    uint32_t code =
        (a->write ? 2u : 0) | (a->user ? 4u : 0) | (a->fetch ? 16u : 0);
    uint64_t table = b->regime->root.v;
    bool w = true, u = true, nx = false;

    for (int shift = 39;; shift -= 9) {
        uint64_t entry = oracle_read(b, table + (a->va.v >> shift & 511) * 8);
        uint64_t high = entry & ((uint64_t)0x3f << 46);
        bool leaf = shift == 12 || (shift < 39 && (entry & 0x80));
        uint64_t low = leaf && shift > 12
                           ? (((uint64_t)1 << shift) - 1) & ~(uint64_t)0x1fff
                           : 0;

        if (!(entry & 1))
            return (struct verdict){.fault = true, .error_code = code};
        if (high || (entry & low) || (shift == 39 && (entry & 0x80)))
            return (struct verdict){.fault = true, .error_code = code | 9};
        w = w && (entry & 2);
        u = u && (entry & 4);
        nx = nx || entry >> 63;
        table = entry & 0x000ffffffffff000;
        if (!leaf)
            continue;
        if (forbids(b, a, w, u, nx))
            return (struct verdict){.fault = true, .error_code = code | 1};
        low = ((uint64_t)1 << shift) - 1;
        return (struct verdict){.gpa = (table & ~low) | (a->va.v & low)};
    }
}

#endif
