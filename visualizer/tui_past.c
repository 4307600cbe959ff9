/*
 * tui_past.c - commands that look for a moment: the last write of an entry of a
 * page table, the cause of a walk, the last or next time something happened.
 */
#include <string.h>

#include "sim/core/macros.h"
#include "visualizer/tui_commands.h"

/* Of a page table: by its level; 0 is no such word. */
static unsigned level_of(const char *text)
{
    static const char *const names[] = {"pte", "pde", "pdpte", "pml4e",
                                        "pml5e"};

    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0)
            return i + 1;
    return 0;
}

/* Tables and TLBs are those of one machine. */
static bool has_tables(struct tui *t)
{
    if (t->scenario)
        tui_say(
            t, "not of a scenario, only of one machine: ringside tui WORKLOAD");
    return !t->scenario;
}

static bool parse_growth(struct tui *t, const char *text, struct milestone *m)
{
    *m = (struct milestone){.value = 0};
    if (milestone_find(m, text))
        return tui_counts(t, m);
    tui_say(t, "no counter '%.20s': `ringside list counters`", text);
    return false;
}

void tui_back_to(struct tui *t, const char *text)
{
    struct milestone m;
    unsigned level = level_of(text);
    bool host = strcmp(text, "spte") == 0 || strcmp(text, "epte") == 0;

    if (!level && !host) {
        if (parse_growth(t, text, &m))
            tui_previous(t, &m);
    } else if (has_tables(t)) {
        t->wish_host = host;
        t->wish_level = level > 1 ? level : 0; /* a large page has no pte */
        tui_move(t, SEAT_WRITE, NULL);
    }
}

void tui_next_of(struct tui *t, const char *text)
{
    struct milestone m;

    if (parse_growth(t, text, &m))
        tui_move(t, SEAT_NEXT, &m);
}

void tui_tell_digest(struct tui *t, const char *text)
{
    (void)text;
    if (has_tables(t))
        tui_move(t, SEAT_DIGEST, NULL);
}

void tui_find_cause(struct tui *t, const char *text)
{
    (void)text;
    if (has_tables(t))
        tui_move(t, SEAT_CAUSE, NULL);
}
