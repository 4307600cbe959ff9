#include "tests/fuzz/fuzz_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/params.h"
#include "sim/record/counters.h"
#include "visualizer/tui_commands.h"

static const char *one_of(const char *const *all, unsigned count,
                          struct rng *rng)
{
    return all[rng_below(rng, count)];
}
#define ONE_OF(all, rng) one_of(all, ARRAY_LEN(all), rng)

static const char *some_counter(struct rng *rng)
{
    static const char *const often[] = {"walk.count", "exit.total", "walk.refs",
                                        "guest.fault", "exit.cpuid"};

    if (rng_below(rng, 2))
        return ONE_OF(often, rng);
    return counter_info((enum counter)rng_below(rng, COUNTER_COUNT))->name;
}

/* One of a list of words between separators. */
static void put_word(char *line, const char *list, const char *separators,
                     struct rng *rng)
{
    char copy[LINE_BYTES], *words[24], *rest = NULL;
    unsigned count = 0;

    snprintf(copy, sizeof copy, "%s", list);
    for (char *at = strtok_r(copy, separators, &rest);
         at && count < ARRAY_LEN(words); at = strtok_r(NULL, separators, &rest))
        words[count++] = at;
    snprintf(line, FUZZ_LINE_BYTES, "%.60s",
             count ? words[rng_below(rng, count)] : "");
}

/* Small, large, or anything. */
static uint64_t some_number(struct rng *rng)
{
    return rng_next(rng) >> rng_below(rng, 64);
}

static void put_place(char *line, struct rng *rng)
{
    static const char *const prefixes[] = {"", "", "", "gpa:", "hpa:"};
    static const char *const names[] = {
        "fault_handle", "main",   "_start",  "0",
        "0x400",        "0x1000", "main+16", "malloc"};
    const char *prefix = ONE_OF(prefixes, rng);

    if (rng_below(rng, 2))
        snprintf(line, FUZZ_LINE_BYTES, "%s%s", prefix, ONE_OF(names, rng));
    else
        snprintf(line, FUZZ_LINE_BYTES, "%s0x%" PRIx64, prefix,
                 some_number(rng));
}

static void put_moment(char *line, struct rng *rng)
{
    static const char *const words[] = {"begin", "user", "end", "user",
                                        "begin"};
    static const char *const figures[] = {
        "switches", "decisions", "instructions", "migrations", "lock_holders"};

    switch (rng_below(rng, 6)) {
    case 0:
        snprintf(line, FUZZ_LINE_BYTES, "%s", ONE_OF(words, rng));
        break;
    case 1:
        snprintf(line, FUZZ_LINE_BYTES, "%" PRIu64, some_number(rng));
        break;
    case 2:
        snprintf(line, FUZZ_LINE_BYTES, "%ums", rng_below(rng, 50));
        break;
    case 3:
        snprintf(line, FUZZ_LINE_BYTES, "user+%u", rng_below(rng, 10000000));
        break;
    case 4:
        snprintf(line, FUZZ_LINE_BYTES, "%s:%u", ONE_OF(figures, rng),
                 rng_below(rng, 5000));
        break;
    default:
        snprintf(line, FUZZ_LINE_BYTES, "%s:%u", some_counter(rng),
                 rng_below(rng, 300));
    }
}

static void put_number_of(char *line, const struct param *p, struct rng *rng)
{
    uint64_t span = p->max - p->min;
    uint64_t value = p->min;

    if (rng_below(rng, 6) == 0)
        value = p->max;
    else if (span > 0 && rng_below(rng, 6) > 0)
        value += (rng_next(rng) >> rng_below(rng, 64)) % span;
    snprintf(line, FUZZ_LINE_BYTES, "%s %" PRIu64, p->name, value);
}

/* A parameter and a value that it may have, or nearly. */
static void put_param(char *line, struct rng *rng)
{
    static const char *const often[] = {
        "tlb.l2.entries 64", "memory 64M",          "tlb.l1d.entries 16",
        "tlb.l2.entries=16", "sched.policy=credit", "page=2M",
        "rr.slice_us 100"};
    const struct param *p = param_at(rng_below(rng, param_count()));
    char range[PARAM_TEXT_BYTES], word[FUZZ_LINE_BYTES];

    if (rng_below(rng, 3) == 0) {
        snprintf(line, FUZZ_LINE_BYTES, "%s", ONE_OF(often, rng));
    } else if (p->kind <= PARAM_HEX) {
        put_number_of(line, p, rng);
    } else {
        put_word(word, param_range(p, range, sizeof range), " ", rng);
        snprintf(line, FUZZ_LINE_BYTES, "%s %.50s", p->name, word);
    }
}

static void put_part(char *line, struct rng *rng)
{
    unsigned views = 0, parts = 0;
    const char *const *all;

    while (view_all[views])
        views++;
    all = view_all[rng_below(rng, views)]->parts;
    while (all && all[parts])
        parts++;
    snprintf(line, FUZZ_LINE_BYTES, "%s",
             parts ? one_of(all, parts, rng) : "none");
}

static void put_view(char *line, struct rng *rng)
{
    unsigned views = 0;

    while (view_all[views])
        views++;
    snprintf(line, FUZZ_LINE_BYTES, "%s",
             view_all[rng_below(rng, views)]->name);
}

static void put_event(char *line, struct rng *rng)
{
    static const char *const entries[] = {"pte",   "pde",   "pdpte",
                                          "pml4e", "pml5e", "spte"};

    snprintf(line, FUZZ_LINE_BYTES, "%s",
             rng_below(rng, 2) ? ONE_OF(entries, rng) : some_counter(rng));
}

static void put_break(char *line, struct rng *rng)
{
    if (rng_below(rng, 2))
        put_place(line, rng);
    else if (rng_below(rng, 2))
        snprintf(line, FUZZ_LINE_BYTES, "%s", some_counter(rng));
    else
        snprintf(line, FUZZ_LINE_BYTES, "%s>=%u", some_counter(rng),
                 rng_below(rng, 1000));
}

/* A file in the current directory; a name of a mark; a number. */
static void put_text(char *line, const char *command, struct rng *rng)
{
    static const char *const ends[] = {"txt", "ans", "svg", "svg!", "txt!"};
    static const char *const parts_of_names[] = {"walk", "exit",    "tlb",
                                                 "",     "nothing", "."};

    if (strcmp(command, "save") == 0)
        snprintf(line, FUZZ_LINE_BYTES, "f%u.%s", rng_below(rng, 4),
                 ONE_OF(ends, rng));
    else if (strcmp(command, "mark") == 0 || strcmp(command, "to") == 0)
        snprintf(line, FUZZ_LINE_BYTES, "m%u", rng_below(rng, 40));
    else if (strcmp(command, "filter") == 0)
        snprintf(line, FUZZ_LINE_BYTES, "%s", ONE_OF(parts_of_names, rng));
    else
        snprintf(line, FUZZ_LINE_BYTES, "%" PRIu64,
                 rng_below(rng, 2) ? rng_below(rng, 12) : some_number(rng));
}

/* Letters, digits and signs; no slash, which a file's name might have. */
static void put_nonsense(char *line, struct rng *rng)
{
    unsigned chars = rng_below(rng, 2) ? rng_below(rng, 12)
                                       : rng_below(rng, FUZZ_LINE_BYTES);

    for (unsigned i = 0; i < chars; i++)
        do
            line[i] = (char)(' ' + rng_below(rng, 95));
        while (line[i] == '/' || line[i] == 'q');
    line[chars] = '\0';
}

static void put_argument(char *line, const struct command_line *c,
                         struct rng *rng)
{
    line[0] = '\0';
    switch (c->argument) {
    case ARGUMENT_NONE:
        break;
    case ARGUMENT_TEXT:
        put_text(line, c->name, rng);
        break;
    case ARGUMENT_WORD:
        put_word(line, c->form, "|", rng);
        break;
    case ARGUMENT_VIEW:
        put_view(line, rng);
        break;
    case ARGUMENT_PART:
        put_part(line, rng);
        break;
    case ARGUMENT_MOMENT:
        put_moment(line, rng);
        break;
    case ARGUMENT_COUNTER:
        snprintf(line, FUZZ_LINE_BYTES, "%s", some_counter(rng));
        break;
    case ARGUMENT_PLACE:
        put_place(line, rng);
        break;
    case ARGUMENT_EVENT:
        put_event(line, rng);
        break;
    case ARGUMENT_BREAK:
        put_break(line, rng);
        break;
    case ARGUMENT_PARAM:
        put_param(line, rng);
        break;
    case ARGUMENT_TIMELINE:
        snprintf(line, FUZZ_LINE_BYTES, "%u", 1 + rng_below(rng, 6));
        break;
    }
    if (c->argument != ARGUMENT_NONE && rng_below(rng, 12) == 0)
        put_nonsense(line, rng);
    else if (rng_below(rng, 12) == 0)
        line[0] = '\0';
}

/* A number and a key, as :25i. */
static void put_repeated(char *line, struct rng *rng)
{
    static const char *const keys[] = {"i",     "I", "w", "W",    "e", "m",
                                       "right", "M", "d", "left", "n", "f"};

    snprintf(line, FUZZ_LINE_BYTES, "%u %s",
             rng_below(rng, rng_below(rng, 8) ? 40 : 20000), ONE_OF(keys, rng));
}

void fuzz_command(char line[FUZZ_LINE_BYTES], struct rng *rng)
{
    char argument[FUZZ_LINE_BYTES];
    const struct command_line *c;
    unsigned rows = 0, chars;

    if (rng_below(rng, 12) == 0) {
        put_repeated(line, rng);
        return;
    }
    while (command_all[rows].name)
        rows++;
    do
        c = &command_all[rng_below(rng, rows)];
    while (strcmp(c->name, "quit") == 0 && rng_below(rng, 40) > 0);
    put_argument(argument, c, rng);
    chars = (unsigned)strlen(c->name);
    if (rng_below(rng, 8) == 0)
        chars = 1 + rng_below(rng, chars);
    snprintf(line, FUZZ_LINE_BYTES, "%.*s %.100s", (int)chars, c->name,
             argument);
}

void fuzz_answer(char line[FUZZ_LINE_BYTES], char prompt, struct rng *rng)
{
    const struct command_line *c = command_of_prompt(prompt);

    line[0] = '\0';
    if (c)
        put_argument(line, c, rng);
}
