/*
 * report.c - one line a case.
 */
#include "tests/guest/system/system.h"

enum { SERIAL = 0x3f8, PRINTER = 0x378 };

void put_char(char c)
{
    if (in8(SERIAL + 5) == 0xff) { /* none: the printer */
        out8(PRINTER, (uint8_t)c);
        out8(PRINTER + 2, 0xd);
        out8(PRINTER + 2, 0xc);
        return;
    }
    while (!(in8(SERIAL + 5) & 0x20))
        ;
    out8(SERIAL, (uint8_t)c);
}

void put_text(const char *s)
{
    while (*s)
        put_char(*s++);
}

void put_hex(word value, unsigned digits)
{
    while (digits-- > 0)
        put_char("0123456789abcdef"[value >> 4 * digits & 15]);
}

void put_field(const char *name, word value)
{
    unsigned digits = 1;

    while (digits < 2 * sizeof value && value >> 4 * digits)
        digits++;
    put_char(' ');
    put_text(name);
    put_char('=');
    put_hex(value, digits);
}

uint32_t digest(uint32_t at, uint32_t bytes)
{
    const uint32_t *p = (const uint32_t *)(word)at;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < bytes / 4; i++)
        sum = (sum << 5 | sum >> 27) + (p[i] ^ i);
    return sum;
}

static void put_registers(const struct registers *r)
{
    static const char *const gpr[] = {"ax", "cx", "dx", "bx", "sp", "bp",
                                      "si", "di", "r8", "r9", "ra", "rb",
                                      "rc", "rd", "re", "rf"};
    static const char *const segment[] = {"es", "cs", "ss", "ds", "fs", "gs"};

    put_field("ip", r->ip);
    put_field("fl", r->flags);
    for (unsigned i = 0; i < (machine_long() ? 16 : 8); i++)
        put_field(gpr[i], r->gpr[i]);
    for (unsigned i = 0; i < SEGMENTS; i++)
        put_field(segment[i], r->segment[i] & 0xffff);
}

void report(void)
{
    put_text(" :");
    put_field("v", after.vector);
    put_field("e", after.error);
    put_registers(&after);
    put_field("Gdt", digest(GDT_AT, GDT_ENTRIES * 8));
    put_field("Ldt", digest(LDT_AT, LDT_ENTRIES * 8));
    put_field("Tss", digest(TSS_AT, 2 * PAGE));
    put_field("Data", digest(DATA_AT, PAGE));
    put_field("Stack", digest(STACK_AT, PAGE));
    put_field("Inner", digest(INNER_AT, 3 * PAGE));
    put_field("Far", digest(FAR_AT + 0x2000, PAGE));
    put_field("Low", digest(LOW_STACK_AT, PAGE));
    machine_report();
    put_char('\n');
}

void finish(void)
{
    put_text("end\n");
    out8(0xf4, 0);
    for (const char *s = "Shutdown"; *s; s++)
        out8(0x8900, (uint8_t)*s);
    for (;;)
        __asm__ volatile("cli; hlt");
}
