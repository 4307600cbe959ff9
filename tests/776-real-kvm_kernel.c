/*
 * Claim   The minikernel with four vCPUs on two pCPUs gains by each of KVM's
 *         cures alone: waiters for its lock that halt and are kicked, TLB
 *         flushes that are left to vCPUs without a pCPU, one hypercall for many
 *         interrupts, a pCPU given to who has to answer.  The steal time that a
 *         program reads there is what the scheduler counts.  Not offered,
 *         nothing of it is used, and each VM has what it was offered.
 * Source  Linux, Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst;
 *         Friebel, Biemueller: How to Deal with Lock Holder Preemption, Xen
 *         Summit 2008; tests/guest/programs/contend.c is the program.
 */
#include <unistd.h>

#include "sim/core/macros.h"
#include "tests/real_rig.h"

struct setup {
    const char *technique, *program;
    unsigned vcpus, pcpus, ms; /* ms: no longer than that */
    const char *ple, *offers;
};

struct outcome {
    double ms; /* until its end; setup.ms: it had none */
    struct counters counters;
    double run_ms, steal_ms; /* of all vCPUs: the scheduler's */
    char text[256];          /* that it wrote last */
};

static void add(struct real_rig *r, const struct setup *s)
{
    const char *build = getenv("BUILD");
    char line[400];

    snprintf(line, sizeof line,
             "--technique %s --vcpus %u --memory 64M --timing fast --set "
             "cpu.tsc_khz=1000000 --set exit.on.pause_loop=%s %s -- "
             "%s/guest/contend %s",
             s->technique, s->vcpus, s->ple, s->offers, build ? build : "build",
             s->program);
    real_add(r, line);
}

/* Of the VM's vCPUs. */
static double state_ms(const struct real_rig *r, enum sched_state state)
{
    const struct sched_vm *v = &r->host.dispatch.sched.vms[0];
    uint64_t cycles = 0;

    for (unsigned i = 0; i < v->config.vcpus; i++)
        cycles += v->vcpus[i].state_cycles[state];
    return (double)cycles / (double)r->host_config.khz;
}

static void read_last(FILE *f, struct outcome *o)
{
    rewind(f);
    while (fgets(o->text, sizeof o->text, f))
        ;
}

static struct outcome outcome_of(const struct setup *s)
{
    struct real_rig *r =
        real_begin("cfs", s->pcpus, "--timing fast --set cpu.tsc_khz=1000000");
    struct outcome o = {.ms = s->ms};
    struct run_record record;
    FILE *out = tmpfile();

    add(r, s);
    r->configs[0].out_fd = fileno(out);
    real_run(r, s->ms);
    record = real_record(r, 0);
    if (r->rows[0].ended_cycle != UINT64_MAX) {
        ck_assert_int_eq(run_exit_status(&record), 0);
        o.ms = (double)r->rows[0].ended_cycle / (double)r->host_config.khz;
    }
    o.counters = record.counters;
    o.run_ms = state_ms(r, SCHED_RUNNING);
    o.steal_ms = state_ms(r, SCHED_RUNNABLE);
    read_last(out, &o);
    fclose(out);
    real_end(r);
    return o;
}

static struct outcome with(const struct setup *s, const char *offers)
{
    struct setup offered = *s;

    offered.offers = offers;
    return outcome_of(&offered);
}

static uint64_t count(const struct outcome *o, enum counter counter)
{
    return o->counters.value[counter];
}

/* That others may see, or have to help with. */
static uint64_t exits(const struct outcome *o)
{
    return count(o, COUNTER_EXIT_TOTAL);
}

static void show(const char *what, const struct outcome *plain,
                 const struct outcome *cured)
{
    printf("  %s: %.2f ms without, %.2f with; exits %lu, %lu\n", what,
           plain->ms, cured->ms, (unsigned long)exits(plain),
           (unsigned long)exits(cured));
    fflush(stdout);
}

static const char *const techniques[] = {"nested", "shadow"};

START_TEST(test_waiters_for_the_lock_halt)
{
    const struct setup s = {
        techniques[_i], "calls 4 500", 4, 2, 100, "off", ""};
    struct outcome plain = outcome_of(&s);
    struct outcome cured = with(&s, "--set kvm.pv_unhalt=on");

    show("PV locks", &plain, &cured);
    ck_assert_uint_gt(count(&cured, COUNTER_KVM_KICK), 0);
    ck_assert_double_lt(cured.ms * 2, plain.ms);
    ck_assert_double_lt(cured.run_ms * 2, plain.run_ms); /* no spinning */
}
END_TEST

START_TEST(test_flushes_are_left_to_who_is_off)
{
    const struct setup s = {
        techniques[_i],           "flush 4 100", 4, 2, 150, "on",
        "--set kvm.steal_time=on"};
    struct outcome plain = outcome_of(&s);
    struct outcome cured =
        with(&s, "--set kvm.steal_time=on --set kvm.pv_tlb_flush=on");

    show("PV flush", &plain, &cured);
    ck_assert_uint_eq(count(&plain, COUNTER_KVM_FLUSH_LATE), 0);
    ck_assert_uint_gt(count(&cured, COUNTER_KVM_FLUSH_LATE), 0);
    ck_assert_double_lt(cured.ms * 3, plain.ms * 2);
    ck_assert_uint_lt(exits(&cured) * 3, exits(&plain) * 2);
}
END_TEST

/* Three others to interrupt: one exit in place of three, here though each vCPU
   has a pCPU. */
START_TEST(test_one_call_interrupts_many)
{
    const struct setup s = {techniques[_i], "flush 4 100", 4, 4, 100, "on", ""};
    struct outcome plain = outcome_of(&s);
    struct outcome cured = with(&s, "--set kvm.pv_ipi=on");
    uint64_t calls = count(&cured, counter_of_exit(VMEXIT_VMCALL));
    uint64_t spared = count(&plain, counter_of_exit(VMEXIT_MSR_WRITE)) -
                      count(&cured, counter_of_exit(VMEXIT_MSR_WRITE));

    show("PV IPI", &plain, &cured);
    ck_assert_uint_ge(calls, 100);
    ck_assert_uint_ge(count(&cured, COUNTER_KVM_SEND_IPI), calls * 5 / 2);
    ck_assert_uint_ge(spared, calls * 5 / 2);
    ck_assert_uint_le(exits(&cured) + calls, exits(&plain));
    ck_assert_double_lt(cured.ms, plain.ms);
}
END_TEST

/* With more vCPUs than pCPUs the calls are as many fewer. */
START_TEST(test_one_call_interrupts_many_overcommitted)
{
    const struct setup s = {
        techniques[_i],          "flush 4 20", 4, 2, 300, "on",
        "--set kvm.pv_unhalt=on"};
    struct outcome plain = outcome_of(&s);
    struct outcome cured =
        with(&s, "--set kvm.pv_unhalt=on --set kvm.pv_ipi=on");

    show("PV IPI, beside PV locks", &plain, &cured);
    ck_assert_uint_gt(count(&cured, COUNTER_KVM_SEND_IPI), 0);
    ck_assert_uint_lt(count(&cured, counter_of_exit(VMEXIT_MSR_WRITE)),
                      count(&plain, counter_of_exit(VMEXIT_MSR_WRITE)));
}
END_TEST

/* Programs of three lengths, one after the other. */
static struct outcome three(const struct setup *s)
{
    static const char *const programs[] = {"flush 4 10", "flush 4 20",
                                           "flush 4 30"};
    struct setup one = *s;
    struct outcome sum = {0};

    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        struct outcome o;

        one.program = programs[i];
        o = outcome_of(&one);
        sum.ms += o.ms;
        for (unsigned id = 0; id < COUNTER_COUNT; id++)
            sum.counters.value[id] += o.counters.value[id];
    }
    return sum;
}

/* Once for each flush, and only if somebody has no pCPU.  What is gained is the
   rest of a slice that would be spun away; PAUSE-loop exits do the same.  By
   how much depends on who is where: some per cent either way. */
START_TEST(test_who_has_to_answer_is_yielded_to)
{
    const char *locks = "--set kvm.pv_unhalt=on --set kvm.steal_time=on",
               *both = "--set kvm.pv_unhalt=on --set kvm.steal_time=on "
                       "--set kvm.pv_sched_yield=on";
    const struct setup over = {"nested", "", 4, 2, 400, "off", locks},
                       helped = {"nested", "", 4, 2, 400, "off", both},
                       enough = {"nested", "", 4, 4, 400, "off", both};
    struct outcome plain = three(&over), cured = three(&helped);
    struct outcome alone = three(&enough);

    show("PV sched yield, beside PV locks", &plain, &cured);
    ck_assert_uint_ge(count(&cured, COUNTER_KVM_SCHED_YIELD), 60);
    ck_assert_uint_eq(count(&alone, COUNTER_KVM_SCHED_YIELD), 0);
    ck_assert_double_lt(cured.ms, 1.1 * plain.ms);
}
END_TEST

/* The sum over its CPUs of /proc/stat's eighth column, in 10 ms. */
START_TEST(test_steal_in_proc_is_the_schedulers)
{
    const struct setup s = {
        techniques[_i],           "spin 4 150", 4, 2, 400, "on",
        "--set kvm.steal_time=on"};
    struct outcome o = outcome_of(&s), blind = with(&s, "");
    unsigned long user, system, idle, steal;

    ck_assert_int_eq(sscanf(o.text, "cpu %lu 0 %lu %lu 0 0 0 %lu 0 0", &user,
                            &system, &idle, &steal),
                     4);
    printf("  steal: %.1f ms, the guest says %lu0; user %lu0\n", o.steal_ms,
           steal, user);
    fflush(stdout);
    ck_assert_double_ge(o.steal_ms, 200);
    ck_assert_double_le((double)steal * 10, o.steal_ms);
    ck_assert_double_ge((double)steal * 10, o.steal_ms - 10 - 5);
    /* 150 ms of two pCPUs were to be had: nobody is charged for more */
    ck_assert_uint_le(user + system, 2 * 15 + 4);
    ck_assert_int_eq(sscanf(blind.text, "cpu %lu 0 %lu %lu 0 0 0 %lu 0 0",
                            &user, &system, &idle, &steal),
                     4);
    ck_assert_uint_eq(steal, 0);
}
END_TEST

/* Two VMs on a host: one has locks that halt, and is done before the other,
   which spins. */
START_TEST(test_each_vm_has_its_own_offers)
{
    const struct setup
        spins = {techniques[_i], "calls 4 500", 4, 2, 150, "off", ""},
        halts = {techniques[_i], "calls 4 500",           4, 2, 150,
                 "off",          "--set kvm.pv_unhalt=on"};
    struct real_rig *r =
        real_begin("cfs", 2, "--timing fast --set cpu.tsc_khz=1000000");
    struct run_record records[2];

    add(r, &spins);
    add(r, &halts);
    real_run(r, spins.ms);
    for (unsigned i = 0; i < 2; i++)
        records[i] = real_record(r, i);
    ck_assert_uint_gt(r->rows[0].ended_cycle, r->rows[1].ended_cycle);
    ck_assert_uint_eq(records[0].counters.value[COUNTER_KVM_KICK], 0);
    ck_assert_int_eq(records[1].end, RUN_EXITED);
    ck_assert_int_eq(run_exit_status(&records[1]), 0);
    ck_assert_uint_gt(records[1].counters.value[COUNTER_KVM_KICK], 0);
    real_end(r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_waiters_for_the_lock_halt,
        test_flushes_are_left_to_who_is_off,
        test_one_call_interrupts_many,
        test_one_call_interrupts_many_overcommitted,
        test_steal_in_proc_is_the_schedulers,
        test_each_vm_has_its_own_offers,
    };
    Suite *suite = suite_create("real-kvm_kernel");
    TCase *cases = tcase_create("real-kvm_kernel");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_loop_test(cases, tests[i], 0, (int)ARRAY_LEN(techniques));
    tcase_add_test(cases, test_who_has_to_answer_is_yielded_to);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
