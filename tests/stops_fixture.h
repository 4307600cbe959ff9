/*
 * stops_fixture.h - a program of loads, stores, strings and time stamps, and
 * what a run of it leaves behind, for tests of runs that are stopped on the
 * way.
 */
#ifndef TESTS_STOPS_FIXTURE_H
#define TESTS_STOPS_FIXTURE_H
#include "tests/cpu_fixture.h"

/*
 * mov ecx,50; mov edi,DATA; mov esi,DATA+0x4000
 * again: mov eax,[rsi]; add [rdi],eax; add esi,4096; push rcx; mov ecx,300
 *        rep movsb; pop rcx; imul eax,ecx; inc ebx; rdtsc; add rbx,rax;
 *        sub esi,200; dec ecx; jnz again
 * hlt
 */
static const uint8_t stops_code[] = {
    0xb9, 0x32, 0x00, 0x00, 0x00, 0xbf, 0x00, 0x00, 0x20, 0x00, 0xbe, 0x00,
    0x40, 0x20, 0x00, 0x8b, 0x06, 0x01, 0x07, 0x81, 0xc6, 0x00, 0x10, 0x00,
    0x00, 0x51, 0xb9, 0x2c, 0x01, 0x00, 0x00, 0xf3, 0xa4, 0x59, 0x0f, 0xaf,
    0xc1, 0x81, 0xee, 0xc8, 0x00, 0x00, 0x00, 0xff, 0xc9, 0x75, 0xe0, 0xf4};
enum { STOPS_AGAIN = 15, STOPS_AFTER_ADD = 19, STOPS_AFTER_REP = 33 };

static inline void stops_start(struct machine *m,
                               const struct machine_options *o)
{
    machine_init(m, o);
    machine_put(m, AT_CODE, stops_code, sizeof stops_code);
}

/* What a run left behind. */
struct stops_outcome {
    uint64_t cycles, retired, rdi, rbx; /* rbx: a sum of time stamps */
    struct counters counters;
    struct ledger ledger;
};

static inline struct stops_outcome stops_finish(struct machine *m)
{
    struct stops_outcome o = {.cycles = cpu_now(m->cpu),
                              .retired = cpu_retired(m->cpu),
                              .rdi = cpu_state(m->cpu)->gpr[REG_RDI],
                              .rbx = cpu_state(m->cpu)->gpr[REG_RBX],
                              .counters = m->counters,
                              .ledger = m->ledger};

    machine_expect_ledger(m);
    machine_free(m);
    return o;
}

static inline void stops_expect_same(const struct stops_outcome *a,
                                     const struct stops_outcome *b)
{
    ck_assert_uint_eq(a->retired, b->retired);
    ck_assert_uint_eq(a->cycles, b->cycles);
    ck_assert_uint_eq(a->rdi, b->rdi);
    ck_assert_uint_eq(a->rbx, b->rbx);
    ck_assert_mem_eq(&a->counters, &b->counters, sizeof a->counters);
    ck_assert_mem_eq(&a->ledger, &b->ledger, sizeof a->ledger);
}

static inline struct stops_outcome stops_run_straight(struct machine *m,
                                                      enum timing_model timing)
{
    stops_start(m, &(struct machine_options){.timing = timing});
    ck_assert_int_eq(machine_run(m).kind, CPU_EVENT_HALT);
    return stops_finish(m);
}

#endif
