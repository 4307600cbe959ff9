/*
 * machine32.c - protected mode: the levels, V86, tasks, paging in two levels.
 */
#include "tests/guest/system/system.h"

enum { PAGE_P = 1, PAGE_W = 2, PAGE_U = 4 };

struct tss {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, gpr[8],
        segment[6], ldt, trap_map;
};

static uint64_t *const gdt = (uint64_t *)GDT_AT;
static uint64_t *const idt = (uint64_t *)IDT_AT;
static uint32_t *const directory = (uint32_t *)PAGES_AT;
static uint32_t *const pages = (uint32_t *)(PAGES_AT + PAGE);
static struct {
    uint32_t cr0, cr2, cr3, cr4, tr, ldt, dr6, dr7, gdt_limit, gdt_base,
        idt_limit, idt_base;
} left; /* by the case */

bool machine_long(void)
{
    return false;
}

void machine_start(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    fill(0x3000, 0xcc, 0x1b000);
    fill(CODE_AT, 0xcc, PAGES_AT - CODE_AT);
    fill(PAGES_AT, 0, 2 * PAGE);
    directory[0] = (PAGES_AT + PAGE) | PAGE_P | PAGE_W | PAGE_U;
}

static void load_table(const char *what, uint32_t base, uint32_t limit)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) t = {(uint16_t)limit, base};

    if (*what == 'g')
        __asm__ volatile("lgdt %0" : : "m"(t));
    else
        __asm__ volatile("lidt %0" : : "m"(t));
}

void machine_keep(void)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) t;

    __asm__ volatile("sgdt %0" : "=m"(t));
    left.gdt_limit = t.limit;
    left.gdt_base = t.base;
    __asm__ volatile("sidt %0" : "=m"(t));
    left.idt_limit = t.limit;
    left.idt_base = t.base;
    __asm__ volatile("mov %%cr0, %0" : "=r"(left.cr0));
    __asm__ volatile("mov %%cr2, %0" : "=r"(left.cr2));
    __asm__ volatile("mov %%cr3, %0" : "=r"(left.cr3));
    __asm__ volatile("mov %%cr4, %0" : "=r"(left.cr4));
    __asm__ volatile("mov %%db6, %0" : "=r"(left.dr6));
    __asm__ volatile("mov %%db7, %0" : "=r"(left.dr7));
    __asm__ volatile("str %0" : "=r"(left.tr));
    __asm__ volatile("sldt %0" : "=r"(left.ldt));
    __asm__ volatile("mov %0, %%cr0" : : "r"(0x11));
}

void machine_report(void)
{
    put_field("cr0", left.cr0);
    put_field("cr2", left.cr2);
    put_field("cr3", left.cr3);
    put_field("cr4", left.cr4);
    put_field("dr6", left.dr6);
    put_field("dr7", left.dr7);
    put_field("tr", left.tr & 0xffff);
    put_field("ldt", left.ldt & 0xffff);
    put_field("gl", left.gdt_limit);
    put_field("gb", left.gdt_base);
    put_field("il", left.idt_limit);
    put_field("ib", left.idt_base);
}

static void write_msr(uint32_t msr, uint32_t low)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(low), "d"(0));
}

void machine_reset(void)
{
    static const uint32_t msrs[] = {
        0x174,      0x175,      0x176,      0xc0000080, 0xc0000081,
        0xc0000082, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
        0xc0000103, 0x200,      0x201,      0x2ff,      0x250};

    __asm__ volatile("mov %0, %%cr0" : : "r"(0x11));
    __asm__ volatile("mov %0, %%cr4" : : "r"(0));
    __asm__ volatile("mov %0, %%cr3" : : "r"(PAGES_AT));
    __asm__ volatile("mov %0, %%cr2" : : "r"(0));
    __asm__ volatile("mov %0, %%db0\n\tmov %0, %%db1\n\tmov %0, %%db2\n\t"
                     "mov %0, %%db3"
                     :
                     : "r"(0));
    __asm__ volatile("mov %0, %%db7" : : "r"(0x400));
    __asm__ volatile("mov %0, %%db6" : : "r"(0xffff0ff0));
    fill(GDT_AT, 0, PAGE);
    gdt[GDT_CODE] = descriptor(0, 0xfffff, 0x9b, 0xc);
    gdt[GDT_DATA] = descriptor(0, 0xfffff, 0x93, 0xc);
    load_table("gdt", GDT_AT, GDT_ENTRIES * 8 - 1);
    load_table("idt", IDT_AT, VECTORS_END * 8 - 1);
    for (unsigned i = 0; i < sizeof msrs / sizeof *msrs; i++)
        write_msr(msrs[i], 0);
    write_msr(0x277, 0x00070406);
}

static void choose_v86(void)
{
    now.v86 = true;
    now.bits16 = true;
    now.cpl = 3;
    before.flags |= 0x20000;
    before.flags &= ~(word)0x10000;
    for (unsigned i = 0; i < SEGMENTS; i++)
        before.segment[i] = OTHER_BASE >> 4;
}

void machine_choose(void)
{
    unsigned base;

    now.cpl = one_in(6) ? 1 + rnd(2) : rnd(2) ? 3 : 0;
    now.v86 = false;
    now.bits16 = one_in(4);
    before.flags = rnd_flags();
    base = GDT_LEVEL + 4 * now.cpl;
    before.segment[CS] =
        (base + (now.bits16 ? LEVEL_CODE16 : LEVEL_CODE)) * 8 + now.cpl;
    for (unsigned i = 0; i < SEGMENTS; i++)
        if (i != CS)
            before.segment[i] =
                (base + (now.bits16 ? LEVEL_DATA16 : LEVEL_DATA)) * 8 + now.cpl;
    if (one_in(8))
        choose_v86();
}

static void set_gate(unsigned vector, uint16_t selector, uint32_t offset,
                     unsigned type)
{
    idt[vector] = (offset & 0xffff) | (uint64_t)selector << 16 |
                  (uint64_t)type << 40 | (uint64_t)(offset >> 16) << 48;
}

static void fill_gates(void)
{
    static const word types[] = {14, 14, 14, 15, 15, 6, 7, 5, 12, 4};

    fill(IDT_AT, 0, PAGE);
    for (unsigned i = 0; i < VECTORS_OWN; i++)
        set_gate(i, GDT_CODE * 8, (uint32_t)(word)stubs + 16 * i,
                 i == 3 || i == 4 ? 0xee : 0x8e);
    set_gate(8, GDT_DF * 8, 0, 0x85);
    for (unsigned i = VECTORS_RANDOM; i < VECTORS_END; i++) {
        unsigned type = (unsigned)rnd_of(types, 10);
        uint16_t selector = (uint16_t)((GDT_RANDOM + rnd(10)) * 8 + rnd(4));

        if (one_in(3))
            selector = (uint16_t)((GDT_LEVEL + 4 * rnd(4) + rnd(2)) * 8);
        if (one_in(8))
            selector = rnd_selector(rnd(4));
        if (type == 5)
            selector = (uint16_t)((GDT_RANDOM + 26 + 2 * rnd(3)) * 8 + rnd(4));
        set_gate(i, selector, (uint32_t)rnd_address(),
                 type | rnd(4) << 5 | (one_in(10) ? 0u : 0x80u));
    }
}

/* Level 0's stack is always good; the others as chance will have it. */
static void set_stacks(struct tss *t)
{
    t->esp0 = INNER_AT + PAGE - 16;
    t->ss0 = GDT_DATA * 8;
    t->esp1 = rnd(2) ? INNER_AT + 0x1800 : 0x3800 + rnd(16);
    t->esp2 = rnd(2) ? INNER_AT + 0x2800 : 0x4800 + rnd(16);
    t->ss1 = (GDT_LEVEL + 4 + 2 + rnd(2)) * 8 + 1;
    t->ss2 = (GDT_LEVEL + 8 + 2 + rnd(2)) * 8 + 2;
    if (one_in(4))
        t->ss1 = rnd_selector(1);
    if (one_in(4))
        t->ss2 = rnd_selector(2);
}

/* A task to switch to; a 16-bit TSS finds other fields in it. */
static void fill_task(unsigned which)
{
    struct tss *t = (struct tss *)(word)(TSS_B_AT + 256 * which);
    uint16_t *narrow = (uint16_t *)t;
    unsigned cpl = rnd(2) ? 0 : rnd(4), base = GDT_LEVEL + 4 * cpl;
    bool wide = which != 2, v86 = wide && one_in(12);

    fill((uint32_t)(word)t, 0, 256);
    if (wide)
        set_stacks(t);
    for (unsigned i = 0; i < (wide ? 16u : 14u); i++) {
        uint32_t value = i < 2 ? 0 : rnd_selector(cpl);

        if (i == 0)
            value = wide ? (uint32_t)rnd_address() : rnd(PAGE);
        if (i == 1)
            value = (uint32_t)rnd_flags() | (v86 ? 0x20000 : 0);
        if (i == 6)
            value = STACK_START + (wide ? OTHER_BASE : 0);
        if (i == 11 && v86)
            value = rnd_paragraph();
        else if (i == 11 && rnd(4))
            value = (base + (wide ? 0 : 1)) * 8 + cpl;
        if (i == 12 && rnd(4))
            value = (base + (wide ? 2 : 3)) * 8 + cpl;
        if ((i == 10 || i > 12) && rnd(3))
            value = (base + 2) * 8 + cpl;
        if (wide)
            (&t->eip)[i] = value;
        else
            narrow[7 + i] = (uint16_t)value;
    }
    t->cr3 = wide ? PAGES_AT : t->cr3;
    if (wide)
        t->ldt = one_in(4) ? rnd_selector(0) : GDT_LDT * 8;
    if (wide && one_in(8))
        t->trap_map = 1;
    if (!wide)
        narrow[21] = one_in(4) ? rnd_selector(0) : GDT_LDT * 8;
}

static void fill_tasks(void)
{
    struct tss *own = (struct tss *)TSS_AT;
    struct tss *df = (struct tss *)(TSS_B_AT + 0x300);

    fill(TSS_AT, 0, 2 * PAGE);
    set_stacks(own);
    own->cr3 = PAGES_AT;
    own->link = (GDT_RANDOM + 26 + 2 * rnd(3)) * 8;
    own->trap_map = (0x68 + 0x20) << 16;
    for (unsigned i = 0; i < 0x60; i++) /* interrupt and I/O maps */
        ((uint8_t *)(own + 1))[i] = (uint8_t)(rnd(4) ? 0 : rnd(256));
    for (unsigned i = 0; i < 3; i++)
        fill_task(i);
    *df = (struct tss){
        .cr3 = PAGES_AT, .eip = (uint32_t)(word)double_fault, .eflags = 2};
    for (unsigned i = 0; i < 6; i++)
        df->segment[i] = i == 1 ? GDT_CODE * 8 : GDT_DATA * 8;
    df->gpr[4] = 0x30000;
    gdt[GDT_DF] = descriptor(TSS_B_AT + 0x300, 0x67, 0x89, 0);
}

/* The pages of the tables and of level 0's stack are always good. */
static void fill_pages(void)
{
    static const word odd[] = {LDT_AT, DATA_AT, STACK_AT, INNER_AT + PAGE,
                               INNER_AT + 2 * PAGE};

    for (uint32_t i = 0; i < 1024; i++)
        pages[i] = i * PAGE | PAGE_P | PAGE_W | PAGE_U;
    for (unsigned i = 0; i < 5; i++)
        if (one_in(6))
            pages[odd[i] / PAGE] = (uint32_t)odd[i] | rnd(8);
}

void machine_tables(void)
{
    word cr0 = 0x11, cr4 = 0;

    fill_gates();
    fill_tasks();
    fill_pages();
    if (one_in(8))
        cr0 |= rnd(16);
    if (rnd(2))
        cr0 |= (word)1 << 31 | (rnd(2) ? 0x10000 : 0);
    if (one_in(4))
        cr0 |= 0x40000;
    if (rnd(2))
        cr4 = rnd(4) << 2;
    write_msr(0x174, one_in(4) ? rnd(4) : GDT_LEVEL * 8);
    write_msr(0x175, INNER_AT + PAGE - 64);
    write_msr(0x176, (uint32_t)rnd_address());
    __asm__ volatile("lldt %w0" : : "r"(GDT_LDT * 8));
    __asm__ volatile("ltr %w0" : : "r"(GDT_TSS * 8));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
}
