/*
 * sse_string.c - see sse_string.h.
 */
#include "sim/cpu/sse_string.h"

enum aggregation { EQUAL_ANY, RANGES, EQUAL_EACH, EQUAL_ORDERED };

/* Two strings and how to look at them. */
struct strings {
    const union xmm *a, *b;
    unsigned a_length, b_length, elements, control;
};

static unsigned elements_of(unsigned control)
{
    return control & 1 ? 8 : 16;
}

static int32_t element(const union xmm *x, unsigned i, unsigned control)
{
    int32_t value = 0;

    switch (control & 3) {
    case 0:
        value = x->u8[i];
        break;
    case 1:
        value = x->u16[i];
        break;
    case 2:
        value = x->s8[i];
        break;
    case 3:
        value = x->s16[i];
        break;
    }
    return value;
}

unsigned sse_implicit_length(const union xmm *a, unsigned control)
{
    unsigned n = 0;

    while (n < elements_of(control) && element(a, n, control) != 0)
        n++;
    return n;
}

unsigned sse_explicit_length(int64_t length, unsigned control)
{
    uint64_t size = length < 0 ? 0 - (uint64_t)length : (uint64_t)length;

    return size < elements_of(control) ? (unsigned)size : elements_of(control);
}

static bool in_set(const struct strings *s, unsigned j)
{
    int32_t b = element(s->b, j, s->control);
    bool found = false;

    for (unsigned i = 0; i < s->a_length; i++)
        found = found || element(s->a, i, s->control) == b;
    return j < s->b_length && found;
}

static bool in_ranges(const struct strings *s, unsigned j)
{
    int32_t b = element(s->b, j, s->control);
    bool found = false;

    for (unsigned i = 0; i + 1 < s->a_length; i += 2)
        found = found || (element(s->a, i, s->control) <= b &&
                          b <= element(s->a, i + 1, s->control));
    return j < s->b_length && found;
}

static bool equal_at(const struct strings *s, unsigned i)
{
    if (i >= s->a_length || i >= s->b_length)
        return i >= s->a_length && i >= s->b_length;
    return element(s->a, i, s->control) == element(s->b, i, s->control);
}

/* a, as far as it goes, stands in b from element j on. */
static bool stands_at(const struct strings *s, unsigned j)
{
    bool equal = true;

    for (unsigned i = 0; i < s->a_length && j + i < s->elements; i++)
        equal =
            equal && j + i < s->b_length &&
            element(s->a, i, s->control) == element(s->b, j + i, s->control);
    return equal;
}

struct sse_comparison sse_compare_strings(const union xmm *a, unsigned a_length,
                                          const union xmm *b, unsigned b_length,
                                          unsigned control)
{
    typedef bool test_function(const struct strings *s, unsigned i);
    static test_function *const tests[] = {[EQUAL_ANY] = in_set,
                                           [RANGES] = in_ranges,
                                           [EQUAL_EACH] = equal_at,
                                           [EQUAL_ORDERED] = stands_at};
    const struct strings s = {
        a, b, a_length, b_length, elements_of(control), control};
    struct sse_comparison r = {0, s.elements};
    uint32_t all = ((uint32_t)1 << s.elements) - 1;

    for (unsigned i = 0; i < s.elements; i++)
        r.bits |= (uint32_t)tests[control >> 2 & 3](&s, i) << i;
    if ((control & 0x30) == 0x10)
        r.bits ^= all;
    else if ((control & 0x30) == 0x30) /* those of b alone */
        r.bits ^= ((uint32_t)1 << b_length) - 1;
    return r;
}

unsigned sse_comparison_index(struct sse_comparison r, unsigned control)
{
    if (r.bits == 0)
        return r.elements;
    return control & 0x40 ? 31 - (unsigned)__builtin_clz(r.bits)
                          : (unsigned)__builtin_ctz(r.bits);
}

union xmm sse_comparison_mask(struct sse_comparison r, unsigned control)
{
    union xmm mask = {.u64 = {r.bits, 0}};

    if (!(control & 0x40))
        return mask;
    for (unsigned i = 0; i < r.elements; i++) {
        bool set = r.bits >> i & 1;

        if (r.elements == 8)
            mask.u16[i] = set ? UINT16_MAX : 0;
        else
            mask.u8[i] = set ? UINT8_MAX : 0;
    }
    return mask;
}
