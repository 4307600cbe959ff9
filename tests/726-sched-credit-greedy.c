/*
 * Claim   Whatever a VM does with its vCPUs (storms of wake-ups and yields,
 *         sleep across ticks or accountings, many vCPUs in turns), with exact
 *         debit it takes no more than its share: what the others want and are
 *         entitled to they get, within 1.5 %; they wait no longer than some
 *         slices.
 * Source  Xen wiki, "Credit Scheduler"; the attacks: Xen 78c9b2a64b; Zhou,
 *         Goel, Desnoyers, Sundaram: Scheduler Vulnerabilities and Attacks in
 *         Cloud Computing (2011).
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

static const char *const attacks[] = {
    "compute 9900us; sleep_until 10ms",
    "compute 9ms; sleep_until 80ms",
    "compute 29ms; sleep_until 30ms",
    "compute 29500us; sleep_until 30ms",
    "compute 29ms; block uniform 100ms..300ms",
    "compute 900us; block 1us",
    "compute 50us; block 1us",
    "compute 10us; yield",
    "compute exp 1ms; block exp 7ms",
    "compute exp 300us; block exp 300us",
};

/* Victims that compute beside a VM of so many vCPUs that does not. */
static void check_attack(const char *attack, unsigned pcpus, unsigned vcpus,
                         unsigned victims)
{
    struct sched_rig *r = rig_begin("credit", pcpus);

    rig_set(r, "sched.switch_cycles", "1375");
    rig_vm(r, vcpus, 256, attack);
    for (unsigned i = 0; i < victims; i++)
        rig_vm(r, pcpus, 256, "compute 1ms");
    rig_run(r, 10000);
    ck_assert_msg(rig_share(r, 0) <= 1.0 / (victims + 1) + 0.015,
                  "%s with %u vCPUs takes %.3f beside %u", attack, vcpus,
                  rig_share(r, 0), victims);
    for (unsigned i = 1; i <= victims; i++)
        ck_assert_uint_lt(rig_sched_vm(r, i)->wait.greatest, 600ull * RIG_KHZ);
    rig_end(r);
}

START_TEST(test_credit_attack_on_one_pcpu_takes_no_more_than_its_share)
{
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        check_attack(attacks[i], 1, 1, 1);
        check_attack(attacks[i], 1, 8, 1);
        check_attack(attacks[i], 1, 8, 3);
    }
}
END_TEST

START_TEST(test_credit_attack_on_four_pcpus_takes_no_more_than_its_share)
{
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        check_attack(attacks[i], 4, 4, 1);
        check_attack(attacks[i], 4, 32, 2);
    }
}
END_TEST

/* A VM's share is its own: it is the same beside one VM with eight vCPUs as
   beside one with two. */
START_TEST(test_credit_vcpus_buy_no_time)
{
    double share[2];

    for (unsigned i = 0; i < 2; i++) {
        struct sched_rig *r = rig_begin("credit", 2);

        rig_vm(r, 2, 256, "compute exp 1ms");
        rig_vm(r, i ? 8 : 2, 256, "compute exp 1ms");
        rig_run(r, 30000);
        share[i] = rig_share(r, 0);
        rig_end(r);
    }
    ck_assert_double_eq_tol(share[0], 0.5, 0.005);
    ck_assert_double_eq_tol(share[1], 0.5, 0.005);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_credit_attack_on_one_pcpu_takes_no_more_than_its_share,
        test_credit_attack_on_four_pcpus_takes_no_more_than_its_share,
        test_credit_vcpus_buy_no_time,
    };

    return rig_main("sched-credit-greedy", tests, ARRAY_LEN(tests));
}
