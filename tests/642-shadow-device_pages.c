/*
 * Claim: one instruction may reach two pages of devices, or of a device and
 * of memory that the hypervisor has not mapped yet, and does the same natively
 * and under shadow and nested paging: each access reaches its device once, in
 * order, and an access that crosses from one page to the next is refused.
 *
 * Intel SDM vol. 3, "Memory Cache Control" (uncacheable memory), "VM Exits";
 * the registers are those of "Local APIC" and of the I/O APIC.
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum {
    MEMORY = 8 << 20,
    IDT = 0x6000,
    GDT = 0x7000,
    HANDLER = 0x8000,
    DEVICE_CYCLES = 1000,
    ACCESSES = 18, /* of the code below, the port's among them */
};

/* 32 bits, flat, no paging; results gather in ebp. */
static const uint8_t code[] = {
    /* mov dword [0xfec00000], 0: the I/O APIC's number */
    0xc7, 0x05, 0x00, 0x00, 0xc0, 0xfe, 0x00, 0x00, 0x00, 0x00,
    /* mov dword [0xfee000d0], 0x0a000000: logical destination */
    0xc7, 0x05, 0xd0, 0x00, 0xe0, 0xfe, 0x00, 0x00, 0x00, 0x0a,
    /* mov esi,0xfee000d0; mov edi,0xfec00010; movsd; mov ebp,[edi-4] */
    0xbe, 0xd0, 0x00, 0xe0, 0xfe, 0xbf, 0x10, 0x00, 0xc0, 0xfe, 0xa5, 0x8b,
    0x6f, 0xfc,
    /* mov dword [0xfec00010], 0x05000000 */
    0xc7, 0x05, 0x10, 0x00, 0xc0, 0xfe, 0x00, 0x00, 0x00, 0x05,
    /* mov esp,0xfee000d4; push dword [0xfec00010]; rol ebp,3 */
    0xbc, 0xd4, 0x00, 0xe0, 0xfe, 0xff, 0x35, 0x10, 0x00, 0xc0, 0xfe, 0xc1,
    0xc5, 0x03,
    /* add ebp,[0xfee000d0] */
    0x03, 0x2d, 0xd0, 0x00, 0xe0, 0xfe,
    /* mov esi,0xfec00010; mov edi,0xfee000d0; cmpsd; setz dl; add ebp,edx */
    0xbe, 0x10, 0x00, 0xc0, 0xfe, 0xbf, 0xd0, 0x00, 0xe0, 0xfe, 0x31, 0xd2,
    0xa7, 0x0f, 0x94, 0xc2, 0x01, 0xd5,
    /* mov esi,0xfee00030; mov edi,0x300000; movsd: memory nobody touched */
    0xbe, 0x30, 0x00, 0xe0, 0xfe, 0xbf, 0x00, 0x00, 0x30, 0x00, 0xa5,
    /* mov esp,0x400100; push dword [0xfee000d0]; pop dword [0xfee00080] */
    0xbc, 0x00, 0x01, 0x40, 0x00, 0xff, 0x35, 0xd0, 0x00, 0xe0, 0xfe, 0x8f,
    0x05, 0x80, 0x00, 0xe0, 0xfe,
    /* mov ecx,3; mov esi,0x500ffc; mov edi,0xfec00010; std; rep movsd:
       from memory into devices, downwards; cld */
    0xb9, 0x03, 0x00, 0x00, 0x00, 0xbe, 0xfc, 0x0f, 0x50, 0x00, 0xbf, 0x10,
    0x00, 0xc0, 0xfe, 0xfd, 0xf3, 0xa5, 0xfc,
    /* mov eax,[0xfee00ffe]: #GP, and on behind it */
    0xa1, 0xfe, 0x0f, 0xe0, 0xfe,
    /* add ebp,[0x300000]; mov al,42; out 0xf4,al */
    0x03, 0x2d, 0x00, 0x00, 0x30, 0x00, 0xb0, 0x2a, 0xe6, 0xf4};

/* pop edx; add ebp,edx; add ebp,0x1000; add dword [esp],5; iret */
static const uint8_t handler[] = {0x5a, 0x01, 0xd5, 0x81, 0xc5, 0x00, 0x10,
                                  0x00, 0x00, 0x83, 0x04, 0x24, 0x05, 0xcf};

struct outcome {
    uint64_t ebp, memory, device_cycles, instructions;
};

static struct outcome run(const struct technique_ops *technique)
{
    struct outcome o;
    struct cpu_state *s;
    struct rig r;

    rig_defaults(&r);
    r.hv_config.device_cycles = DEVICE_CYCLES;
    rig_open(&r, technique, MEMORY);
    rig_boot(&r, code, sizeof code);
    ck_assert(vm_copy_in(r.vm, gpa(HANDLER), handler, sizeof handler));
    rig_put64(&r, IDT + 13 * 8, HANDLER | 0x08 << 16 | (uint64_t)0x8e00 << 32);
    rig_put64(&r, GDT + 8, 0x00cf9b000000ffff);
    s = cpu_state(r.cpu);
    s->gdtr = (struct table_register){.base = GDT, .limit = 15};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    cpu_sync(r.cpu);
    ck_assert_msg(rig_run(&r, 1000) == RIG_EXITED, "%s: %s", technique->name,
                  r.vm->crash);
    ck_assert_uint_eq(r.vm->platform.bus.exit_status, 42);
    o = (struct outcome){.ebp = cpu_state(r.cpu)->gpr[REG_RBP],
                         .memory = rig_hash_memory(&r),
                         .device_cycles =
                             r.vm->vcpus[0]->ledger.cycles[LEDGER_DEVICE],
                         .instructions = cpu_retired(r.cpu)};
    rig_close(&r);
    return o;
}

START_TEST(test_device_two_pages_in_one_instruction_as_native)
{
    const struct outcome want = run(&technique_native);
    const struct outcome got = run(_i ? &technique_nested : &technique_shadow);

    ck_assert_uint_gt(want.ebp, 0x1000);
    ck_assert_uint_eq(got.ebp, want.ebp);
    ck_assert_uint_eq(got.memory, want.memory);
    ck_assert_uint_eq(got.instructions, want.instructions);
    ck_assert_uint_eq(got.device_cycles, ACCESSES * DEVICE_CYCLES);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow device pages");
    TCase *cases = tcase_create("shadow device pages");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(
        cases, test_device_two_pages_in_one_instruction_as_native, 0, 2);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
