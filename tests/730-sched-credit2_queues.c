/*
 * Claim   Credit2 keeps a runqueue for each socket (or core, or one for all):
 *         vCPUs start where the load is least, stay while loads are even, and
 *         move when they are not; whatever VMs do, its queues stay in order.
 * Source  Xen, xen/common/sched/credit2.c, "Load tracking and load balancing".
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* Two sockets of 2 pCPUs each. */
static struct sched_rig *two_sockets(void)
{
    struct sched_rig *r = rig_begin("credit2", 4);

    r->host_config.sched.topology.nodes = 2;
    return r;
}

static unsigned socket_of(struct sched_rig *r, unsigned vm)
{
    return rig_sched_vm(r, vm)->vcpus[0].pcpu / 2;
}

START_TEST(test_credit2_sockets_are_filled_evenly_and_left_alone)
{
    struct sched_rig *r = two_sockets();

    rig_set(r, "sched.switch_cycles", "4812");
    for (unsigned i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    for (unsigned step = 0; step < 20; step++) {
        unsigned first = 0;

        rig_run(r, 100);
        for (unsigned i = 0; i < 8; i++)
            first += socket_of(r, i) == 0;
        ck_assert_uint_eq(first, 4);
    }
    for (unsigned i = 0; i < 8; i++)
        ck_assert_double_eq_tol(rig_share(r, i), 1.0 / 8, 0.00125);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_work_moves_to_the_socket_that_lost_its_own)
{
    struct sched_rig *r = two_sockets();
    uint64_t idle;

    for (unsigned i = 0; i < 8; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 1);
    for (unsigned i = 0; i < 8; i++)
        if (socket_of(r, i) == 0)
            event_heap_set(&r->host.events, 4 + 8 + i, 1000000000);
    rig_run(r, 2999);
    idle = rig_idle_cycles(r);
    /* The averages need part of a window of 1.07 s to tell. */
    ck_assert_uint_le(idle, 1200000000);
    rig_run(r, 1000);
    ck_assert_uint_eq(rig_idle_cycles(r), idle);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_runqueue_of_all_keeps_no_pcpu_idle_across_sockets)
{
    struct sched_rig *r = two_sockets();

    rig_set(r, "credit2.runqueue", "all");
    for (unsigned i = 0; i < 5; i++)
        rig_vm(r, 1, 256, "compute exp 10ms; block exp 100us");
    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 1, 256, "compute 100ms");
    rig_run(r, 2000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_end(r);
}
END_TEST

/* Four VMs with a vCPU for each core: each core shares 1:2:4:8, exactly. */
START_TEST(test_credit2_runqueue_of_a_core_is_exact)
{
    struct sched_rig *r = rig_begin("credit2", 4);

    rig_set(r, "credit2.runqueue", "core");
    for (unsigned i = 0; i < 4; i++)
        rig_vm(r, 4, 128u << i, "compute 100ms");
    rig_run(r, 10000);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_double_eq_tol(rig_share(r, i), (1u << i) / 15.0,
                                0.003 * (1u << i) / 15.0);
    rig_end(r);
}
END_TEST

/* One runqueue of two nodes of 2 pCPUs, whose VMs all like the first node. */
static struct sched_rig *soft(unsigned vms, const char *program)
{
    struct sched_rig *r = two_sockets();

    rig_set(r, "credit2.runqueue", "all");
    for (unsigned i = 0; i < vms; i++)
        r->vm_configs[rig_vm(r, 1, 256, program)].soft_affinity = 3;
    return r;
}

START_TEST(test_credit2_soft_affinity_holds_while_there_is_room)
{
    struct sched_rig *r = soft(2, "compute exp 1ms; block exp 1ms");

    rig_run(r, 1000);
    ck_assert_uint_eq(
        r->host.pcpus[2].guest_cycles + r->host.pcpus[3].guest_cycles, 0);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_soft_affinity_lets_no_pcpu_idle_and_brings_back)
{
    struct sched_rig *r = soft(4, "compute 100ms");
    uint64_t away;

    r->vms[0].stop_cycle = r->vms[1].stop_cycle = 1000000000;
    rig_run(r, 1000);
    ck_assert_uint_eq(rig_idle_cycles(r), 0);
    rig_run(r, 20); /* two slices at most */
    away = r->host.pcpus[2].guest_cycles + r->host.pcpus[3].guest_cycles;
    rig_run(r, 1000);
    ck_assert_uint_eq(
        r->host.pcpus[2].guest_cycles + r->host.pcpus[3].guest_cycles, away);
    rig_end(r);
}
END_TEST

START_TEST(test_credit2_soft_affinity_chooses_the_socket)
{
    struct sched_rig *r = two_sockets();

    for (unsigned i = 0; i < 4; i++)
        r->vm_configs[rig_vm(r, 1, 256, "compute 100ms")].soft_affinity =
            i % 2 ? 12 : 3;
    rig_run(r, 100);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(socket_of(r, i), i % 2);
    rig_end(r);
}
END_TEST

/* Everything at once: host_check looks after every event. */
static void check_mix(const char *runqueue)
{
    static const char *const programs[] = {
        "compute exp 2ms; block exp 1ms",
        "compute 300us; yield",
        "compute exp 5ms; barrier",
        "compute exp 500us; lock 0; compute 50us; unlock 0; block exp 200us",
        "compute 20ms; block 30ms",
    };
    struct sched_rig *r = two_sockets();

    rig_set(r, "credit2.runqueue", runqueue);
    r->host_config.sched.topology.threads_per_core = 2;
    for (unsigned i = 0; i < 20; i++) {
        rig_vm(r, 1 + i % 3, 64 + 100 * (i % 7), programs[i % 5]);
        r->vm_configs[i].cap_pct = i % 4 == 3 ? 10 + i : 0;
        if (i % 6 == 5)
            r->vm_configs[i].affinity = 1 + i % 15;
        r->vm_configs[i].soft_affinity = i % 3 ? 0 : 3u << i % 3;
        r->vms[i].start_cycle = 10000000u * (i % 3);
        if (i % 5 == 4)
            r->vms[i].stop_cycle = 500000000u + 70000000u * i;
    }
    rig_run(r, 3000);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_double_gt(rig_use(r, i), 0.001);
    rig_end(r);
}

START_TEST(test_credit2_queues_stay_in_order_whatever_happens)
{
    check_mix("socket");
    check_mix("core");
    check_mix("all");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_credit2_sockets_are_filled_evenly_and_left_alone,
        test_credit2_work_moves_to_the_socket_that_lost_its_own,
        test_credit2_runqueue_of_all_keeps_no_pcpu_idle_across_sockets,
        test_credit2_runqueue_of_a_core_is_exact,
        test_credit2_soft_affinity_holds_while_there_is_room,
        test_credit2_soft_affinity_lets_no_pcpu_idle_and_brings_back,
        test_credit2_soft_affinity_chooses_the_socket,
        test_credit2_queues_stay_in_order_whatever_happens,
    };

    return rig_main("sched-credit2_queues", tests, ARRAY_LEN(tests));
}
