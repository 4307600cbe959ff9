/*
 * machine64.c - IA-32e mode: 64-bit and compatibility code, four levels of
 * page tables.
 */
#include "tests/guest/system/system.h"

enum { PAGE_P = 1, PAGE_W = 2, PAGE_U = 4 };

static uint64_t *const gdt = (uint64_t *)GDT_AT;
static uint64_t *const idt = (uint64_t *)IDT_AT;
static uint64_t *const pages = (uint64_t *)(PAGES_AT + 3 * PAGE);

struct msr {
    uint32_t number;
    uint64_t value;
};
static struct msr msrs[] = {
    {0x174, 0},      {0x175, 0},      {0x176, 0},      {0xc0000080, 0x500},
    {0xc0000081, 0}, {0xc0000082, 0}, {0xc0000084, 0}, {0xc0000100, 0},
    {0xc0000101, 0}, {0xc0000102, 0}, {0xc0000103, 0}, {0x200, 0},
    {0x201, 0},      {0x2ff, 0},      {0x250, 0},      {0x277, 0x70406},
};
enum { MSRS = sizeof msrs / sizeof msrs[0], MSRS_SHOWN = 11 };

struct table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static struct {
    struct table gdt, idt;
    uint64_t cr0, cr2, cr3, cr4, cr8, dr6, dr7, tr, ldt, msr[MSRS_SHOWN];
} left; /* by the case */

bool machine_long(void)
{
    return true;
}

static void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32)));
}

static uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

void machine_start(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    fill(0x3000, 0xcc, 0x1b000);
    fill(CODE_AT, 0xcc, PAGES_AT - CODE_AT);
}

/* Good page tables: the first 2 MiB in small pages. */
static void good_pages(void)
{
    for (uint32_t i = 0; i < 512; i++)
        pages[i] = i * PAGE | PAGE_P | PAGE_W | PAGE_U;
}

void machine_keep(void)
{
    __asm__ volatile("sgdt %0" : "=m"(left.gdt));
    __asm__ volatile("sidt %0" : "=m"(left.idt));
    __asm__ volatile("mov %%cr0, %0" : "=r"(left.cr0));
    __asm__ volatile("mov %%cr2, %0" : "=r"(left.cr2));
    __asm__ volatile("mov %%cr3, %0" : "=r"(left.cr3));
    __asm__ volatile("mov %%cr4, %0" : "=r"(left.cr4));
    __asm__ volatile("mov %%cr8, %0" : "=r"(left.cr8));
    __asm__ volatile("mov %%db6, %0" : "=r"(left.dr6));
    __asm__ volatile("mov %%db7, %0" : "=r"(left.dr7));
    __asm__ volatile("str %0" : "=r"(left.tr));
    __asm__ volatile("sldt %0" : "=r"(left.ldt));
    for (unsigned i = 0; i < MSRS_SHOWN; i++)
        left.msr[i] = read_msr(msrs[i].number);
    __asm__ volatile("mov %0, %%cr0" : : "r"((uint64_t)0x80000011));
    __asm__ volatile("mov %0, %%cr4" : : "r"((uint64_t)0x20));
    good_pages();
    __asm__ volatile("mov %0, %%cr3" : : "r"((uint64_t)PAGES_AT));
}

void machine_report(void)
{
    put_field("cr0", left.cr0);
    put_field("cr2", left.cr2);
    put_field("cr3", left.cr3);
    put_field("cr4", left.cr4);
    put_field("cr8", left.cr8);
    put_field("dr6", left.dr6);
    put_field("dr7", left.dr7);
    put_field("tr", left.tr & 0xffff);
    put_field("ldt", left.ldt & 0xffff);
    put_field("gl", left.gdt.limit);
    put_field("gb", left.gdt.base);
    for (unsigned i = 0; i < MSRS_SHOWN; i++) {
        put_char(' ');
        put_hex(msrs[i].number, 8);
        put_char('=');
        put_hex(left.msr[i], 16);
    }
    put_field("il", left.idt.limit);
    put_field("ib", left.idt.base);
}

void machine_reset(void)
{
    struct table g = {GDT_ENTRIES * 8 - 1, GDT_AT};
    struct table i = {VECTORS_END * 16 - 1, IDT_AT};

    __asm__ volatile("mov %0, %%cr2" : : "r"((uint64_t)0));
    __asm__ volatile("mov %0, %%cr8" : : "r"((uint64_t)0));
    __asm__ volatile("mov %0, %%db0\n\tmov %0, %%db1\n\tmov %0, %%db2\n\t"
                     "mov %0, %%db3"
                     :
                     : "r"((uint64_t)0));
    __asm__ volatile("mov %0, %%db7" : : "r"((uint64_t)0x400));
    __asm__ volatile("mov %0, %%db6" : : "r"((uint64_t)0xffff0ff0));
    fill(GDT_AT, 0, PAGE);
    gdt[GDT_CODE] = descriptor(0, 0xfffff, 0x9b, 0xa);
    gdt[GDT_DATA] = descriptor(0, 0xfffff, 0x93, 0xc);
    __asm__ volatile("lgdt %0" : : "m"(g));
    __asm__ volatile("lidt %0" : : "m"(i));
    for (unsigned n = 0; n < MSRS; n++)
        write_msr(msrs[n].number, msrs[n].value);
}

void machine_choose(void)
{
    unsigned base, code;

    now.cpl = one_in(6) ? 1 + rnd(2) : rnd(2) ? 3 : 0;
    now.v86 = false;
    now.wide = rnd(3);
    now.bits16 = !now.wide && one_in(3);
    before.flags = rnd_flags();
    base = GDT_LEVEL + 4 * now.cpl;
    code = now.wide     ? base + LEVEL_CODE
           : now.bits16 ? base + LEVEL_CODE16
                        : GDT_COMPAT + now.cpl;
    before.segment[CS] = code * 8 + now.cpl;
    for (unsigned i = 0; i < SEGMENTS; i++)
        if (i != CS)
            before.segment[i] =
                (base + (now.bits16 ? LEVEL_DATA16 : LEVEL_DATA)) * 8 + now.cpl;
}

static void set_gate(unsigned vector, uint16_t selector, uint64_t offset,
                     unsigned type)
{
    idt[2 * vector] = (offset & 0xffff) | (uint64_t)selector << 16 |
                      (uint64_t)type << 40 | (offset >> 16 & 0xffff) << 48;
    idt[2 * vector + 1] = offset >> 32;
}

/* #DF has a stack of its own: nothing harms it; others have it by chance. */
static void fill_gates(void)
{
    static const word types[] = {14, 14, 14, 14, 15, 15, 15, 6, 5, 12};

    fill(IDT_AT, 0, PAGE);
    for (unsigned i = 0; i < VECTORS_OWN; i++) {
        set_gate(i, GDT_CODE * 8, (uint64_t)stubs + 16 * i,
                 i == 3 || i == 4 ? 0xee : 0x8e);
        if (i == 8 || one_in(2))
            idt[2 * i] |= (uint64_t)1 << 32;
    }
    for (unsigned i = VECTORS_RANDOM; i < VECTORS_END; i++) {
        unsigned type = (unsigned)rnd_of(types, 10);
        uint16_t selector = (uint16_t)((GDT_RANDOM + rnd(10)) * 8 + rnd(4));
        uint64_t offset = rnd_address();

        if (rnd(2))
            selector = (uint16_t)((GDT_LEVEL + 4 * rnd(4)) * 8);
        if (one_in(8))
            selector = rnd_selector(rnd(4));
        if (one_in(12))
            offset |= (uint64_t)1 << 47;
        set_gate(i, selector, offset,
                 type | rnd(4) << 5 | (one_in(10) ? 0u : 0x80u));
        idt[2 * i] |= (uint64_t)(one_in(3) ? rnd(4) : 0) << 32;
    }
}

static void put_field64(uint32_t at, uint64_t value)
{
    uint32_t *p = (uint32_t *)(word)at;

    p[0] = (uint32_t)value;
    p[1] = (uint32_t)(value >> 32);
}

static uint64_t rnd_stack(uint64_t good)
{
    if (one_in(12))
        return good | (uint64_t)1 << 47;
    return one_in(8) ? good + rnd(16) : good;
}

static void fill_task(void)
{
    fill(TSS_AT, 0, 2 * PAGE);
    put_field64(TSS_AT + 4, INNER_AT + PAGE - 64);
    put_field64(TSS_AT + 12, rnd_stack(INNER_AT + 0x1800));
    put_field64(TSS_AT + 20, rnd_stack(INNER_AT + 0x2800));
    put_field64(TSS_AT + 36, 0x2c000); /* IST1 */
    put_field64(TSS_AT + 44, rnd_stack(INNER_AT + 0x1400));
    put_field64(TSS_AT + 52, rnd_stack(INNER_AT + 0x2400));
    *(uint16_t *)(TSS_AT + 102) = 0x68 + 0x20;
    for (unsigned i = 0; i < 0x60; i++)
        ((uint8_t *)TSS_AT)[0x68 + i] = (uint8_t)(rnd(4) ? 0 : rnd(256));
}

static void fill_pages(void)
{
    static const word odd[] = {LDT_AT, DATA_AT, STACK_AT, INNER_AT + PAGE,
                               INNER_AT + 2 * PAGE};

    for (unsigned i = 0; i < 5; i++)
        if (one_in(6))
            pages[odd[i] / PAGE] =
                odd[i] | rnd(8) | (one_in(8) ? (uint64_t)1 << 52 : 0);
}

static void set_msrs(void)
{
    write_msr(0x174, one_in(4) ? rnd(4) : GDT_LEVEL * 8);
    write_msr(0x175, INNER_AT + PAGE - 64 + rnd(2));
    write_msr(0x176, rnd_address());
    write_msr(0xc0000080, 0x500 | (rnd(4) ? 1 : 0) | (rnd(2) ? 0x800 : 0));
    write_msr(0xc0000081, (uint64_t)(rnd(0x10000) << 16 | rnd(0x10000)) << 32);
    write_msr(0xc0000082, rnd_address());
    write_msr(0xc0000084, rnd_flags());
    write_msr(0xc0000102, rnd(0x10000));
}

void machine_tables(void)
{
    word cr0 = 0x80000011, cr4 = 0x20;

    fill_gates();
    fill_task();
    set_msrs();
    if (one_in(8))
        cr0 |= rnd(16);
    cr0 |= rnd(2) ? 0x10000 : 0;
    if (one_in(4))
        cr0 |= 0x40000;
    if (rnd(2))
        cr4 |= rnd(4) << 2;
    __asm__ volatile("lldt %w0" : : "r"(GDT_LDT * 8));
    __asm__ volatile("ltr %w0" : : "r"(GDT_TSS * 8));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
    fill_pages();
    __asm__ volatile("mov %0, %%cr3" : : "r"((uint64_t)PAGES_AT));
}
