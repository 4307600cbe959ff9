/*
 * Claim: an NMI that a guest sends itself through its local APIC's page (Intel
 * SDM vol. 3, "Issuing Interprocessor Interrupts", "Nonmaskable Interrupt")
 * wakes it from HLT with interrupts off and reaches its handler by vector 2,
 * natively and as a guest.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum { MEMORY = 8 << 20 };

/* Loaded at 0x100000. */
static const uint8_t code[] = {
    0xbc,          0x00, 0x00, 0x20, 0x00, /* mov $0x200000, %esp */
    0x0f,          0x01, 0x15, 0x40, 0x00,
    0x10,          0x00, /* lgdt 0x100040 */
    0x0f,          0x01, 0x1d, 0x48, 0x00,
    0x10,          0x00, /* lidt 0x100048 */
    0xc7,          0x05, 0x10, 0x03, 0xe0,
    0xfe,          0,    0,    0,    0, /* ICR high: APIC 0 */
    0xc7,          0x05, 0x00, 0x03, 0xe0,
    0xfe,          0x00, 0x44, 0,    0, /* ICR: NMI */
    0xf4,                               /* hlt */
    0xeb,          0xfe,                /* jmp . */
    [0x40] = 0x0f, 0x00, 0x80, 0x00, 0x10,
    0x00, /* GDT at 0x100080 */
    [0x48] = 0x1f, 0x00, 0xa0, 0x00, 0x10,
    0x00,                            /* IDT at 0x1000a0 */
    [0x60] = 0xb0, 0x05, 0xe6, 0xf4, /* out 5, to 0xf4 */
    [0x88] = 0xff, 0xff, 0,    0,    0,
    0x9b,          0xcf, 0, /* code, flat */
    [0xb0] = 0x60, 0x00, 0x08, 0x00, 0,
    0x8e,          0x10, 0x00, /* gate 2 */
};

START_TEST(test_nmi_to_itself_reaches_its_handler)
{
    static const struct technique_ops *const all[] = {
        &technique_native, &technique_shadow, &technique_nested};
    struct rig r;

    rig_defaults(&r);
    rig_open(&r, all[_i], MEMORY);
    rig_boot(&r, code, sizeof code);
    ck_assert_int_eq(rig_run(&r, 1000), RIG_EXITED);
    ck_assert_uint_eq(r.vm->platform.bus.exit_status, 5);
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nmi");
    TCase *tc = tcase_create("nmi");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tc, test_nmi_to_itself_reaches_its_handler, 0, 3);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
