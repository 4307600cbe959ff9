/*
 * Claim: a non-maskable interrupt reaches a guest in guest mode as it does a
 * CPU: at once, or, while another is handled, behind its IRET, where the
 * hypervisor waits for the NMI window.
 *
 * Intel SDM vol. 3, "Nonmaskable Interrupt (NMI)", "NMI-Window Exiting",
 * "Interrupt Command Register (ICR)".
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum {
    MEMORY = 4 << 20,
    HANDLER = 0x8000,
    IDT = 0x6000,
    GDT = 0x7000,
    STACK_TOP = 0xf000,
};

/* esi counts; the first NMI's handler sends the second. */
static const uint8_t handler[] = {
    0x46,                                                       /* inc esi */
    0x83, 0xfe, 0x01,                                           /* cmp esi, 1 */
    0x75, 0x0a,                                                 /* jne done */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x00, 0x44, 0x00, 0x00, /* NMI */
    0x89, 0xf7, /* done: mov edi, esi */
    0xcf,       /* iret */
};

static const uint8_t code[] = {
    0xbb, 0x00, 0x00, 0xe0, 0xfe, /* mov ebx, 0xfee00000 */
    0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, 0x00, 0x00, /* SVR */
    0xc7, 0x83, 0x10, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* to 0 */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x00, 0x44, 0x00, 0x00, /* NMI */
    0x90, 0x90, 0x90,       /* it comes here */
    0xb0, 0x2a, 0xe6, 0xf4, /* out 0xf4, 42 */
};

struct outcome {
    enum rig_end end;
    uint64_t taken, instructions, windows;
};

static struct outcome run(const struct technique_ops *technique)
{
    struct outcome o = {0};
    struct cpu_state *s;
    struct rig r;

    rig_defaults(&r);
    rig_open(&r, technique, MEMORY);
    rig_boot(&r, code, sizeof code);
    ck_assert(vm_copy_in(r.vm, gpa(HANDLER), handler, sizeof handler));
    rig_put64(&r, IDT + 2 * 8, HANDLER | 0x08 << 16 | (uint64_t)0x8e00 << 32);
    rig_put64(&r, GDT + 8, 0x00cf9b000000ffff);
    rig_put64(&r, GDT + 16, 0x00cf93000000ffff);
    s = cpu_state(r.cpu);
    s->gdtr = (struct table_register){.base = GDT, .limit = 23};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    s->gpr[REG_RSP] = STACK_TOP;
    s->gpr[REG_RSI] = 0;
    cpu_sync(r.cpu);
    o.end = rig_run(&r, 1000);
    o.taken = cpu_state(r.cpu)->gpr[REG_RSI];
    o.instructions = cpu_retired(r.cpu);
    o.windows = r.vm->vcpus[0]->counters.value[COUNTER_EXIT_REASON_NMI_WINDOW];
    rig_close(&r);
    return o;
}

START_TEST(test_guest_nmi_waits_for_the_iret_of_another)
{
    const struct technique_ops *guests[] = {
        &technique_native, &technique_nested, &technique_shadow};

    for (size_t i = 0; i < ARRAY_LEN(guests); i++) {
        struct outcome got = run(guests[i]);

        ck_assert_int_eq(got.end, RIG_EXITED);
        ck_assert_uint_eq(got.taken, 2);
        ck_assert_uint_eq(got.windows, guests[i] != &technique_native);
        /* Nine of the code, two handlers of six and five. */
        ck_assert_uint_eq(got.instructions, 9 + 6 + 5);
    }
}
END_TEST

/* An IRET whose frame lies where nothing has been touched yet. */
static const uint8_t iret_code[] = {0xcf, 0xf4};
/* hands over where it interrupted: pop edi; out 0xf4, 42 */
static const uint8_t teller[] = {0x5f, 0xb0, 0x2a, 0xe6, 0xf4};

enum { FRAME = 0x200000, BEHIND = 0x100010 };

/* The NMI is sent while another is handled: by that one's IRET. */
static uint64_t interrupted(const struct technique_ops *technique)
{
    const uint32_t frame[3] = {BEHIND, 0x08, 2};
    const uint8_t nops[] = {0x90, 0x90, 0x90, 0xf4};
    struct cpu_state *s;
    struct rig r;
    uint64_t at;

    rig_defaults(&r);
    rig_open(&r, technique, MEMORY);
    rig_boot(&r, iret_code, sizeof iret_code);
    ck_assert(vm_copy_in(r.vm, gpa(HANDLER), teller, sizeof teller));
    ck_assert(vm_copy_in(r.vm, gpa(FRAME), frame, sizeof frame));
    ck_assert(vm_copy_in(r.vm, gpa(BEHIND), nops, sizeof nops));
    rig_put64(&r, IDT + 2 * 8, HANDLER | 0x08 << 16 | (uint64_t)0x8e00 << 32);
    rig_put64(&r, GDT + 8, 0x00cf9b000000ffff);
    rig_put64(&r, GDT + 16, 0x00cf93000000ffff);
    s = cpu_state(r.cpu);
    s->gdtr = (struct table_register){.base = GDT, .limit = 23};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    s->gpr[REG_RSP] = FRAME;
    s->nmi_blocked = true;
    cpu_sync(r.cpu);
    r.vm->platform.lapics[0].nmi = true;
    ck_assert_int_eq(rig_run(&r, 1000), RIG_EXITED);
    at = cpu_state(r.cpu)->gpr[REG_RDI];
    rig_close(&r);
    return at;
}

START_TEST(test_guest_nmi_does_not_come_before_an_iret_that_exits)
{
    ck_assert_uint_eq(interrupted(&technique_native), BEHIND);
    ck_assert_uint_eq(interrupted(&technique_nested), BEHIND);
    ck_assert_uint_eq(interrupted(&technique_shadow), BEHIND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest nmi");
    TCase *nmi = tcase_create("nmi");
    SRunner *runner;
    int failed;

    tcase_add_test(nmi, test_guest_nmi_waits_for_the_iret_of_another);
    tcase_add_test(nmi, test_guest_nmi_does_not_come_before_an_iret_that_exits);
    suite_add_tcase(suite, nmi);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
