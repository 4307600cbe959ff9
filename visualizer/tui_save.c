/*
 * tui_save.c - the screen as a file: text, ANSI or SVG by the file's name.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "visualizer/tui.h"

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

static enum grid_format format_of(const char *path)
{
    return ends_with(path, ".svg")   ? GRID_SVG
           : ends_with(path, ".ans") ? GRID_ANSI
                                     : GRID_TEXT;
}

static void write_screen(struct tui *t, FILE *out, enum grid_format format)
{
    struct grid whole;

    if (tui_compose(t, &whole)) {
        /* But the rows of the prompt and of the mouse. */
        whole.height -= whole.height > 1 ? 1 + tui_tab_rows(t) : 0;
        grid_write(out, &whole, format, t->screen.ascii);
    }
    grid_free(&whole);
}

/* A file that is there is kept but for "FILE!": nobody loses one by chance. */
void tui_save(struct tui *t, const char *path)
{
    size_t chars = strlen(path);
    bool replaces = chars > 1 && path[chars - 1] == '!';
    char name[LINE_BYTES];
    FILE *out;

    snprintf(name, sizeof name, "%.*s", (int)(chars - replaces), path);
    if (!name[0]) {
        tui_say(t, "save as: no name; .txt, .ans or .svg");
        return;
    }
    out = fopen(name, replaces ? "w" : "wx");
    if (!out && errno == EEXIST) {
        tui_say(t, "%.120s is there already; %.60s! replaces it", name, name);
        return;
    }
    if (out)
        write_screen(t, out, format_of(name));
    if (!out || fclose(out) != 0)
        tui_say(t, "%.120s: %s", name, strerror(errno));
    else
        tui_say(t, "saved as %.120s%s", name,
                replaces ? ", in place of what was there" : "");
}
