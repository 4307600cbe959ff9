/*
 * Claim   What a modelled vCPU does can be read and is what its program says:
 *         works, holds locks, spins for one that another has, waits at a
 *         barrier or for answers, sleeps, halts; reading changes nothing; and
 *         the log's marks say when vCPUs spin and when the holder of a lock
 *         loses its pCPU.
 */
#include "sim/core/macros.h"
#include "sim/record/sched_recent.h"
#include "tests/sched_rig.h"

static struct phase_peek peek(const struct sched_rig *r, unsigned id)
{
    return phase_vm_peek(r->guests[0], id);
}

/* Two vCPUs, each with a pCPU, in step: 0 is the first to have the lock. */
static struct sched_rig *begin(const char *program, enum phase_lock_kind kind)
{
    struct sched_rig *r = rig_begin("rr", 2);

    rig_vm(r, 2, 256, program);
    r->phase_configs[0].lock_kind = kind;
    r->phase_configs[0].costs.pv_spin_cycles = 1000000;
    return r;
}

START_TEST(test_peek_holder_and_spinner)
{
    struct sched_rig *r =
        begin("compute 1ms; lock 3; compute 8ms; unlock 3", LOCK_TICKET);

    rig_run(r, 5);
    ck_assert_int_eq(peek(r, 0).state, PHASE_WORKS);
    ck_assert_uint_eq(peek(r, 0).holds, 1u << 3);
    ck_assert_int_eq(peek(r, 1).state, PHASE_SPINS_LOCK);
    ck_assert_uint_eq(peek(r, 1).lock, 3);
    ck_assert_uint_eq(peek(r, 1).owner, 0);
    ck_assert_uint_eq(peek(r, 1).holds, 0);
    rig_run(r, 6); /* 11 ms: 0 has given it, and waits for it again */
    ck_assert_uint_eq(peek(r, 1).holds, 1u << 3);
    ck_assert_int_eq(peek(r, 0).state, PHASE_SPINS_LOCK);
    ck_assert_uint_eq(peek(r, 0).owner, 1);
    rig_end(r);
}
END_TEST

START_TEST(test_peek_pv_waiter_halts)
{
    struct sched_rig *r =
        begin("compute 1ms; lock 0; compute 8ms; unlock 0", LOCK_PV);

    rig_run(r, 5);
    ck_assert_int_eq(peek(r, 1).state, PHASE_HALTS);
    ck_assert_uint_eq(peek(r, 1).owner, 0);
    rig_end(r);
}
END_TEST

START_TEST(test_peek_barrier_and_sleep)
{
    struct sched_rig *r = rig_begin("rr", 2);
    struct error e = {""};
    struct phase_program programs[2];

    rig_vm(r, 2, 256, "compute 1ms");
    ck_assert(phase_program_parse(&programs[0], "compute 1ms; barrier", RIG_KHZ,
                                  &e) == STATUS_OK);
    ck_assert(phase_program_parse(&programs[1], "block 7ms; barrier", RIG_KHZ,
                                  &e) == STATUS_OK);
    r->phase_configs[0].programs = programs;
    r->phase_configs[0].program_count = 2;
    rig_run(r, 3);
    ck_assert_int_eq(peek(r, 0).state, PHASE_SPINS_BARRIER);
    ck_assert_uint_eq(peek(r, 0).at_barrier, 1);
    ck_assert_int_eq(peek(r, 1).state, PHASE_SLEEPS);
    ck_assert_uint_eq(peek(r, 1).wake_cycle, 7 * (uint64_t)RIG_KHZ);
    rig_end(r);
    phase_program_free(&programs[0]);
    phase_program_free(&programs[1]);
}
END_TEST

/* One pCPU for both: who must answer waits for it. */
START_TEST(test_peek_answers)
{
    struct sched_rig *r = rig_begin("rr", 1);
    bool seen = false;

    rig_set(r, "rr.slice_us", "3000");
    rig_vm(r, 2, 256, "compute 1ms; shootdown");
    for (unsigned i = 0; i < 20 && !seen; i++) {
        struct phase_peek p;

        rig_run(r, 1);
        p = peek(r, 0);
        if (p.state != PHASE_SPINS_ANSWERS)
            continue;
        seen = true;
        ck_assert_uint_eq(p.unanswered, 1u << 1);
        ck_assert_uint_eq(peek(r, 1).to_answer & 1, 1);
    }
    ck_assert(seen);
    rig_end(r);
}
END_TEST

/* What runs with a log in memory, and all its marks. */
static uint64_t outcome(bool logged, struct sched_recent *recent)
{
    struct sched_rig *r = rig_begin("rr", 2);
    struct sched_log log = {.recent = recent};
    uint64_t done;

    rig_set(r, "rr.slice_us", "1000");
    for (unsigned i = 0; i < 2; i++)
        rig_vm(r, 2, 256, "compute exp 100us; lock 0; compute 50us; unlock 0");
    rig_build(r);
    if (logged)
        ck_assert(dispatch_log_begin(&r->host.dispatch, &log));
    for (unsigned i = 0; i < 100; i++) {
        rig_run(r, 1);
        for (unsigned n = 0; logged && n < 2; n++)
            ck_assert_int_eq(
                recent->vcpus[n].spins &&
                    recent->now.vcpus[n].state == SCHED_LOG_RUNNING,
                peek(r, n).state == PHASE_SPINS_LOCK &&
                    rig_sched_vm(r, 0)->vcpus[n].state == SCHED_RUNNING);
    }
    done = rig_counts(r, 0)->done + rig_counts(r, 1)->done;
    rig_end(r);
    return done;
}

START_TEST(test_marks_of_spinners_and_holders)
{
    struct sched_recent recent;
    uint64_t marks[4] = {0}, holder_marks = 0;
    uint64_t done = outcome(true, &recent);

    for (unsigned i = 0; i < recent.count; i++)
        marks[sched_recent_at(&recent, i)->mark]++;
    for (unsigned i = 0; i < 4; i++)
        holder_marks += recent.vcpus[i].holder_marks;
    ck_assert_uint_gt(marks[SCHED_MARK_SPINS], 20);
    ck_assert_uint_le(marks[SCHED_MARK_SPINS] - marks[SCHED_MARK_WORKS], 4);
    ck_assert_uint_gt(marks[SCHED_MARK_HOLDER], 5);
    ck_assert_uint_eq(marks[SCHED_MARK_HOLDER], holder_marks);
    ck_assert_uint_eq(outcome(false, NULL), done);
    sched_recent_free(&recent);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_peek_holder_and_spinner,       test_peek_pv_waiter_halts,
        test_peek_barrier_and_sleep,        test_peek_answers,
        test_marks_of_spinners_and_holders,
    };

    return rig_main("sched-peek", tests, ARRAY_LEN(tests));
}
