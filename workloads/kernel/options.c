/*
 * options.c - reads the command line.
 */
#include "workloads/kernel/options.h"

#include "workloads/kernel/lib.h"

enum { DEFAULT_TICK_US = 4000 };

/* If the word at s is key=NUMBER, stores the number. */
static void number(const char *s, const char *key, uint64_t *value)
{
    size_t n = strlen(key);
    uint64_t v = 0;

    if (strncmp(s, key, n) != 0 || s[n] != '=')
        return;
    for (s += n + 1; *s >= '0' && *s <= '9'; s++)
        v = v * 10 + (uint64_t)(*s - '0');
    *value = v;
}

static bool word(const char *s, const char *key)
{
    size_t n = strlen(key);

    return strncmp(s, key, n) == 0 && (s[n] == ' ' || s[n] == '\0');
}

void options_parse(struct options *o, const char *command_line)
{
    const char *s = command_line;

    *o = (struct options){.tick_us = DEFAULT_TICK_US};
    while (s) {
        while (*s == ' ')
            s++;
        o->quiet |= word(s, "quiet");
        o->scrub |= word(s, "scrub");
        number(s, "tsc_khz", &o->tsc_khz);
        number(s, "apic_khz", &o->apic_khz);
        number(s, "tick_us", &o->tick_us);
        number(s, "tick_cycles", &o->tick_cycles);
        s = strchr(s, ' ');
    }
    if (o->tick_us == 0)
        o->tick_us = DEFAULT_TICK_US;
}
