/*
 * segment.c - descriptors and segment registers; see segment.h.
 */
#include "sim/cpu/segment.h"

#include "sim/cpu/access.h"

bool segment_allows(const struct segment *s, uint64_t offset, unsigned bytes)
{
    bool down = (s->attributes & (SEGA_S | SEGA_CODE | SEGA_DOWN)) ==
                (SEGA_S | SEGA_DOWN);
    uint64_t last = offset + bytes - 1;

    if (!down)
        return last <= s->limit && last >= offset;
    return offset > s->limit &&
           last <= (s->attributes & SEGA_D ? 0xffffffffu : 0xffffu);
}

struct segment segment_decode(uint16_t selector, uint64_t d)
{
    struct segment s = {.selector = selector};

    s.attributes = (uint16_t)(d >> 40 & 0xf0ff);
    s.base = (d >> 16 & 0xffffff) | (d >> 56 & 0xff) << 24;
    s.limit = (uint32_t)((d & 0xffff) | (d >> 48 & 0xf) << 16);
    if (s.attributes & SEGA_G)
        s.limit = s.limit << 12 | 0xfff;
    return s;
}

enum op_result implicit_read(struct cpu *c, uint64_t linear, unsigned bytes,
                             void *to)
{
    enum access_mode mode = c->access_mode;
    enum op_result r;
    struct span s;

    c->access_mode = ACCESS_IMPLICIT;
    r = cpu_translate(c, gva(linear), bytes, ACCESS_READ, &s);
    c->access_mode = mode;
    if (r == OP_NEXT)
        span_read(&s, to, bytes);
    return r;
}

enum op_result implicit_write(struct cpu *c, uint64_t linear, unsigned bytes,
                              const void *from)
{
    enum access_mode mode = c->access_mode;
    enum op_result r;
    struct span s;

    c->access_mode = ACCESS_IMPLICIT;
    r = cpu_translate(c, gva(linear), bytes, ACCESS_WRITE, &s);
    c->access_mode = mode;
    if (r == OP_NEXT)
        span_write(c, &s, from, bytes);
    return r;
}

/* Linear address of a selector's descriptor; false: beyond the table. */
static bool descriptor_address(const struct cpu *c, uint16_t selector,
                               unsigned bytes, uint64_t *linear)
{
    unsigned offset = selector & ~7u;

    if (selector & 4) {
        *linear = c->state.ldtr.base + offset;
        return (c->state.ldtr.selector & ~3) != 0 &&
               offset + bytes - 1 <= c->state.ldtr.limit;
    }
    *linear = c->state.gdtr.base + offset;
    return offset + bytes - 1 <= c->state.gdtr.limit;
}

enum op_result descriptor_read(struct cpu *c, uint16_t selector, uint8_t vector,
                               uint64_t *descriptor)
{
    uint64_t linear;

    if (!descriptor_address(c, selector, 8, &linear))
        return cpu_fault_error(c, vector, selector & 0xfffcu);
    return implicit_read(c, linear, 8, descriptor);
}

enum op_result descriptor_set_accessed(struct cpu *c, uint16_t selector,
                                       uint64_t descriptor)
{
    uint8_t type = (uint8_t)(descriptor >> 40) | SEGA_ACCESSED;
    uint64_t linear;

    if (descriptor >> 40 & SEGA_ACCESSED)
        return OP_NEXT;
    descriptor_address(c, selector, 8, &linear);
    return implicit_write(c, linear + 5, 1, &type);
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
    s->limit = 0;
    s->base = 0; /* of FS and GS too, as Intel's CPUs do */
    return OP_NEXT;
}

/* Type and privilege of a data segment or SS; the fault vector, 0: legal. */
static uint8_t data_refused(const struct cpu *c, enum cpu_seg segment,
                            const struct segment *s)
{
    unsigned a = s->attributes, dpl = segment_dpl(s->attributes);
    unsigned rpl = s->selector & 3;

    if (!(a & SEGA_S))
        return VECTOR_GP;
    if (segment == SEG_SS) {
        if ((a & SEGA_CODE) || !(a & SEGA_WRITABLE) || rpl != c->state.cpl ||
            dpl != c->state.cpl)
            return VECTOR_GP;
        return a & SEGA_P ? 0 : VECTOR_SS;
    }
    if ((a & SEGA_CODE) && !(a & SEGA_READABLE))
        return VECTOR_GP;
    if (!((a & SEGA_CODE) && (a & SEGA_CONFORMING)) &&
        (rpl > dpl || c->state.cpl > dpl))
        return VECTOR_GP;
    return a & SEGA_P ? 0 : VECTOR_NP;
}

enum op_result segment_load(struct cpu *c, enum cpu_seg segment,
                            uint16_t selector)
{
    struct segment s;
    uint64_t descriptor;
    uint8_t vector;
    enum op_result r;

    if ((selector & ~3) == 0)
        return load_null(c, segment, selector);
    r = descriptor_read(c, selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    s = segment_decode(selector, descriptor);
    vector = data_refused(c, segment, &s);
    if (vector)
        return cpu_fault_error(c, vector, selector & 0xfffcu);
    r = descriptor_set_accessed(c, selector, descriptor);
    if (r != OP_NEXT)
        return r;
    s.attributes |= SEGA_ACCESSED;
    c->state.seg[segment] = s;
    return OP_NEXT;
}

/* LDT and TSS descriptors are 16 bytes in long mode. */
static enum op_result system_read(struct cpu *c, uint16_t selector,
                                  struct segment *s, uint64_t *linear)
{
    uint64_t d[2] = {0, 0};
    unsigned bytes = c->state.efer & EFER_LMA ? 16 : 8;
    enum op_result r;

    if ((selector & 4) || !descriptor_address(c, selector, bytes, linear))
        return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
    r = implicit_read(c, *linear, bytes, d);
    if (r != OP_NEXT)
        return r;
    *s = segment_decode(selector, d[0]);
    s->base |= d[1] << 32;
    if (!is_canonical(s->base))
        return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
    return OP_NEXT;
}

enum op_result segment_load_ldt(struct cpu *c, uint16_t selector)
{
    struct segment s = {.selector = selector};
    uint64_t linear;

    if ((selector & ~3) != 0) {
        enum op_result r = system_read(c, selector, &s, &linear);

        if (r != OP_NEXT)
            return r;
        if ((s.attributes & (SEGA_S | SEGA_TYPE)) != DESC_LDT)
            return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
        if (!(s.attributes & SEGA_P))
            return cpu_fault_error(c, VECTOR_NP, selector & 0xfffcu);
    }
    c->state.ldtr = s;
    return OP_NEXT;
}

enum op_result segment_load_task(struct cpu *c, uint16_t selector)
{
    struct segment s;
    uint64_t linear;
    uint8_t busy;
    enum op_result r;

    if ((selector & ~3) == 0)
        return cpu_gp0(c);
    r = system_read(c, selector, &s, &linear);
    if (r != OP_NEXT)
        return r;
    if ((s.attributes & (SEGA_S | SEGA_TYPE)) != DESC_TSS_AVAILABLE)
        return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
    if (!(s.attributes & SEGA_P))
        return cpu_fault_error(c, VECTOR_NP, selector & 0xfffcu);
    s.attributes |= DESC_TSS_BUSY;
    busy = (uint8_t)s.attributes;
    r = implicit_write(c, linear + 5, 1, &busy);
    if (r != OP_NEXT)
        return r;
    c->state.tr = s;
    return OP_NEXT;
}

enum op_result segment_load_code(struct cpu *c, uint16_t selector, unsigned cpl,
                                 struct segment *out)
{
    uint64_t descriptor;
    unsigned a, dpl;
    enum op_result r;

    if ((selector & ~3) == 0)
        return cpu_gp0(c);
    r = descriptor_read(c, selector, VECTOR_GP, &descriptor);
    if (r != OP_NEXT)
        return r;
    *out = segment_decode(selector, descriptor);
    a = out->attributes;
    dpl = segment_dpl(out->attributes);
    if (!(a & SEGA_S) || !(a & SEGA_CODE) ||
        (a & SEGA_CONFORMING ? dpl > cpl : dpl != cpl))
        return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
    if ((c->state.efer & EFER_LMA) && (a & SEGA_L) && (a & SEGA_D))
        return cpu_fault_error(c, VECTOR_GP, selector & 0xfffcu);
    if (!(a & SEGA_P))
        return cpu_fault_error(c, VECTOR_NP, selector & 0xfffcu);
    r = descriptor_set_accessed(c, selector, descriptor);
    if (r != OP_NEXT)
        return r;
    out->attributes |= SEGA_ACCESSED;
    out->selector = (uint16_t)((selector & ~3u) | cpl);
    return OP_NEXT;
}
