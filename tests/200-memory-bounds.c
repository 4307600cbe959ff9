/*
 * Claim   Simulated DRAM is bounded: no access leaves it, whatever the address
 *         and length; untouched memory reads as zero and costs nothing, up to
 *         layouts far larger than the host.
 * Manual  none; DESIGN, "Memory".
 */
#include <string.h>

#include "tests/mmu_fixture.h"

START_TEST(test_memory_has_is_exact_at_the_end)
{
    struct memory m;
    struct error e;
    uint8_t byte = 1;

    ck_assert_int_eq(memory_init(&m, 1 << 20, &e), STATUS_OK);
    ck_assert(memory_has(&m, hpa(0), 1 << 20));
    ck_assert(!memory_has(&m, hpa(1), 1 << 20));
    ck_assert(memory_has(&m, hpa((1 << 20) - 1), 1));
    ck_assert(!memory_has(&m, hpa(1 << 20), 0));
    ck_assert(!memory_has(&m, hpa(UINT64_MAX), 1));
    ck_assert(!memory_has(&m, hpa(4096), UINT64_MAX));
    ck_assert(!memory_copy_in(&m, hpa((1 << 20) - 4), "12345", 5));
    ck_assert(!memory_copy_out(&m, &byte, hpa(1 << 20), 1));
    ck_assert(!memory_zero(&m, hpa(4096), UINT64_MAX - 4095));
    ck_assert_uint_eq(byte, 1);
    memory_free(&m);
}
END_TEST

START_TEST(test_memory_entries_outside_read_zero_and_drop)
{
    struct memory m;
    struct error e;

    ck_assert_int_eq(memory_init(&m, 4096, &e), STATUS_OK);
    memory_write64(&m, hpa(4088), 0x1122334455667788);
    ck_assert_uint_eq(memory_read64(&m, hpa(4088)), 0x1122334455667788);
    ck_assert_uint_eq(memory_read32(&m, hpa(4092)), 0x11223344);
    ck_assert_uint_eq(memory_read64(&m, hpa(4092)), 0);
    memory_write64(&m, hpa(4092), UINT64_MAX);
    ck_assert_uint_eq(memory_read32(&m, hpa(4092)), 0x11223344);
    memory_write32(&m, hpa(UINT64_MAX), 1);
    ck_assert_uint_eq(memory_read64(&m, hpa((uint64_t)1 << 60)), 0);
    memory_free(&m);
}
END_TEST

START_TEST(test_memory_copies_round_trip)
{
    struct memory m;
    struct error e;
    char back[6] = "xxxxx";

    ck_assert_int_eq(memory_init(&m, 8192, &e), STATUS_OK);
    ck_assert(memory_copy_in(&m, hpa(4094), "hello", 5));
    ck_assert(memory_copy_out(&m, back, hpa(4094), 5));
    ck_assert_str_eq(back, "hello");
    ck_assert(memory_zero(&m, hpa(4095), 3));
    ck_assert(memory_copy_out(&m, back, hpa(4094), 5));
    ck_assert_mem_eq(back, "h\0\0\0o", 5);
    ck_assert(memory_copy_in(&m, hpa(8192), "", 0));
    memory_free(&m);
}
END_TEST

START_TEST(test_memory_64_gib_is_sparse)
{
    uint64_t bytes = (uint64_t)64 << 30;
    struct memory m;
    struct error e;

    ck_assert_int_eq(memory_init(&m, bytes, &e), STATUS_OK);
    for (uint64_t a = 0; a < bytes; a += (uint64_t)1 << 30) {
        ck_assert_uint_eq(memory_read64(&m, hpa(a)), 0);
        memory_write64(&m, hpa(a), a + 1);
        m.code[a >> 12] = 1;
    }
    ck_assert_uint_eq(memory_read64(&m, hpa((uint64_t)63 << 30)),
                      ((uint64_t)63 << 30) + 1);
    ck_assert(memory_is_code(&m, hfn(0)));
    ck_assert(!memory_is_code(&m, hfn(1)));
    memory_free(&m);
}
END_TEST

START_TEST(test_memory_illegal_size_is_refused)
{
    struct memory m;
    struct error e;

    ck_assert_int_eq(memory_init(&m, 0, &e), STATUS_USAGE);
    ck_assert_int_eq(memory_init(&m, 4097, &e), STATUS_USAGE);
    ck_assert_int_eq(memory_init(&m, (uint64_t)1 << 50, &e), STATUS_USAGE);
    memory_free(&m);
}
END_TEST

START_TEST(test_memory_tells_of_device_writes_to_watched_frames)
{
    struct memory m;
    struct error e;

    ck_assert_int_eq(memory_init(&m, 4 * PAGE_BYTES, &e), STATUS_OK);
    memory_watch(&m, hfn(1), true);
    memory_watch(&m, hfn(2), true);
    ck_assert(memory_dma_write(&m, hpa(0xfff), "x", 1));
    ck_assert(memory_copy_in(&m, hpa(0x1000), "x", 1)); /* by a CPU */
    ck_assert(!memory_dma_write(&m, hpa(4 * PAGE_BYTES - 1), "xy", 2));
    ck_assert_uint_eq(m.watch_writes, 0);
    ck_assert(memory_dma_write(&m, hpa(0x1fff), "xy", 2));
    ck_assert_uint_eq(m.watch_writes, 2);
    ck_assert(memory_take_written(&m, hfn(1)));
    ck_assert(!memory_take_written(&m, hfn(1)));
    memory_watch(&m, hfn(2), false);
    ck_assert(!memory_take_written(&m, hfn(2)));
    ck_assert(memory_dma_write(&m, hpa(0x2000), "x", 1));
    ck_assert_uint_eq(m.watch_writes, 2);
    memory_free(&m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_memory_has_is_exact_at_the_end,
        test_memory_entries_outside_read_zero_and_drop,
        test_memory_copies_round_trip,
        test_memory_64_gib_is_sparse,
        test_memory_illegal_size_is_refused,
        test_memory_tells_of_device_writes_to_watched_frames,
    };

    return run_cases("memory-bounds", tests, sizeof(tests) / sizeof(*tests));
}
