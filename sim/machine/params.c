#include "sim/machine/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hypervisor-model/sched/sched.h"
#include "mmu/repl/repl.h"
#include "sim/core/macros.h"
#include "sim/core/units.h"

/* The C type behind each kind; a text is as long as its field. */
typedef uint32_t type_of_U32;
typedef uint64_t type_of_U64;
typedef uint64_t type_of_COUNT;
typedef uint64_t type_of_BYTES;
typedef uint32_t type_of_HEX;
typedef bool type_of_BOOL;
typedef uint8_t type_of_PAGE;
typedef enum repl_kind type_of_REPL;
typedef enum timing_model type_of_TIMING;
typedef uint32_t type_of_SCHED;
typedef enum unpack_by type_of_UNPACK;
typedef enum credit2_runqueue type_of_RUNQUEUE;
typedef enum itlb_sharing type_of_ITLB;
typedef char type_of_TEXT;

/* Row: each field is as wide as its kind says. */
#define SETTING(name, KIND, field, min, max, unit, preset, sentence)           \
    _Static_assert(PARAM_##KIND == PARAM_TEXT ||                               \
                       sizeof(((struct config *)NULL)->field) ==               \
                           sizeof(type_of_##KIND),                             \
                   name);
#define PARAM(name, KIND, field, min, max, unit, sentence)                     \
    SETTING(name, KIND, field, min, max, unit, NULL, sentence)
#define PARAM_GROUP(name, prefix, suffix, sentence)
#include "sim/machine/params.def"
#undef PARAM
#undef SETTING

#define SETTING(name, KIND, field, min, max, unit, preset, sentence)           \
    {name,                                                                     \
     PARAM_##KIND,                                                             \
     offsetof(struct config, field),                                           \
     sizeof(((struct config *)NULL)->field),                                   \
     min,                                                                      \
     max,                                                                      \
     unit,                                                                     \
     preset,                                                                   \
     sentence},
#define PARAM(name, KIND, field, min, max, unit, sentence)                     \
    SETTING(name, KIND, field, min, max, unit, NULL, sentence)
#define VMEXIT(id, number, name, sentence)                                     \
    PARAM("exit.handler." name "_cycles", U32, hv.handler_cycles[VMEXIT_##id], \
          0, 10000000, "cycles", "the handler's own work when " sentence)
static const struct param params[] = {
#include "sim/machine/params.def"
#include "sim/record/vmexit.def"
};
#undef PARAM
#undef SETTING
#undef PARAM_GROUP
#undef VMEXIT

#define PARAM(name, KIND, field, min, max, unit, sentence)
#define SETTING(name, KIND, field, min, max, unit, preset, sentence)
#define PARAM_GROUP(name, prefix, suffix, sentence)                            \
    {name, prefix, suffix, sentence},
static const struct param_group groups[] = {
#include "sim/machine/params.def"
};
#undef PARAM
#undef SETTING
#undef PARAM_GROUP

struct choice {
    enum param_kind kind;
    const char *word;
    uint64_t value;
};

/* The first word of a value is the one that is written. */
static const struct choice choices[] = {
    {PARAM_BOOL, "on", true},
    {PARAM_BOOL, "off", false},
    {PARAM_BOOL, "true", true},
    {PARAM_BOOL, "false", false},
    {PARAM_BOOL, "yes", true},
    {PARAM_BOOL, "no", false},
    {PARAM_BOOL, "1", true},
    {PARAM_BOOL, "0", false},
    {PARAM_PAGE, "4K", 12},
    {PARAM_PAGE, "2M", 21},
    {PARAM_PAGE, "1G", 30},
    {PARAM_TIMING, "window", TIMING_WINDOW},
    {PARAM_TIMING, "fast", TIMING_FAST},
    {PARAM_TIMING, "count", TIMING_COUNT},
    {PARAM_RUNQUEUE, "core", RUNQUEUE_CORE},
    {PARAM_RUNQUEUE, "socket", RUNQUEUE_SOCKET},
    {PARAM_RUNQUEUE, "all", RUNQUEUE_ALL},
    {PARAM_ITLB, "shared", ITLB_SHARED},
    {PARAM_ITLB, "split", ITLB_SPLIT},
    {PARAM_ITLB, "own", ITLB_OWN},
    {PARAM_UNPACK, "auto", UNPACK_AUTO},
    {PARAM_UNPACK, "loader", UNPACK_BY_LOADER},
    {PARAM_UNPACK, "guest", UNPACK_BY_GUEST},
};

/* The nth word of a kind.  False: there are not so many. */
static bool choice_at(enum param_kind kind, size_t n, struct choice *c)
{
    size_t policies = 0, schedulers = 0;

    while (repl_all[policies])
        policies++;
    while (sched_all[schedulers])
        schedulers++;
    if (kind == PARAM_REPL && n < policies) {
        *c = (struct choice){kind, repl_all[n]->name, repl_all[n]->kind};
        return true;
    }
    if (kind == PARAM_SCHED && n < schedulers) {
        *c = (struct choice){kind, sched_all[n]->name, n};
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        if (choices[i].kind != kind || n-- != 0)
            continue;
        *c = choices[i];
        return true;
    }
    return false;
}

unsigned param_count(void)
{
    return ARRAY_LEN(params);
}

const struct param *param_at(unsigned index)
{
    return &params[index];
}

unsigned param_find(const char *name)
{
    unsigned i = 0;

    while (i < ARRAY_LEN(params) && strcmp(params[i].name, name) != 0)
        i++;
    return i;
}

unsigned param_group_count(void)
{
    return ARRAY_LEN(groups);
}

const struct param_group *param_group_at(unsigned index)
{
    return &groups[index];
}

bool param_group_has(const struct param_group *g, const struct param *p)
{
    size_t chars = strlen(p->name), suffix_chars = strlen(g->suffix);

    return strncmp(p->name, g->prefix, strlen(g->prefix)) == 0 &&
           chars > suffix_chars &&
           strcmp(p->name + chars - suffix_chars, g->suffix) == 0;
}

static bool is_number(enum param_kind kind)
{
    return kind == PARAM_U32 || kind == PARAM_U64 || kind == PARAM_COUNT ||
           kind == PARAM_BYTES || kind == PARAM_HEX;
}

static char *number_text(enum param_kind kind, uint64_t value, char *buffer,
                         size_t bytes)
{
    if (kind == PARAM_BYTES)
        return units_format(value, buffer, bytes);
    snprintf(buffer, bytes, kind == PARAM_HEX ? "0x%" PRIx64 : "%" PRIu64,
             value);
    return buffer;
}

static char *words_of(const struct param *p, char *buffer, size_t bytes)
{
    const size_t limit = p->kind == PARAM_BOOL ? 2 : SIZE_MAX;
    struct choice c;
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t n = 0; n < limit && choice_at(p->kind, n, &c); n++)
        if (used < bytes)
            used += (size_t)snprintf(buffer + used, bytes - used, "%s%s",
                                     used ? " " : "", c.word);
    return buffer;
}

char *param_range(const struct param *p, char *buffer, size_t buffer_bytes)
{
    char low[32], high[32];

    if (!is_number(p->kind) && p->kind != PARAM_TEXT)
        return words_of(p, buffer, buffer_bytes);
    if (p->kind == PARAM_TEXT) {
        snprintf(buffer, buffer_bytes, "at most %zu characters",
                 p->field_bytes - 1);
        return buffer;
    }
    number_text(p->kind, p->min, low, sizeof low);
    number_text(p->kind, p->max, high, sizeof high);
    snprintf(buffer, buffer_bytes, "%s .. %s", low, high);
    return buffer;
}

/* Numbers of every width go through these two. */
static uint64_t field_read(const struct config *c, const struct param *p)
{
    const char *at = (const char *)c + p->offset;
    uint64_t wide = 0;
    uint32_t word = 0;
    uint8_t byte = 0;

    if (p->field_bytes == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    if (p->field_bytes == sizeof word) {
        memcpy(&word, at, sizeof word);
        return word;
    }
    memcpy(&byte, at, sizeof byte);
    return byte;
}

static void field_write(struct config *c, const struct param *p, uint64_t value)
{
    char *at = (char *)c + p->offset;
    uint32_t word = (uint32_t)value;
    uint8_t byte = (uint8_t)value;

    if (p->field_bytes == sizeof value)
        memcpy(at, &value, sizeof value);
    else if (p->field_bytes == sizeof word)
        memcpy(at, &word, sizeof word);
    else
        memcpy(at, &byte, sizeof byte);
}

static enum status set_number(struct config *c, const struct param *p,
                              const char *text, struct error *e)
{
    uint64_t value;
    char range[PARAM_TEXT_BYTES];
    enum status s = units_parse(text, p->name, &value, e);

    if (s != STATUS_OK)
        return s;
    if (value < p->min || value > p->max)
        return error_set(e, STATUS_USAGE, "%s=%s is out of range (%s%s%s)",
                         p->name, text, param_range(p, range, sizeof range),
                         p->unit[0] ? " " : "", p->unit);
    field_write(c, p, value);
    return STATUS_OK;
}

static enum status set_text(struct config *c, const struct param *p,
                            const char *text, struct error *e)
{
    char *at = (char *)c + p->offset;
    size_t bytes = strlen(text);

    if (bytes >= p->field_bytes)
        return error_set(e, STATUS_USAGE, "%s=%s is longer than %zu characters",
                         p->name, text, p->field_bytes - 1);
    for (size_t i = 0; i < bytes; i++)
        if (text[i] < ' ' || text[i] > '~')
            return error_set(e, STATUS_USAGE,
                             "%s: only printable ASCII characters are legal",
                             p->name);
    memset(at, 0, p->field_bytes);
    memcpy(at, text, bytes);
    return STATUS_OK;
}

static enum status set_choice(struct config *c, const struct param *p,
                              const char *text, struct error *e)
{
    char range[PARAM_TEXT_BYTES];
    struct choice found;

    for (size_t n = 0; choice_at(p->kind, n, &found); n++) {
        if (strcmp(found.word, text) != 0)
            continue;
        field_write(c, p, found.value);
        return STATUS_OK;
    }
    return error_set(e, STATUS_USAGE, "%s=%s is not one of: %s", p->name, text,
                     param_range(p, range, sizeof range));
}

enum status param_set(struct config *c, unsigned index, const char *value,
                      struct error *e)
{
    const struct param *p = &params[index];

    if (p->kind == PARAM_TEXT)
        return set_text(c, p, value, e);
    if (is_number(p->kind))
        return set_number(c, p, value, e);
    return set_choice(c, p, value, e);
}

unsigned config_param_count(void)
{
    return param_count();
}

const char *config_param_name(unsigned index)
{
    return params[index].name;
}

static const char *choice_word(enum param_kind kind, uint64_t value)
{
    struct choice c;

    for (size_t n = 0; choice_at(kind, n, &c); n++)
        if (c.value == value)
            return c.word;
    BUG("a choice holds a value that has no word");
    return NULL;
}

char *config_param_text(const struct config *c, unsigned index, char *buffer,
                        size_t buffer_bytes)
{
    const struct param *p = &params[index];
    uint64_t value;

    if (p->kind == PARAM_TEXT) {
        snprintf(buffer, buffer_bytes, "%s", (const char *)c + p->offset);
        return buffer;
    }
    value = field_read(c, p);
    if (is_number(p->kind))
        return number_text(p->kind, value, buffer, buffer_bytes);
    snprintf(buffer, buffer_bytes, "%s", choice_word(p->kind, value));
    return buffer;
}
