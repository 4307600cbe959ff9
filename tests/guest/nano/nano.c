/*
 * nano.c - a kernel that does nothing but measure single events.
 *
 * Source  after the nanobenchmarks of Adams and Agesen (ASPLOS 2006), who
 *         wrote a small system of their own for them, and the vmexit test of
 *         kvm-unit-tests.
 * Model   each event happens many times between two RDTSC; the difference
 *         between two numbers of times is printed, so that what happens once
 *         (warm-up, the reading of the clock) falls out.  One line an event:
 *         its name and cycles in tenths, as "cpuid 1234.5".
 */
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"
#include "workloads/kernel/xen_hypercall.h"

#define EXIT_PORT   0xf4
#define OUTPUT_PORT 0xe9
#define MSR_EFER    0xc0000080
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_FMASK   0xc0000084

#define PTE_PWUAD 0x67 /* present, writable, user, accessed, dirty */
#define ABSENT_VA 0x0000500000000000u
#define WINDOW_VA 0x0000600000000000u
#define FRESH_PA  0x10000000u

enum { FEW = 500, MANY = 1500, ENTRIES = 512 };
enum { TABLES = 8, FEW_PAGES = 100, MANY_PAGES = 400 };

typedef void loop(uint64_t n, uint64_t argument, uint64_t table);

extern loop loop_empty, loop_call, loop_cpuid, loop_rdtsc, loop_in, loop_cr3,
    loop_invlpg, loop_vmcall, loop_divzero, loop_pgfault, loop_ptemod,
    loop_remap, loop_touch, loop_syscall;
extern char syscall_entry[], trap_divzero[], trap_invalid[], trap_pgfault[];
extern char xen_trap_divzero[], xen_trap_pgfault[];

void pvh_start(uint64_t start_info) __attribute__((noreturn));
void xen_start(const struct start_info *si) __attribute__((noreturn));

/* --- output -------------------------------------------------------------- */

static void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void put_text(const char *text)
{
    while (*text)
        out(OUTPUT_PORT, (uint8_t)*text++);
}

static void put_number(uint64_t n)
{
    if (n >= 10)
        put_number(n / 10);
    out(OUTPUT_PORT, (uint8_t)('0' + n % 10));
}

static void finish(void) __attribute__((noreturn));

static void finish(void)
{
    out(EXIT_PORT, 0);
    for (;;)
        __asm__ volatile("" ::: "memory");
}

/* --- measuring ----------------------------------------------------------- */

static uint64_t now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t cycles_of(loop *run, uint64_t n, uint64_t argument,
                          uint64_t table)
{
    uint64_t start = now();

    run(n, argument, table);
    return now() - start;
}

static void print(const char *name, uint64_t cycles, uint64_t times)
{
    uint64_t tenths = (cycles * 10 + times / 2) / times;

    put_text(name);
    out(OUTPUT_PORT, ' ');
    put_number(tenths / 10);
    out(OUTPUT_PORT, '.');
    put_number(tenths % 10);
    out(OUTPUT_PORT, '\n');
}

/* The slope between two numbers of times, less that of a loop of nothing. */
static void measure(const char *name, loop *run, uint64_t argument)
{
    uint64_t few, many, empty;

    run(FEW, argument, 0);
    few = cycles_of(run, FEW, argument, 0);
    many = cycles_of(run, MANY, argument, 0);
    empty =
        cycles_of(loop_empty, MANY, 0, 0) - cycles_of(loop_empty, FEW, 0, 0);
    many -= few;
    print(name, many > empty ? many - empty : 0, MANY - FEW);
}

/* --- on a bare or virtualized machine ------------------------------------ */

struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, zero;
};

static struct gate idt[32];
static uint64_t window_l1[TABLES][ENTRIES] __attribute__((aligned(4096)));
static uint64_t window_l2[ENTRIES] __attribute__((aligned(4096)));
static uint64_t window_l3[ENTRIES] __attribute__((aligned(4096)));

static void set_gate(unsigned vector, const char *handler)
{
    uint64_t at = (uint64_t)handler;

    idt[vector] = (struct gate){.offset_low = (uint16_t)at,
                                .selector = KERNEL_CS,
                                .type = 0x8e,
                                .offset_middle = (uint16_t)(at >> 16),
                                .offset_high = (uint32_t)(at >> 32)};
}

static void load_idt(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof idt - 1, (uint64_t)idt};

    set_gate(0, trap_divzero);
    set_gate(6, trap_invalid);
    set_gate(14, trap_pgfault);
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

static void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32)));
}

static uint64_t *root(void)
{
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    return (uint64_t *)(DIRECT_MAP_BASE + (cr3 & ~(uint64_t)0xfff));
}

static uint64_t *table_below(uint64_t entry)
{
    return (uint64_t *)(DIRECT_MAP_BASE + (entry & 0x000ffffffffff000u));
}

static uint64_t pa_of(const void *image)
{
    return (uint64_t)image - KERNEL_BASE;
}

/* The boot tables map one GiB three times; programs may use the image too. */
static void open_to_user(void)
{
    uint64_t *l4 = root(), *l3 = table_below(l4[511]), *l2;

    l4[511] |= 4;
    l3[510] |= 4;
    l2 = table_below(l3[510]);
    for (unsigned i = 0; i < ENTRIES; i++)
        l2[i] |= 4;
}

/* Tables of our own, to change: all their entries map one page. */
static void map_window(void)
{
    static char page[PAGE_BYTES] __attribute__((aligned(4096)));

    root()[WINDOW_VA >> 39 & 511] = pa_of(window_l3) | PTE_PWUAD;
    window_l3[0] = pa_of(window_l2) | PTE_PWUAD;
    for (unsigned t = 0; t < TABLES; t++) {
        window_l2[t] = pa_of(window_l1[t]) | PTE_PWUAD;
        for (unsigned i = 0; i < ENTRIES; i++)
            window_l1[t][i] = pa_of(page) | PTE_PWUAD;
    }
    __asm__ volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" ::: "rax", "memory");
}

static uint64_t cycles_in_table(loop *run, unsigned table, uint64_t n)
{
    uint64_t at = WINDOW_VA + ((uint64_t)table << 21);

    *(volatile char *)(at + 510 * PAGE_BYTES); /* a table in use */
    return cycles_of(run, n, at, (uint64_t)window_l1[table]);
}

/* The same with and without the store: what differs is the store. */
static void measure_ptemod(void)
{
    uint64_t few = cycles_in_table(loop_ptemod, 0, FEW_PAGES);
    uint64_t many = cycles_in_table(loop_ptemod, 1, MANY_PAGES);
    uint64_t few_touches = cycles_in_table(loop_touch, 2, FEW_PAGES);
    uint64_t many_touches = cycles_in_table(loop_touch, 3, MANY_PAGES);
    uint64_t both = many - few, touches = many_touches - few_touches;

    print("ptemod", both > touches ? both - touches : 0,
          MANY_PAGES - FEW_PAGES);
    few = cycles_in_table(loop_remap, 4, FEW_PAGES);
    many = cycles_in_table(loop_remap, 5, MANY_PAGES);
    print("remap", many - few, MANY_PAGES - FEW_PAGES);
}

/* Pages that nobody touched yet, by a map of large pages that is in use. */
static void measure_touch(void)
{
    uint64_t at = DIRECT_MAP_BASE + FRESH_PA;
    uint64_t few = cycles_of(loop_touch, FEW, at, 0);
    uint64_t many =
        cycles_of(loop_touch, MANY, at + (uint64_t)FEW * PAGE_BYTES, 0);

    print("touch", many - few, MANY - FEW);
}

void pvh_start(uint64_t start_info)
{
    (void)start_info;
    load_idt();
    open_to_user();
    write_msr(MSR_STAR,
              (uint64_t)(USER_SS - 8) << 48 | (uint64_t)KERNEL_CS << 32);
    write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    write_msr(MSR_FMASK, 0x200);
    map_window();
    measure("callret", loop_call, 0);
    measure("syscall", loop_syscall, 0);
    measure("rdtsc", loop_rdtsc, 0);
    measure("cpuid", loop_cpuid, 0);
    measure("in", loop_in, 0);
    measure("divzero", loop_divzero, 0);
    measure("pgfault", loop_pgfault, ABSENT_VA);
    measure("invlpg", loop_invlpg, ABSENT_VA);
    measure("cr3", loop_cr3, 0);
    measure_ptemod();
    measure("vmcall", loop_vmcall, 0);
    measure_touch();
    finish();
}

/* --- under Xen ----------------------------------------------------------- */

static uint64_t xen_root; /* machine frame */
static uint64_t xen_entry_address, xen_entry_value;

static void loop_hypercall(uint64_t n, uint64_t argument, uint64_t table)
{
    (void)argument;
    (void)table;
    while (n--)
        xen_call2(__HYPERVISOR_xen_version, 0, 0);
}

static void loop_xen_ptemod(uint64_t n, uint64_t argument, uint64_t table)
{
    struct mmu_update u = {xen_entry_address | MMU_NORMAL_PT_UPDATE, argument};

    (void)table;
    while (n--) {
        u.val ^= 0x200;
        xen_call4(__HYPERVISOR_mmu_update, (uint64_t)&u, 1, 0, DOMID_SELF);
    }
}

static void loop_xen_op(uint64_t n, uint64_t argument, uint64_t table)
{
    struct mmuext_op op = {.cmd = (unsigned)argument};

    (void)table;
    if (argument == MMUEXT_NEW_BASEPTR)
        op.arg1.mfn = xen_root;
    else
        op.arg1.linear_addr = ABSENT_VA;
    while (n--)
        xen_call4(__HYPERVISOR_mmuext_op, (uint64_t)&op, 1, 0, DOMID_SELF);
}

/* The entry that maps our stack page, which start info knows how to find. */
static void find_entry(const struct start_info *si, uint64_t va)
{
    const uint64_t *p2m = (const uint64_t *)si->mfn_list;
    const uint64_t *table = (const uint64_t *)si->pt_base;
    uint64_t frame = p2m[(si->pt_base - KERNEL_BASE) >> PAGE_BITS];

    xen_root = frame;
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        frame = (table[va >> shift & 511] & 0x000ffffffffff000u) >> PAGE_BITS;
        table = (const uint64_t *)(KERNEL_BASE + (machine_to_phys_mapping[frame]
                                                  << PAGE_BITS));
    }
    xen_entry_address = (frame << PAGE_BITS) + (va >> 12 & 511) * 8;
    xen_entry_value = table[va >> 12 & 511];
}

void xen_start(const struct start_info *si)
{
    static struct trap_info traps[3];
    static struct physdev_set_iopl iopl = {.iopl = 1};
    static char spare[PAGE_BYTES] __attribute__((aligned(4096)));

    traps[0] = (struct trap_info){0, 0, 0xe033, (uint64_t)xen_trap_divzero};
    traps[1] = (struct trap_info){14, 0, 0xe033, (uint64_t)xen_trap_pgfault};
    xen_call2p(__HYPERVISOR_set_trap_table, (uint64_t)traps, 0);
    xen_call2p(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl);
    find_entry(si, (uint64_t)spare);
    measure("callret", loop_call, 0);
    measure("rdtsc", loop_rdtsc, 0);
    measure("cpuid", loop_cpuid, 0);
    measure("in", loop_in, 0);
    measure("divzero", loop_divzero, 0);
    measure("pgfault", loop_pgfault, ABSENT_VA);
    measure("invlpg", loop_xen_op, MMUEXT_INVLPG_LOCAL);
    measure("cr3", loop_xen_op, MMUEXT_NEW_BASEPTR);
    measure("ptemod", loop_xen_ptemod, xen_entry_value);
    measure("hypercall", loop_hypercall, 0);
    finish();
}
