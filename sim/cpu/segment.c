/*
 * segment.c - loading segment registers, and their limits; see segment.h.
 *
 * Hardware  Intel SDM vol. 3, "Limit Checking", "Type Checking", "Privilege
 *           Level Checking When Accessing Data Segments", "Segment Loading
 *           Instructions in IA-32e Mode"; vol. 2, "MOV", "LLDT", "LTR".
 */
#include "sim/cpu/segment.h"

#include "sim/cpu/access.h"

enum {
    /* Attributes of every segment in real and in virtual-8086 mode. */
    REAL_DATA = 0x3 | SEGA_S | SEGA_P,
    V86_DATA = 0x3 | SEGA_S | 3 << SEGA_DPL_SHIFT | SEGA_P,
};

bool segment_within(const struct segment *s, uint64_t offset, unsigned bytes)
{
    bool down = (s->attributes & (SEGA_S | SEGA_CODE | SEGA_DOWN)) ==
                (SEGA_S | SEGA_DOWN);
    uint64_t last = offset + bytes - 1;

    if (!down)
        return last <= s->limit && last >= offset;
    return offset > s->limit &&
           last <= (s->attributes & SEGA_D ? 0xffffffffu : 0xffffu);
}

/* A null segment is not present. */
static bool type_allows(unsigned attributes, enum access_kind kind)
{
    if (!(attributes & SEGA_P))
        return false;
    if (attributes & SEGA_CODE)
        return kind != ACCESS_WRITE && (attributes & SEGA_READABLE);
    return kind != ACCESS_WRITE || (attributes & SEGA_WRITABLE);
}

bool segment_allows(const struct cpu *c, const struct segment *s,
                    uint64_t offset, unsigned bytes, enum access_kind kind)
{
    if (!(c->mode & MODE_REAL) && !type_allows(s->attributes, kind))
        return false;
    return segment_within(s, offset, bytes);
}

/*
 * Real mode changes the base alone: limits that protected mode has loaded
 * stay ("unreal" mode).  A segment that was null gets the limit of a reset.
 */
void segment_load_paragraph(struct cpu *c, enum cpu_seg segment,
                            uint16_t selector)
{
    struct segment *s = &c->state.seg[segment];

    s->selector = selector;
    s->base = (uint64_t)selector << 4;
    if (c->mode & MODE_REAL) {
        if (!(s->attributes & SEGA_P)) {
            s->limit = 0xffff;
            s->attributes = 0;
        }
        s->attributes =
            (uint16_t)((s->attributes & (SEGA_D | SEGA_G)) | REAL_DATA);
        return;
    }
    s->limit = 0xffff;
    s->attributes = V86_DATA;
}

static enum op_result load_null(struct cpu *c, enum cpu_seg segment,
                                uint16_t selector)
{
    struct segment *s = &c->state.seg[segment];

    if (segment == SEG_SS && (!(c->mode & MODE_64) || c->state.cpl == 3 ||
                              (selector & 3) != c->state.cpl))
        return cpu_gp0(c);
    s->selector = selector;
    s->attributes = 0;
    if (segment == SEG_SS)
        s->attributes = (uint16_t)(c->state.cpl << SEGA_DPL_SHIFT);
    s->limit = 0;
    s->base = 0; /* of FS and GS too, as Intel's CPUs do */
    return OP_NEXT;
}

/* Type and privilege of a data segment; the fault vector, 0: legal. */
static uint8_t data_refused(const struct cpu *c, const struct segment *s)
{
    unsigned a = s->attributes, dpl = segment_dpl(s->attributes);
    unsigned rpl = s->selector & 3;

    if (!(a & SEGA_S) || ((a & SEGA_CODE) && !(a & SEGA_READABLE)))
        return VECTOR_GP;
    if (!((a & SEGA_CODE) && (a & SEGA_CONFORMING)) &&
        (rpl > dpl || c->state.cpl > dpl))
        return VECTOR_GP;
    return a & SEGA_P ? 0 : VECTOR_NP;
}

enum op_result segment_check_stack(struct cpu *c, uint16_t selector,
                                   unsigned cpl, uint8_t vector,
                                   struct segment *out)
{
    uint64_t descriptor;
    unsigned a;
    enum op_result r = descriptor_read(c, selector, vector, &descriptor);

    if (r != OP_NEXT)
        return r;
    *out = segment_decode(selector, descriptor);
    a = out->attributes;
    if (!(a & SEGA_S) || (a & SEGA_CODE) || !(a & SEGA_WRITABLE) ||
        (selector & 3) != cpl || segment_dpl(out->attributes) != cpl)
        return cpu_fault_error(c, vector, selector_error(selector));
    if (!(a & SEGA_P))
        return cpu_fault_error(c, VECTOR_SS, selector_error(selector));
    return OP_NEXT;
}

static enum op_result load_data(struct cpu *c, enum cpu_seg segment,
                                uint16_t selector)
{
    uint64_t descriptor;
    struct segment s;
    uint8_t vector;
    enum op_result r = descriptor_read(c, selector, VECTOR_GP, &descriptor);

    if (r != OP_NEXT)
        return r;
    s = segment_decode(selector, descriptor);
    vector = data_refused(c, &s);
    if (vector)
        return cpu_fault_error(c, vector, selector_error(selector));
    r = segment_set_accessed(c, &s);
    if (r == OP_NEXT)
        c->state.seg[segment] = s;
    return r;
}

enum op_result segment_load(struct cpu *c, enum cpu_seg segment,
                            uint16_t selector)
{
    struct segment s;
    enum op_result r;

    if (cpu_uses_paragraphs(c)) {
        segment_load_paragraph(c, segment, selector);
        return OP_NEXT;
    }
    if (selector_null(selector))
        return load_null(c, segment, selector);
    if (segment != SEG_SS)
        return load_data(c, segment, selector);
    r = segment_check_stack(c, selector, c->state.cpl, VECTOR_GP, &s);
    if (r == OP_NEXT)
        r = segment_set_accessed(c, &s);
    if (r == OP_NEXT)
        c->state.seg[SEG_SS] = s;
    return r;
}

/* LDT and TSS descriptors are 16 bytes in long mode. */
static enum op_result system_read(struct cpu *c, uint16_t selector,
                                  struct segment *s)
{
    uint64_t d[2];
    enum op_result r;

    if (selector & 4)
        return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
    r = descriptor_read_wide(c, selector, VECTOR_GP, d);
    if (r != OP_NEXT)
        return r;
    *s = segment_decode(selector, d[0]);
    s->base |= d[1] << 32;
    if (!cpu_base_canonical(c, s->base))
        return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
    return OP_NEXT;
}

enum op_result segment_load_ldt(struct cpu *c, uint16_t selector)
{
    struct segment s = {.selector = selector};

    if (!selector_null(selector)) {
        enum op_result r = system_read(c, selector, &s);

        if (r != OP_NEXT)
            return r;
        if ((s.attributes & (SEGA_S | SEGA_TYPE)) != DESC_LDT)
            return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
        if (!(s.attributes & SEGA_P))
            return cpu_fault_error(c, VECTOR_NP, selector_error(selector));
    }
    c->state.ldtr = s;
    return OP_NEXT;
}

enum op_result segment_load_task(struct cpu *c, uint16_t selector)
{
    struct segment s;
    unsigned type;
    enum op_result r;

    if (selector_null(selector))
        return cpu_gp0(c);
    r = system_read(c, selector, &s);
    if (r != OP_NEXT)
        return r;
    type = s.attributes & (SEGA_S | SEGA_TYPE);
    if (type != DESC_TSS_AVAILABLE &&
        (type != DESC_TSS16_AVAILABLE || cpu_long_mode(c)))
        return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
    if (!(s.attributes & SEGA_P))
        return cpu_fault_error(c, VECTOR_NP, selector_error(selector));
    s.attributes |= DESC_BUSY_BIT;
    r = descriptor_write_type(c, selector, (uint8_t)s.attributes);
    if (r == OP_NEXT)
        c->state.tr = s;
    return r;
}

enum op_result segment_check_code(struct cpu *c, uint16_t selector,
                                  uint64_t descriptor, unsigned cpl,
                                  struct segment *out)
{
    unsigned a, dpl;

    *out = segment_decode(selector, descriptor);
    a = out->attributes;
    dpl = segment_dpl(out->attributes);
    if (!(a & SEGA_S) || !(a & SEGA_CODE) ||
        (a & SEGA_CONFORMING ? dpl > cpl : dpl != cpl))
        return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
    if (cpu_long_mode(c) && (a & SEGA_L) && (a & SEGA_D))
        return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
    if (!(a & SEGA_P))
        return cpu_fault_error(c, VECTOR_NP, selector_error(selector));
    out->selector = (uint16_t)((selector & ~3u) | cpl);
    return OP_NEXT;
}

enum op_result segment_load_code(struct cpu *c, uint16_t selector, unsigned cpl,
                                 struct segment *out)
{
    uint64_t descriptor;
    enum op_result r;

    if (selector_null(selector))
        return cpu_gp0(c);
    r = descriptor_read(c, selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    return segment_check_code(c, selector, descriptor, cpl, out);
}

void segment_drop_inner(struct cpu *c)
{
    static const enum cpu_seg checked[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};

    for (size_t i = 0; i < ARRAY_LEN(checked); i++) {
        struct segment *s = &c->state.seg[checked[i]];
        bool conforming =
            (s->attributes & SEGA_CODE) && (s->attributes & SEGA_CONFORMING);

        if (!(s->attributes & SEGA_P) || conforming ||
            segment_dpl(s->attributes) >= c->state.cpl)
            continue;
        s->selector = 0;
        s->attributes = 0;
    }
}
