/*
 * paging_oracle.h - what the manual says of one access, in every paging mode
 * and with a second stage or without.
 *
 * Written from the text, one rule a line, on entries that the caller holds in
 * an array: no code and no constant of mmu/ is used.
 *
 * Manual  Intel SDM vol. 3, "32-Bit Paging", "PAE Paging", "4-Level Paging
 *         and 5-Level Paging", "Access Rights", "Page-Fault Exceptions",
 *         "Accessed and Dirty Flags", "EPT Misconfigurations", "EPT
 *         Violations", "Accessed and Dirty Flags for EPT".  MAXPHYADDR is 46,
 *         PAT and PSE-36 are there, execute-only EPT entries are legal.
 * Where the SDM leaves a choice (when flags are set) the oracle follows
 * walk.h: not before the page fault is excluded, and before the page itself
 * meets the second stage.
 */
#ifndef TESTS_PAGING_ORACLE_H
#define TESTS_PAGING_ORACLE_H
#include <stdbool.h>
#include <stdint.h>

enum paging {
    PAGING_OFF,
    PAGING_32,
    PAGING_32_PSE,
    PAGING_PAE,
    PAGING_4,
    PAGING_5,
    PAGING_MODES
};
enum oracle_kind { ASK_READ, ASK_WRITE, ASK_FETCH };
enum oracle_who { BY_USER, BY_SUPERVISOR, BY_SUPERVISOR_AC, BY_IMPLICIT };

/* One guest-physical page and what the second stage has on the way to it. */
struct oracle_page {
    uint64_t gpa;
    uint64_t ept[4]; /* [3] PDPTE, [2] PDE, [1] PTE */
};

struct oracle {
    enum paging paging;
    uint64_t va;
    enum oracle_kind kind;
    enum oracle_who who;
    bool wp, nxe, smep, smap, pge, pke;
    uint32_t pkru;
    uint64_t entry[6]; /* by level: [1] PTE; PAE: [3] is a register */
    bool nested, ept_ad;
    uint64_t ept_top;           /* the one EPT PML4 entry in use */
    struct oracle_page page[6]; /* [level]: that table; [0]: the page itself */
};

enum oracle_outcome {
    ORACLE_GOOD,
    ORACLE_PAGE_FAULT,
    ORACLE_VIOLATION,
    ORACLE_MISCONFIG
};

struct oracle_answer {
    enum oracle_outcome outcome;
    uint32_t code; /* error code, or exit qualification */
    uint64_t gpa;  /* of a violation or misconfiguration */
    uint64_t hpa;
};

static inline bool o_bit(uint64_t entry, unsigned n)
{
    return (entry >> n) & 1;
}

static inline bool o_any(uint64_t entry, unsigned high, unsigned low)
{
    for (unsigned n = low; n <= high; n++)
        if (o_bit(entry, n))
            return true;
    return false;
}

/* Address bits [high:low] of an entry, in place. */
static inline uint64_t o_field(uint64_t entry, unsigned high, unsigned low)
{
    return entry >> low << low << (63 - high) >> (63 - high);
}

static inline unsigned o_levels(enum paging p)
{
    static const unsigned levels[PAGING_MODES] = {0, 2, 2, 3, 4, 5};

    return levels[p];
}

static inline bool o_32(const struct oracle *o)
{
    return o->paging == PAGING_32 || o->paging == PAGING_32_PSE;
}

static inline bool o_64(const struct oracle *o)
{
    return o->paging == PAGING_4 || o->paging == PAGING_5;
}

/* Where the linear address splits: lowest bit that a table's index takes. */
static inline unsigned o_low_bit(const struct oracle *o, unsigned level)
{
    static const unsigned of_32[3] = {0, 12, 22};
    static const unsigned of_others[6] = {0, 12, 21, 30, 39, 48};

    return o_32(o) ? of_32[level] : of_others[level];
}

/* Offset in its table of the entry that the linear address selects. */
static inline uint64_t o_entry_offset(const struct oracle *o, unsigned level)
{
    unsigned low = o_low_bit(o, level);

    if (o_32(o))
        return o_field(o->va >> low, 9, 0) * 4;
    if (o->paging == PAGING_PAE && level == 3)
        return o_field(o->va >> low, 1, 0) * 8;
    return o_field(o->va >> low, 8, 0) * 8;
}

/* Does this present entry map a page? */
static inline bool o_maps_page(const struct oracle *o, unsigned level)
{
    bool ps = o_bit(o->entry[level], 7);

    if (level == 1)
        return true;
    if (level == 2)
        return o->paging != PAGING_32 && ps;
    return level == 3 && o_64(o) && ps;
}

/* "Reserved (must be 0)" in the tables of entry formats. */
static inline bool o_reserved(const struct oracle *o, unsigned level)
{
    uint64_t e = o->entry[level];
    bool page = o_maps_page(o, level);

    if (o->paging == PAGING_32)
        return false;
    if (o->paging == PAGING_32_PSE)
        return page && level == 2 && o_bit(e, 21);
    if (o_bit(e, 63) && !o->nxe)
        return true;
    if (o->paging == PAGING_PAE && o_any(e, 62, 46))
        return true;
    if (o_64(o) && (o_any(e, 51, 46) || (level >= 4 && o_bit(e, 7))))
        return true;
    if (page && level == 2)
        return o_any(e, 20, 13);
    return page && level == 3 && o_any(e, 29, 13);
}

/* The levels whose entries carry rights and flags: not the PDPTEs of PAE. */
static inline unsigned o_top(const struct oracle *o)
{
    return o->paging == PAGING_PAE ? 2 : o_levels(o->paging);
}

struct o_rights {
    bool writable, user, execute_disabled;
};

static inline struct o_rights o_rights_of(const struct oracle *o, unsigned leaf)
{
    struct o_rights r = {true, true, false};

    for (unsigned level = o_top(o); level >= leaf; level--) {
        uint64_t e = o->entry[level];

        r.writable = r.writable && o_bit(e, 1);
        r.user = r.user && o_bit(e, 2);
        if (!o_32(o) && o->nxe && o_bit(e, 63))
            r.execute_disabled = true;
    }
    return r;
}

/* "Determination of Access Rights", without protection keys. */
static inline bool o_allowed(const struct oracle *o, struct o_rights r)
{
    if (o->who == BY_USER) {
        if (!r.user)
            return false;
        if (o->kind == ASK_WRITE)
            return r.writable;
        return o->kind == ASK_READ || !r.execute_disabled;
    }
    if (o->kind == ASK_FETCH)
        return !(r.user && o->smep) && !r.execute_disabled;
    if (r.user && o->smap && o->who != BY_SUPERVISOR_AC)
        return false;
    return o->kind == ASK_READ || r.writable || !o->wp;
}

/* "Protection Keys": does PKRU forbid this? */
static inline bool o_key_forbids(const struct oracle *o, unsigned leaf,
                                 struct o_rights r)
{
    unsigned key = (unsigned)o_field(o->entry[leaf] >> 59, 3, 0);

    if (!o_64(o) || !o->pke || !r.user || o->kind == ASK_FETCH)
        return false;
    if (o_bit(o->pkru, 2 * key))
        return true;
    return o->kind == ASK_WRITE && o_bit(o->pkru, 2 * key + 1) &&
           (o->who == BY_USER || o->wp);
}

static inline struct oracle_answer o_fault(const struct oracle *o,
                                           uint32_t code)
{
    bool reports_fetch = o->smep || (o->nxe && !o_32(o));

    if (o->kind == ASK_WRITE)
        code |= 1u << 1;
    if (o->who == BY_USER)
        code |= 1u << 2;
    if (o->kind == ASK_FETCH && reports_fetch)
        code |= 1u << 4;
    return (struct oracle_answer){.outcome = ORACLE_PAGE_FAULT, .code = code};
}

/* EPT: all bits of need (1 read, 2 write, 4 fetch) at gpa, or why not. */
static inline struct oracle_answer
o_ept(struct oracle *o, struct oracle_page *p, uint64_t gpa, uint32_t need)
{
    struct oracle_answer a = {ORACLE_GOOD, 0, gpa, 0};
    uint32_t available = 7;

    if (!o->nested) {
        a.hpa = gpa;
        return a;
    }
    for (unsigned level = 4; level >= 1; level--) {
        uint64_t *e = level == 4 ? &o->ept_top : &p->ept[level];
        bool page = level == 1 || (level < 4 && o_bit(*e, 7));
        unsigned type = (unsigned)o_field(*e >> 3, 2, 0);
        unsigned low = 12 + 9 * (level - 1);

        if ((*e & 7) == 0) {
            a.outcome = ORACLE_VIOLATION;
            a.code = need | 1u << 7;
            return a;
        }
        if ((o_bit(*e, 1) && !o_bit(*e, 0)) || o_any(*e, 51, 46) ||
            (!page && o_any(*e, level == 4 ? 7 : 6, 3)) ||
            (page && level > 1 && o_any(*e, low - 1, 12)) ||
            (page && (type == 2 || type == 3 || type == 7))) {
            a.outcome = ORACLE_MISCONFIG;
            return a;
        }
        available &= (uint32_t)(*e & 7);
        if (!page)
            continue;
        if (need & ~available & 7) {
            a.outcome = ORACLE_VIOLATION;
            a.code = need | available << 3 | 1u << 7;
            return a;
        }
        a.hpa = o_field(*e, 45, low) | o_field(gpa, low - 1, 0);
        for (unsigned l = 4; o->ept_ad && l >= level; l--)
            *(l == 4 ? &o->ept_top : &p->ept[l]) |= 1u << 8;
        if (o->ept_ad && (need & 2))
            *e |= 1u << 9;
        return a;
    }
    return a;
}

/* A guest entry is read; with flags in the EPT this counts as a write. */
static inline struct oracle_answer o_read_entry(struct oracle *o,
                                                unsigned level)
{
    struct oracle_page *p = &o->page[level];

    return o_ept(o, p, p->gpa + o_entry_offset(o, level), o->ept_ad ? 3 : 1);
}

/* Accessed and dirty; the update writes to the table. */
static inline struct oracle_answer o_set_flags(struct oracle *o, unsigned leaf)
{
    struct oracle_answer a = {ORACLE_GOOD, 0, 0, 0};

    for (unsigned level = o_top(o); level >= leaf; level--) {
        uint64_t flags = 1u << 5;

        if (level == leaf && o->kind == ASK_WRITE)
            flags |= 1u << 6;
        if ((o->entry[level] & flags) == flags)
            continue;
        a = o_ept(o, &o->page[level],
                  o->page[level].gpa + o_entry_offset(o, level), 3);
        if (a.outcome != ORACLE_GOOD)
            return a;
        o->entry[level] |= flags;
    }
    return a;
}

static inline uint64_t o_translation(const struct oracle *o, unsigned leaf)
{
    unsigned low = o_low_bit(o, leaf);
    uint64_t e = o->entry[leaf], address = o_field(e, o_32(o) ? 31 : 45, low);

    if (o_32(o) && leaf == 2) /* PSE-36 */
        address |= o_field(e >> 13, 7, 0) << 32;
    return address | o_field(o->va, low - 1, 0);
}

/* The access of page[0], whose guest-physical address is known. */
static inline struct oracle_answer o_final(struct oracle *o, uint64_t gpa)
{
    static const uint32_t need[3] = {1, 2, 4};
    struct oracle_answer a = o_ept(o, &o->page[0], gpa, need[o->kind]);

    if (a.outcome == ORACLE_VIOLATION)
        a.code |= 1u << 8;
    return a;
}

/* Answers, and leaves in *o the entries as the processor leaves them. */
static inline struct oracle_answer oracle_ask(struct oracle *o)
{
    unsigned level = o_levels(o->paging);
    struct oracle_answer a;
    struct o_rights rights;
    uint32_t code;

    if (o->paging == PAGING_OFF)
        return o_final(o, o->va);
    for (;; level--) {
        bool in_register = o->paging == PAGING_PAE && level == 3;

        if (!in_register) {
            a = o_read_entry(o, level);
            if (a.outcome != ORACLE_GOOD)
                return a;
        }
        if (!o_bit(o->entry[level], 0))
            return o_fault(o, 0);
        if (!in_register && o_reserved(o, level))
            return o_fault(o, 1u << 0 | 1u << 3);
        if (!in_register && o_maps_page(o, level))
            break;
    }
    rights = o_rights_of(o, level);
    code = 1u << 0 | (o_key_forbids(o, level, rights) ? 1u << 5 : 0);
    if (!o_allowed(o, rights) || (code & 1u << 5))
        return o_fault(o, code);
    a = o_set_flags(o, level);
    if (a.outcome != ORACLE_GOOD)
        return a;
    return o_final(o, o_translation(o, level));
}

#endif
