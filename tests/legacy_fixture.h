/*
 * legacy_fixture.h - the machine of cpu_fixture.h in the modes before 64-bit
 * mode: real mode, and protected mode without paging, with a GDT that has a
 * segment of each kind.  Every vector ends in a HLT of its own, as there.
 */
#ifndef TESTS_LEGACY_FIXTURE_H
#define TESTS_LEGACY_FIXTURE_H
#include "sim/cpu/cpu_internal.h"
#include "tests/cpu_fixture.h"

enum {
    AT_REAL_CODE = 0x10000, /* 1000:0000 */
    AT_REAL_DATA = 0x20000, /* 2000:0000 */
    AT_TSS_B = 0x7200,
    AT_TSS_16 = 0x7400,
    AT_INNER = 0x110000, /* where gates lead to */
    AT_TASK_B = 0x120000,
    AT_STACK_B = 0x320000,
    AT_LDT = 0x5800,

    L_CODE = 0x08,
    L_DATA = 0x10,
    L_USER_CODE = 0x18,
    L_USER_DATA = 0x20,
    L_TSS = 0x28,
    L_TSS_B = 0x30,
    L_CODE16 = 0x38,
    L_DATA16 = 0x40,
    L_DOWN = 0x48,      /* expand-down, 32-bit, above 0xfff */
    L_READ_ONLY = 0x50, /* data */
    L_EXEC_ONLY = 0x58,
    L_CONFORMING = 0x60,
    L_SMALL = 0x68, /* data, limit 0xff */
    L_CALL = 0x70,  /* 32-bit call gate, DPL 3, two parameters */
    L_CALL16 = 0x78,
    L_TASK_GATE = 0x80,
    L_ABSENT = 0x88,
    L_LDT = 0x90,
    L_TSS_16 = 0x98,
    L_DOWN16 = 0xa0, /* expand-down, 16-bit, above 0xfff */
    L_COUNT = 21
};

static inline uint64_t legacy_gate(uint16_t selector, uint32_t offset,
                                   unsigned type, unsigned dpl,
                                   unsigned parameters)
{
    return (offset & 0xffff) | (uint64_t)selector << 16 |
           (uint64_t)parameters << 32 | (uint64_t)type << 40 |
           (uint64_t)dpl << 45 | (uint64_t)1 << 47 |
           (uint64_t)(offset >> 16) << 48;
}

static inline void legacy_tables(struct machine *m)
{
    const uint64_t gdt[L_COUNT] = {
        [L_CODE / 8] = 0x00cf9b000000ffff,
        [L_DATA / 8] = 0x00cf93000000ffff,
        [L_USER_CODE / 8] = 0x00cffb000000ffff,
        [L_USER_DATA / 8] = 0x00cff3000000ffff,
        [L_TSS / 8] = 0x0000890070000000 | 0xfff,
        [L_TSS_B / 8] = 0x0000890072000067,
        [L_CODE16 / 8] = 0x00009b020000ffff,
        [L_DATA16 / 8] = 0x000093020000ffff,
        [L_DOWN / 8] = 0x0040970000000fff,
        [L_READ_ONLY / 8] = 0x00cf91000000ffff,
        [L_EXEC_ONLY / 8] = 0x00cf99000000ffff,
        [L_CONFORMING / 8] = 0x00cf9f000000ffff,
        [L_SMALL / 8] = 0x00409320000000ff,
        [L_CALL / 8] = legacy_gate(L_CODE, AT_INNER, 12, 3, 2),
        [L_CALL16 / 8] = legacy_gate(L_CODE16, 0x1234, 4, 3, 1),
        [L_TASK_GATE / 8] = legacy_gate(L_TSS_B, 0, 5, 3, 0),
        [L_ABSENT / 8] = 0x00cf13000000ffff,
        [L_LDT / 8] = 0x000082005800000f,
        [L_TSS_16 / 8] = 0x000081007400002b,
        [L_DOWN16 / 8] = 0x0000970200000fff,
    };
    const uint64_t ldt[] = {0, 0x00cf93000000ffff};

    machine_put(m, AT_GDT, gdt, sizeof gdt);
    machine_put(m, AT_LDT, ldt, sizeof ldt);
    for (unsigned v = 0; v < 256; v++)
        machine_put64(m, AT_IDT + 8u * v,
                      legacy_gate(L_CODE, AT_HANDLERS + 16u * v, 14, 0, 0));
}

static inline void legacy_put32(struct machine *m, uint64_t at, uint32_t value)
{
    machine_put(m, at, &value, 4);
}

static inline uint32_t legacy_get32(const struct machine *m, uint64_t at)
{
    return (uint32_t)machine_get64(m, at);
}

/* 32-bit protected mode without paging, at AT_CODE, at privilege cpl. */
static inline void legacy_protected(struct machine *m, unsigned cpl)
{
    struct cpu_state *s = cpu_state(m->cpu);
    uint16_t code = cpl == 3 ? L_USER_CODE | 3 : L_CODE;
    uint16_t data = cpl == 3 ? L_USER_DATA | 3 : L_DATA;

    legacy_tables(m);
    legacy_put32(m, AT_TSS + 4, AT_KERNEL_STACK);
    legacy_put32(m, AT_TSS + 8, L_DATA);
    cpu_reset(m->cpu);
    s->cr0 = CR0_PE | CR0_ET | CR0_NE;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = machine_segment(data, cpl == 3 ? 0xc0f3 : 0xc093);
    s->seg[SEG_CS] = machine_segment(code, cpl == 3 ? 0xc0fb : 0xc09b);
    s->gdtr = (struct table_register){AT_GDT, L_COUNT * 8 - 1};
    s->idtr = (struct table_register){AT_IDT, 0x7ff};
    s->tr = (struct segment){
        .selector = L_TSS, .attributes = 0x8b, .limit = 0xfff, .base = AT_TSS};
    s->cpl = (uint8_t)cpl;
    s->rip = AT_CODE;
    s->gpr[REG_RSP] = AT_STACK;
    cpu_sync(m->cpu);
}

/* Real mode at 1000:0000, stack 3000:fff0, data in 2000. */
static inline void legacy_real(struct machine *m)
{
    struct cpu_state *s = cpu_state(m->cpu);

    for (unsigned v = 0; v < 256; v++)
        legacy_put32(m, 4u * v, AT_HANDLERS + 16u * v);
    cpu_reset(m->cpu);
    s->cr0 = CR0_ET;
    s->idtr.limit = 0x3ff;
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        s->seg[i].selector = 0x2000;
        s->seg[i].base = 0x20000;
    }
    s->seg[SEG_CS].selector = 0x1000;
    s->seg[SEG_CS].base = 0x10000;
    s->seg[SEG_SS].selector = 0x3000;
    s->seg[SEG_SS].base = 0x30000;
    s->gpr[REG_RSP] = 0xfff0;
    s->rip = 0;
    cpu_sync(m->cpu);
}

/* A word of the frame at SS:eSP, 2 or 4 bytes each. */
static inline uint32_t legacy_frame(const struct machine *m, unsigned bytes,
                                    unsigned word)
{
    const struct cpu_state *s = cpu_state_peek(m->cpu);
    uint64_t at = s->seg[SEG_SS].base + (uint32_t)s->gpr[REG_RSP] +
                  (uint64_t)bytes * word;
    uint32_t value = legacy_get32(m, at);

    return bytes == 2 ? (uint16_t)value : value;
}

#endif
