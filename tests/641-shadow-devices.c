/*
 * Claim: what a device writes into a page table of the guest means the same
 * under shadow paging as natively: once the guest has flushed, its accesses
 * follow the new entries, at every level, in every paging mode.
 *
 * Intel SDM vol. 3, "Operations that Invalidate TLBs and Paging-Structure
 * Caches": memory-resident entries count, whoever wrote them.
 */
#include "tests/shadow_rig.h"

enum { OTHER = 0x100000 }; /* from the page to another */

/* As virtio does it: through the memory that the platform was given. */
static void device_writes(struct matrix *m, uint64_t at, const void *from,
                          size_t bytes)
{
    ck_assert(guest_memory_write(&m->rig.vm->platform.bus.memory, gpa(at), from,
                                 bytes));
}

/* The kernel loads a byte from the address. */
static struct ending load(struct matrix *m, uint8_t *byte)
{
    struct oracle o = matrix_lay_out(m->shape);
    struct ending e;

    o.kind = ASK_READ;
    o.who = BY_SUPERVISOR;
    matrix_set_access(m, &o, 0);
    e = matrix_step(m);
    *byte = (uint8_t)cpu_state_peek(m->rig.cpu)->gpr[REG_RAX];
    return e;
}

/* The address leads to a byte 0x11; OTHER bytes on is 0x22. */
static struct oracle open_mapped(struct matrix *m, struct rig_shape s)
{
    const uint8_t here = 0x11, there = 0x22;
    struct oracle o = matrix_lay_out(s);
    uint8_t byte;

    matrix_open(m, s, 12);
    for (unsigned level = s.leaf; level <= o_top(&o); level++)
        o.entry[level] |= 0x63;
    matrix_put_entries(m, &o);
    matrix_put(m, MATRIX_PAGE, &here, 1);
    matrix_put(m, MATRIX_PAGE + OTHER, &there, 1);
    ck_assert(!load(m, &byte).fault);
    ck_assert_uint_eq(byte, here);
    return o;
}

START_TEST(test_shadow_device_redirects_a_page_guest_follows)
{
    static struct matrix m;
    struct rig_shape s = rig_shapes[_i];
    struct oracle o = open_mapped(&m, s);
    uint64_t entry = o.entry[s.leaf] + OTHER;
    uint8_t byte;

    if (s.leaf > 1) /* as many bytes further, of whole pages */
        entry = o.entry[s.leaf] + (s.leaf == 2 && !o_32(&o) ? 0x200000 : 0);
    device_writes(&m, matrix_entry_at(&o, s.leaf), &entry, o_32(&o) ? 4 : 8);
    matrix_kernel_does(&m, MATRIX_DO_INVLPG, 0);
    ck_assert(!load(&m, &byte).fault);
    if (s.leaf == 1)
        ck_assert_uint_eq(byte, 0x22);
    else if (entry != o.entry[s.leaf])
        ck_assert_uint_eq(byte, 0);
    rig_close(&m.rig);
}
END_TEST

START_TEST(test_shadow_device_clears_an_entry_guest_faults)
{
    struct rig_shape s = rig_shapes[_i];

    for (unsigned level = s.leaf; level <= 5; level++) {
        static struct matrix m;
        struct oracle o = matrix_lay_out(s);
        uint64_t none = 0;
        uint8_t byte;

        if (level > o_top(&o))
            break;
        o = open_mapped(&m, s);
        device_writes(&m, matrix_entry_at(&o, level), &none, 4);
        matrix_kernel_does(&m, MATRIX_DO_CR3, m.base.cr3);
        ck_assert(load(&m, &byte).fault);
        device_writes(&m, matrix_entry_at(&o, level), &o.entry[level], 4);
        ck_assert(!load(&m, &byte).fault);
        ck_assert_uint_eq(byte, 0x11);
        rig_close(&m.rig);
    }
}
END_TEST

/* A whole table in one go, unless it is the one that the code needs, too. */
START_TEST(test_shadow_device_fills_a_table_guest_follows)
{
    static struct matrix m;
    struct rig_shape s = rig_shapes[_i];
    struct oracle o = open_mapped(&m, s);
    bool root = s.leaf == o_levels(s.paging);
    uint8_t bytes[4096] = {0}, byte;

    if (!root)
        device_writes(&m, o.page[s.leaf].gpa, bytes, sizeof bytes);
    matrix_kernel_does(&m, MATRIX_DO_CR3, m.base.cr3);
    ck_assert(load(&m, &byte).fault == !root);
    rig_close(&m.rig);
}
END_TEST

START_TEST(test_shadow_device_writes_data_nobody_cares)
{
    static struct matrix m;
    uint64_t word = 1, before;

    open_mapped(&m, rig_shapes[_i]);
    before = m.rig.dram.watch_writes;
    device_writes(&m, MATRIX_PAGE, &word, sizeof word);
    ck_assert_uint_eq(m.rig.dram.watch_writes, before);
    device_writes(&m, m.base.cr3 & ~(uint64_t)4095, &word, 0);
    ck_assert_uint_eq(m.rig.dram.watch_writes, before);
    rig_close(&m.rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow devices");
    TCase *cases = tcase_create("shadow devices");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases,
                        test_shadow_device_redirects_a_page_guest_follows, 0,
                        RIG_SHAPES);
    tcase_add_loop_test(cases, test_shadow_device_clears_an_entry_guest_faults,
                        0, RIG_SHAPES);
    tcase_add_loop_test(cases, test_shadow_device_fills_a_table_guest_follows,
                        0, RIG_SHAPES);
    tcase_add_loop_test(cases, test_shadow_device_writes_data_nobody_cares, 0,
                        RIG_SHAPES);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
