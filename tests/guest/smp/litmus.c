/*
 * litmus.c - what two CPUs may see of each other's stores.
 *
 * Source  Intel SDM vol. 3, "Examples Illustrating the Memory-Ordering
 *         Principles".
 */
#include "tests/guest/smp/litmus.h"

#include "tests/guest/smp/cpu.h"

enum { LITMUS = 300 };

/* All CPUs meet here; each counts its own rounds. */
volatile uint32_t litmus_arrived;

static void meet(uint32_t *round)
{
    ++*round;
    __atomic_fetch_add(&litmus_arrived, 1, __ATOMIC_SEQ_CST);
    while (litmus_arrived < *round * cpus)
        relax();
}

static volatile uint32_t x, y, r[2];
volatile uint32_t forbidden_mp, forbidden_lb, forbidden_sb;

/* One litmus test: even CPU first, odd CPU second; others only meet. */
static void litmus(unsigned cpu, void (*first)(void), void (*second)(void),
                   volatile uint32_t *forbidden)
{
    uint32_t round = 0;

    for (int i = 0; i < LITMUS; i++) {
        if (cpu == 0)
            x = y = r[0] = r[1] = 0;
        meet(&round);
        for (int delay = (int)(cpu ? i % 7 : i % 5); delay > 0; delay--)
            relax();
        if (cpu == 0)
            first();
        else if (cpu == 1)
            second();
        meet(&round);
        if (cpu == 0 && forbidden && r[0] == 1 &&
            r[1] == (forbidden == &forbidden_lb))
            ++*forbidden;
        meet(&round);
    }
}

static void mp_write(void)
{
    x = 1;
    y = 1;
}

static void mp_read(void)
{
    r[0] = y;
    r[1] = x;
}

static void lb_first(void)
{
    r[0] = x;
    y = 1;
}

static void lb_second(void)
{
    r[1] = y;
    x = 1;
}

void job_mp(unsigned cpu)
{
    litmus(cpu, mp_write, mp_read, &forbidden_mp);
}

void job_lb(unsigned cpu)
{
    litmus(cpu, lb_first, lb_second, &forbidden_lb);
}

/* SB with a fence between: both 0 is forbidden then. */

static void sb_first(void)
{
    x = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    r[0] = y;
}

static void sb_second(void)
{
    y = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    r[1] = x;
}

void job_sb(unsigned cpu)
{
    uint32_t round = 0;

    for (int i = 0; i < LITMUS; i++) {
        if (cpu == 0)
            x = y = r[0] = r[1] = 0;
        meet(&round);
        if (cpu == 0)
            sb_first();
        else if (cpu == 1)
            sb_second();
        meet(&round);
        if (cpu == 0 && r[0] == 0 && r[1] == 0)
            forbidden_sb++;
        meet(&round);
    }
}
