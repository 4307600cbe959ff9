#include "sim/cpu/device_access.h"

#include "sim/cpu/virtual_apic.h"

static gva_t page_of(gva_t va)
{
    return gva(va.v & ~(uint64_t)(PAGE_BYTES - 1));
}

/* The window of a page; NULL: none is open. */
static const struct device_window *find_window(const struct cpu *c, gva_t va)
{
    const struct device_port *d = &c->device;

    for (unsigned i = 0; i < d->windows; i++)
        if (d->window[i].gva.v == page_of(va).v)
            return &d->window[i];
    return NULL;
}

bool device_window_covers(const struct cpu *c, gva_t va, enum access_kind kind,
                          gpa_t *at)
{
    const struct device_window *w = find_window(c, va);

    if (!w || kind == ACCESS_FETCH || (kind == ACCESS_WRITE && !w->write))
        return false;
    *at = gpa_add(w->gpa, page_offset(va.v));
    return true;
}

/* The answer that covers the access; NULL: it has not been asked for. */
static const struct cpu_device *find_answer(const struct cpu *c, gva_t va,
                                            unsigned bytes)
{
    for (unsigned i = 0; i < c->device.answers; i++) {
        const struct cpu_device *a = &c->device.answer[i];

        if (a->gva.v == va.v && a->bytes == bytes)
            return a;
    }
    return NULL;
}

enum op_result device_read(struct cpu *c, const struct span *s, void *to,
                           unsigned bytes)
{
    const struct cpu_device *a = find_answer(c, s->gva, bytes);

    if (virtual_apic_covers(c, s->gpa)) {
        virtual_apic_read(c, s->gpa, to, bytes);
        return OP_NEXT;
    }
    if (a) {
        memcpy(to, a->data, bytes);
        return OP_NEXT;
    }
    c->device.posted = 0; /* it begins again, and posts that again */
    c->event = (struct cpu_event){.kind = CPU_EVENT_DEVICE};
    c->event.device.gva = s->gva;
    c->event.device.gpa = s->gpa;
    c->event.device.bytes = (uint8_t)bytes;
    return OP_EVENT;
}

enum op_result device_span(struct cpu *c, gva_t va, unsigned bytes,
                           enum access_kind kind, struct span *s)
{
    const gpa_t at = c->event.device.gpa;
    enum op_result r = OP_NEXT;

    if (virtual_apic_covers(c, at))
        r = virtual_apic_access(c, va, at, bytes, kind);
    else if (bytes > CPU_DEVICE_BYTES || kind == ACCESS_FETCH)
        r = cpu_gp0(c);
    if (r != OP_NEXT)
        return r;
    *s = (struct span){.first = c->device.scratch,
                       .first_bytes = bytes,
                       .code = true, /* writes must take the slow path */
                       .device = true,
                       .gva = va,
                       .gpa = at};
    if (kind == ACCESS_WRITE)
        return OP_NEXT;
    return device_read(c, s, c->device.scratch, bytes);
}

static void post(struct device_port *d, const struct span *s, unsigned offset,
                 const uint8_t *from, unsigned bytes)
{
    struct cpu_device *w;

    if (d->posted == ARRAY_LEN(d->post))
        return;
    w = &d->post[d->posted++];
    *w = (struct cpu_device){.gva = gva_add(s->gva, offset),
                             .gpa = gpa_add(s->gpa, offset),
                             .bytes = (uint8_t)bytes,
                             .write = true};
    memcpy(w->data, from, bytes);
}

/* A string instruction that moves several elements at once: one by one. */
enum op_result device_post(struct cpu *c, const struct span *s,
                           const void *from, unsigned bytes)
{
    struct device_port *d = &c->device;
    unsigned unit = d->unit_bytes ? d->unit_bytes : bytes;

    if (virtual_apic_covers(c, s->gpa))
        return virtual_apic_write(c, s->gpa, from, bytes);
    for (unsigned at = 0; at < bytes; at += unit)
        post(d, s, at, (const uint8_t *)from + at, unit);
    return OP_END;
}

/* What the last instruction leaves behind besides (virtual_apic.h, CR8). */
static bool goes_behind(struct cpu *c)
{
    const struct behind b = c->behind;

    c->behind.kind = BEHIND_NOTHING;
    switch (b.kind) {
    case BEHIND_NOTHING:
        return false;
    case BEHIND_EXIT:
        c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
        c->event.exit.reason = b.reason;
        c->event.exit.qualification = b.qualification;
        c->event.exit.trap = true;
        return true;
    case BEHIND_PRIORITY:
        c->event = (struct cpu_event){.kind = CPU_EVENT_PRIORITY};
        return true;
    case BEHIND_INTERRUPT:
        c->event = (struct cpu_event){.kind = CPU_EVENT_WINDOW};
        return true;
    }
    return false;
}

bool device_posted(struct cpu *c)
{
    struct device_port *d = &c->device;

    if (d->posted == 0)
        return goes_behind(c);
    c->event = (struct cpu_event){.kind = CPU_EVENT_DEVICE};
    c->event.device = d->post[0];
    d->posted--;
    memmove(&d->post[0], &d->post[1], d->posted * sizeof d->post[0]);
    return true;
}

/*
 * One instruction, with what is known of its device accesses.  With windows
 * open it may exit, for another page, and go on from there: what it has posted
 * until then it will post again.
 */
static struct cpu_event run_one(struct cpu *c)
{
    const struct cpu_budget one = {.until_cycle = UINT64_MAX,
                                   .until_instruction = c->retired + 1};
    uint64_t retired = c->retired;
    struct cpu_event event = cpu_run(c, &one);

    bool goes_on = (event.kind == CPU_EVENT_DEVICE && !event.device.write) ||
                   (event.kind == CPU_EVENT_EXIT && c->device.windows != 0);

    if (!goes_on)
        cpu_close_device(c);
    else if (event.kind == CPU_EVENT_EXIT && c->retired == retired)
        c->device.posted = 0;
    return event;
}

struct cpu_event cpu_complete_device(struct cpu *c, const struct cpu_device *a)
{
    struct device_port *d = &c->device;

    /* More reads than POPA's are those of a task switch: no machine keeps its
       tasks in a device. */
    if (d->answers == ARRAY_LEN(d->answer)) {
        cpu_close_device(c);
        return (struct cpu_event){.kind = CPU_EVENT_SHUTDOWN};
    }
    d->answer[d->answers++] = *a;
    return run_one(c);
}

unsigned cpu_open_device(struct cpu *c, gva_t at, gpa_t device, bool write)
{
    struct device_port *d = &c->device;
    unsigned i = 0;

    while (i < d->windows && d->window[i].gva.v != page_of(at).v)
        i++;
    if (i == ARRAY_LEN(d->window) ||
        (i < d->windows && (d->window[i].write || !write)))
        return 0;
    if (i == d->windows)
        d->window[d->windows++] = (struct device_window){.gva = page_of(at)};
    d->window[i].gpa = gpa(device.v & ~(uint64_t)(PAGE_BYTES - 1));
    d->window[i].write = d->window[i].write || write;
    return d->windows;
}

unsigned cpu_devices_open(const struct cpu *c)
{
    return c->device.windows;
}

struct cpu_event cpu_run_device(struct cpu *c)
{
    return run_one(c);
}

void cpu_close_device(struct cpu *c)
{
    c->device.answers = 0;
    c->device.windows = 0;
}
