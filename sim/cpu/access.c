/*
 * access.c - guest memory: the uncommon cases, and generic operands.
 *
 * Hardware  Intel SDM vol. 1, "Operand Addressing"; vol. 3, "Canonical
 *           Addressing", "Limit Checking".
 * Model     one or two translations per access (two if it crosses a page);
 *           nothing is written before both parts are known to be writable.
 */
#include "sim/cpu/access.h"

#include "sim/cpu/debug.h"
#include "sim/cpu/device_access.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/watch.h"

/*
 * Addresses that no mode can use: outside segment limits, or of the wrong
 * type.  Whoever translates one raises the fault.
 */
#define REFUSED       ((uint64_t)1 << 63)
#define REFUSED_STACK ((uint64_t)5 << 61)

gva_t cpu_linear(const struct cpu *c, enum cpu_seg segment, uint64_t offset,
                 unsigned bytes, enum access_kind kind)
{
    const struct segment *s = &c->state.seg[segment];

    if (c->mode & MODE_64)
        return gva(offset + (segment >= SEG_FS ? s->base : 0));
    if (!segment_allows(c, s, offset, bytes, kind))
        return gva(segment == SEG_SS ? REFUSED_STACK : REFUSED);
    return gva((uint32_t)(offset + s->base));
}

gva_t op_linear_special(const struct cpu *c, const struct op *op)
{
    uint64_t offset = op_effective(c, op);

    if (op->flags & OP_ADDRESS_32)
        offset = (uint32_t)offset;
    else if (op->flags & OP_ADDRESS_16)
        offset = (uint16_t)offset;
    else if (!(c->mode & MODE_64))
        offset = (uint32_t)offset;
    return cpu_linear(c, (enum cpu_seg)op->segment, offset,
                      op_image_bytes(op->memory_bytes),
                      op->writes ? ACCESS_WRITE : ACCESS_READ);
}

static enum op_result outside(struct cpu *c, gva_t va, gpa_t at, bool fetch)
{
    c->event = (struct cpu_event){.kind = CPU_EVENT_DEVICE};
    c->event.device.gva = va;
    c->event.device.gpa = at;
    c->event.device.bytes = 1;
    c->event.device.fetch = fetch;
    return OP_EVENT;
}

static bool is_device_event(const struct cpu *c, enum op_result r)
{
    return r == OP_EVENT && c->event.kind == CPU_EVENT_DEVICE;
}

/* The fault or event of a translation that failed. */
static enum op_result xlate_failed(struct cpu *c, const struct xlate *x,
                                   gva_t va, enum access_kind kind)
{
    /* Over a second stage the guest's own tables have their say. */
    bool translates = x->status != XLATE_GUEST_FAULT || !c->control.nested;
    gpa_t at;

    if (translates && device_window_covers(c, va, kind, &at))
        return outside(c, va, at, false);
    switch (x->status) {
    case XLATE_GUEST_FAULT:
        c->fault = (struct fault){.vector = VECTOR_PF,
                                  .has_error = true,
                                  .error_code = x->error_code,
                                  .cr2 = va.v};
        return OP_FAULT;
    case XLATE_STAGE2_VIOLATION:
    case XLATE_STAGE2_MISCONFIG:
        c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
        c->event.exit.reason = x->status == XLATE_STAGE2_VIOLATION
                                   ? VMEXIT_EPT_VIOLATION
                                   : VMEXIT_EPT_MISCONFIG;
        c->event.exit.qualification = x->error_code;
        c->event.exit.gva = va;
        c->event.exit.gpa = x->fault_gpa;
        return OP_EVENT;
    case XLATE_OUTSIDE:
        return outside(c, va, gpa(x->hpa.v), kind == ACCESS_FETCH);
    case XLATE_OK:
        break;
    }
    return OP_NEXT;
}

/* Accesses are watched when their own mode is not what slots know. */
static enum access_mode mode_of_access(const struct cpu *c)
{
    return (enum access_mode)(c->access_mode & (ACCESS_WATCHED - 1));
}

/* For what the inlined path could not do. */
static enum op_result translate_page_slow(struct cpu *c, gva_t va,
                                          unsigned bytes, enum access_kind kind,
                                          hpa_t *out)
{
    enum access_mode mode = mode_of_access(c);
    struct xlate x;

    x = mmu_access(c->mmu, &(struct access){va, bytes, kind, mode},
                   timing_start(&c->time));
    timing_access(&c->time, &x, kind);
    *out = x.hpa;
    if (x.status != XLATE_OK)
        return xlate_failed(c, &x, va, kind);
    if (!memory_has(c->dram, x.hpa, bytes)) {
        x.status = XLATE_OUTSIDE;
        return xlate_failed(c, &x, va, kind);
    }
    return OP_NEXT;
}

uint8_t *cpu_line(struct cpu *c, hpa_t at, enum access_kind kind)
{
    uint64_t start_cycle = timing_start(&c->time);
    struct line_access line;

    if (mmu_fast_line(c->hot, at, kind)) {
        timing_hit(&c->time, kind);
    } else {
        line = hierarchy_access(c->hot->caches, at, kind == ACCESS_FETCH,
                                start_cycle);
        timing_line(&c->time, line, start_cycle, kind);
    }
    return c->dram_base + at.v;
}

enum op_result cpu_translate_page(struct cpu *c, gva_t va, unsigned bytes,
                                  enum access_kind kind, hpa_t *out)
{
    const struct access a = {va, bytes, kind, mode_of_access(c)};

    if (!mmu_fast_page(c->hot, &a, out))
        return translate_page_slow(c, va, bytes, kind, out);
    cpu_line(c, *out, kind);
    return OP_NEXT;
}

static enum op_result translate_parts(struct cpu *c, gva_t va, unsigned bytes,
                                      enum access_kind kind, struct span *s)
{
    unsigned here = (unsigned)(PAGE_BYTES - page_offset(va.v));
    gva_t next = gva_add(va, here);
    enum op_result r;

    if (!(c->mode & MODE_64))
        next.v = (uint32_t)next.v;
    r = cpu_translate_page(c, va, here, kind, &s->hpa);
    if (r == OP_NEXT)
        r = cpu_translate_page(c, next, bytes - here, kind, &s->second_hpa);
    if (is_device_event(c, r))
        return cpu_gp0(c);
    if (r != OP_NEXT)
        return r;
    s->device = false;
    s->first = memory_at(c->dram, s->hpa);
    s->second = memory_at(c->dram, s->second_hpa);
    s->first_bytes = here;
    s->code = memory_is_code(c->dram, hpa_to_hfn(s->hpa)) ||
              memory_is_code(c->dram, hpa_to_hfn(s->second_hpa));
    return OP_NEXT;
}

static enum op_result bad_address(struct cpu *c, gva_t va)
{
    cpu_fault_error(c, va.v == REFUSED_STACK ? VECTOR_SS : VECTOR_GP, 0);
    c->fault.address = true;
    return OP_FAULT;
}

/* SDM vol. 3, table "Alignment Requirements by Data Type". */
static bool misaligned(gva_t va, unsigned bytes)
{
    unsigned align = bytes;

    if (bytes == 10)
        align = 8;
    else if (bytes == 6)
        align = 4;
    return align <= 8 && (va.v & (align - 1));
}

/* How the one page of an access is translated. */
typedef enum op_result page_function(struct cpu *c, gva_t va, unsigned bytes,
                                     enum access_kind kind, hpa_t *out);

static inline enum op_result translate(struct cpu *c, const struct access *a,
                                       page_function *page, struct span *s)
{
    enum access_kind kind = a->kind;
    unsigned bytes = a->bytes;
    gva_t va = a->va;
    enum op_result r;

    if (!cpu_canonical(c, va.v) || !cpu_canonical(c, va.v + bytes - 1))
        return bad_address(c, va);
    if (c->access_mode & ACCESS_WATCHED) {
        if (c->check_alignment && misaligned(va, bytes))
            return cpu_fault_error(c, VECTOR_AC, 0);
        debug_watch_data(c, va, bytes, kind);
        watch_access(c, va, bytes, kind);
    }
    if (page_offset(va.v) + bytes > PAGE_BYTES)
        return translate_parts(c, va, bytes, kind, s);
    r = page(c, va, bytes, kind, &s->hpa);
    if (is_device_event(c, r))
        return device_span(c, va, bytes, kind, s);
    if (r != OP_NEXT)
        return r;
    s->device = false;
    s->first = memory_at(c->dram, s->hpa);
    s->second = NULL;
    s->first_bytes = bytes;
    s->code = memory_is_code(c->dram, hpa_to_hfn(s->hpa));
    return OP_NEXT;
}

enum op_result cpu_translate(struct cpu *c, gva_t va, unsigned bytes,
                             enum access_kind kind, struct span *s)
{
    const struct access a = {.va = va, .bytes = bytes, .kind = kind};

    return translate(c, &a, cpu_translate_page, s);
}

/* The same after mmu_fast_page() has said no: it is asked again only if
   watched. */
static enum op_result translate_missed(struct cpu *c, gva_t va, unsigned bytes,
                                       enum access_kind kind, struct span *s)
{
    const struct access a = {.va = va, .bytes = bytes, .kind = kind};

    if (c->access_mode & ACCESS_WATCHED)
        return translate(c, &a, cpu_translate_page, s);
    return translate(c, &a, translate_page_slow, s);
}

void span_read(const struct span *s, void *to, unsigned bytes)
{
    unsigned here = s->second ? s->first_bytes : bytes;

    copy_small(to, s->first, here);
    if (s->second)
        memcpy((uint8_t *)to + here, s->second, bytes - here);
}

enum op_result span_read_old(struct cpu *c, const struct span *s, void *to,
                             unsigned bytes)
{
    if (s->device)
        return device_read(c, s, to, bytes);
    span_read(s, to, bytes);
    return OP_NEXT;
}

enum op_result span_write(struct cpu *c, const struct span *s, const void *from,
                          unsigned bytes)
{
    unsigned here = s->second ? s->first_bytes : bytes;

    if (s->device)
        return device_post(c, s, from, bytes);
    copy_small(s->first, from, here);
    if (s->second)
        memcpy(s->second, (const uint8_t *)from + here, bytes - here);
    if (!s->code)
        return OP_NEXT;
    cpu_code_written(c, hpa_to_hfn(s->hpa));
    if (s->second)
        cpu_code_written(c, hpa_to_hfn(s->second_hpa));
    return OP_END;
}

static void copy_any(void *to, const void *from, unsigned bytes)
{
    if (bytes == 16)
        memcpy(to, from, 16);
    else
        copy_small(to, from, bytes);
}

static enum op_result load_slow(struct cpu *c, gva_t va, unsigned bytes,
                                void *to)
{
    struct span s;
    enum op_result r = translate_missed(c, va, bytes, ACCESS_READ, &s);

    if (r != OP_NEXT)
        return r;
    span_read(&s, to, bytes);
    counter_add(c->counters, COUNTER_LOADS, 1);
    return OP_NEXT;
}

enum op_result cpu_load(struct cpu *c, gva_t va, unsigned bytes, void *to)
{
    const struct access a = {va, bytes, ACCESS_READ, c->access_mode};
    hpa_t at;

    if (!mmu_fast_page(c->hot, &a, &at))
        return load_slow(c, va, bytes, to);
    copy_any(to, cpu_line(c, at, ACCESS_READ), bytes);
    counter_add(c->counters, COUNTER_LOADS, 1);
    return OP_NEXT;
}

static enum op_result store_slow(struct cpu *c, gva_t va, unsigned bytes,
                                 const void *from)
{
    struct span s;
    enum op_result r = translate_missed(c, va, bytes, ACCESS_WRITE, &s);

    if (r != OP_NEXT)
        return r;
    counter_add(c->counters, COUNTER_STORES, 1);
    return span_write(c, &s, from, bytes);
}

enum op_result cpu_store(struct cpu *c, gva_t va, unsigned bytes,
                         const void *from)
{
    const struct access a = {va, bytes, ACCESS_WRITE, c->access_mode};
    hpa_t at;

    if (!mmu_fast_page(c->hot, &a, &at))
        return store_slow(c, va, bytes, from);
    copy_any(cpu_line(c, at, ACCESS_WRITE), from, bytes); /* no code there */
    counter_add(c->counters, COUNTER_STORES, 1);
    return OP_NEXT;
}

enum op_result cpu_rmw_begin(struct cpu *c, gva_t va, unsigned bytes,
                             struct span *s, uint64_t *old)
{
    const struct access a = {va, bytes, ACCESS_WRITE, c->access_mode};
    enum op_result r = OP_NEXT;
    hpa_t at;

    *old = 0;
    if (mmu_fast_page(c->hot, &a, &at)) {
        s->first = cpu_line(c, at, ACCESS_WRITE);
        s->second = NULL;
        s->code = s->device = false;
        copy_small(old, s->first, bytes);
    } else {
        watch_access(c, va, bytes, ACCESS_READ);
        r = translate_missed(c, va, bytes, ACCESS_WRITE, s);
        if (r == OP_NEXT)
            r = span_read_old(c, s, old, bytes);
    }
    if (r != OP_NEXT)
        return r;
    timing_hit(&c->time, ACCESS_READ);
    counter_add(c->counters, COUNTER_LOADS, 1);
    return OP_NEXT;
}

enum op_result cpu_rmw_end(struct cpu *c, const struct span *s, unsigned bytes,
                           uint64_t value)
{
    counter_add(c->counters, COUNTER_STORES, 1);
    return span_write(c, s, &value, bytes);
}
