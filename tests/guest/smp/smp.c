/*
 * smp.c - a kernel that asks what several CPUs promise each other.
 *
 * Source  Intel SDM vol. 3, "MP Initialization Protocol Algorithm", "Issuing
 *         Interprocessor Interrupts", "Memory Ordering", "Handling Self- and
 *         Cross-Modifying Code", "Propagation of Page Table Changes to
 *         Multiple Processors"; the litmus tests SB, MP and LB are those of
 *         "Examples Illustrating the Memory-Ordering Principles".
 * Prints one line a question.  Nothing in it depends on time, so that every
 * technique, quantum and timing model must give the same text.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/guest/smp/cpu.h"
#include "tests/guest/smp/litmus.h"
#include "tests/guest/smp/smp.h"
#include "workloads/kernel/layout.h"

#define WINDOW_VA 0x0000600000000000u
#define WINDOW_PA 0x1000000u /* two frames there */
#define PTE_PWA   0x63

enum { ROUNDS = 200, LOCKED = 500, ENTRIES = 512 };

extern char trampoline[], trampoline_end[], trampoline_cr3[];
extern char interrupt_stubs[], nmi_stub[], patched[];

static volatile uint32_t online, done, job_number;
static job *volatile current_job;
uint32_t cpus;
static volatile uint32_t
    ids[MOST_CPUS + 1]; /* APIC IDs in the order of arrival */
static volatile uint32_t pings, pongs, flushes, selves, nmis;
static uint64_t tables[3][ENTRIES] __attribute__((aligned(4096)));
static uint64_t idt[2 * 256] __attribute__((aligned(16)));

void pvh_start(uint64_t start_info) __attribute__((noreturn));
void ap_start(void) __attribute__((noreturn));
void on_interrupt(uint64_t vector);

/* --- the machine ----------------------------------------------------------
 */

static void load_idt(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof idt - 1, (uint64_t)idt};

    __asm__ volatile("lidt %0" : : "m"(pointer));
}

static void set_gate(unsigned vector, uint64_t at)
{
    idt[2 * vector] = (at & 0xffff) | (uint64_t)KERNEL_CS << 16 |
                      (uint64_t)0x8e << 40 | (at >> 16 & 0xffff) << 48;
    idt[2 * vector + 1] = at >> 32;
}

static void own_setup(void)
{
    load_idt();
    write_msr(MSR_APIC_BASE, read_msr(MSR_APIC_BASE) | APIC_BASE_X2);
    write_msr(MSR_X2APIC_SVR, 0x1ff);
}

void on_interrupt(uint64_t vector)
{
    if (vector == VECTOR_NMI) {
        __atomic_fetch_add(&nmis, 1, __ATOMIC_SEQ_CST);
        return;
    }
    if (vector == VECTOR_PING) {
        pings++;
        send(ids[0], ICR_FIXED | VECTOR_PONG);
    } else if (vector == VECTOR_PONG) {
        pongs++;
    } else if (vector == VECTOR_SELF) {
        selves++;
    } else if (vector == VECTOR_FLUSH) {
        __asm__ volatile("invlpg (%0)" : : "r"(WINDOW_VA) : "memory");
        __atomic_fetch_add(&flushes, 1, __ATOMIC_SEQ_CST);
    }
    write_msr(MSR_X2APIC_EOI, 0);
}

/* --- jobs -----------------------------------------------------------------
 */

/* Sleeps until there is a job that it has not done. */
static void wait_for_job(uint32_t last)
{
    __asm__ volatile("cli");
    while (job_number == last)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    __asm__ volatile("sti");
}

void ap_start(void)
{
    uint32_t last = job_number, cpu;

    own_setup();
    cpu = __atomic_add_fetch(&online, 1, __ATOMIC_SEQ_CST);
    ids[cpu] = own_id();
    for (;;) {
        wait_for_job(last);
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
    if (cpus > 1)
        send(0, ICR_OTHERS | VECTOR_WORK);
    j(0);
    wait_for(&done, cpus - 1);
}

/* --- questions ------------------------------------------------------------
 */

static volatile uint32_t lock_word;
static volatile uint64_t plain, atomic;

static void lock(void)
{
    while (__atomic_exchange_n(&lock_word, 1, __ATOMIC_ACQUIRE))
        relax();
}

static void unlock(void)
{
    __atomic_store_n(&lock_word, 0, __ATOMIC_RELEASE);
}

static void job_count(unsigned cpu)
{
    (void)cpu;
    for (int i = 0; i < LOCKED; i++) {
        lock();
        plain = plain + 1;
        unlock();
        __atomic_fetch_add(&atomic, 1, __ATOMIC_SEQ_CST);
    }
}

static volatile uint64_t last_stamp, warps;

static void job_stamp(unsigned cpu)
{
    (void)cpu;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t now;

        lock();
        now = read_tsc();
        if (now < last_stamp)
            warps = warps + 1;
        last_stamp = now;
        unlock();
    }
}

static void ask(const char *what, job *j, volatile uint32_t *answer)
{
    litmus_arrived = 0;
    run(j);
    say(what, *answer);
}

static void ask_pings(void)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        send(ids[1 + i % (cpus - 1)], ICR_FIXED | VECTOR_PING);
        __asm__ volatile("cli");
        while (pongs == i)
            __asm__ volatile("sti; hlt; cli" : : : "memory");
        __asm__ volatile("sti");
    }
    say("pings", pings);
    say("pongs", pongs);
}

/* To CPUs that are busy with interrupts on. */
static volatile uint32_t pinged;

static void job_busy(unsigned cpu)
{
    uint32_t before = pongs;

    __asm__ volatile("sti");
    while (cpu != 0 && !pinged)
        relax();
    if (cpu != 0)
        return;
    for (uint32_t i = 1; i < cpus; i++) {
        send(ids[i], ICR_FIXED | VECTOR_PING);
        wait_for(&pongs, before + i);
    }
    pinged = 1;
}

static void ask_busy(void)
{
    uint32_t before = pings;

    run(job_busy);
    say("pings of the busy missing", cpus - 1 - (pings - before));
}

/* With interrupts off; and to CPUs that sleep. */
static void job_take_nmi(unsigned cpu)
{
    if (cpu != 0) {
        __asm__ volatile("cli");
        wait_for(&nmis, cpus - 1);
        __asm__ volatile("sti");
        return;
    }
    for (uint32_t i = 1; i < cpus; i++)
        send(ids[i], ICR_NMI);
}

static void ask_nmis(void)
{
    run(job_take_nmi);
    for (uint32_t i = 1; i < cpus; i++) {
        send(ids[i], ICR_NMI);
        wait_for(&nmis, cpus - 1 + i);
    }
    say("NMIs missing", 2 * (cpus - 1) - nmis);
}

/* The window's page, and what each CPU saw there before and after. */
static volatile uint64_t *const window = (volatile uint64_t *)WINDOW_VA;
static volatile uint64_t wanted;
static volatile uint32_t stale;

static void job_look(unsigned cpu)
{
    (void)cpu;
    if (*window != wanted)
        __atomic_fetch_add(&stale, 1, __ATOMIC_SEQ_CST);
}

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
    *(uint64_t *)at_pa(WINDOW_PA) = 1;
    *(uint64_t *)at_pa(WINDOW_PA + 4096) = 2;
}

static void ask_shootdowns(void)
{
    map_window();
    for (uint32_t i = 0; i < 40; i++) {
        tables[2][0] = (WINDOW_PA + i % 2 * 4096) | PTE_PWA;
        wanted = 1 + i % 2;
        __asm__ volatile("invlpg (%0)" : : "r"(WINDOW_VA) : "memory");
        flushes = 0;
        send(0, ICR_OTHERS | VECTOR_FLUSH);
        wait_for(&flushes, cpus - 1);
        run(job_look);
    }
    say("stale translations", stale);
}

static volatile uint32_t old_code;

static void job_call(unsigned cpu)
{
    uint32_t (*call)(void) = (uint32_t(*)(void))(void *)patched;

    (void)cpu;
    if (call() != wanted)
        __atomic_fetch_add(&old_code, 1, __ATOMIC_SEQ_CST);
}

static void ask_patches(void)
{
    for (uint32_t i = 1; i <= 40; i++) {
        *(volatile uint32_t *)(patched + 1) = i;
        wanted = i;
        run(job_call);
    }
    say("old code", old_code);
}

static void start_others(uint32_t to, uint32_t shorthand)
{
    send(to, ICR_INIT | shorthand);
    send(to, ICR_STARTUP | shorthand | TRAMPOLINE_PA >> 12);
    send(to, ICR_STARTUP | shorthand | TRAMPOLINE_PA >> 12);
}

/* INIT in the middle of its sleep, and another start. */
static void ask_restart(void)
{
    uint32_t before = online;

    start_others(ids[1], 0);
    wait_for(&online, before + 1);
    say("restarted", online - before);
}

static void copy_trampoline(void)
{
    char *to = at_pa(TRAMPOLINE_PA);

    for (long i = 0; i < trampoline_end - trampoline; i++)
        to[i] = trampoline[i];
    *(uint32_t *)(void *)(to + (trampoline_cr3 - trampoline)) =
        (uint32_t)read_cr3();
}

static uint32_t cpus_of_package(void)
{
    uint32_t a = 1, b, c = 0, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d >> 28 & 1 ? b >> 16 & 0xff : 1;
}

static void ask_pairs(void)
{
    ask("MP forbidden", job_mp, &forbidden_mp);
    ask("LB forbidden", job_lb, &forbidden_lb);
    ask("SB with fences forbidden", job_sb, &forbidden_sb);
    ask_pings();
    ask_busy();
    ask_nmis();
    ask_shootdowns();
    ask_patches();
    ask_restart();
}

void pvh_start(uint64_t start_info)
{
    (void)start_info;
    for (unsigned v = 0; v < VECTORS; v++)
        set_gate(FIRST_VECTOR + v,
                 (uint64_t)interrupt_stubs + v * INTERRUPT_STUB_BYTES);
    set_gate(VECTOR_NMI, (uint64_t)nmi_stub);
    own_setup();
    ids[0] = own_id();
    cpus = cpus_of_package();
    copy_trampoline();
    start_others(0, ICR_OTHERS);
    wait_for(&online, cpus - 1);
    say("cpus", online + 1);
    run(job_count);
    say("locked", plain);
    say("atomic", atomic);
    run(job_stamp);
    say("stamps that went back", warps);
    __asm__ volatile("sti");
    send(0, ICR_SELF | ICR_FIXED | VECTOR_SELF);
    wait_for(&selves, 1);
    say("self", selves);
    if (cpus > 1)
        ask_pairs();
    out(EXIT_PORT, 0);
    for (;;)
        __asm__ volatile("cli; hlt");
}
