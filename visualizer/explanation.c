#include "visualizer/explanation.h"

#include <stdio.h>
#include <string.h>

#include "sim/machine/catalog.h"

enum { TEXT_BYTES = 600 };

/* A row of a topic, its sentence first; returns the rows that it took. */
static unsigned draw_entry(const struct topic *topic, const struct table *t,
                           unsigned row, const struct pane *p)
{
    char text[TEXT_BYTES];
    struct pane part;
    unsigned y;

    snprintf(text, sizeof text, "%s: %s", table_cell(t, row, 0),
             table_cell(t, row, topic->sentence_column));
    y = pane_wrap(p, 0, STYLE_STRONG, text);
    for (unsigned c = 1; c < t->columns && y < p->height; c++) {
        if (c == topic->sentence_column || !table_cell(t, row, c)[0])
            continue;
        part = pane_below(p, y);
        snprintf(text, sizeof text, "%s: %s", topic->columns[c],
                 table_cell(t, row, c));
        y += pane_wrap(&part, 0, STYLE_DIM, text);
    }
    return y;
}

unsigned explanation_draw(const struct scene *s, const char *name,
                          const struct pane *p)
{
    struct pane part = pane_part(p, 1, 0, p->width - 1, p->height);
    unsigned y = 0;

    for (size_t i = 0; topic_all[i] && y < p->height; i++) {
        struct table t = topic_table(topic_all[i], s->machine->config);

        for (unsigned row = 0; !t.failed && row < t.rows; row++)
            if (strcmp(table_cell(&t, row, 0), name) == 0 && y < p->height) {
                struct pane rest = pane_below(&part, y);

                y += draw_entry(topic_all[i], &t, row, &rest);
            }
        table_free(&t);
    }
    return y;
}
