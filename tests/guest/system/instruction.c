/*
 * instruction.c - the random instruction of a case, and its operands.
 *
 * A memory operand is DS:[rDI], which in 16-bit addressing is DS:[BX]: both
 * registers have its offset.
 */
#include "tests/guest/system/system.h"

enum { MEMORY = 7, OPERAND_16 = 0x66 };

void emit(unsigned byte)
{
    if (now.n < CODE_MAX)
        now.bytes[now.n++] = (uint8_t)byte;
}

static void emit_word(uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        emit(value >> 8 * i & 0xff);
}

/* A prefix for the other operand size, or REX.W; the size that it makes. */
static unsigned emit_size(void)
{
    unsigned bytes = now.bits16 ? 2 : 4;

    if (now.wide && one_in(2)) {
        emit(0x48);
        return 8;
    }
    if (one_in(4)) {
        emit(OPERAND_16);
        bytes = 6 - bytes;
    }
    return bytes;
}

/* ModRM: a register (AX, DX, SI or DI), or memory. */
static void emit_operand(unsigned reg)
{
    static const word registers[] = {0, 2, 6, 7};

    if (one_in(3))
        emit(reg << 3 | MEMORY);
    else
        emit(0xc0 | reg << 3 | (unsigned)rnd_of(registers, 4));
}

static void put_stack(unsigned *at, word value, unsigned bytes)
{
    uint8_t *p = (uint8_t *)(STACK_AT + 0x800);

    for (unsigned i = 0; i < bytes; i++)
        p[*at + i] = (uint8_t)(i < sizeof value ? value >> 8 * i : 0);
    *at += bytes;
}

/* A frame for RET and IRET: mostly one that leads to code. */
static void make_frame(unsigned bytes, bool flags)
{
    unsigned at = 0, outer = rnd(2) ? now.cpl : now.cpl + rnd(4 - now.cpl);
    uint16_t cs = rnd_selector(outer), ss = rnd_selector(outer);
    word image = rnd_flags(), ip;

    if (rnd(2))
        cs = (uint16_t)((GDT_LEVEL + 4 * outer + rnd(2)) * 8 + outer);
    else if (rnd(2))
        cs = (uint16_t)((GDT_RANDOM + rnd(10)) * 8 + outer);
    if (rnd(2))
        ss = (uint16_t)((GDT_LEVEL + 4 * outer + 2 + rnd(2)) * 8 + outer);
    if (flags)
        image |= one_in(6) ? 0x20000 : 0;
    if (now.v86 || (flags && image & 0x20000)) {
        cs = rnd_paragraph();
        ss = rnd_paragraph();
    }
    ip = rnd_address();
    if (now.v86 || image & 0x20000)
        ip &= 0xffff;
    put_stack(&at, ip, bytes);
    put_stack(&at, cs | (one_in(4) ? rnd(0x10000) << 16 : 0), bytes);
    if (flags)
        put_stack(&at, image, bytes);
    put_stack(&at, rnd(2) ? STACK_AT + 0x900 : STACK_START + 0x100, bytes);
    if ((ss & ~3) == 0) /* a null one with another RPL: see README.md */
        ss = (uint16_t)outer;
    put_stack(&at, ss, bytes);
    for (unsigned i = 0; i < 4; i++)
        put_stack(&at, rnd(0x10000), bytes);
}

static void make_load(void)
{
    static const word pops[] = {0x07, 0x17, 0x1f, 0x0fa1, 0x0fa9};
    static const word far[] = {0xc5, 0xc4, 0x0fb2, 0x0fb4, 0x0fb5};
    unsigned kind = rnd(4), op;

    if (kind < 2) {
        emit_size();
        emit(0x8e);
        emit_operand(rnd(16) ? rnd(6) : rnd(8));
        return;
    }
    emit_size();
    op = (unsigned)(kind == 2 ? rnd_of(pops, 5) : rnd_of(far, 5));
    if (op > 0xff)
        emit(op >> 8);
    emit(op & 0xff);
    if (kind == 3)
        emit(MEMORY);
    else
        *(uint16_t *)(STACK_AT + 0x800) = rnd_selector(now.cpl);
}

/* A read or a write through a segment: what was loaded shows. */
static void make_access(void)
{
    static const word prefixes[] = {0x26, 0x36, 0x3e, 0x64, 0x65};

    emit((unsigned)rnd_of(prefixes, 5));
    emit(rnd(2) ? 0x8a : 0x88);
    emit(MEMORY);
}

static void make_far(void)
{
    bool call = rnd(2);
    uint16_t selector = rnd_selector(now.cpl);
    unsigned bytes, at = 0;
    uint8_t *memory = (uint8_t *)(DATA_AT + 0x800);
    word to = rnd_address();

    if (one_in(3)) /* a gate or a task */
        selector = (uint16_t)((GDT_RANDOM + 18 + rnd(14)) * 8 + rnd(4));
    if (now.v86)
        selector = rnd_paragraph();
    bytes = emit_size();
    if (one_in(2) && !now.wide) {
        emit(call ? 0x9a : 0xea);
        emit_word((uint32_t)to, bytes);
        emit_word(selector, 2);
        return;
    }
    emit(0xff);
    emit((call ? 3 : 5) << 3 | MEMORY);
    for (; at < bytes; at++)
        memory[at] = (uint8_t)(at < sizeof to ? to >> 8 * at : 0);
    memory[at] = (uint8_t)selector;
    memory[at + 1] = (uint8_t)(selector >> 8);
}

static void make_return(void)
{
    unsigned bytes = emit_size();

    make_frame(bytes, false);
    if (rnd(2)) {
        emit(0xcb);
        return;
    }
    emit(0xca);
    emit_word(rnd(32), 2);
}

static void make_iret(void)
{
    unsigned bytes = emit_size();

    make_frame(bytes, true);
    emit(0xcf);
}

static void make_int(void)
{
    switch (rnd(8)) {
    case 0:
        emit(0xcc);
        break;
    case 1:
        emit(0xce);
        break;
    case 2:
        emit(0xf1);
        break;
    case 3:
        emit(0xcd);
        emit(rnd(40));
        break;
    default:
        emit(0xcd);
        emit(VECTORS_RANDOM + rnd(VECTORS_END - VECTORS_RANDOM + 1));
    }
}

static void make_question(void)
{
    switch (rnd(5)) {
    case 0:
    case 1:
        emit_size();
        emit(0x0f);
        emit(2 + rnd(2));
        emit_operand(rnd(4));
        break;
    case 2:
    case 3:
        emit(0x0f);
        emit(0x00);
        emit_operand(4 + rnd(2));
        break;
    default:
        emit(0x63);
        emit_operand(rnd(4));
    }
}

/* LGDT and LIDT load what the monitor can live with. */
static void make_table(void)
{
    unsigned kind = rnd(8), bytes;
    uint8_t *memory = (uint8_t *)(DATA_AT + 0x800);
    uint32_t base;

    if (kind < 4) { /* SLDT, STR, LLDT, LTR */
        emit_size();
        emit(0x0f);
        emit(0x00);
        emit_operand(kind);
        return;
    }
    kind -= 4;
    bytes = emit_size();
    emit(0x0f);
    emit(0x01);
    if (kind < 2) {
        emit(kind << 3 | MEMORY);
        return;
    }
    base = kind == 2 ? GDT_AT : IDT_AT;
    memory[0] = (uint8_t)(GDT_RANDOM * 8 + rnd(0x70));
    memory[1] = kind == 2 ? (uint8_t)(rnd(2) + 1) : 7;
    for (unsigned i = 0; i < 8; i++)
        memory[2 + i] = (uint8_t)(i < 4 ? base >> 8 * i : 0);
    if (one_in(8)) /* not canonical, or the byte that 16 bits leave out */
        memory[now.wide ? 8 : 5] = now.wide || bytes == 2 ? 0x5a : 0;
    emit(kind << 3 | MEMORY);
}

static void make_flags(void)
{
    static const word ops[] = {0x9c, 0x9d, 0x9d, 0x9d, 0xfa, 0xfb};
    unsigned bytes = emit_size(), at = 0;

    put_stack(&at, rnd_flags() | (rnd(2) ? rnd(0x80000) : 0), bytes);
    emit((unsigned)rnd_of(ops, 6));
    if (one_in(2))
        emit(0x9c); /* PUSHF: what became of them */
}

static void make_port(void)
{
    static const word ops[] = {0xec, 0xed, 0xee, 0xef, 0x6c, 0x6d, 0x6e, 0x6f};

    before.gpr[2] = one_in(2) ? 0x140 + rnd(32) : 0x1f8 + rnd(12);
    if (now.cpl <= (before.flags >> 12 & 3) && !now.v86)
        before.gpr[2] = 0x150; /* no bitmap in the way: a port of no device */
    emit_size();
    emit((unsigned)rnd_of(ops, 8));
}

/* Stacks at their ends. */
static void make_stack(void)
{
    static const word ends[] = {0x0,    0x1,    0x2,    0x3,  0x4,  0x6,  0x8,
                                0xfffe, 0xffff, 0xfffd, 0x10, 0x1f, 0x20, 0x21};
    unsigned kind = rnd(8);

    if (kind < 6 && one_in(2)) { /* how much PUSH ES writes is open */
        before.gpr[4] = rnd_of(ends, 14);
        if (!now.bits16 && !now.v86)
            before.gpr[4] =
                (before.gpr[4] & 0xff) + (rnd(2) ? STACK_AT : STACK_AT + PAGE);
    }
    emit_size();
    switch (kind) {
    case 0:
        emit(0xc8); /* ENTER */
        emit_word(rnd(64), 2);
        emit(one_in(2) ? 0 : rnd(40));
        break;
    case 1:
        emit(0xc9);
        break;
    case 2:
        emit(0x60 + rnd(2)); /* PUSHA, POPA */
        break;
    case 3:
        emit(0x62); /* BOUND */
        emit(MEMORY);
        break;
    case 4:
        emit(0xff); /* PUSH */
        emit(6 << 3 | MEMORY);
        break;
    case 5:
        emit(0x8f); /* POP */
        emit(MEMORY);
        break;
    case 6:
        emit(0x0f); /* PUSH FS, PUSH GS */
        emit(rnd(2) ? 0xa0 : 0xa8);
        break;
    default:
        emit(0x06 + 8 * rnd(4)); /* PUSH ES, CS, SS, DS */
    }
}

static void (*const makers[])(void) = {
    make_load,     make_far,   make_return, make_iret, make_int,
    make_question, make_table, make_flags,  make_port, make_stack,
};
enum { MAKERS = sizeof makers / sizeof makers[0], FAR = 1, TABLES = 6 };

static void choose_operand(bool odd)
{
    word offset = DATA_AT + 0x800 - (now.bits16 || now.v86 ? OTHER_BASE : 0);

    if (odd)
        offset = rnd(0x10000) + (rnd(2) ? CODE_AT : 0);
    before.gpr[3] = offset;
    before.gpr[7] = offset;
}

void make_instruction(void)
{
    for (unsigned i = 0; i < 16; i++)
        before.gpr[i] = rnd_selector(now.cpl);
    before.gpr[4] =
        now.bits16 || now.v86 ? STACK_START : OTHER_BASE + STACK_START;
    before.gpr[5] = before.gpr[4] + rnd(64);
    before.ip = CODE_START + (now.bits16 || now.v86 ? 0 : CODE_AT);
    now.what = rnd(MAKERS + CONTROL_KINDS / 2);
    choose_operand(now.what != FAR && now.what != TABLES && one_in(16));
    if (now.what < MAKERS)
        makers[now.what]();
    else
        make_control(rnd(CONTROL_KINDS));
    if (one_in(2))
        make_access();
}
