/*
 * Claim   Under every scheduler real guests with one and two vCPUs end as they
 *         do alone, every cycle is in a ledger (--check after every event), and
 *         the same again, unchecked,
 *         is the same.
 * Source  DESIGN: a scheduler cannot tell what a vCPU runs.
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

static const char *const programs[] = {
    "--technique nested --vcpus 2 --memory 16M ctxswitch:n=20",
    "--technique shadow --memory 16M kvstore:keys=512,n=3000",
    "--technique nested --memory 16M forkwait:n=3,footprint=16K",
    "--technique pv --memory 16M mmapchurn:n=8,footprint=64K",
};

static struct real_rig *run_all(const char *policy, const char *words)
{
    struct real_rig *r = real_begin(policy, 2, words);

    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        real_add(r, programs[i]);
    real_run(r, 1000);
    return r;
}

START_TEST(test_every_policy_lets_guests_end_as_alone)
{
    struct run_record alone[ARRAY_LEN(programs)];

    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        alone[i] = real_alone(programs[i]);
    for (size_t n = 0; sched_all[n]; n++) {
        struct real_rig *a, *b;

        if (strcmp(sched_all[n]->name, "null") == 0)
            continue; /* shares nothing */
        a = run_all(sched_all[n]->name, "--check");
        b = run_all(sched_all[n]->name, "");
        for (unsigned i = 0; i < ARRAY_LEN(programs); i++) {
            struct run_record ra = real_record(a, i), rb = real_record(b, i);

            real_ended_as(&ra, &alone[i]);
            ck_assert_mem_eq(&ra, &rb, sizeof ra);
        }
        real_end(a);
        real_end(b);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {test_every_policy_lets_guests_end_as_alone};

    return real_main("real-every_policy", tests, ARRAY_LEN(tests));
}
