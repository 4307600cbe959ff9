/*
 * unpaged_guest.h - a guest of random code without paging, in each mode that
 * runs without: blocks of 16 bytes, and handlers that log what was raised and
 * go on with the next block.
 *
 * Layout   0 vectors of real mode; 0x500 what the handlers know; 0x600 the
 *          handler; 0x800 GDT; 0xa00 TSS; 0x1000 IDT; 0x1800 entries of the
 *          handlers; 0x3000 the log; 0x10000 the code; 0x20000 data.
 */
#ifndef TESTS_UNPAGED_GUEST_H
#define TESTS_UNPAGED_GUEST_H
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"
#include "tests/unpaged_code.h"

enum {
    UNPAGED_MEMORY = 4 << 20,
    UNPAGED_NOTES = 0x500, /* log, then CS, flags and ESP to go on with */
    UNPAGED_HANDLER = 0x600,
    UNPAGED_GDT = 0x800,
    UNPAGED_TSS = 0xa00,
    UNPAGED_IDT = 0x1000,
    UNPAGED_ENTRIES = 0x1800,
    UNPAGED_ENTRY_BYTES = 12,
    UNPAGED_CODE = 0x10000,
    UNPAGED_DATA = 0x20000,
    UNPAGED_STACK = 0x7000,
};

/* Logs vector, IP, flags and CS; stack: vector, IP, CS, flags. */
static const uint8_t unpaged_handler_16[] = {
    0x60, 0x31, 0xc0, 0x8e, 0xd8, 0x89, 0xe5, 0x8b, 0x1e, 0x00, 0x05, 0x81,
    0xe3, 0xf8, 0x0f, 0x8b, 0x46, 0x10, 0x89, 0x87, 0x00, 0x30, 0x8b, 0x4e,
    0x16, 0x89, 0x8f, 0x04, 0x30, 0x8b, 0x4e, 0x14, 0x89, 0x8f, 0x06, 0x30,
    0x8b, 0x46, 0x12, 0x89, 0x87, 0x02, 0x30, 0x83, 0x06, 0x00, 0x05, 0x08,
    0x83, 0xc8, 0x0f, 0x40, 0x25, 0xf0, 0x3f, 0x31, 0xc9, 0x8e, 0xd1, 0xbc,
    0x00, 0x70, 0xff, 0x36, 0x08, 0x05, 0xff, 0x36, 0x04, 0x05, 0x50, 0xcf};

/* The same, and the error code, on a stack of 32 bits. */
static const uint8_t unpaged_handler_32[] = {
    0x60, 0x89, 0xe5, 0xb8, 0x10, 0x00, 0x00, 0x00, 0x8e, 0xd8, 0x8b, 0x1d,
    0x00, 0x05, 0x00, 0x00, 0x81, 0xe3, 0xf0, 0x0f, 0x00, 0x00, 0x8b, 0x45,
    0x20, 0xc1, 0xe0, 0x10, 0x33, 0x45, 0x24, 0x89, 0x83, 0x00, 0x30, 0x00,
    0x00, 0x8b, 0x45, 0x2c, 0x89, 0x83, 0x04, 0x30, 0x00, 0x00, 0x8b, 0x45,
    0x30, 0x89, 0x83, 0x08, 0x30, 0x00, 0x00, 0x8b, 0x45, 0x28, 0x89, 0x83,
    0x0c, 0x30, 0x00, 0x00, 0x83, 0x05, 0x00, 0x05, 0x00, 0x00, 0x10, 0x83,
    0xc8, 0x0f, 0x40, 0x25, 0xf0, 0x3f, 0x00, 0x00, 0x89, 0x45, 0x28, 0x8b,
    0x0d, 0x04, 0x05, 0x00, 0x00, 0x89, 0x4d, 0x2c, 0x8b, 0x15, 0x08, 0x05,
    0x00, 0x00, 0x89, 0x55, 0x30, 0x8b, 0x1d, 0x0c, 0x05, 0x00, 0x00, 0x85,
    0xdb, 0x74, 0x06, 0x89, 0xdc, 0x52, 0x51, 0x50, 0xcf, 0x61, 0x83, 0xc4,
    0x08, 0xcf};

/* 1 kernel code, 2 kernel data, 3 code, 4 data, 5 expand-down data, 6 code and
   7 data of programs, 8 TSS, 9 call gate, 10 conforming code, 11 absent, 12
   data of 16 bits, 13 execute-only code, 14 LDT. */
static const uint64_t unpaged_gdt[16] = {
    0,
    0x00cf9b000000ffff,
    0x00cf93000000ffff,
    0x00009b010000ffff,
    0x000093020000ffff,
    0x0040970200000fff,
    0x0000fb010000ffff,
    0x0040f3020000ffff,
    0x0000890000000067 | (uint64_t)UNPAGED_TSS << 16,
    0x0000ec0000180040,
    0x00009f010000ffff,
    0x000013020000ffff,
    0x000093028000ffff,
    0x000099010000ffff,
    0x0000820208000027,
};

enum { UNPAGED_CODE_32 = 1 << 22 }; /* D, in the upper half of a descriptor */

static inline void unpaged_put(struct rig *r, uint64_t at, const void *from,
                               size_t bytes)
{
    ck_assert(vm_copy_in(r->vm, gpa(at), from, bytes));
}

/* Entry of a vector's handler: pushes what the handler wants to find. */
static inline void unpaged_put_entry(struct rig *r, unsigned vector, bool real)
{
    const uint32_t errors = 0x00227d00; /* 8, 10-14, 17, 21 */
    bool has_error = vector < 32 && (errors >> vector & 1);
    uint32_t at = UNPAGED_ENTRIES + vector * UNPAGED_ENTRY_BYTES;
    uint8_t bytes[UNPAGED_ENTRY_BYTES];
    unsigned n = 0;
    uint32_t jump;

    if (!real && !has_error) {
        bytes[n++] = 0x6a;
        bytes[n++] = 0;
    }
    bytes[n++] = 0x6a;
    bytes[n++] = (uint8_t)vector;
    bytes[n++] = 0xe9;
    jump = UNPAGED_HANDLER - (at + n + (real ? 2 : 4));
    memcpy(bytes + n, &jump, 4);
    unpaged_put(r, at, bytes, n + 4);
}

static inline void unpaged_put_handlers(const struct unpaged_guest *g,
                                        struct rig *r)
{
    bool real = g->mode == UNPAGED_REAL;

    for (unsigned vector = 0; vector < 256; vector++) {
        uint32_t at = UNPAGED_ENTRIES + vector * UNPAGED_ENTRY_BYTES;
        bool open = vector >= 32 || vector == 3 || vector == 4;
        uint64_t gate = at | 0x08 << 16 | (uint64_t)0x8e00 << 32;

        unpaged_put_entry(r, vector, real);
        gate |= open ? (uint64_t)0x6000 << 32 : 0;
        if (real)
            unpaged_put(r, vector * 4u, &at, 4);
        else
            unpaged_put(r, UNPAGED_IDT + vector * 8u, &gate, 8);
    }
    if (real)
        unpaged_put(r, UNPAGED_HANDLER, unpaged_handler_16,
                    sizeof unpaged_handler_16);
    else
        unpaged_put(r, UNPAGED_HANDLER, unpaged_handler_32,
                    sizeof unpaged_handler_32);
}

static inline void unpaged_put_tables(const struct unpaged_guest *g,
                                      struct rig *r)
{
    bool flat = g->mode == UNPAGED_16 || g->mode == UNPAGED_32;
    uint32_t code = unpaged_is_8086(g)   ? 0x1000
                    : unpaged_is_user(g) ? 0x33
                                         : 0x18;
    uint32_t flags = 2 | (g->mode == UNPAGED_V86 ? (uint32_t)RFLAGS_VM : 0) |
                     (g->code[0] & 1 && !flat ? (uint32_t)RFLAGS_IOPL : 0);
    const uint32_t notes[4] = {0, code, flags, flat ? UNPAGED_STACK : 0};
    const uint32_t stack[2] = {UNPAGED_STACK, 0x10};
    uint64_t gdt[ARRAY_LEN(unpaged_gdt)];

    memcpy(gdt, unpaged_gdt, sizeof gdt);
    for (unsigned i = 3; i <= 10 && unpaged_is_32(g); i++)
        if (i == 3 || i == 6 || i == 10)
            gdt[i] |= (uint64_t)UNPAGED_CODE_32 << 32;
    unpaged_put(r, UNPAGED_GDT, gdt, sizeof gdt);
    unpaged_put(r, UNPAGED_NOTES, notes, sizeof notes);
    unpaged_put(r, UNPAGED_TSS + 4, stack, sizeof stack);
    unpaged_put(r, UNPAGED_CODE, g->code, sizeof g->code);
    unpaged_put(r, UNPAGED_DATA, g->code, 0x1000); /* as good as any */
}

static inline struct segment unpaged_segment(const struct rig *r,
                                             uint16_t selector)
{
    uint64_t d = 0;
    struct segment s = {.selector = selector};

    ck_assert(vm_copy_out(r->vm, &d, gpa(UNPAGED_GDT + (selector & ~7u)), 8));
    s.attributes = (uint16_t)(d >> 40 & 0xf0ff);
    s.base = (d >> 16 & 0xffffff) | (d >> 56 & 0xff) << 24;
    s.limit = (uint32_t)((d & 0xffff) | (d >> 48 & 0xf) << 16);
    if (s.attributes & 0x8000)
        s.limit = s.limit << 12 | 0xfff;
    return s;
}

static inline struct segment unpaged_paragraph(uint16_t number, bool code,
                                               bool v86)
{
    return (struct segment){.selector = number,
                            .base = (uint64_t)number << 4,
                            .limit = 0xffff,
                            .attributes = v86    ? 0xf3
                                          : code ? 0x9b
                                                 : 0x93};
}

static inline void unpaged_set_segments(const struct unpaged_guest *g,
                                        const struct rig *r,
                                        struct cpu_state *s)
{
    bool user = unpaged_is_user(g), v86 = g->mode == UNPAGED_V86;

    for (unsigned i = 0; i < SEG_COUNT; i++) {
        uint16_t paragraph = i == SEG_CS ? 0x1000 : i == SEG_SS ? 0 : 0x2000;
        uint16_t selector = i == SEG_CS   ? (user ? 0x33 : 0x18)
                            : user        ? 0x3b
                            : i == SEG_SS ? 0x10
                                          : 0x20;

        s->seg[i] = unpaged_is_8086(g)
                        ? unpaged_paragraph(paragraph, i == SEG_CS, v86)
                        : unpaged_segment(r, selector);
    }
    s->tr = unpaged_segment(r, 0x40);
    s->tr.attributes |= 2; /* busy */
    s->cpl = user || v86 ? 3 : 0;
}

/* A VM whose first instruction is the first of the code. */
static inline void unpaged_start(const struct unpaged_guest *g, struct rig *r)
{
    static const uint8_t none[] = {0xf4};
    struct cpu_state *s;

    rig_boot(r, none, sizeof none);
    unpaged_put_tables(g, r);
    unpaged_put_handlers(g, r);
    s = cpu_state(r->cpu);
    for (unsigned i = 0; i < 8; i++)
        s->gpr[i] = 0x100u * i;
    s->gpr[REG_RSP] = unpaged_is_user(g) ? 0xff0 : UNPAGED_STACK;
    s->rip = 0;
    s->gdtr = (struct table_register){.base = UNPAGED_GDT, .limit = 127};
    s->idtr = (struct table_register){.base = UNPAGED_IDT, .limit = 2047};
    s->rflags = RFLAGS_FIXED;
    if (g->mode == UNPAGED_V86)
        s->rflags |= RFLAGS_VM;
    if (g->mode == UNPAGED_REAL) {
        s->cr0 &= ~(uint64_t)CR0_PE;
        s->idtr = (struct table_register){.base = 0, .limit = 0x3ff};
    }
    unpaged_set_segments(g, r, s);
    cpu_sync(r->cpu);
}

#endif
