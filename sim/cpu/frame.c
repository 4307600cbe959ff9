/*
 * frame.c - new stacks; see frame.h.
 */
#include "sim/cpu/frame.h"

#include "sim/cpu/access.h"
#include "sim/cpu/stack.h"
#include "sim/cpu/watch.h"

/* What a stack of this segment keeps of rSP. */
static uint64_t stack_mask(const struct cpu *c, const struct segment *ss)
{
    if (c->mode & MODE_64)
        return ~(uint64_t)0;
    return ss->attributes & SEGA_D ? 0xffffffff : 0xffff;
}

struct frame_stack frame_stack_current(const struct cpu *c)
{
    return (struct frame_stack){.ss = c->state.seg[SEG_SS],
                                .sp = c->state.gpr[REG_RSP],
                                .cpl = c->state.cpl};
}

enum op_result task_field(struct cpu *c, unsigned offset, unsigned bytes,
                          uint64_t *to)
{
    *to = 0;
    if (offset + bytes - 1 > c->state.tr.limit)
        return cpu_fault_error(c, VECTOR_TS,
                               selector_error(c->state.tr.selector));
    return implicit_read(c, c->state.tr.base + offset, bytes, to);
}

enum op_result frame_stack_inner(struct cpu *c, unsigned cpl,
                                 struct frame_stack *f)
{
    bool is_32 = c->state.tr.attributes & DESC_32_BIT;
    unsigned bytes = is_32 ? 4 : 2;
    unsigned at = bytes + 2 * bytes * cpl;
    uint64_t selector;
    enum op_result r = task_field(c, at, bytes, &f->sp);

    if (r == OP_NEXT)
        r = task_field(c, at + bytes, 2, &selector);
    if (r != OP_NEXT)
        return r;
    if (selector_null((uint16_t)selector))
        return cpu_fault_error(c, VECTOR_TS, 0);
    f->cpl = cpl;
    f->error = selector_error((uint16_t)selector);
    return segment_check_stack(c, (uint16_t)selector, cpl, VECTOR_TS, &f->ss);
}

static enum op_result write_at_once(struct cpu *c, uint64_t linear,
                                    unsigned bytes, const void *from,
                                    unsigned cpl)
{
    enum access_mode mode = c->access_mode;
    enum op_result r;
    struct span s;

    c->access_mode = cpl == 3 ? ACCESS_USER : ACCESS_IMPLICIT;
    r = cpu_translate(c, gva(linear), bytes, ACCESS_WRITE, &s);
    c->access_mode = mode;
    if (r != OP_NEXT)
        return r;
    watch_access(c, gva(linear), bytes, ACCESS_WRITE);
    span_write(c, &s, from, bytes);
    return r;
}

/* A frame that faults does so at its first word, which is the highest. */
enum op_result frame_write(struct cpu *c, uint64_t linear, unsigned bytes,
                           const void *from, unsigned cpl)
{
    enum op_result r = write_at_once(c, linear, bytes, from, cpl);
    unsigned at = bytes;

    while (r == OP_FAULT && at > 8) {
        enum op_result word;

        at -= 8;
        word = write_at_once(c, linear + at, 8, (const char *)from + at, cpl);
        if (word != OP_NEXT)
            return word;
    }
    return r;
}

enum op_result frame_push(struct cpu *c, struct frame_stack *f, unsigned bytes,
                          uint64_t value)
{
    uint64_t mask = stack_mask(c, &f->ss);
    uint64_t top = (f->sp - bytes) & mask;
    uint64_t linear = top;
    enum op_result r;

    if (!(c->mode & MODE_64)) {
        if (!segment_within(&f->ss, top, bytes))
            return cpu_fault_error(c, VECTOR_SS, f->error);
        linear = (uint32_t)(f->ss.base + top);
    }
    r = frame_write(c, linear, bytes, &value, f->cpl);
    if (r == OP_FAULT && c->fault.address)
        c->fault.vector = VECTOR_SS;
    if (r == OP_NEXT)
        f->sp = (f->sp & ~mask) | top;
    return r;
}

void frame_stack_use(struct cpu *c, const struct frame_stack *f)
{
    uint64_t mask = stack_mask(c, &f->ss);
    uint64_t keep = mask == 0xffff ? c->state.gpr[REG_RSP] & ~mask : 0;

    c->state.seg[SEG_SS] = f->ss;
    c->state.gpr[REG_RSP] = keep | (f->sp & mask);
}
