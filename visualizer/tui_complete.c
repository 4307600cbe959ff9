/*
 * tui_complete.c - what the word at the cursor may become: names of commands,
 * views, moments, symbols, parameters and their values.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/params.h"
#include "sim/record/counters.h"
#include "visualizer/tui_commands.h"

/* The word that is being typed, up to the cursor. */
struct word {
    const char *text;
    size_t chars;
    struct candidates *to;
};

/* Shortens what is common by one more name. */
static void join(struct candidates *c, const char *name)
{
    size_t same = 0;

    if (c->count + c->left_out == 0) {
        snprintf(c->common, sizeof c->common, "%s", name);
        return;
    }
    while (name[same] && name[same] == c->common[same])
        same++;
    c->common[same] = '\0';
}

static void offer(const struct word *w, const char *name)
{
    struct candidates *c = w->to;

    if (strncmp(name, w->text, w->chars) != 0)
        return;
    join(c, name);
    if (c->count < CANDIDATES)
        c->names[c->count++] = name;
    else
        c->left_out++;
}

static void offer_counters(const struct word *w)
{
    for (int i = 0; i < COUNTER_COUNT; i++)
        offer(w, counter_info((enum counter)i)->name);
}

static void offer_moments(const struct word *w)
{
    static const char *const others[] = {"begin", "end", "instructions",
                                         "user"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        offer(w, others[i]);
    offer_counters(w);
}

/* Each of a list of words between separators. */
static void offer_words(const struct word *w, const char *list,
                        const char *separators)
{
    char *at = w->to->words;

    snprintf(at, sizeof w->to->words, "%s", list);
    for (char *next = NULL;
         (at = strtok_r(next ? NULL : at, separators, &next));)
        offer(w, at);
}

/* To the last KEY of "KEY VALUE KEY ...". */
static void skip_pairs(struct word *w)
{
    const char *end = w->text + w->chars, *at = w->text;
    unsigned words = 0;

    for (const char *c = at; c < end; c++)
        if (*c == ' ' && ++words % 2 == 0)
            at = c + 1;
    w->to->from += (unsigned)(at - w->text);
    w->chars -= (size_t)(at - w->text);
    w->text = at;
}

/* KEY, or behind it a value: its words, or a hint of what is legal. */
static void offer_params(struct word *w)
{
    const char *space;
    char key[LINE_BYTES], range[PARAM_TEXT_BYTES];
    const struct param *p;
    unsigned index;

    skip_pairs(w);
    space = memchr(w->text, ' ', w->chars);
    if (!space) {
        w->to->goes_on = true;
        for (unsigned i = 0; i < param_group_count(); i++)
            offer(w, param_group_at(i)->name);
        for (unsigned i = 0; i < param_count(); i++)
            offer(w, param_at(i)->name);
        return;
    }
    snprintf(key, sizeof key, "%.*s", (int)(space - w->text), w->text);
    index = param_find(key);
    if (index == param_count())
        return;
    p = param_at(index);
    param_range(p, range, sizeof range);
    w->chars -= (size_t)(space + 1 - w->text);
    w->to->from += (unsigned)(space + 1 - w->text);
    w->text = space + 1;
    if (p->kind > PARAM_HEX && p->kind != PARAM_TEXT)
        offer_words(w, range, " ");
    snprintf(w->to->hint, sizeof w->to->hint, "%s: %s %s: %s", p->name, range,
             p->unit, p->sentence);
}

static void offer_timelines(const struct word *w, const struct tui *t)
{
    char list[LINE_BYTES] = "";
    size_t used = 0;

    for (unsigned i = 0; i < t->count; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%u ",
                                 t->lines[i].number);
    for (unsigned i = 0; i < t->asleep_count; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%u ",
                                 t->asleep[i].number);
    offer_words(w, list, " ");
}

static void offer_argument(struct word *w, const struct tui *t,
                           const struct command_line *c)
{
    const char *const *parts = view_all[t->view]->parts;

    switch (c->argument) {
    case ARGUMENT_NONE:
    case ARGUMENT_TEXT:
        snprintf(w->to->hint, sizeof w->to->hint, "%s %s: %s", c->name, c->form,
                 c->sentence);
        break;
    case ARGUMENT_WORD:
        offer_words(w, c->form, "|");
        break;
    case ARGUMENT_VIEW:
        for (unsigned i = 0; view_all[i]; i++)
            offer(w, view_all[i]->name);
        break;
    case ARGUMENT_PART:
        for (unsigned i = 0; parts && parts[i]; i++)
            offer(w, parts[i]);
        break;
    case ARGUMENT_MOMENT:
        offer_moments(w);
        break;
    case ARGUMENT_COUNTER:
        offer_counters(w);
        break;
    case ARGUMENT_PLACE:
        for (unsigned i = 0; i < t->symbols.count; i++)
            offer(w, t->symbols.all[i].name);
        break;
    case ARGUMENT_TIMELINE:
        offer_timelines(w, t);
        break;
    case ARGUMENT_EVENT:
        offer_words(w, "pte pde pdpte pml4e pml5e spte epte", " ");
        offer_counters(w);
        break;
    case ARGUMENT_BREAK:
        offer_counters(w);
        for (unsigned i = 0; i < t->symbols.count; i++)
            offer(w, t->symbols.all[i].name);
        break;
    case ARGUMENT_PARAM:
        offer_params(w);
        break;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, each once. */
static void arrange(struct candidates *c)
{
    unsigned kept = 0;

    qsort(c->names, c->count, sizeof *c->names, by_name);
    for (unsigned i = 0; i < c->count; i++)
        if (kept == 0 || strcmp(c->names[kept - 1], c->names[i]) != 0)
            c->names[kept++] = c->names[i];
    c->count = kept;
}

void tui_find_candidates(const struct tui *t, struct candidates *c)
{
    const char *line = t->line.text;
    const struct command_line *command = command_of_prompt(t->prompt);
    size_t name = strcspn(line, " ");
    struct word w = {line, t->line.cursor, c};

    memset(c, 0, sizeof *c);
    if (!command && t->line.cursor <= name) {
        c->goes_on = true;
        for (const struct command_line *l = command_all; l->name; l++)
            offer(&w, l->name);
    } else {
        if (!command) {
            command = command_find_line(line);
            name += strspn(line + name, " ");
            if (!command || t->line.cursor < name)
                return;
            c->from = (unsigned)name;
            w.text += name;
            w.chars -= name;
        }
        offer_argument(&w, t, command);
    }
    arrange(c);
}

bool tui_complete(struct tui *t)
{
    struct candidates c;
    char text[LINE_BYTES + 1];
    bool all;

    tui_find_candidates(t, &c);
    if (c.count == 0)
        return true;
    all = c.count == 1 && c.left_out == 0;
    snprintf(text, sizeof text, "%s%s", c.common,
             all && c.goes_on && t->line.text[t->line.cursor] != ' ' ? " "
                                                                     : "");
    line_edit_replace(&t->line, c.from, text);
    return !all;
}

/* Columns of names, filled one after the other; the last says what is left. */
static void draw_names(const struct pane *p, const struct candidates *c,
                       unsigned width)
{
    unsigned columns = p->width / width ? p->width / width : 1;
    unsigned room = columns * p->height;
    unsigned shown = c->count + (c->left_out > 0) <= room ? c->count : room - 1;

    for (unsigned i = 0; i < shown; i++) {
        const struct pane cell =
            pane_part(p, i / p->height * width, i % p->height, width - 1, 1);

        pane_put(&cell, place(1, 0), STYLE_PLAIN, c->names[i]);
    }
    if (shown < c->count || c->left_out)
        pane_printf(p, place((columns - 1) * width + 1, p->height - 1),
                    STYLE_DIM, "... %u more", c->count - shown + c->left_out);
}

void tui_draw_candidates(const struct tui *t, const struct pane *all)
{
    struct candidates c;
    unsigned width = 0, columns, rows, most = all->height / 2;
    struct pane part;

    tui_find_candidates(t, &c);
    for (unsigned i = 0; i < c.count; i++)
        if (strlen(c.names[i]) + 3 > width)
            width = (unsigned)strlen(c.names[i]) + 3;
    columns = width && all->width / width ? all->width / width : 1;
    rows = (c.count + (c.left_out > 0) + columns - 1) / columns;
    rows = c.count == 0 ? 1 : rows < most ? rows : most;
    if (all->height < rows + 2)
        return;
    part = pane_part(all, 0, all->height - 2 - rows, all->width, rows + 1);
    for (unsigned y = 0; y <= rows; y++)
        pane_fill(&part, 0, y, STYLE_PLAIN, y == 0 ? 0x2500 : ' ');
    part = pane_below(&part, 1);
    if (c.count)
        draw_names(&part, &c, width);
    else
        pane_put(&part, place(1, 0), STYLE_DIM,
                 c.hint[0] ? c.hint : "nothing begins like that");
}
