/*
 * Claim   A policy that is wrong ends a run with a line that says what it did,
 *         never in a hang: one that gives slices of nothing (with --check at
 *         once, without as soon as time stands still), whose timer is always
 *         due, or whose pCPUs make each other pick for ever.
 * Source  hypervisor-model/sched/dispatch.h, invariant 3.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Round robin, but for a hook. */
static struct sched_choice no_slice(struct sched *s, struct sched_pcpu *p)
{
    struct sched_choice choice = sched_find("rr")->pick(s, p);

    choice.slice_ns = 0;
    return choice;
}

static struct sched_choice least_slice(struct sched *s, struct sched_pcpu *p)
{
    struct sched_choice choice = sched_find("rr")->pick(s, p);

    choice.slice_ns = 1;
    return choice;
}

/* Both pCPUs, at each pick of either. */
static struct sched_choice kicks_all(struct sched *s, struct sched_pcpu *p)
{
    struct sched_choice choice = sched_find("rr")->pick(s, p);

    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (i != p->id)
            sched_kick(s, &s->pcpus[i]);
    return choice;
}

static void nothing(struct sched *s)
{
    (void)s;
}

static uint64_t long_past(const struct sched *s)
{
    (void)s;
    return 1;
}

/* Runs two hogs for a second, under these hooks; the line. */
static struct error run_under(const struct sched_ops *ops, unsigned pcpus,
                              bool check)
{
    struct sched_rig *r = rig_begin("rr", pcpus);
    struct error e = {""};

    r->host_config.check = check;
    rig_vm(r, 1, 256, "compute 1ms");
    rig_vm(r, 1, 256, "compute 1ms");
    rig_build(r);
    r->host.dispatch.sched.ops = ops;
    if (host_run(&r->host, 1000000000, &e))
        ck_assert_str_eq(e.text, "");
    rig_end(r);
    return e;
}

static void assert_says(struct error e, const char *words)
{
    ck_assert_msg(strstr(e.text, words) != NULL, "it says: %s", e.text);
    ck_assert_ptr_null(strchr(e.text, '\n'));
}

START_TEST(test_broken_no_slice)
{
    struct sched_ops ops = *sched_find("rr");

    ops.pick = no_slice;
    assert_says(run_under(&ops, 1, true),
                "scheduler rr: a vCPU got pCPU 0 for a slice of 0 ns");
    assert_says(run_under(&ops, 1, false),
                "scheduler rr: time stands still at");
}
END_TEST

START_TEST(test_broken_timer_always_due)
{
    struct sched_ops ops = *sched_find("rr");

    ops.timer = nothing;
    ops.timer_ns = long_past;
    assert_says(run_under(&ops, 1, true), "scheduler rr: time stands still at");
    assert_says(run_under(&ops, 1, false),
                "scheduler rr: time stands still at");
}
END_TEST

START_TEST(test_broken_pcpus_kick_each_other)
{
    struct sched_ops ops = *sched_find("rr");

    ops.pick = kicks_all;
    assert_says(run_under(&ops, 2, true), "scheduler rr: time stands still at");
}
END_TEST

/* Foolish, but time goes on: a nanosecond for each decision. */
START_TEST(test_broken_least_slice_is_none_of_it)
{
    struct sched_ops ops = *sched_find("rr");
    struct sched_rig *r = rig_begin("rr", 1);
    struct error e = {""};

    ops.pick = least_slice;
    rig_vm(r, 1, 256, "compute 1ms");
    rig_build(r);
    r->host.dispatch.sched.ops = &ops;
    ck_assert_msg(host_run(&r->host, 1000000, &e), "%s", e.text);
    ck_assert_uint_ge(r->host.decisions, 900000);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_broken_no_slice,
        test_broken_timer_always_due,
        test_broken_pcpus_kick_each_other,
        test_broken_least_slice_is_none_of_it,
    };

    return rig_main("sched-broken_policy", tests, ARRAY_LEN(tests));
}
