/*
 * Claim   A guest that abuses what KVM offers it - kicks, interrupts and yields
 *         without end, to vCPUs that do not exist, with arguments at random; a
 *         record where no memory is, over a device, or over its own code -
 *         harms itself alone: what another VM computes does not change by a
 *         byte, and it has the share that the policy gives it.
 * Source  Popek, Goldberg: Formal Requirements for Virtualizable Third
 *         Generation Architectures, CACM 17(7), 1974 (resource control);
 *         Linux, Documentation/virt/kvm/x86/{msr,hypercalls}.rst.
 */
#include "sim/core/macros.h"
#include "tests/real_rig.h"

/* 32-bit code at 1 MiB, paging off, interrupts off. */
static const uint8_t spins[] = {0xeb, 0xfe};
static const uint8_t kicks[] = {
    0xb9, 0x00, 0x00, 0x00, 0x00, /* mov ecx, 0: the APIC ID, going down */
    0xb8, 0x05, 0x00, 0x00, 0x00, /* mov eax, 5: KVM_HC_KICK_CPU */
    0x31, 0xdb,                   /* xor ebx, ebx */
    0x0f, 0x01, 0xc1,             /* vmcall */
    0x49,                         /* dec ecx */
    0xeb, 0xf3,
};
static const uint8_t kicks_itself[] = {
    0xb8, 0x05, 0x00, 0x00, 0x00, /* mov eax, 5 */
    0x31, 0xc9,                   /* xor ecx, ecx */
    0x0f, 0x01, 0xc1,             /* vmcall */
    0xf4,                         /* hlt: over at once */
    0xeb, 0xf3,
};
static const uint8_t ipis[] = {
    0xbf, 0x00, 0x00, 0xe0, 0xfe,                   /* mov edi, 0xfee00000 */
    0xc7, 0x87, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, /* SVR: enabled */
    0x00, 0x00,                                     /* */
    0xb8, 0x0a, 0x00, 0x00, 0x00, /* mov eax, 10: KVM_HC_SEND_IPI */
    0xbb, 0xff, 0xff, 0xff, 0xff, /* mov ebx, -1: to all */
    0xb9, 0xff, 0xff, 0xff, 0xff, /* mov ecx, -1 */
    0x31, 0xd2,                   /* xor edx, edx: from APIC ID 0 on */
    0xbe, 0x41, 0x00, 0x00, 0x00, /* mov esi, 0x41: the vector */
    0x0f, 0x01, 0xc1,             /* vmcall */
    0xeb, 0xe5,
};
/* The first ID and the command are anything: INIT, NMI, startup, no mode. */
static const uint8_t wild_ipis[] = {
    0x31, 0xf6,                         /* xor esi, esi */
    0xb8, 0x0a, 0x00, 0x00, 0x00,       /* mov eax, 10 */
    0xbb, 0xff, 0xff, 0xff, 0xff,       /* mov ebx, -1 */
    0xb9, 0xff, 0xff, 0xff, 0xff,       /* mov ecx, -1 */
    0x89, 0xf2,                         /* mov edx, esi */
    0x0f, 0x01, 0xc1,                   /* vmcall */
    0x81, 0xc6, 0x01, 0x01, 0x01, 0x01, /* add esi, 0x1010101 */
    0xeb, 0xe4,
};
static const uint8_t yields[] = {
    0x31, 0xdb, /* xor ebx, ebx: itself, its sibling, nobody */
    0xb8, 0x0b, 0x00, 0x00, 0x00, /* mov eax, 11: KVM_HC_SCHED_YIELD */
    0x0f, 0x01, 0xc1,             /* vmcall */
    0x43,                         /* inc ebx */
    0x83, 0xe3, 0x03,             /* and ebx, 3 */
    0xeb, 0xf2,
};
static const uint8_t all_calls[] = {
    0x31, 0xf6,       /* xor esi, esi */
    0x89, 0xf0,       /* mov eax, esi */
    0x0f, 0x01, 0xc1, /* vmcall */
    0x46,             /* inc esi */
    0xeb, 0xf8,
};
#define RECORD_AT(b0, b1, b2, b3, high)                                        \
    {                                                                          \
        0xb9, 0x03, 0x4d, 0x56, 0x4b, /* mov ecx, MSR_KVM_STEAL_TIME */        \
            0xb8, b0, b1, b2, b3,     /* mov eax, the record's address + 1 */  \
            0xba, high, 0x00, 0x00, 0x00, /* mov edx */                        \
            0x0f, 0x30,                   /* wrmsr */                          \
            0xeb, 0xfe,                                                        \
    }
static const uint8_t record_nowhere[] = RECORD_AT(0xc1, 0xff, 0xff, 0xff, 0x7f);
static const uint8_t record_behind[] = RECORD_AT(0x01, 0x00, 0x00, 0x01, 0x00);
static const uint8_t record_on_device[] =
    RECORD_AT(0x01, 0x00, 0xe0, 0xfe, 0x00);
static const uint8_t record_on_code[] = RECORD_AT(0x01, 0x00, 0x10, 0x00, 0x00);
/* Reserved bits: #GP, and there is no handler. */
static const uint8_t record_reserved[] =
    RECORD_AT(0x03, 0x00, 0x20, 0x00, 0x00);

static const struct abuse {
    const char *name;
    const uint8_t *code;
    size_t bytes;
    bool ends; /* by what it does to itself */
} abuses[] = {
    {"kicks", kicks, sizeof kicks, false},
    {"kicks itself", kicks_itself, sizeof kicks_itself, false},
    {"IPIs", ipis, sizeof ipis, false},
    {"wild IPIs", wild_ipis, sizeof wild_ipis, true},
    {"yields", yields, sizeof yields, false},
    {"all calls", all_calls, sizeof all_calls, false},
    {"record nowhere", record_nowhere, sizeof record_nowhere, false},
    {"record behind", record_behind, sizeof record_behind, false},
    {"record on device", record_on_device, sizeof record_on_device, false},
    {"record on code", record_on_code, sizeof record_on_code, false},
    {"record, reserved bits", record_reserved, sizeof record_reserved, true},
};

#define LAST_CYCLE ((uint64_t)200000000)
#define OFFERS                                                                 \
    "--set kvm.steal_time=on --set kvm.pv_unhalt=on "                          \
    "--set kvm.pv_tlb_flush=on --set kvm.pv_ipi=on "                           \
    "--set kvm.pv_sched_yield=on"

static const char victim[] =
    "--technique nested --memory 16M " OFFERS " kvstore:keys=512,n=10000";

/* The victim beside a VM of two vCPUs, of which one waits to be started. */
static struct real_rig *beside(const struct abuse *a, const char *technique,
                               const char *policy)
{
    struct real_rig *r =
        real_begin(policy, 1,
                   "--check --set rr.slice_us=100 --set cfs.latency_us=200 "
                   "--set cfs.min_granularity_us=100 "
                   "--set cfs.wakeup_granularity_us=100 --set cfs.hz=10000");
    char line[256];

    snprintf(line, sizeof line,
             "--technique %s --vcpus 2 --memory 16M " OFFERS " syscall",
             technique);
    real_add(r, victim);
    real_set_code(r, real_add(r, line), a->code, a->bytes);
    do
        real_run(r, 1);
    while (r->rows[0].ended_cycle == UINT64_MAX && r->now_cycle < LAST_CYCLE);
    return r;
}

static double waited(const struct real_rig *r)
{
    const struct sched_vcpu *v = &r->host.dispatch.sched.vms[0].vcpus[0];

    return (double)v->state_cycles[SCHED_RUNNABLE] /
           (double)r->rows[0].ended_cycle;
}

/* Beside one that does nothing but run. */
static double waited_usually(const char *technique, const char *policy)
{
    static const struct abuse none = {"none", spins, sizeof spins, false};
    struct real_rig *r = beside(&none, technique, policy);
    double usual = waited(r);

    real_end(r);
    return usual;
}

static void check(const struct abuse *a, const char *technique,
                  const char *policy)
{
    struct real_rig *r = beside(a, technique, policy);
    struct run_record alone = real_alone(victim);
    struct run_record together = real_record(r, 0);
    struct run_record hostile = real_record(r, 1);
    double usual = waited_usually(technique, policy), here = waited(r);

    real_ended_as(&together, &alone);
    ck_assert_msg(hostile.end == RUN_LIMIT ||
                      (a->ends && hostile.end == RUN_CRASHED),
                  "%s, %s, %s: ended by %d: %s", a->name, technique, policy,
                  (int)hostile.end, hostile.text);
    ck_assert_double_le(usual, 0.54); /* half, but for the last slice */
    ck_assert_msg(here <= usual + 0.005, "%s, %s, %s: waited %f, usually %f",
                  a->name, technique, policy, here, usual);
    real_end(r);
}

START_TEST(test_abuse_harms_the_abuser_alone)
{
    const struct abuse *a = &abuses[_i];

    check(a, "nested", "rr");
    check(a, "shadow", "cfs");
    check(a, "nested", "cfs");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-kvm_hostile");
    TCase *cases = tcase_create("real-kvm_hostile");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, test_abuse_harms_the_abuser_alone, 0,
                        (int)ARRAY_LEN(abuses));
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
