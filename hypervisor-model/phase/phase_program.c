#include "hypervisor-model/phase/phase_program.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"

#define PHASE(id, name, operand, sentence) {name, OPERAND_##operand, sentence},
static const struct phase_info kinds[PHASE_COUNT] = {
#include "hypervisor-model/phase/phases.def"
};
#undef PHASE

const struct phase_info *phase_info(enum phase_kind kind)
{
    return &kinds[kind];
}

struct parser {
    struct phase_program *program;
    const char *at;
    uint64_t khz;
    uint32_t open[PHASE_MAX_DEPTH]; /* where repeated blocks begin */
    unsigned depth;
    struct error *e;
};

static void skip_space(struct parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

/* Takes a word if it is next. */
static bool take_word(struct parser *p, const char *word)
{
    size_t chars = strlen(word);

    skip_space(p);
    if (strncmp(p->at, word, chars) != 0 ||
        (isalpha((unsigned char)word[0]) &&
         isalnum((unsigned char)p->at[chars])))
        return false;
    p->at += chars;
    return true;
}

static enum status refuse(const struct parser *p, const char *wanted)
{
    return error_set(p->e, STATUS_USAGE, "%s expected at '%.24s'", wanted,
                     *p->at ? p->at : "its end");
}

static enum status take_number(struct parser *p, double *value)
{
    char *end;

    skip_space(p);
    if (!isdigit((unsigned char)*p->at))
        return refuse(p, "a number");
    *value = strtod(p->at, &end);
    p->at = end;
    return STATUS_OK;
}

struct unit {
    const char *name;
    double ns;
};

static const struct unit units[] = {
    {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};

/* A time as cycles, 1 .. 2^56. */
static enum status take_time(struct parser *p, uint64_t *cycles)
{
    double value = 0;
    enum status s = take_number(p, &value);
    double scale = 0;

    if (s != STATUS_OK)
        return s;
    if (take_word(p, "c"))
        scale = 1;
    for (size_t i = 0; i < ARRAY_LEN(units) && scale == 0; i++)
        if (take_word(p, units[i].name))
            scale = units[i].ns * (double)p->khz / 1e6;
    if (scale == 0)
        return refuse(p, "ns, us, ms, s or c (cycles)");
    value = floor(value * scale + 0.5);
    if (value < 1 || value > 72057594037927936.0)
        return error_set(p->e, STATUS_USAGE,
                         "a time must be 1 cycle to some months");
    *cycles = (uint64_t)value;
    return STATUS_OK;
}

static enum status take_amount(struct parser *p, struct phase_amount *a)
{
    enum status s;

    a->draw = DRAW_FIXED;
    if (take_word(p, "exp"))
        a->draw = DRAW_EXPONENTIAL;
    else if (take_word(p, "uniform"))
        a->draw = DRAW_UNIFORM;
    s = take_time(p, &a->low);
    a->high = a->low;
    if (s != STATUS_OK || a->draw != DRAW_UNIFORM)
        return s;
    if (!take_word(p, ".."))
        return refuse(p, "'..' and a second time");
    s = take_time(p, &a->high);
    if (s == STATUS_OK && a->high < a->low)
        return error_set(p->e, STATUS_USAGE,
                         "uniform: the second time is the smaller one");
    return s;
}

static enum status take_count(struct parser *p, uint64_t most, uint64_t *count)
{
    double value = 0;
    enum status s = take_number(p, &value);

    if (s != STATUS_OK)
        return s;
    if (value != floor(value) || value > (double)most)
        return error_set(p->e, STATUS_USAGE,
                         "a whole number up to %llu is expected, not %g",
                         (unsigned long long)most, value);
    *count = (uint64_t)value;
    return STATUS_OK;
}

static enum status take_operand(struct parser *p, struct phase *phase)
{
    struct phase_amount *a = &phase->amount;

    switch (kinds[phase->kind].operand) {
    case OPERAND_NONE:
        return STATUS_OK;
    case OPERAND_TIME:
        return take_amount(p, a);
    case OPERAND_LOCK:
        return take_count(p, PHASE_LOCKS - 1, &a->low);
    case OPERAND_NUMBER:
        return take_count(p, 1000000000, &a->low);
    }
    return STATUS_OK;
}

static enum status begin_block(struct parser *p, struct phase *phase)
{
    if (phase->amount.low == 0)
        return error_set(p->e, STATUS_USAGE, "repeat 0 does nothing");
    if (!take_word(p, "{"))
        return refuse(p, "'{'");
    if (p->depth == PHASE_MAX_DEPTH)
        return error_set(p->e, STATUS_USAGE, "repeat: at most %d deep",
                         PHASE_MAX_DEPTH);
    p->open[p->depth++] = p->program->count;
    return STATUS_OK;
}

static enum status end_block(struct parser *p, struct phase *phase)
{
    if (p->depth == 0)
        return error_set(p->e, STATUS_USAGE, "'}' without repeat");
    phase->target = p->open[--p->depth];
    return STATUS_OK;
}

static enum status take_phase(struct parser *p)
{
    struct phase *phase = &p->program->phases[p->program->count];
    enum status s;
    int kind = 0;

    if (p->program->count == PHASE_MAX_OPS)
        return error_set(p->e, STATUS_USAGE, "more than %d phases",
                         PHASE_MAX_OPS);
    while (kind < PHASE_COUNT && !take_word(p, kinds[kind].name))
        kind++;
    if (kind == PHASE_COUNT)
        return refuse(p, "a phase (compute, block, lock, ...)");
    phase->kind = (enum phase_kind)kind;
    s = take_operand(p, phase);
    if (s == STATUS_OK && kind == PHASE_REPEAT)
        s = begin_block(p, phase);
    if (s == STATUS_OK && kind == PHASE_AGAIN)
        s = end_block(p, phase);
    p->program->count++;
    return s;
}

static enum status refuse_lock(const struct parser *p, uint64_t lock,
                               const char *why)
{
    return error_set(p->e, STATUS_USAGE, "lock %llu %s",
                     (unsigned long long)lock, why);
}

/* Who took a lock holds it until he gives it back, each time round. */
static enum status check_locks(const struct parser *p)
{
    uint32_t held = 0, before[PHASE_MAX_DEPTH];
    unsigned depth = 0;

    for (unsigned i = 0; i < p->program->count; i++) {
        const struct phase *phase = &p->program->phases[i];
        uint32_t lock = (uint32_t)1 << phase->amount.low % PHASE_LOCKS;

        if (phase->kind == PHASE_REPEAT)
            before[depth++] = held;
        if (phase->kind == PHASE_AGAIN && before[--depth] != held)
            return error_set(p->e, STATUS_USAGE,
                             "repeat: each time round must leave the locks as "
                             "they were");
        if (phase->kind == PHASE_LOCK && held & lock)
            return refuse_lock(p, phase->amount.low, "is taken twice");
        if (phase->kind == PHASE_UNLOCK && !(held & lock))
            return refuse_lock(p, phase->amount.low, "is not held at unlock");
        if (phase->kind == PHASE_LOCK || phase->kind == PHASE_UNLOCK)
            held ^= lock;
    }
    for (unsigned i = 0; i < PHASE_LOCKS; i++)
        if (held >> i & 1)
            return refuse_lock(p, i, "is never given back: unlock is missing");
    return STATUS_OK;
}

static enum status take_program(struct parser *p)
{
    enum status s = STATUS_OK;
    bool takes_time = false;

    while (s == STATUS_OK) {
        skip_space(p);
        if (*p->at == '\0')
            break;
        if (take_word(p, ";"))
            continue;
        s = take_phase(p);
    }
    if (s != STATUS_OK)
        return s;
    if (p->depth != 0)
        return error_set(p->e, STATUS_USAGE, "repeat without its '}'");
    for (unsigned i = 0; i < p->program->count; i++)
        if (kinds[p->program->phases[i].kind].operand == OPERAND_TIME)
            takes_time = true;
    if (!takes_time)
        return error_set(
            p->e, STATUS_USAGE,
            "the program takes no time: it needs compute or block");
    return check_locks(p);
}

enum status phase_program_parse(struct phase_program *program, const char *text,
                                uint64_t khz, struct error *e)
{
    struct parser p = {.program = program, .at = text, .khz = khz, .e = e};
    enum status s;

    program->count = 0;
    program->phases = calloc(PHASE_MAX_OPS, sizeof *program->phases);
    if (!program->phases)
        return error_set(e, STATUS_MEMORY, "out of memory");
    s = take_program(&p);
    if (s != STATUS_OK)
        phase_program_free(program);
    return s;
}

void phase_program_free(struct phase_program *p)
{
    free(p->phases);
    p->phases = NULL;
    p->count = 0;
}

enum status phase_amount_parse(struct phase_amount *a, const char *text,
                               uint64_t khz, struct error *e)
{
    struct parser p = {.at = text, .khz = khz, .e = e};
    enum status s = take_amount(&p, a);

    skip_space(&p);
    return s == STATUS_OK && *p.at ? refuse(&p, "nothing more") : s;
}

/*
 * -ln(u) by its own series, so that every host's library gives the same: u is
 * m * 2^-k with m in 1/2 .. 1, and -ln m by the area function's series, exact
 * to less than 2^-40.
 */
static double exponential(struct rng *r)
{
    uint64_t bits = rng_next(r) | 1;
    double m = 1, k = 0, z, power, sum = 0;

    while (!(bits >> 63)) {
        bits <<= 1;
        k++;
    }
    m = (double)(bits >> 11) / 9007199254740992.0;
    z = (1 - m) / (1 + m);
    power = z;
    for (int n = 1; n < 40; n += 2) {
        sum += power / n;
        power *= z * z;
    }
    return 2 * sum + k * 0.69314718055994530942;
}

uint64_t phase_amount_draw(const struct phase_amount *a, struct rng *r)
{
    double drawn;

    switch (a->draw) {
    case DRAW_FIXED:
        break;
    case DRAW_EXPONENTIAL:
        drawn = exponential(r) * (double)a->low;
        return drawn < 1 ? 1 : (uint64_t)drawn;
    case DRAW_UNIFORM:
        return a->low + rng_next(r) % (a->high - a->low + 1);
    }
    return a->low;
}
