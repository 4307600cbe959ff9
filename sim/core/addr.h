/*
 * addr.h - one C type per address space.
 *
 * gva_t  guest-virtual address, what a guest instruction computes
 * gpa_t  guest-physical address, what a guest page table holds
 * hpa_t  host-physical (simulated machine memory) address
 * gfn_t  guest frame number, gpa / 4096
 * hfn_t  host frame number, hpa / 4096
 *
 * Each is a struct of one field, so that mixing them is a compile error; the
 * machine code is that of a plain uint64_t.  Conversions have names.  Only
 * `native` and `pv` guests may turn a gpa into an hpa unchanged
 * (gpa_is_hpa()): there the guest works with machine addresses.
 */
#ifndef SIM_CORE_ADDR_H
#define SIM_CORE_ADDR_H
#include <stdint.h>

enum { PAGE_SHIFT = 12 };
#define PAGE_BYTES ((uint64_t)4096)

typedef struct {
    uint64_t v;
} gva_t;

typedef struct {
    uint64_t v;
} gpa_t;

typedef struct {
    uint64_t v;
} hpa_t;

typedef struct {
    uint64_t v;
} gfn_t;

typedef struct {
    uint64_t v;
} hfn_t;

static inline gva_t gva(uint64_t v)
{
    return (gva_t){v};
}

static inline gpa_t gpa(uint64_t v)
{
    return (gpa_t){v};
}

static inline hpa_t hpa(uint64_t v)
{
    return (hpa_t){v};
}

static inline gfn_t gfn(uint64_t v)
{
    return (gfn_t){v};
}

static inline hfn_t hfn(uint64_t v)
{
    return (hfn_t){v};
}

static inline gva_t gva_add(gva_t a, uint64_t bytes)
{
    return gva(a.v + bytes);
}

static inline gpa_t gpa_add(gpa_t a, uint64_t bytes)
{
    return gpa(a.v + bytes);
}

static inline hpa_t hpa_add(hpa_t a, uint64_t bytes)
{
    return hpa(a.v + bytes);
}

static inline gfn_t gpa_to_gfn(gpa_t a)
{
    return gfn(a.v >> PAGE_SHIFT);
}

static inline hfn_t hpa_to_hfn(hpa_t a)
{
    return hfn(a.v >> PAGE_SHIFT);
}

static inline gpa_t gfn_to_gpa(gfn_t n)
{
    return gpa(n.v << PAGE_SHIFT);
}

static inline hpa_t hfn_to_hpa(hfn_t n)
{
    return hpa(n.v << PAGE_SHIFT);
}

/* The guest works with machine addresses: native, and pv after validation. */
static inline hpa_t gpa_is_hpa(gpa_t a)
{
    return hpa(a.v);
}

static inline uint64_t page_offset(uint64_t address)
{
    return address & (PAGE_BYTES - 1);
}

#endif
