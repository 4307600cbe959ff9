/*
 * 830-seat-travel.c - forwards and backwards through a run: N steps there and N
 * steps back show the same screen, byte for byte, and so does a moment that is
 * reached from either side; also at random points of random programs, whose
 * memory and registers are the same as well.
 */
#include <time.h>

#include "sim/core/rng.h"
#include "tests/seat_rig.h"

static void start_program(struct seat_rig *f, const char *technique,
                          const char *program)
{
    const char *const words[] = {"-t", technique, program, NULL};

    seat_rig_start(f, words);
}

static void start(struct seat_rig *f, const char *technique)
{
    start_program(f, technique, "kvstore:keys=2000,n=3000");
}

static void there_and_back(const char *technique, unsigned steps)
{
    struct seat_rig f;
    char *before, *behind;
    size_t bytes;

    start(&f, technique);
    reach(&f, "instructions:100000");
    before = screens(&f, &bytes);
    for (unsigned i = 0; i < steps; i++)
        move(&f, SEAT_STEP);
    behind = screens(&f, &bytes);
    ck_assert_mem_ne(before, behind, bytes);
    for (unsigned i = 0; i < steps; i++)
        move(&f, SEAT_BACK);
    assert_same(&f, before);
    for (unsigned i = 0; i < steps; i++)
        move(&f, SEAT_STEP);
    assert_same(&f, behind);
    free(before);
    free(behind);
    seat_rig_end(&f);
}

START_TEST(test_seat_steps_there_and_back_show_the_same)
{
    static const char *const techniques[] = {"native", "shadow", "nested",
                                             "pv"};

    there_and_back(techniques[_i], 25);
}
END_TEST

/* Random programs: guest/random with another seed, or a workload of another
   size where a guest needs a kernel (pv). */
enum { SEEDS = 2, POINTS = 3, MOST_STEPS = 8 };

static const uint64_t seed_in_file = 0x5eed5eed5eed5eed;

static void write_guest(uint64_t seed, char path[static SEAT_PATH_BYTES])
{
    const char *build = getenv("BUILD");
    static char image[1 << 20];
    size_t bytes, at = 0;
    FILE *file;
    int fd;

    snprintf(path, SEAT_PATH_BYTES, "%s/guest/random", build ? build : "build");
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is not there", path);
    bytes = fread(image, 1, sizeof image, file);
    fclose(file);
    while (at + 8 <= bytes && memcmp(image + at, &seed_in_file, 8) != 0)
        at++;
    ck_assert_uint_le(at + 8, bytes);
    memcpy(image + at, &seed, 8);
    snprintf(path, SEAT_PATH_BYTES, "/tmp/seat-travel.XXXXXX");
    fd = mkstemp(path);
    ck_assert(fd >= 0);
    ck_assert_int_eq(write(fd, image, bytes), (ssize_t)bytes);
    close(fd);
}

static void start_random(struct seat_rig *f, const char *technique,
                         struct rng *rng)
{
    char path[SEAT_PATH_BYTES], work[80];
    const char *const boot[] = {"-t",     technique, "--memory", "16M",
                                "--boot", path,      NULL};
    const char *const kernel[] = {"-t",  technique, "--memory",
                                  "32M", work,      NULL};

    if (strcmp(technique, "pv") == 0) {
        snprintf(work, sizeof work,
                 "gups:footprint=%" PRIu64 "K,n=%" PRIu64 ",seed=%" PRIu64,
                 64 + rng_next(rng) % 1000, 500 + rng_next(rng) % 2000,
                 rng_next(rng) % 100000);
        seat_rig_start(f, kernel);
        return;
    }
    write_guest(rng_next(rng) | 1, path);
    seat_rig_start(f, boot);
    move(f, SEAT_STEP); /* it has read the file */
    unlink(path);
}

/* There, step by step, and back: each moment is as it was. */
static void there_and_back_from(struct seat_rig *f, uint64_t position,
                                unsigned steps)
{
    uint64_t then[MOST_STEPS + 1], at[MOST_STEPS + 1];
    char *before;
    size_t bytes;

    reach_position(f, position);
    before = screens(f, &bytes);
    for (unsigned i = 0; i <= steps; i++) {
        then[i] = digest(f);
        at[i] = f->now.instructions;
        ck_assert(i == 0 || then[i] != then[i - 1]);
        if (i < steps)
            move(f, SEAT_STEP);
    }
    for (unsigned i = steps; i-- > 0;) {
        move(f, SEAT_BACK);
        ck_assert_uint_eq(f->now.instructions, at[i]);
        ck_assert_uint_eq(digest(f), then[i]);
    }
    assert_same(f, before);
    free(before);
}

START_TEST(test_seat_random_points_of_random_programs_are_the_same_again)
{
    static const char *const techniques[] = {"native", "shadow", "nested",
                                             "pv"};
    struct seat_rig f;
    struct rng rng;
    uint64_t last;

    rng_init(&rng, 830 + (uint64_t)_i);
    start_random(&f, techniques[_i % 4], &rng);
    reach(&f, "end");
    ck_assert(f.now.ended);
    ck_assert_uint_gt(f.now.instructions, 20000);
    last = f.now.instructions;
    for (unsigned i = 0; i < POINTS; i++)
        there_and_back_from(&f, 1000 + rng_next(&rng) % (last - 2000),
                            1 + (unsigned)rng_next(&rng) % MOST_STEPS);
    seat_rig_end(&f);
}
END_TEST

/* From before, and from the end of the run. */
START_TEST(test_seat_moment_from_either_side_shows_the_same)
{
    static const char *const moments[] = {
        "user", "walk.count:7", "guest.fault:3", "user+200000", "exit.total:5"};
    struct seat_rig f;
    char *before;
    size_t bytes;
    uint64_t at;

    start(&f, "nested");
    reach(&f, moments[_i]);
    ck_assert(!f.now.ended);
    at = f.now.instructions;
    before = screens(&f, &bytes);
    reach(&f, "end");
    ck_assert(f.now.ended);
    ck_assert_uint_gt(f.now.instructions, at);
    reach(&f, moments[_i]);
    ck_assert_uint_eq(f.now.instructions, at);
    assert_same(&f, before);
    free(before);
    seat_rig_end(&f);
}
END_TEST

/* The next walk, and the way back to it from behind it. */
START_TEST(test_seat_next_and_last_walk_agree)
{
    struct seat_request next = {
        .act = SEAT_NEXT,
        .milestone = {.figure = FIGURE_COUNTER, .counter = COUNTER_WALK_COUNT}};
    struct seat_rig f;
    uint64_t at;

    start(&f, "native");
    reach(&f, "instructions:50000");
    ask(&f, &next);
    at = f.now.instructions;
    for (unsigned i = 0; i < 3; i++)
        move(&f, SEAT_STEP);
    next.act = SEAT_HERE;
    ask(&f, &next);
    ck_assert_uint_le(at, f.now.instructions);
    ck_assert_uint_le(f.now.instructions, at + 3);
    seat_rig_end(&f);
}
END_TEST

/* Of the timer, every 10 us, and of what it interrupts: none may notice where
   somebody stopped. */
START_TEST(test_seat_way_there_changes_nothing)
{
    static const struct {
        const char *technique, *name, *value;
    } cases[] = {
        {"native", "--timing", "window"},
        {"native", "--vcpus", "2"},
        {"shadow", "--timing", "fast"},
        {"nested", "--set", "exit.apicv=off"},
        {"nested", "--set", "exit.preemption_timer=on"},
        {"shadow", "--timing", "count"},
        {"pv", "--timing", "window"},
    };
    const char *const words[] = {"-t",
                                 cases[_i].technique,
                                 "--set",
                                 "kernel.tick_us=10",
                                 cases[_i].name,
                                 cases[_i].value,
                                 "kvstore:keys=2000,n=30000",
                                 NULL};
    struct seat_rig long_way, halts;
    char *there;
    size_t bytes;

    seat_rig_start(&long_way, words);
    seat_rig_start(&halts, words);
    for (uint64_t at = 1000000; at < 2000000; at += 99991) {
        reach_position(&long_way, at);
        reach_position(&halts, at - 60000);
        reach_position(&halts, at - 31);
        reach_position(&halts, at);
        ck_assert_uint_eq(halts.now.cycle, long_way.now.cycle);
    }
    ck_assert_uint_eq(digest(&halts), digest(&long_way));
    there = screens(&long_way, &bytes);
    assert_same(&halts, there);
    free(there);
    seat_rig_end(&halts);
    seat_rig_end(&long_way);
}
END_TEST

static void pass_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/*
 * While it stands, a sleeping copy comes closer: it is still on its way after
 * the shorter pause, and there after the longer one.
 */
START_TEST(test_seat_step_back_after_a_pause_shows_the_same)
{
    static const char program[] = "kvstore:keys=2000,n=30000000";
    static const long pauses_ms[] = {60, 400};
    struct seat_rig f, straight;
    char *paused;
    char text[40];
    size_t bytes;

    start_program(&f, "nested", program);
    reach(&f, "instructions:100000");
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(letter_send(f.fd, &(struct seat_request){.act = SEAT_RUN},
                              sizeof(struct seat_request)));
        pass_ms(150);
        free(screens(&f, &bytes));
        pass_ms(pauses_ms[_i]);
        move(&f, SEAT_BACK);
        ck_assert_int_eq(f.now.reason, STOPPED_STEP);
        paused = screens(&f, &bytes);
        start_program(&straight, "nested", program);
        snprintf(text, sizeof text, "instructions:%llu",
                 (unsigned long long)f.now.done_instructions);
        reach(&straight, text);
        assert_same(&straight, paused);
        seat_rig_end(&straight);
        free(paused);
    }
    seat_rig_end(&f);
}
END_TEST

START_TEST(test_seat_before_the_beginning_says_so)
{
    struct seat_rig f;

    start(&f, "native");
    reach(&f, "0");
    move(&f, SEAT_BACK);
    ck_assert_int_eq(f.now.reason, STOPPED_BEGIN);
    move(&f, SEAT_STEP);
    ck_assert_int_eq(f.now.reason, STOPPED_STEP);
    seat_rig_end(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("seat-travel");
    TCase *t = tcase_create("seat");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_seat_steps_there_and_back_show_the_same, 0, 4);
    tcase_add_loop_test(
        t, test_seat_random_points_of_random_programs_are_the_same_again, 0,
        4 * SEEDS);
    tcase_add_loop_test(t, test_seat_moment_from_either_side_shows_the_same, 0,
                        5);
    tcase_add_loop_test(t, test_seat_step_back_after_a_pause_shows_the_same, 0,
                        2);
    tcase_add_loop_test(t, test_seat_way_there_changes_nothing, 0, 7);
    tcase_add_test(t, test_seat_next_and_last_walk_agree);
    tcase_add_test(t, test_seat_before_the_beginning_says_so);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
