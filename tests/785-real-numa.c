/*
 * Claim   A vCPU that moves to the other thread of its core finds L1 and L2 as
 *         it left them; on another core of the node, the L3; on another node
 *         nothing, and its memory is far.  A line from memory of another node
 *         takes dram.remote_cycles, and is counted.
 * Source  Intel SDM vol. 3, "Cache Control"; Molka et al., PACT 2009 (latency
 *         by where a line is: caches of the core, the socket, either memory).
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

static struct real_rig *two_nodes(const char *words)
{
    struct real_rig *r = real_begin("rr", 8, words);

    r->host_config.sched.topology.threads_per_core = 2;
    r->host_config.sched.topology.nodes = 2;
    r->host_config.smt_permille = 620;
    return r;
}

/* --- migration ----------------------------------------------------------- */

/* The VM's one vCPU, by hand. */
struct mover {
    struct real_rig *rig;
    struct vcpu_body *body;
    uint64_t at_cycle;
};

static void run_on(struct mover *m, unsigned pcpu, uint64_t cycles)
{
    struct host_pcpu *hp = &m->rig->host.pcpus[pcpu];
    struct body_result result;

    hp->idle_cycles += m->at_cycle - hp->now_cycle;
    hp->now_cycle = m->at_cycle;
    guest_body_ops.enter(m->body, &hp->place, UINT64_MAX);
    result = guest_body_ops.run(m->body, &hp->place, hp->now_cycle,
                                hp->now_cycle + cycles);
    ck_assert_int_eq(result.stop, BODY_GOES_ON);
    m->at_cycle = hp->now_cycle = result.at_cycle;
    guest_body_ops.leave(m->body, result.at_cycle);
}

static uint64_t count(const struct mover *m, enum counter c)
{
    return m->body->v->counters.value[c];
}

/* What a vCPU that came to a pCPU got less done in its first time there. */
struct loss {
    double cycles; /* of work */
    uint64_t l2_misses, l3_misses, remote;
};

enum { WARM_UP = 32000000, FIRST_CYCLES = 4000000 };

static struct loss loss_by_move(const char *program, unsigned pcpu)
{
    struct mover m = {two_nodes(""), NULL, 0};
    uint64_t instructions[2], l2, l3, remote;
    struct loss loss;
    char line[128];

    snprintf(line, sizeof line, "--technique nested --memory 16M %s", program);
    m.rig->configs[real_add(m.rig, line)].memory_nodes = 1;
    real_build(m.rig);
    m.body = m.rig->rows[0].bodies[0];
    for (unsigned ran = 0; ran < WARM_UP; ran += FIRST_CYCLES)
        run_on(&m, 0, FIRST_CYCLES);
    instructions[0] = count(&m, COUNTER_INSTRUCTIONS);
    run_on(&m, 0, FIRST_CYCLES);
    instructions[1] = count(&m, COUNTER_INSTRUCTIONS);
    instructions[0] = instructions[1] - instructions[0];
    l2 = count(&m, COUNTER_L2_MISS);
    l3 = count(&m, COUNTER_L3_MISS);
    remote = count(&m, COUNTER_MEM_REMOTE);
    run_on(&m, pcpu, FIRST_CYCLES);
    instructions[1] = count(&m, COUNTER_INSTRUCTIONS) - instructions[1];
    loss = (struct loss){
        FIRST_CYCLES * (1 - (double)instructions[1] / (double)instructions[0]),
        count(&m, COUNTER_L2_MISS) - l2, count(&m, COUNTER_L3_MISS) - l3,
        count(&m, COUNTER_MEM_REMOTE) - remote};
    printf("%s to pCPU %u: %.0f of %d cycles lost, misses of L2 %llu, of L3 "
           "%llu, remote %llu\n",
           program, pcpu, loss.cycles, FIRST_CYCLES,
           (unsigned long long)loss.l2_misses,
           (unsigned long long)loss.l3_misses, (unsigned long long)loss.remote);
    real_end(m.rig);
    return loss;
}

/* Loops: what it has in caches is what it needs. */
START_TEST(test_the_farther_a_vcpu_moves_the_more_it_loses)
{
    static const char *const programs[] = {"chase:footprint=256K,n=100000000",
                                           "kvstore:keys=4096,n=100000000"};
    const char *program = programs[_i];
    struct loss stays = loss_by_move(program, 0);
    struct loss sibling = loss_by_move(program, 1);
    struct loss core = loss_by_move(program, 2);
    struct loss node = loss_by_move(program, 4);

    ck_assert_double_lt(stays.cycles, 10000);
    ck_assert_double_lt(sibling.cycles, 0.5 * core.cycles);
    ck_assert_double_lt(core.cycles, 0.6 * node.cycles);
    ck_assert_uint_lt(sibling.l2_misses, core.l2_misses / 10);
    ck_assert_uint_lt(core.l3_misses, node.l3_misses / 10);
    ck_assert_uint_eq(sibling.remote + core.remote, 0);
    ck_assert_uint_gt(node.remote, node.l3_misses * 9 / 10);
}
END_TEST

/* --- far memory ---------------------------------------------------------- */

/* So many loads on pCPU 0; its memory is on a set of nodes. */
static struct run_record loads_from(uint64_t nodes, unsigned loads)
{
    struct real_rig *r = two_nodes("");
    struct run_record record;
    char line[128];
    unsigned n;

    snprintf(line, sizeof line,
             "--technique nested --memory 64M chase:footprint=32M,n=%u", loads);
    n = real_add(r, line);
    r->vms[n].affinity = 1;
    r->configs[n].memory_nodes = nodes;
    real_run(r, 1000);
    record = real_record(r, 0);
    ck_assert_int_eq(record.end, RUN_EXITED);
    real_end(r);
    return record;
}

/* Of its lines from memory, how many were from the other node's. */
static double remote_part(const struct run_record *r)
{
    return (double)record_count(r, COUNTER_MEM_REMOTE) /
           (double)record_count(r, COUNTER_L3_MISS);
}

/* The hypervisor's tables are on both nodes. */
START_TEST(test_lines_are_counted_by_where_they_come_from)
{
    struct run_record near = loads_from(1, 60000), far = loads_from(2, 60000);
    struct run_record both = loads_from(3, 60000);

    ck_assert_uint_gt(record_count(&near, COUNTER_L3_MISS), 100000);
    ck_assert_double_lt(remote_part(&near), 0.1);
    ck_assert_double_gt(remote_part(&far), 0.9);
    ck_assert_double_eq_tol(remote_part(&both), 0.5, 0.05);
    ck_assert_str_eq(near.stdout_sha256, far.stdout_sha256);
}
END_TEST

/* What the loads cost that one run has more than another: its start aside. */
START_TEST(test_a_line_from_another_node_takes_as_long_as_it_should)
{
    struct run_record near[] = {loads_from(1, 20000), loads_from(1, 60000)};
    struct run_record far[] = {loads_from(2, 20000), loads_from(2, 60000)};
    double cycles = (double)(far[1].cycles - far[0].cycles) -
                    (double)(near[1].cycles - near[0].cycles);
    double lines = (double)(record_count(&far[1], COUNTER_MEM_REMOTE) -
                            record_count(&far[0], COUNTER_MEM_REMOTE)) -
                   (double)(record_count(&near[1], COUNTER_MEM_REMOTE) -
                            record_count(&near[0], COUNTER_MEM_REMOTE));

    printf("far memory: %.1f cycles more for each line\n", cycles / lines);
    ck_assert_double_eq_tol(lines, 40000, 1000);
    ck_assert_double_eq_tol(cycles / lines, 456 - 258, 4);
}
END_TEST

/* One node: nothing is far, whatever far memory would cost. */
START_TEST(test_one_node_has_no_far_memory)
{
    struct run_record r[2];

    for (int i = 0; i < 2; i++) {
        struct real_rig *rig = real_begin(
            "rr", 2, i ? "--set dram.remote_cycles=1000" : "--check");

        real_add(rig, "--technique nested --memory 32M "
                      "chase:footprint=16M,n=20000");
        real_run(rig, 1000);
        r[i] = real_record(rig, 0);
        real_end(rig);
    }
    ck_assert_uint_eq(r[0].cycles, r[1].cycles);
    ck_assert_uint_eq(record_count(&r[1], COUNTER_MEM_REMOTE), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-numa");
    TCase *cases = tcase_create("real-numa");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, test_the_farther_a_vcpu_moves_the_more_it_loses,
                        0, 2);
    tcase_add_test(cases, test_lines_are_counted_by_where_they_come_from);
    tcase_add_test(cases,
                   test_a_line_from_another_node_takes_as_long_as_it_should);
    tcase_add_test(cases, test_one_node_has_no_far_memory);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
