/*
 * descriptor.c - descriptor tables in memory; see segment.h.
 *
 * Hardware  Intel SDM vol. 3, "Segment Descriptors", "System Descriptor Types",
 *           "Segment Descriptor Tables in IA-32e Mode".
 */
#include "sim/cpu/access.h"
#include "sim/cpu/segment.h"

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

/* Outside long mode linear addresses have 32 bits. */
static gva_t implicit_address(const struct cpu *c, uint64_t linear)
{
    return gva(cpu_long_mode(c) ? linear : (uint32_t)linear);
}

enum op_result implicit_read(struct cpu *c, uint64_t linear, unsigned bytes,
                             void *to)
{
    enum access_mode mode = c->access_mode;
    enum op_result r;
    struct span s;

    c->access_mode = ACCESS_IMPLICIT;
    r = cpu_translate(c, implicit_address(c, linear), bytes, ACCESS_READ, &s);
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
    r = cpu_translate(c, implicit_address(c, linear), bytes, ACCESS_WRITE, &s);
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
        return !selector_null(c->state.ldtr.selector) &&
               offset + bytes - 1 <= c->state.ldtr.limit;
    }
    *linear = c->state.gdtr.base + offset;
    return offset + bytes - 1 <= c->state.gdtr.limit;
}

static enum op_result read_bytes(struct cpu *c, uint16_t selector,
                                 uint8_t vector, unsigned bytes, uint64_t *to)
{
    uint64_t linear;

    if (!descriptor_address(c, selector, bytes, &linear))
        return cpu_fault_error(c, vector, selector_error(selector));
    return implicit_read(c, linear, bytes, to);
}

enum op_result descriptor_read(struct cpu *c, uint16_t selector, uint8_t vector,
                               uint64_t *descriptor)
{
    return read_bytes(c, selector, vector, 8, descriptor);
}

/* The type field of the upper half must be 0. */
enum op_result descriptor_read_wide(struct cpu *c, uint16_t selector,
                                    uint8_t vector, uint64_t descriptor[2])
{
    bool wide = cpu_long_mode(c);
    enum op_result r;

    descriptor[1] = 0;
    r = read_bytes(c, selector, vector, wide ? 16 : 8, descriptor);
    if (r == OP_NEXT && descriptor_type(descriptor[1]) != 0)
        return cpu_fault_error(c, vector, selector_error(selector));
    descriptor[1] = (uint32_t)descriptor[1];
    return r;
}

enum op_result descriptor_write_type(struct cpu *c, uint16_t selector,
                                     uint8_t type)
{
    uint64_t linear;

    if (!descriptor_address(c, selector, 8, &linear))
        return cpu_fault_error(c, VECTOR_GP, selector_error(selector));
    return implicit_write(c, linear + 5, 1, &type);
}

enum op_result segment_set_accessed(struct cpu *c, struct segment *s)
{
    if ((s->attributes & SEGA_ACCESSED) || selector_null(s->selector))
        return OP_NEXT;
    s->attributes |= SEGA_ACCESSED;
    return descriptor_write_type(c, s->selector, (uint8_t)s->attributes);
}
