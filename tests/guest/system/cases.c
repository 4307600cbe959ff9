/*
 * cases.c - case after case.
 */
#include "tests/guest/system/system.h"

/* At the head of the image, for the host to set. */
extern uint32_t first_seed, cases, shown, done;

struct registers before, after;
struct instruction now;
uint32_t seed;
static bool begun;

static void dump(uint32_t at, uint32_t bytes, const char *name)
{
    for (uint32_t i = 0; i < bytes; i += 8) {
        put_text("\n# ");
        put_text(name);
        put_field("", at + i);
        put_field("", *(uint32_t *)(word)(at + i + 4));
        put_field("", *(uint32_t *)(word)(at + i));
    }
}

static void dump_all(void)
{
    dump(GDT_AT, GDT_ENTRIES * 8, "gdt");
    dump(LDT_AT, LDT_ENTRIES * 8, "ldt");
    dump(IDT_AT, VECTORS_END * (machine_long() ? 16 : 8), "idt");
    dump(TSS_AT, 0x100, "tss");
    dump(TSS_B_AT, 0x400, "other");
    dump(DATA_AT + 0x800, 0x40, "data");
    dump(STACK_AT + 0x7c0, 0x80, "stack");
    dump(INNER_AT + 0xf80, 0x80, "inner0");
    dump(INNER_AT + PAGE + 0x780, 0x80, "inner1");
    dump(INNER_AT + 2 * PAGE + 0x780, 0x80, "inner2");
    put_char('\n');
}

/* Operands and frames: addresses and selectors in turn. */
static void fill_words(uint32_t at, unsigned n)
{
    uint32_t *p = (uint32_t *)(word)at;

    for (unsigned i = 0; i < n; i++) {
        switch (rnd(4)) {
        case 0:
            p[i] = rnd_selector(now.cpl);
            break;
        case 1:
            p[i] = (uint32_t)rnd_address();
            break;
        case 2:
            p[i] = (uint32_t)rnd_flags();
            break;
        default:
            p[i] = (uint32_t)rnd_selector(now.cpl) << 16 | rnd(PAGE);
        }
    }
}

static void fill_memory(void)
{
    volatile uint32_t *vectors = (volatile uint32_t *)LOW_AT;

    fill(LOW_AT, 0xcc, 2 * PAGE);
    for (uint32_t i = 0; i < 256; i++)
        vectors[i] = CODE_AT << 12 | (i * 16 % PAGE);
    fill(CODE_AT, 0xcc, PAGE);
    fill(DATA_AT, 0, 6 * PAGE);
    fill(FAR_AT, 0xcc, PAGE);
    fill(FAR_AT + 0x2000, 0, PAGE);
    fill(LOW_STACK_AT, 0, PAGE);
    fill_words(DATA_AT + 0x800, 8);
    fill_words(STACK_AT + 0x800, 16);
}

static void put_code(void)
{
    uint8_t *code = (uint8_t *)(CODE_AT + CODE_START);

    put_field("n", done);
    put_field("what", now.what);
    put_field("cpl", now.cpl);
    put_text(now.v86 ? " V86" : now.wide ? " 64" : now.bits16 ? " 16" : " 32");
    put_char(' ');
    for (unsigned i = 0; i < now.n; i++) {
        code[i] = now.bytes[i];
        put_hex(now.bytes[i], 2);
    }
}

void next_case(void)
{
    machine_keep();
    if (begun)
        report();
    if (begun && done == shown)
        dump_all();
    machine_reset();
    if (done == cases)
        finish();
    begun = true;
    done++;
    seed = first_seed * 0x9e3779b9 + done * 0x85ebca6b;
    seed = seed ? seed : 1;
    for (unsigned i = 0; i < 4; i++)
        rnd(2);
    machine_choose();
    fill_memory();
    now.n = 0;
    make_instruction();
    put_code();
    fill_tables(); /* then some pages may be no more */
    if (done == shown)
        dump_all();
    launch();
}
