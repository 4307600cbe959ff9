/*
 * Claim: a guest in guest mode reaches device memory as it does natively, with
 * any instruction that addresses memory: what it reads, what it computes and
 * what the devices keep are the same under nested and shadow paging; there
 * each access exits.
 *
 * Intel SDM vol. 3, "EPT Misconfigurations", "Local APIC" (its registers are
 * memory at 0xfee00000).  The guest runs 32-bit code, paging off and on.
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum { MEMORY = 4 << 20, DIRECTORY = 0x2000 };

/* esi: a checksum of what was read. */
static const uint8_t accesses[] = {
    0xbb, 0x00, 0x00, 0xe0, 0xfe,       /* mov ebx, 0xfee00000 */
    0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, /* SVR: enable, vector 0xff */
    0xff, 0x01, 0x00, 0x00, 0x8b, 0x83, 0xf0, 0x00, 0x00, 0x00, /* read it */
    0x01, 0xc6, /* add esi, eax */
    0xc7, 0x83, 0x80, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00, /* TPR */
    0x83, 0x8b, 0x80, 0x00, 0x00, 0x00, 0x10,       /* or TPR, 0x10 */
    0x03, 0xb3, 0x80, 0x00, 0x00, 0x00,             /* add esi, TPR */
    0x31, 0xc0, 0x87, 0x83, 0x80, 0x00, 0x00, 0x00, /* xchg eax, TPR */
    0x01, 0xc6,                                     /* add esi, eax */
    0x8d, 0xbb, 0x80, 0x00, 0x00, 0x00,             /* lea edi, TPR */
    0x68, 0x40, 0x00, 0x00, 0x00,                   /* push 0x40 */
    0x89, 0xf5, 0x89, 0xe6, 0xa5, 0x89, 0xee,       /* movsd to TPR */
    0x58,                                           /* pop eax */
    0xff, 0xb3, 0x80, 0x00, 0x00, 0x00,             /* push TPR */
    0x58, 0x01, 0xc6,                               /* pop eax; add esi, eax */
};

static const uint8_t paging_on[] = {
    0x0f, 0x20, 0xe0, 0x0c, 0x10, 0x0f, 0x22, 0xe0,       /* CR4.PSE */
    0xb8, 0x00, 0x20, 0x00, 0x00, 0x0f, 0x22, 0xd8,       /* CR3 */
    0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, /* CR0.PG */
    0x22, 0xc0,
};

static const uint8_t end[] = {0xb0, 0x2a, 0xe6, 0xf4};

struct outcome {
    enum rig_end end;
    uint64_t checksum, instructions, device_exits;
    uint32_t task_priority;
};

static void build(struct rig *r)
{
    const uint32_t low = 0x83;               /* 4M, writable */
    const uint32_t apic = 0xfec00000 | 0x83; /* 4M around the local APIC */

    ck_assert(vm_copy_in(r->vm, gpa(DIRECTORY), &low, sizeof low));
    ck_assert(
        vm_copy_in(r->vm, gpa(DIRECTORY + 0x3fb * 4), &apic, sizeof apic));
}

static struct outcome run(const struct technique_ops *technique, bool paging)
{
    uint8_t code[2 * sizeof accesses + sizeof paging_on + sizeof end];
    size_t used = 0;
    struct outcome o = {0};
    struct counters *c;
    struct rig r;

    if (paging)
        memcpy(code, paging_on, used = sizeof paging_on);
    memcpy(code + used, accesses, sizeof accesses);
    used += sizeof accesses;
    memcpy(code + used, accesses, sizeof accesses);
    used += sizeof accesses;
    memcpy(code + used, end, sizeof end);
    rig_defaults(&r);
    rig_open(&r, technique, MEMORY);
    rig_boot(&r, code, used + sizeof end);
    build(&r);
    cpu_state(r.cpu)->gpr[REG_RSI] = 0;
    cpu_state(r.cpu)->gpr[REG_RSP] = 0x8000;
    o.end = rig_run(&r, 1000);
    c = &r.vm->vcpus[0]->counters;
    o.checksum = cpu_state(r.cpu)->gpr[REG_RSI];
    o.instructions = cpu_retired(r.cpu);
    o.device_exits = c->value[COUNTER_EXIT_REASON_EPT_MISCONFIG] +
                     c->value[COUNTER_EXIT_REASON_EXCEPTION];
    o.task_priority = r.vm->platform.lapics[0].task_priority;
    rig_close(&r);
    return o;
}

START_TEST(test_guest_reaches_device_memory_as_natively)
{
    const struct technique_ops *guests[] = {&technique_nested,
                                            &technique_shadow};
    struct outcome want = run(&technique_native, _i != 0);

    ck_assert_int_eq(want.end, RIG_EXITED);
    ck_assert_uint_eq(want.task_priority, 0x40);
    ck_assert_uint_gt(want.checksum, 0);
    for (size_t i = 0; i < ARRAY_LEN(guests); i++) {
        struct outcome got = run(guests[i], _i != 0);

        ck_assert_int_eq(got.end, RIG_EXITED);
        ck_assert_uint_eq(got.checksum, want.checksum);
        ck_assert_uint_eq(got.instructions, want.instructions);
        ck_assert_uint_eq(got.task_priority, want.task_priority);
        ck_assert_uint_ge(got.device_exits, 15);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest devices");
    TCase *memory = tcase_create("memory");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(memory, test_guest_reaches_device_memory_as_natively, 0,
                        2);
    suite_add_tcase(suite, memory);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
