/*
 * seat_rig.h - a machine in a process of its own, moved and looked at by a test
 * as the screen does it.
 */
#ifndef TESTS_SEAT_RIG_H
#define TESTS_SEAT_RIG_H
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/letter.h"
#include "sim/machine/options.h"
#include "visualizer/seat.h"
#include "visualizer/seat_start.h"
#include "visualizer/symbols.h"

enum {
    SEAT_WIDTH = 100,
    SEAT_HEIGHT = 50,
    SEAT_CELLS = SEAT_WIDTH * SEAT_HEIGHT,
    SEAT_TEXT_FRAME_BYTES = SEAT_CELLS + SEAT_HEIGHT + 1,
    SEAT_PATH_BYTES = 300,
    SEAT_FRAME_BYTES = SEAT_CELLS * (int)sizeof(struct cell)
};

struct seat_rig {
    struct request request;
    struct symbols symbols;
    int fd;
    struct seat_reply now;
    struct cell frame[SEAT_CELLS];
};

/* words: of a command line behind "ringside run"; ends with NULL. */
static inline void seat_rig_start(struct seat_rig *f, const char *const words[])
{
    const char *argv[32] = {"ringside", "run"};
    struct error e = {""};
    int argc = 2;

    while (words[argc - 2]) {
        argv[argc] = words[argc - 2];
        argc++;
    }
    ck_assert_msg(request_parse(&f->request, argc, (char **)(uintptr_t)argv,
                                &e) == STATUS_OK,
                  "%s", e.text);
    symbols_load(&f->symbols, &f->request.config);
    ck_assert_msg(seat_start(&f->request.config,
                             f->request.config.techniques[0], NULL, &f->fd,
                             &e) == STATUS_OK,
                  "%s", e.text);
}

/* A guest of tests/guest/seat. */
static inline void start_guest(struct seat_rig *f, const char *technique,
                               const char *guest)
{
    const char *build = getenv("BUILD");
    char path[SEAT_PATH_BYTES];
    const char *const words[] = {"-t",     technique, "--memory", "16M",
                                 "--boot", path,      NULL};

    snprintf(path, sizeof path, "%s/guest/%s", build ? build : "build", guest);
    seat_rig_start(f, words);
}

static inline void seat_rig_end(struct seat_rig *f)
{
    close(f->fd);
    symbols_free(&f->symbols);
    request_free(&f->request);
}

static inline void ask(struct seat_rig *f, const struct seat_request *q)
{
    ck_assert(letter_send(f->fd, q, sizeof *q));
    do {
        ck_assert(letter_receive(f->fd, &f->now, sizeof f->now));
        ck_assert_msg(!f->now.failed, "%s", f->now.text);
    } while (f->now.reason == STOPPED_UNDERWAY);
}

static inline void move(struct seat_rig *f, enum seat_act act)
{
    ask(f, &(struct seat_request){.act = act});
}

/* Or behind the REP that it lies in. */
static inline void reach_position(struct seat_rig *f, uint64_t instructions)
{
    ask(f, &(struct seat_request){.act = SEAT_REACH,
                                  .milestone = {.figure = FIGURE_INSTRUCTIONS,
                                                .value = instructions}});
}

static inline void reach(struct seat_rig *f, const char *text)
{
    struct seat_request q = {.act = SEAT_REACH};
    struct error e = {""};

    ck_assert_msg(milestone_parse(&q.milestone, text, &e) == STATUS_OK, "%s",
                  e.text);
    ask(f, &q);
}

/* Of memory, registers, clocks and counters, as the seat says it. */
static inline uint64_t digest(struct seat_rig *f)
{
    const char *colon;

    move(f, SEAT_DIGEST);
    colon = strchr(f->now.found, ':');
    ck_assert_ptr_nonnull(colon);
    return strtoull(colon + 1, NULL, 16);
}

/* One view, into f->frame. */
static inline void draw(struct seat_rig *f, unsigned view,
                        const struct look *look)
{
    struct seat_request q = {.act = SEAT_DRAW,
                             .view = view,
                             .width = SEAT_WIDTH,
                             .height = SEAT_HEIGHT,
                             .look = *look};

    ask(f, &q);
    ck_assert(f->now.frame);
    ck_assert(letter_receive(f->fd, f->frame, sizeof f->frame));
}

/* All views, one behind the other; to be freed. */
static inline char *screens(struct seat_rig *f, size_t *bytes)
{
    char *all = NULL;

    *bytes = 0;
    for (unsigned v = 0; view_all[v]; v++) {
        draw(f, v, &(struct look){.steps = LOOK_ALL_STEPS});
        all = realloc(all, *bytes + SEAT_FRAME_BYTES);
        memcpy(all + *bytes, f->frame, sizeof f->frame);
        *bytes += SEAT_FRAME_BYTES;
    }
    return all;
}

/* As text, for a message. */
static inline void seat_rig_row(const struct cell *row,
                                char text[static SEAT_WIDTH + 1])
{
    for (unsigned x = 0; x < SEAT_WIDTH; x++) {
        uint32_t c = row[x].character;

        text[x] = c >= ' ' && c < 127 ? (char)c : '#';
    }
    text[SEAT_WIDTH] = '\0';
}

/* Tells the first row that differs: a dump of all cells would tell nothing. */
static inline void assert_same(struct seat_rig *f, const char *before)
{
    char *now, was_text[SEAT_WIDTH + 1], is_text[SEAT_WIDTH + 1];
    struct cell was[SEAT_WIDTH], is[SEAT_WIDTH];
    size_t bytes;

    now = screens(f, &bytes);
    for (size_t at = 0; at < bytes; at += sizeof was) {
        memcpy(was, before + at, sizeof was);
        memcpy(is, now + at, sizeof is);
        seat_rig_row(was, was_text);
        seat_rig_row(is, is_text);
        ck_assert_msg(memcmp(was, is, sizeof was) == 0,
                      "%s, line %zu, at instruction %" PRIu64
                      ":\nwas: %s\nis:  %s",
                      view_all[at / SEAT_FRAME_BYTES]->name,
                      at % SEAT_FRAME_BYTES / sizeof was + 1,
                      f->now.instructions, was_text, is_text);
    }
    free(now);
}

/* The view as text, a line a row. */
static inline char *picture(struct seat_rig *f, const char *view,
                            const struct look *look,
                            char text[static SEAT_TEXT_FRAME_BYTES])
{
    unsigned v = 0;
    char *to = text;

    while (strcmp(view_all[v]->name, view) != 0)
        v++;
    draw(f, v, look);
    for (unsigned i = 0; i < SEAT_CELLS; i++) {
        uint32_t c = f->frame[i].character;

        *to++ = c >= ' ' && c < 127 ? (char)c : ' ';
        if (i % SEAT_WIDTH == SEAT_WIDTH - 1)
            *to++ = '\n';
    }
    *to = '\0';
    return text;
}

/* The number behind a word in a text, which has it. */
static inline uint64_t number_behind(const char *text, const char *word)
{
    const char *at = strstr(text, word);

    ck_assert_msg(at != NULL, "no '%s' in\n%s", word, text);
    return strtoull(at + strlen(word), NULL, 16);
}

#endif
