/*
 * Claim   RTDS gives each vCPU its budget in every period, exactly, and nobody
 *         more without extra time; no deadline is missed while utilization
 *         fits, and those of EDF are when it does not.  That it is global EDF
 *         is checked after every event (rtds_check).
 * Source  Xen, xen/common/sched/rt.c; U <= 1 on one pCPU: Liu and Layland,
 *         Journal of the ACM 20(1), 1973; U <= m - (m - 1) * Umax on m pCPUs:
 *         Goossens, Funk and Baker, Real-Time Systems 25, 2003; why not U <=
 *         m: Dhall and Liu, Operations Research 26(1), 1978.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

struct server {
    unsigned period_ms, budget_ms;
};

static void server_vm(struct sched_rig *r, struct server server, bool extra,
                      const char *program)
{
    unsigned n = rig_vm(r, 1, 256, program);

    r->vm_configs[n].period_us = server.period_ms * 1000;
    r->vm_configs[n].budget_us = server.budget_ms * 1000;
    r->vm_configs[n].extra = extra;
}

static struct sched_rig *busy_servers(unsigned pcpus, const struct server *sets,
                                      unsigned count)
{
    struct sched_rig *r = rig_begin("rtds", pcpus);

    for (unsigned i = 0; i < count; i++)
        server_vm(r, sets[i], false, "compute 100ms");
    return r;
}

static uint64_t misses(struct sched_rig *r, unsigned vm)
{
    return rig_sched_vm(r, vm)->deadline_misses;
}

START_TEST(test_rtds_default_is_4_ms_of_10)
{
    struct sched_rig *r = rig_begin("rtds", 1);

    rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 4);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 4000000);
    rig_run(r, 6);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 4000000);
    rig_run(r, 990);
    ck_assert_uint_eq(rig_state(r, 0, SCHED_RUNNING), 400000000);
    ck_assert_uint_eq(misses(r, 0), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_rtds_utilization_of_one_fits_one_pcpu)
{
    static const struct server sets[] = {{10, 3}, {15, 3}, {6, 3}};
    struct sched_rig *r = busy_servers(1, sets, ARRAY_LEN(sets));

    rig_run(r, 3000); /* 100 times the least common multiple */
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    for (unsigned i = 0; i < ARRAY_LEN(sets); i++) {
        ck_assert_uint_eq(misses(r, i), 0);
        ck_assert_uint_eq(rig_state(r, i, SCHED_RUNNING),
                          3000000000u / sets[i].period_ms * sets[i].budget_ms);
    }
    rig_end(r);
}
END_TEST

START_TEST(test_rtds_nobody_exceeds_its_budget_beside_idle_time)
{
    static const struct server sets[] = {{10, 2}, {20, 1}, {40, 10}};
    struct sched_rig *r = busy_servers(2, sets, ARRAY_LEN(sets));

    rig_run(r, 2000);
    for (unsigned i = 0; i < ARRAY_LEN(sets); i++)
        ck_assert_uint_eq(rig_state(r, i, SCHED_RUNNING),
                          2000000000u / sets[i].period_ms * sets[i].budget_ms);
    rig_end(r);
}
END_TEST

START_TEST(test_rtds_same_deadlines_beyond_one_pcpu_miss_once_a_period)
{
    static const struct server sets[] = {{10, 6}, {10, 6}};
    struct sched_rig *r = busy_servers(1, sets, ARRAY_LEN(sets));

    rig_run(r, 1001);
    ck_assert_uint_eq(misses(r, 0) + misses(r, 1), 100);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* Twice as much as fits, with one period: all get something. */
START_TEST(test_rtds_overload_starves_nobody)
{
    struct sched_rig *r = rig_begin("rtds", 1);

    for (unsigned i = 0; i < 5; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 2000);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_double_ge(rig_use(r, i), 0.1);
    rig_end(r);
}
END_TEST

/* Global EDF of servers that always have work, by steps of 1 ms. */
struct oracle {
    const struct server *sets;
    unsigned count, pcpus;
    unsigned left[8], deadline[8], missed[8];
};

/* How many with budget have a deadline before that of server n; one of equal
   deadline counts too if it comes before n in the list. */
static unsigned before(const struct oracle *o, unsigned n, bool *tied)
{
    unsigned sum = 0;

    *tied = false;
    for (unsigned i = 0; i < o->count; i++) {
        if (i == n || o->left[i] == 0 || o->deadline[i] > o->deadline[n])
            continue;
        *tied = *tied || o->deadline[i] == o->deadline[n];
        sum += o->deadline[i] < o->deadline[n] || i < n;
    }
    return sum;
}

/* False: who of two with one deadline gets the last pCPU is a matter of taste,
   and it may decide who misses. */
static bool oracle_run(struct oracle *o, unsigned length_ms)
{
    for (unsigned now = 0; now < length_ms; now++) {
        bool runs[8] = {false};

        for (unsigned i = 0; i < o->count; i++) {
            if (now != o->deadline[i])
                continue;
            o->missed[i] += o->left[i] > 0;
            o->left[i] = o->sets[i].budget_ms;
            o->deadline[i] += o->sets[i].period_ms;
        }
        for (unsigned i = 0; i < o->count; i++) {
            bool tied;
            unsigned rank = before(o, i, &tied);

            if (o->left[i] == 0)
                continue;
            if (tied && rank + 1 >= o->pcpus && rank <= o->pcpus)
                return false;
            runs[i] = rank < o->pcpus;
        }
        for (unsigned i = 0; i < o->count; i++)
            o->left[i] -= runs[i];
    }
    return true;
}

/* So many random sets of servers beyond what the pCPUs can do. */
static void check_overload(unsigned pcpus, unsigned count, unsigned length_ms)
{
    enum { SETS = 20 };
    struct rng rng = {pcpus};
    unsigned tested = 0, sum = 0;

    while (tested < SETS) {
        struct server sets[8];
        struct oracle o = {.sets = sets, .count = count, .pcpus = pcpus};
        double utilization = 0;
        struct sched_rig *r;

        for (unsigned i = 0; i < count; i++) {
            sets[i].period_ms = 3 + rng_below(&rng, 60);
            sets[i].budget_ms = 1 + rng_below(&rng, sets[i].period_ms);
            utilization += (double)sets[i].budget_ms / sets[i].period_ms;
        }
        if (utilization <= pcpus || !oracle_run(&o, length_ms))
            continue;
        r = busy_servers(pcpus, sets, count);
        rig_run(r, length_ms);
        for (unsigned i = 0; i < count; i++) {
            ck_assert_uint_eq(misses(r, i), o.missed[i]);
            sum += o.missed[i];
        }
        rig_end(r);
        tested++;
    }
    ck_assert_uint_gt(sum, SETS);
}

START_TEST(test_rtds_overload_misses_the_deadlines_that_edf_misses)
{
    check_overload(1, 3, 300);
    check_overload(2, 4, 200);
    check_overload(3, 6, 150);
}
END_TEST

START_TEST(test_rtds_no_miss_on_4_pcpus_within_the_bound)
{
    enum { SETS = 30, MOST = 16 };
    struct rng rng = {2};

    for (unsigned set = 0; set < SETS; set++) {
        struct server sets[MOST];
        double sum = 0, most = 0;
        unsigned count = 0;
        struct sched_rig *r;

        while (count < MOST) {
            struct server next = {5 + rng_below(&rng, 40), 0};
            double u;

            next.budget_ms = 1 + rng_below(&rng, next.period_ms / 2);
            u = (double)next.budget_ms / next.period_ms;
            if (sum + u > 4 - 3 * (u > most ? u : most))
                break;
            sum += u;
            most = u > most ? u : most;
            sets[count++] = next;
        }
        r = busy_servers(4, sets, count);
        rig_run(r, 1000);
        for (unsigned i = 0; i < count; i++)
            ck_assert_uint_eq(misses(r, i), 0);
        rig_end(r);
    }
}
END_TEST

/* Two light servers with the earlier deadlines take both pCPUs at first: the
   heavy one misses, though there is time for 2 pCPUs' worth of it. */
START_TEST(test_rtds_heavy_server_beside_light_ones_misses)
{
    static const struct server sets[] = {{10, 2}, {10, 2}, {11, 10}};
    struct sched_rig *r = busy_servers(2, sets, ARRAY_LEN(sets));

    rig_run(r, 12);
    ck_assert_uint_eq(misses(r, 0) + misses(r, 1), 0);
    ck_assert_uint_eq(misses(r, 2), 1);
    rig_end(r);
}
END_TEST

START_TEST(test_rtds_extra_time_leaves_no_pcpu_idle)
{
    static const struct server sets[] = {{10, 3}, {20, 4}, {10, 2}};
    struct sched_rig *r = rig_begin("rtds", 2);

    for (unsigned i = 0; i < ARRAY_LEN(sets); i++)
        server_vm(r, sets[i], true, "compute 100ms");
    server_vm(r, (struct server){10, 5}, false, "compute 100ms");
    rig_run(r, 2000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    ck_assert_double_eq_tol(rig_use(r, 3), 0.5, 0.0001); /* no more, no less */
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(misses(r, i), 0);
    for (unsigned i = 0; i < ARRAY_LEN(sets); i++)
        ck_assert_double_gt(rig_use(r, i),
                            (double)sets[i].budget_ms / sets[i].period_ms);
    rig_end(r);
}
END_TEST

/* Who sleeps in its period's first 6 ms has its 4 ms yet. */
START_TEST(test_rtds_budget_waits_for_a_blocked_vcpu)
{
    struct sched_rig *r = rig_begin("rtds", 1);

    server_vm(r, (struct server){10, 4}, false, "block 6ms; compute 4ms");
    server_vm(r, (struct server){40, 20}, false, "compute 100ms");
    rig_run(r, 2000);
    ck_assert_uint_eq(rig_counts(r, 0)->done, 200);
    ck_assert_uint_eq(rig_state(r, 1, SCHED_RUNNING), 1000000000);
    ck_assert_uint_eq(misses(r, 0) + misses(r, 1), 0);
    rig_end(r);
}
END_TEST

START_TEST(test_rtds_affinity_is_kept_and_edf_stays)
{
    struct sched_rig *r = rig_begin("rtds", 3);

    for (unsigned i = 0; i < 9; i++) {
        rig_vm(r, 2, 256, "compute exp 3ms; block exp 2ms");
        r->vm_configs[i].period_us = 5000 + 1000 * i;
        r->vm_configs[i].budget_us = 1500;
        r->vm_configs[i].extra = i % 2;
        r->vm_configs[i].affinity = 1 + i % 7;
    }
    rig_run(r, 2000);
    for (unsigned i = 0; i < 9; i++)
        ck_assert_double_gt(rig_use(r, i), 0.01);
    rig_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_rtds_default_is_4_ms_of_10,
        test_rtds_utilization_of_one_fits_one_pcpu,
        test_rtds_nobody_exceeds_its_budget_beside_idle_time,
        test_rtds_same_deadlines_beyond_one_pcpu_miss_once_a_period,
        test_rtds_overload_starves_nobody,
        test_rtds_overload_misses_the_deadlines_that_edf_misses,
        test_rtds_no_miss_on_4_pcpus_within_the_bound,
        test_rtds_heavy_server_beside_light_ones_misses,
        test_rtds_extra_time_leaves_no_pcpu_idle,
        test_rtds_budget_waits_for_a_blocked_vcpu,
        test_rtds_affinity_is_kept_and_edf_stays,
    };

    return rig_main("sched-rtds", tests, ARRAY_LEN(tests));
}
