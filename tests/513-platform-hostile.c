/*
 * Claim: whatever a guest does to its devices, in any order, size and time,
 * no device breaks an invariant, reaches memory or disk that is not the
 * guest's, or stops time: after each advance the next event lies ahead.  Run
 * by the sanitizers' build too, which sees every access out of bounds.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "sim/devices/disk.h"
#include "sim/devices/screen.h"
#include "tests/platform_fixture.h"

enum {
    STEPS = 60000,
    CPUS = 3,
    GUARD_BYTES = 1 << 16,
    GUEST_BYTES = 1 << 20,
    SECTORS = 64,
    GUARD = 0xa5,
};

struct victim {
    struct platform p;
    struct memory dram;
    struct disk disk;
    uint8_t image[(SECTORS + 2) * DISK_SECTOR_BYTES];
    struct rng rng;
    uint64_t now;
};

static uint64_t below(struct victim *v, uint64_t limit)
{
    return rng_next(&v->rng) % limit;
}

static void make(struct victim *v, const char *platform, uint64_t seed)
{
    struct platform_config c = platform_plain_config(platform);
    struct error e;

    memset(v, 0, sizeof *v);
    memset(v->image, GUARD, sizeof v->image);
    v->rng = (struct rng){.state = seed};
    v->disk =
        (struct disk){.data = v->image + DISK_SECTOR_BYTES, .sectors = SECTORS};
    ck_assert_int_eq(memory_init(&v->dram, GUEST_BYTES + 2 * GUARD_BYTES, &e),
                     STATUS_OK);
    memset(v->dram.base, GUARD, GUARD_BYTES);
    memset(v->dram.base + GUARD_BYTES + GUEST_BYTES, GUARD, GUARD_BYTES);
    c.vcpus = CPUS;
    c.disks[0] = &v->disk;
    c.memory.dram = &v->dram;
    guest_memory_add(&c.memory, gpa(0), GUEST_BYTES, hpa(GUARD_BYTES));
    ck_assert_int_eq(platform_init(&v->p, &c, &e), STATUS_OK);
}

static void check_guard(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ck_assert_uint_eq(data[i], GUARD);
}

static void finish(struct victim *v)
{
    check_guard(v->dram.base, GUARD_BYTES);
    check_guard(v->dram.base + GUARD_BYTES + GUEST_BYTES, GUARD_BYTES);
    check_guard(v->image, DISK_SECTOR_BYTES);
    check_guard(v->image + (SECTORS + 1) * DISK_SECTOR_BYTES,
                DISK_SECTOR_BYTES);
    platform_free(&v->p);
    memory_free(&v->dram);
}

/* A row of the table, so that most accesses meet a device. */
static uint64_t some_address(struct victim *v, enum platform_space space)
{
    const struct range_row *r = &range_rows[below(v, range_row_count)];

    if (r->space != space)
        return below(v, space == SPACE_PORT ? 0x10000 : 1ull << 33);
    return r->first + below(v, r->bytes + 2u);
}

static uint64_t some_memory(struct victim *v)
{
    switch (below(v, 4)) {
    case 0:
        return 0xfee00000 + below(v, 0x404) / (1 + below(v, 2) * 15);
    case 1:
        return 0xe0000000 + below(v, 0x20000000);
    default:
        return some_address(v, SPACE_MEMORY);
    }
}

/* Values as drivers use them: small, or a bit, or anything. */
static uint64_t some_value(struct victim *v)
{
    switch (below(v, 4)) {
    case 0:
        return below(v, 16);
    case 1:
        return 1ull << below(v, 64);
    case 2:
        return below(v, GUEST_BYTES + 0x1000);
    default:
        return rng_next(&v->rng);
    }
}

static void access_port(struct victim *v)
{
    static const uint8_t sizes[3] = {1, 2, 4};
    static uint8_t data[4096];
    struct port_access a = {
        .port = (uint16_t)some_address(v, SPACE_PORT),
        .in = below(v, 2) != 0,
        .bytes = sizes[below(v, 3)],
        .count = below(v, 16) ? 1 : (uint32_t)below(v, 300),
        .data = data,
    };
    uint64_t value = some_value(v);

    if (a.port == 0xcf8 && below(v, 4)) /* some function's configuration */
        value = 1u << 31 | below(v, 8) << 11 | below(v, 256);
    memcpy(data, &value, sizeof value);
    platform_port_access(&v->p, (unsigned)below(v, CPUS), v->now, &a);
}

static void access_memory(struct victim *v)
{
    uint8_t data[64];
    uint64_t value = some_value(v);
    struct memory_access a = {
        .at = gpa(some_memory(v)),
        .write = below(v, 3) != 0,
        .bytes = below(v, 4) ? 4 : (unsigned)below(v, 65),
        .data = data,
    };

    memset(data, 0x11, sizeof data);
    memcpy(data, &value, sizeof value);
    if (platform_is_device(&v->p, a.at))
        platform_memory_access(&v->p, (unsigned)below(v, CPUS), v->now, &a);
}

static void access_msr(struct victim *v)
{
    static const uint32_t others[] = {0x1b, 0x6e0, 0, UINT32_MAX};
    unsigned cpu = (unsigned)below(v, CPUS);
    uint32_t msr = below(v, 4) ? 0x800 + (uint32_t)below(v, 0x42)
                               : others[below(v, ARRAY_LEN(others))];
    uint64_t value = some_value(v);

    if (msr == 0x1b && below(v, 2))
        value = 0xfee00000 | below(v, 4) << 10;
    if (below(v, 2))
        platform_msr_write(&v->p, cpu, v->now, msr, value);
    else
        platform_msr_read(&v->p, cpu, v->now, msr, &value);
}

/* Time goes on; the event that comes next lies ahead of it. */
static void pass_time(struct victim *v)
{
    unsigned cpu = (unsigned)below(v, CPUS);
    uint64_t next = platform_next_cycle(&v->p, cpu);

    if (below(v, 2) && next != UINT64_MAX && next - v->now < 1ull << 40)
        v->now = next > v->now ? next : v->now;
    else
        v->now += below(v, 1u << below(v, 31));
    for (unsigned i = 0; i < CPUS; i++)
        platform_advance(&v->p, i, v->now);
    for (unsigned i = 0; i < CPUS; i++)
        ck_assert_uint_gt(platform_next_cycle(&v->p, i), v->now);
}

static void take_events(struct victim *v)
{
    unsigned cpu = (unsigned)below(v, CPUS);
    uint8_t vector;

    if (platform_nmi_pending(&v->p, cpu))
        platform_nmi_take(&v->p, cpu);
    platform_take_init(&v->p, cpu);
    platform_take_startup(&v->p, cpu, &vector);
    if (platform_interrupt(&v->p, cpu) >= 0)
        ck_assert_int_eq(platform_interrupt(&v->p, cpu),
                         platform_acknowledge(&v->p, cpu));
}

static void type(struct victim *v)
{
    uint8_t data[40];
    size_t bytes = below(v, sizeof data);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)rng_next(&v->rng);
    if (below(v, 2))
        platform_input(&v->p, data, bytes);
    else
        platform_type(&v->p, data, bytes);
}

static void look(struct victim *v)
{
    char text[SCREEN_TEXT_BYTES];
    struct platform_poll poll;
    struct screen s;

    if (platform_screen(&v->p, &s))
        ck_assert_uint_lt(screen_text(&s, text), SCREEN_TEXT_BYTES);
    platform_polled(&v->p, &poll);
}

static void step(struct victim *v)
{
    switch (below(v, 16)) {
    case 0:
        pass_time(v);
        break;
    case 1:
        take_events(v);
        break;
    case 2:
        type(v);
        break;
    case 3:
    case 4:
        access_msr(v);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        access_memory(v);
        break;
    default:
        access_port(v);
        break;
    }
    ck_assert_uint_eq(v->p.bus.msi_count, 0);
    ck_assert_uint_eq(v->p.bus.line_edges, 0);
}

START_TEST(test_platform_survives_any_programming)
{
    const char *name = platform_rows[_i].name;
    static struct victim v;

    make(&v, name, 12345 + (uint64_t)_i);
    for (unsigned i = 0; i < STEPS; i++) {
        step(&v);
        if (i % 512 == 0)
            look(&v);
        if (below(&v, 8000) == 0)
            platform_reset(&v.p);
        v.p.bus.out.bytes = v.p.bus.err.bytes = v.p.bus.console.bytes = 0;
    }
    finish(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tc = tcase_create("platforms");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_platform_survives_any_programming, 0,
                        PLATFORM_COUNT);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
