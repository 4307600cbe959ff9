/*
 * fuzz_keys.c - keys of keys.def and of the views, the mouse, other sizes,
 * commands with arguments of each kind, bytes that mean nothing.
 *
 * The name of a file is typed only where it lies in the current directory: a
 * slash comes behind an Esc, which closes what asks for one.
 */
#include "tests/fuzz/fuzz_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"
#include "tests/fuzz/fuzz_words.h"
#include "visualizer/keys.h"
#include "visualizer/screen.h"
#include "visualizer/view.h"

static void put(struct fuzz_step *s, const char *bytes, size_t count)
{
    if (s->count + count > sizeof s->bytes)
        return;
    memcpy(s->bytes + s->count, bytes, count);
    s->count += count;
    s->keys++;
}

static void put_text(struct fuzz_step *s, const char *text)
{
    for (; *text; text++)
        put(s, text, 1);
}

/* A key that has a sequence: as a terminal sends it, in both its modes. */
static void put_special(struct fuzz_step *s, unsigned key, struct rng *rng)
{
    static const struct {
        unsigned key;
        const char *sequence[2];
    } all[] = {
        {SCREEN_UP, {"\033OA", "\033[A"}},
        {SCREEN_DOWN, {"\033OB", "\033[B"}},
        {SCREEN_RIGHT, {"\033OC", "\033[C"}},
        {SCREEN_LEFT, {"\033OD", "\033[D"}},
        {SCREEN_PAGE_UP, {"\033[5~", "\033[5~"}},
        {SCREEN_PAGE_DOWN, {"\033[6~", "\033[6~"}},
        {SCREEN_HOME, {"\033OH", "\033[1~"}},
        {SCREEN_END, {"\033OF", "\033[4~"}},
        {SCREEN_DELETE, {"\033[3~", "\033[3~"}},
        {SCREEN_BACKSPACE, {"\x7f", "\b"}},
    };
    const char *text = "";

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].key == key)
            text = all[i].sequence[rng_below(rng, 2)];
    put(s, text, strlen(text));
}

/* Not what leaves or asks for a file. */
static void press_key(struct fuzz_step *s, struct rng *rng)
{
    unsigned rows = 0, times = 1;
    const struct key_info *k;

    while (key_all[rows].name)
        rows++;
    do
        k = &key_all[rng_below(rng, rows)];
    while (k->action == ACTION_QUIT || k->action == ACTION_PROMPT);
    if (k->action == ACTION_SUSPEND)
        s->quiet_ms = 200; /* between two, the terminal is the shell's */
    else if (rng_below(rng, 4) == 0)
        times += rng_below(rng, 20);
    for (; times > 0; times--)
        if (k->key < SCREEN_UP)
            put(s, &(char){(char)k->key}, 1);
        else
            put_special(s, (unsigned)k->key, rng);
}

static void turn_to_view(struct fuzz_step *s, struct rng *rng)
{
    unsigned views = 0;

    while (view_all[views])
        views++;
    put(s, &(char){(char)view_all[rng_below(rng, views)]->key}, 1);
}

/* xterm, "Control Sequences": SGR, and the older form with three bytes. */
static void use_mouse(struct fuzz_step *s, struct rng *rng)
{
    static const unsigned buttons[] = {0, 0, 0, 64, 65, 1, 2, 32, 35};
    unsigned button = buttons[rng_below(rng, ARRAY_LEN(buttons))];
    unsigned x = 1 + rng_below(rng, rng_below(rng, 4) ? 80 : 300);
    unsigned y = 1 + rng_below(rng, rng_below(rng, 4) ? 24 : 100);
    char text[32];

    if (rng_below(rng, 2))
        snprintf(text, sizeof text, "\033[<%u;%u;%u%c", button, x, y,
                 rng_below(rng, 3) ? 'M' : 'm');
    else
        snprintf(text, sizeof text, "\033[M%c%c%c", (char)(32 + button),
                 (char)(32 + x % 95), (char)(32 + y % 95));
    put(s, text, strlen(text));
}

static void resize(struct fuzz_step *s, struct rng *rng)
{
    static const unsigned sizes[][2] = {{80, 24},   {200, 60}, {1, 1},
                                        {300, 100}, {2, 2},    {80, 5},
                                        {5, 80},    {40, 10},  {160, 48}};
    unsigned i = rng_below(rng, 2 * ARRAY_LEN(sizes));

    s->width = i < ARRAY_LEN(sizes) ? sizes[i][0] : 1 + rng_below(rng, 300);
    s->height = i < ARRAY_LEN(sizes) ? sizes[i][1] : 1 + rng_below(rng, 100);
    s->keys++;
}

/* The line is thought over, completed, or given up. */
static void end_line(struct fuzz_step *s, struct rng *rng)
{
    unsigned how = rng_below(rng, 12);

    if (how == 0)
        put_text(s, "\t\t");
    for (unsigned i = how == 1 ? rng_below(rng, 8) : 0; i > 0; i--)
        put_special(s, SCREEN_UP + rng_below(rng, SCREEN_WHEEL_UP - SCREEN_UP),
                    rng);
    put_text(s, how == 2 ? "\033" : "\r");
}

static void type_command(struct fuzz_step *s, struct rng *rng)
{
    char line[FUZZ_LINE_BYTES];

    fuzz_command(line, rng);
    put_text(s, ":");
    put_text(s, line);
    end_line(s, rng);
}

/* What a prompt of its own asks for. */
static void answer_prompt(struct fuzz_step *s, struct rng *rng)
{
    static const char prompts[] = "gab's/";
    char line[FUZZ_LINE_BYTES], prompt = prompts[rng_below(rng, 6)];

    fuzz_answer(line, prompt, rng);
    if (prompt == 's' || prompt == '/')
        put_text(s, "\033");
    put(s, &prompt, 1);
    put_text(s, line);
    end_line(s, rng);
}

/* No key that leaves, stops, or asks for a file; nor what is ^\ to a shell. */
static void send_junk(struct fuzz_step *s, struct rng *rng)
{
    static const char *const texts[] = {
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xf0\x9f\x90\x8c",
        "\xed\xa0\x80",
        "\xff\xfe",
        "\xc0\x80",
        "\033[",
        "\033O",
        "\033[999~",
        "\033[200~x\033[201~",
        "\033[<999999;0;0M",
        "\033[M",
        "\033[<0;;M",
        "\033]0;t\a",
        "\033\033\033",
    };

    if (rng_below(rng, 2)) {
        const char *text = texts[rng_below(rng, ARRAY_LEN(texts))];

        put(s, text, strlen(text));
        return;
    }
    for (unsigned n = 1 + rng_below(rng, 12); n > 0; n--) {
        char byte = (char)rng_below(rng, 256);

        if (!strchr("qs/\x03\x1a\x1c", byte))
            put(s, &byte, 1);
    }
}

void fuzz_step_make(struct fuzz_step *s, struct rng *rng)
{
    unsigned what = rng_below(rng, 100);

    memset(s, 0, sizeof *s);
    s->quiet_ms = rng_below(rng, 2) ? 5 + rng_below(rng, 50) : 0;
    if (what < 45)
        press_key(s, rng);
    else if (what < 57)
        turn_to_view(s, rng);
    else if (what < 64)
        use_mouse(s, rng);
    else if (what < 69)
        resize(s, rng);
    else if (what < 85)
        type_command(s, rng);
    else if (what < 95)
        answer_prompt(s, rng);
    else
        send_junk(s, rng);
}
