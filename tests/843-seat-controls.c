/*
 * 843-seat-controls.c - what a run stops at is the same on the way forward and
 * on the way back; the way back to the write of a table's entry ends right at
 * it; the cause of a walk is what caches, counters and instructions prove.
 */
#include "tests/seat_rig.h"

enum { WINDOW = 0x40000000 }; /* of tests/guest/seat */

/* Only four pages fit in the L1 data TLB, and eight in L2. */
static void start_small(struct seat_rig *f, const char *technique)
{
    const char *build = getenv("BUILD");
    char path[SEAT_PATH_BYTES];
    const char *const words[] = {"-t",       technique,
                                 "--memory", "16M",
                                 "--boot",   path,
                                 "--set",    "tlb.l1d.4k.entries=4",
                                 "--set",    "tlb.l1d.4k.ways=4",
                                 "--set",    "tlb.l2.entries=8",
                                 "--set",    "tlb.l2.ways=8",
                                 NULL};

    snprintf(path, sizeof path, "%s/guest/seat", build ? build : "build");
    seat_rig_start(f, words);
}

static void start_kvstore(struct seat_rig *f, const char *technique)
{
    const char *const words[] = {"-t", technique, "kvstore:keys=500,n=500",
                                 NULL};

    seat_rig_start(f, words);
}

static struct look look_at(uint64_t address)
{
    return (struct look){
        .has_address = true, .address = address, .steps = LOOK_ALL_STEPS};
}

enum { HITS = 4 };

static void ask_stops(struct seat_rig *f, const struct seat_request *stops,
                      enum seat_act act)
{
    struct seat_request q = *stops;

    q.act = act;
    ask(f, &q);
}

static void run_to_hits(struct seat_rig *f, const struct seat_request *stops,
                        enum stop_reason reason, uint64_t hits[static HITS])
{
    for (unsigned i = 0; i < HITS; i++) {
        ask_stops(f, stops, SEAT_RUN);
        ck_assert_int_eq(f->now.reason, reason);
        hits[i] = f->now.instructions;
        ck_assert(i == 0 || hits[i] > hits[i - 1]);
    }
}

/* Addresses and counts: exactly the same places. */
static void assert_same_places(struct seat_rig *f,
                               const struct seat_request *stops,
                               enum stop_reason reason)
{
    uint64_t hits[HITS];

    run_to_hits(f, stops, reason, hits);
    move(f, SEAT_STEP);
    for (unsigned i = HITS; i-- > 0;) {
        ask_stops(f, stops, SEAT_RUN_BACK);
        ck_assert_int_eq(f->now.reason, reason);
        ck_assert_uint_eq(f->now.instructions, hits[i]);
    }
}

/* Writes: behind each on the way forward, before it on the way back. */
static void assert_same_writes(struct seat_rig *f,
                               const struct seat_request *stops)
{
    uint64_t hits[HITS];

    run_to_hits(f, stops, STOPPED_WATCH, hits);
    for (unsigned i = HITS; i-- > 1;) {
        uint64_t before;

        ask_stops(f, stops, SEAT_RUN_BACK);
        ck_assert_int_eq(f->now.reason, STOPPED_WATCH);
        before = f->now.instructions;
        ck_assert_uint_lt(before, hits[i]);
        ck_assert_uint_ge(before, hits[i - 1]);
        ask_stops(f, stops, SEAT_RUN);
        ck_assert_uint_eq(f->now.instructions, hits[i]);
        ask_stops(f, stops, SEAT_RUN_BACK);
        ck_assert_uint_eq(f->now.instructions, before);
    }
}

static const char *const techniques[] = {"native", "shadow", "nested", "pv"};

START_TEST(test_seat_breakpoints_are_the_same_places_both_ways)
{
    struct seat_request address = {.stops.count = 1},
                        grows = {.trips = {{{FIGURE_COUNTER,
                                             COUNTER_GUEST_FAULT, 0}},
                                           1}},
                        each = {.trips = {.count = HITS}};
    struct seat_rig f;

    start_kvstore(&f, techniques[_i]);
    ck_assert(symbols_find(&f.symbols, "fault_handle", &address.stops.at[0].v));
    reach(&f, "user");
    assert_same_places(&f, &address, STOPPED_ADDRESS);
    reach(&f, "user");
    assert_same_places(&f, &grows, STOPPED_COUNTER);
    for (unsigned i = 0; i < HITS; i++)
        each.trips.trip[i] = (struct debugger_trip){
            FIGURE_COUNTER, COUNTER_WALK_COUNT, 11 + 7 * i};
    reach(&f, "user");
    assert_same_places(&f, &each, STOPPED_COUNTER);
    seat_rig_end(&f);
}
END_TEST

START_TEST(test_seat_watchpoints_are_the_same_writes_both_ways)
{
    struct seat_request watch = {.stops.watch_count = 1},
                        cell = {.stops.cell_count = 1};
    static char text[SEAT_TEXT_FRAME_BYTES];
    struct look look = look_at(WINDOW + 0x5010);
    struct seat_rig f;
    uint64_t begin;

    start_guest(&f, techniques[_i], "random");
    reach(&f, "guest.fault:60");
    begin = f.now.instructions;
    watch.stops.watch[0] =
        (struct cpu_watch){gva(WINDOW + 0x3010), 8, CPU_WATCH_WRITE};
    assert_same_writes(&f, &watch);
    reach_position(&f, begin);
    cell.stops.cell[0].at = hpa(0x303010);
    cell.guest_cells = 1;
    assert_same_writes(&f, &cell);
    reach_position(&f, begin);
    cell.stops.cell[0].at =
        hpa(number_behind(picture(&f, "translate", &look, text), "hpa 0x"));
    cell.guest_cells = 0;
    assert_same_writes(&f, &cell);
    seat_rig_end(&f);
}
END_TEST

/* The guest's entry of the last level, as Translate shows it. */
static uint64_t read_entry(struct seat_rig *f, const struct look *look)
{
    static char text[SEAT_TEXT_FRAME_BYTES];
    const char *row = strstr(picture(f, "translate", look, text), "\n PT  ");
    uint64_t entry = 0;

    ck_assert_msg(row != NULL, "no PT in\n%s", text);
    ck_assert_int_eq(sscanf(row, " PT %*u %" SCNx64, &entry), 1);
    return entry;
}

static void ask_write(struct seat_rig *f, const struct look *look, bool host)
{
    ask(f,
        &(struct seat_request){.act = SEAT_WRITE, .look = *look, .host = host});
}

START_TEST(test_seat_back_to_a_write_ends_right_at_it)
{
    struct look look = look_at(WINDOW + 7 * 0x1000);
    struct seat_rig f;
    unsigned writes = 0;

    start_guest(&f, techniques[_i], "random");
    reach(&f, "guest.fault:200");
    while (writes < 12) {
        uint64_t from = f.now.instructions, last = read_entry(&f, &look);
        uint64_t before;

        ask_write(&f, &look, false);
        if (f.now.reason == STOPPED_NEVER)
            break;
        ck_assert_int_eq(f.now.reason, STOPPED_WATCH);
        ck_assert_uint_lt(f.now.instructions, from);
        before = read_entry(&f, &look);
        move(&f, SEAT_STEP);
        ck_assert_uint_ne(before, last);
        ck_assert_uint_eq(read_entry(&f, &look), last);
        move(&f, SEAT_BACK);
        writes++;
    }
    ck_assert_uint_ge(writes, 3);
    seat_rig_end(&f);
}
END_TEST

/* Of the tables that the hypervisor has: it is written there, and not again
   before where the way back began. */
START_TEST(test_seat_back_to_a_write_of_the_hypervisor_is_the_last_one)
{
    struct look look = look_at(WINDOW + 7 * 0x1000);
    struct seat_request cell = {.stops.cell_count = 1};
    struct seat_rig f;
    uint64_t from, here;

    start_guest(&f, _i ? "nested" : "shadow", "random");
    reach(&f, "guest.fault:200");
    from = f.now.instructions;
    ask_write(&f, &look, true);
    ck_assert_int_eq(f.now.reason, STOPPED_WATCH);
    here = f.now.instructions;
    ck_assert_uint_lt(here, from);
    cell.stops.cell[0].at = hpa(number_behind(f.now.found, "hpa 0x"));
    ask_stops(&f, &cell, SEAT_RUN);
    ck_assert_uint_gt(f.now.instructions, here);
    ck_assert_uint_le(f.now.instructions, here + 1);
    ask_stops(&f, &cell, SEAT_RUN);
    ck_assert(f.now.ended || f.now.instructions > from);
    seat_rig_end(&f);
}
END_TEST

/* Does the counter grow with the next instruction? */
static bool grows_next(struct seat_rig *f, enum counter counter)
{
    uint64_t here = f->now.instructions, next;
    bool grows;

    move(f, SEAT_STEP); /* a REP is one */
    next = f->now.instructions;
    reach_position(f, here);
    ask(f, &(struct seat_request){
               .act = SEAT_NEXT,
               .milestone = {.figure = FIGURE_COUNTER, .counter = counter}});
    grows = f->now.instructions <= next;
    reach_position(f, here);
    return grows;
}

START_TEST(test_seat_back_to_a_write_by_hypercall_names_it)
{
    const char *const words[] = {"-t", "pv", "forkwait:n=5", NULL};
    struct look look = look_at(0x7fffffffedf0);
    struct seat_rig f;

    seat_rig_start(&f, words);
    reach(&f, "hypercall.multicall:150");
    ask_write(&f, &look, false);
    ck_assert_int_eq(f.now.reason, STOPPED_WATCH);
    ck_assert_msg(strstr(f.now.found, ", for multicall, sets"), "%s",
                  f.now.found);
    ck_assert(grows_next(&f, COUNTER_HYPERCALL_MULTICALL));
    seat_rig_end(&f);
}
END_TEST

enum cause {
    FIRST_USE,
    INVLPG,
    NEW_CR3,
    EVICTED,
    FAULT,
    READ_ONLY,
    CLEAN,
    CAUSES
};

/* What the seat says, and what proves it. */
static enum cause prove_cause(struct seat_rig *f, uint64_t walked_at)
{
    char found[SEAT_TEXT_BYTES];

    memcpy(found, f->now.found, sizeof found);
    if (strstr(found, "a compulsory miss")) {
        ck_assert_uint_eq(f->now.instructions, walked_at);
        return FIRST_USE;
    }
    ck_assert_uint_lt(f->now.instructions, walked_at);
    if (strstr(found, "next: invlpg ") && strstr(found, " flushes 0x4")) {
        ck_assert_msg(grows_next(f, COUNTER_TLB_FLUSH_PAGE), "%s", found);
        return INVLPG;
    }
    if (strstr(found, "next: mov cr3, rax flushes 0x")) {
        ck_assert_msg(grows_next(f, COUNTER_TLB_FLUSH_ALL), "%s", found);
        return NEW_CR3;
    }
    if (strstr(found, " faults: 0x4")) {
        ck_assert_msg(grows_next(f, COUNTER_GUEST_FAULT), "%s", found);
        return FAULT;
    }
    ck_assert_msg(grows_next(f, COUNTER_WALK_COUNT), "%s", found);
    if (strstr(found, "read-only"))
        return READ_ONLY;
    if (strstr(found, "not marked dirty"))
        return CLEAN;
    ck_assert_msg(strstr(found, " evicts 0x") != NULL, "%s", found);
    return EVICTED;
}

/* Nothing is evicted: there is room. */
static bool has_all(const unsigned counts[static CAUSES])
{
    for (unsigned i = 0; i < CAUSES; i++)
        if (counts[i] == 0 && i != EVICTED)
            return false;
    return true;
}

/* A guest that maps, forbids and flushes has walks of all kinds but one. */
START_TEST(test_seat_causes_are_proved)
{
    unsigned counts[CAUSES] = {0};
    struct seat_rig f;

    start_guest(&f, "native", "random");
    for (uint64_t walk = 100; walk < 700 && !(has_all(counts) && walk > 120);
         walk++) {
        uint64_t at;

        ask(&f,
            &(struct seat_request){.act = SEAT_REACH,
                                   .milestone = {.figure = FIGURE_COUNTER,
                                                 .counter = COUNTER_WALK_COUNT,
                                                 .value = walk}});
        at = f.now.instructions;
        move(&f, SEAT_CAUSE);
        counts[prove_cause(&f, at)]++;
    }
    for (unsigned i = 0; i < CAUSES; i++)
        ck_assert_msg(counts[i] > 0 || i == EVICTED, "no walk of kind %u", i);
    seat_rig_end(&f);
}
END_TEST

/* 24 pages in eight places: what was read first is gone when it is read again.
 */
START_TEST(test_seat_cause_is_the_page_that_took_the_place)
{
    static char text[SEAT_TEXT_FRAME_BYTES];
    struct look look = {.steps = LOOK_ALL_STEPS};
    char wanted[60];
    struct seat_rig f;
    uint64_t page, other, at;

    start_small(&f, techniques[_i]);
    reach(&f, "guest.fault:24");
    do { /* the walk for the first page of the next pass */
        ask(&f, &(struct seat_request){
                    .act = SEAT_NEXT,
                    .milestone = {.figure = FIGURE_COUNTER,
                                  .counter = COUNTER_WALK_COUNT}});
        page = number_behind(picture(&f, "walk", &look, text), "gva 0x");
    } while (page != WINDOW);
    at = f.now.instructions;
    move(&f, SEAT_CAUSE);
    ck_assert_uint_lt(f.now.instructions, at);
    ck_assert_msg(strstr(f.now.found, " evicts 0x40000000 ") != NULL, "%s",
                  f.now.found);
    other = number_behind(f.now.found, "next: 0x");
    move(&f, SEAT_STEP);
    snprintf(wanted, sizeof wanted, "new %" PRIx64 " in set", other);
    picture(&f, "tlb", &look, text);
    ck_assert_msg(strstr(text, wanted) && strstr(text, "out 40000000"),
                  "no '%s', out 40000000 in\n%s", wanted, text);
    seat_rig_end(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("seat-controls");
    TCase *t = tcase_create("all");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_seat_breakpoints_are_the_same_places_both_ways,
                        0, 4);
    tcase_add_loop_test(t, test_seat_watchpoints_are_the_same_writes_both_ways,
                        0, 3);
    tcase_add_loop_test(t, test_seat_back_to_a_write_ends_right_at_it, 0, 3);
    tcase_add_loop_test(
        t, test_seat_back_to_a_write_of_the_hypervisor_is_the_last_one, 0, 2);
    tcase_add_test(t, test_seat_back_to_a_write_by_hypercall_names_it);
    tcase_add_test(t, test_seat_causes_are_proved);
    tcase_add_loop_test(t, test_seat_cause_is_the_page_that_took_the_place, 0,
                        3);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
