/*
 * kvm.c - a kernel that uses what KVM offers to guests that know it.
 *
 * Interface  Linux, Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst.
 * It contends for a ticket lock, in which each waits for the one before it, and
 * changes a page that all have translated.  By CPUID: who waits for the lock
 * halts after a while, and is kicked (Linux's paravirtual spinlocks); a CPU
 * that is not running gets a note instead of an interrupt.
 * Prints one line a figure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/guest/smp/cpu.h"
#include "tests/guest/smp/smp.h"
#include "workloads/kernel/layout.h"

#define WINDOW_VA 0x0000600000000000u
#define WINDOW_PA 0x1000000u /* two frames there */
#define PTE_PWA   0x63

#define STEAL_TIME_MSR 0x4b564d03
#define KICK_CPU       5

enum {
    ENTRIES = 512,
    ROUNDS = 150, /* of the lock, each CPU */
    SHOOTDOWNS = 40,
    SPINS = 256, /* before it halts */
    INSIDE = 200,
    OUTSIDE = 200,
    STEAL_TIME = 1 << 5,
    PV_UNHALT = 1 << 7,
    PV_TLB_FLUSH = 1 << 9,
    PREEMPTED = 1,
    FLUSH_TLB = 2,
};

/* struct kvm_steal_time. */
struct steal {
    uint64_t steal_ns;
    uint32_t version, flags;
    uint8_t preempted;
    uint8_t reserved[47];
} __attribute__((aligned(64)));

extern char trampoline[], trampoline_end[], trampoline_cr3[];
extern char interrupt_stubs[];

static volatile uint32_t online, done, job_number, flushes;
static job *volatile current_job;
static uint32_t cpus, features;
static volatile uint32_t ids[MOST_CPUS];
static volatile struct steal steal[MOST_CPUS];
static uint64_t tables[3][ENTRIES] __attribute__((aligned(4096)));
static uint64_t idt[2 * 256] __attribute__((aligned(16)));

void pvh_start(uint64_t start_info) __attribute__((noreturn));
void ap_start(void) __attribute__((noreturn));
void on_interrupt(uint64_t vector);

/* --- the machine ---------------------------------------------------------- */

static void cpuid(uint32_t leaf, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(0));
}

static uint32_t kvm_features(void)
{
    uint32_t leaf[4];

    cpuid(0x40000000, leaf);
    if (leaf[1] != 0x4b4d564b || leaf[2] != 0x564b4d56 || leaf[3] != 0x4d)
        return 0;
    cpuid(0x40000001, leaf);
    return leaf[0];
}

static void set_gate(unsigned vector, uint64_t at)
{
    idt[2 * vector] = (at & 0xffff) | (uint64_t)KERNEL_CS << 16 |
                      (uint64_t)0x8e << 40 | (at >> 16 & 0xffff) << 48;
    idt[2 * vector + 1] = at >> 32;
}

static void own_setup(uint32_t cpu)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof idt - 1, (uint64_t)idt};

    __asm__ volatile("lidt %0" : : "m"(pointer));
    write_msr(MSR_APIC_BASE, read_msr(MSR_APIC_BASE) | APIC_BASE_X2);
    write_msr(MSR_X2APIC_SVR, 0x1ff);
    ids[cpu] = own_id();
    if (features & STEAL_TIME)
        write_msr(STEAL_TIME_MSR, ((uint64_t)&steal[cpu] - KERNEL_BASE) | 1);
}

void on_interrupt(uint64_t vector)
{
    if (vector == VECTOR_FLUSH) {
        __asm__ volatile("invlpg (%0)" : : "r"(WINDOW_VA) : "memory");
        __atomic_fetch_add(&flushes, 1, __ATOMIC_SEQ_CST);
    }
    write_msr(MSR_X2APIC_EOI, 0);
}

void ap_start(void)
{
    uint32_t last = job_number, cpu;

    cpu = __atomic_add_fetch(&online, 1, __ATOMIC_SEQ_CST);
    own_setup(cpu);
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        __asm__ volatile("cli");
        while (job_number == last)
            __asm__ volatile("sti; hlt; cli" : : : "memory");
        __asm__ volatile("sti");
        last = job_number;
        current_job(cpu);
        __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
    }
}

/* On all CPUs at once; back when all are done. */
static void run(job *j)
{
    current_job = j;
    done = 0;
    __atomic_add_fetch(&job_number, 1, __ATOMIC_SEQ_CST);
    send(0, ICR_OTHERS | VECTOR_WORK);
    j(0);
    wait_for(&done, cpus - 1);
}

static void work(unsigned turns)
{
    for (volatile unsigned i = 0; i < turns; i = i + 1)
        ;
}

/* --- the lock ------------------------------------------------------------- */

static uint32_t ticket, serving;
static uint32_t halted[MOST_CPUS]; /* waits for this ticket, + 1; 0: does not */
static uint64_t locked, halts, kicks;

static void kick(unsigned cpu)
{
    uint64_t result = KICK_CPU;

    __asm__ volatile("vmcall"
                     : "+a"(result)
                     : "b"((uint64_t)0), "c"((uint64_t)ids[cpu])
                     : "memory");
    kicks += result == 0;
}

static bool spin(uint32_t mine)
{
    for (unsigned i = 0; i < SPINS || !(features & PV_UNHALT); i++) {
        if (__atomic_load_n(&serving, __ATOMIC_ACQUIRE) == mine)
            return true;
        relax();
    }
    return false;
}

/* As Linux does it: the kick comes though interrupts are off. */
static void take(unsigned cpu)
{
    uint32_t mine = __atomic_fetch_add(&ticket, 1, __ATOMIC_SEQ_CST);

    while (!spin(mine)) {
        __atomic_store_n(&halted[cpu], mine + 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&serving, __ATOMIC_SEQ_CST) != mine) {
            __atomic_fetch_add(&halts, 1, __ATOMIC_RELAXED);
            __asm__ volatile("cli; hlt; sti" : : : "memory");
        }
        __atomic_store_n(&halted[cpu], 0, __ATOMIC_SEQ_CST);
    }
}

static void drop(void)
{
    uint32_t next = serving + 1;

    __atomic_store_n(&serving, next, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; (features & PV_UNHALT) && i < cpus; i++)
        if (__atomic_load_n(&halted[i], __ATOMIC_SEQ_CST) == next + 1)
            kick(i);
}

static void job_lock(unsigned cpu)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        take(cpu);
        locked++;
        work(INSIDE);
        drop();
        work(OUTSIDE);
    }
}

/* --- the page ------------------------------------------------------------- */

static volatile uint64_t *const window = (volatile uint64_t *)WINDOW_VA;
static volatile uint64_t wanted;
static volatile uint32_t changes; /* odd: it is being changed */
static volatile uint32_t stale, over;
static uint32_t notes;

static void *at_pa(uint64_t pa)
{
    return (void *)(DIRECT_MAP_BASE + pa);
}

static uint64_t pa_of(const void *at)
{
    return (uint64_t)at - KERNEL_BASE;
}

static void map_window(void)
{
    uint64_t *root = at_pa(read_cr3() & ~(uint64_t)0xfff);

    root[WINDOW_VA >> 39 & 511] = pa_of(tables[0]) | PTE_PWA;
    tables[0][WINDOW_VA >> 30 & 511] = pa_of(tables[1]) | PTE_PWA;
    tables[1][WINDOW_VA >> 21 & 511] = pa_of(tables[2]) | PTE_PWA;
    tables[2][0] = WINDOW_PA | PTE_PWA;
    *(uint64_t *)at_pa(WINDOW_PA) = 1;
    *(uint64_t *)at_pa(WINDOW_PA + 4096) = 2;
    wanted = 1;
}

/* True if the CPU is off, and will flush before it goes on. */
static bool leave_note(unsigned cpu)
{
    uint8_t off = PREEMPTED;

    return (features & PV_TLB_FLUSH) != 0 &&
           __atomic_compare_exchange_n(&steal[cpu].preempted, &off,
                                       PREEMPTED | FLUSH_TLB, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void shoot_down(uint32_t round)
{
    uint32_t others = 0;

    changes = changes + 1;
    tables[2][0] = (WINDOW_PA + round % 2 * 4096) | PTE_PWA;
    __asm__ volatile("invlpg (%0)" : : "r"(WINDOW_VA) : "memory");
    flushes = 0;
    for (unsigned i = 1; i < cpus; i++) {
        if (leave_note(i)) {
            notes++;
            continue;
        }
        send(ids[i], ICR_FIXED | VECTOR_FLUSH);
        others++;
    }
    wait_for(&flushes, others);
    wanted = 1 + round % 2;
    changes = changes + 1;
}

/* Unless it is being changed the page is what it was changed to last. */
static void look(void)
{
    uint32_t before = changes;
    uint64_t seen = *window, right = wanted;

    if (before % 2 == 0 && changes == before && seen != right)
        __atomic_fetch_add(&stale, 1, __ATOMIC_SEQ_CST);
}

static void job_page(unsigned cpu)
{
    if (cpu == 0) {
        for (uint32_t i = 1; i <= SHOOTDOWNS; i++) {
            shoot_down(i);
            work(OUTSIDE);
        }
        over = 1;
        return;
    }
    while (!over) {
        look();
        work(10);
    }
    look();
}

/* --- begin ---------------------------------------------------------------- */

static void start_others(void)
{
    char *to = at_pa(TRAMPOLINE_PA);

    for (long i = 0; i < trampoline_end - trampoline; i++)
        to[i] = trampoline[i];
    *(uint32_t *)(void *)(to + (trampoline_cr3 - trampoline)) =
        (uint32_t)read_cr3();
    send(0, ICR_OTHERS | ICR_INIT);
    send(0, ICR_OTHERS | ICR_STARTUP | TRAMPOLINE_PA >> 12);
    send(0, ICR_OTHERS | ICR_STARTUP | TRAMPOLINE_PA >> 12);
    wait_for(&done, cpus - 1);
}

static uint64_t steal_us(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < cpus; i++)
        sum += steal[i].steal_ns;
    return sum / 1000;
}

void pvh_start(uint64_t start_info)
{
    uint32_t leaf[4];
    uint64_t begin;

    (void)start_info;
    for (unsigned v = 0; v < VECTORS; v++)
        set_gate(FIRST_VECTOR + v,
                 (uint64_t)interrupt_stubs + v * INTERRUPT_STUB_BYTES);
    features = kvm_features();
    own_setup(0);
    cpuid(1, leaf);
    cpus = leaf[1] >> 16 & 0xff;
    start_others();
    map_window();
    __asm__ volatile("sti");
    say("features", features);
    begin = read_tsc();
    run(job_lock);
    say("lock_cycles", read_tsc() - begin);
    say("locked", locked);
    say("halts", halts);
    say("kicks", kicks);
    begin = read_tsc();
    run(job_page);
    say("page_cycles", read_tsc() - begin);
    say("stale", stale);
    say("notes", notes);
    say("steal_us", steal_us());

    out(EXIT_PORT, 0);
    for (;;)
        __asm__ volatile("cli; hlt");
}
