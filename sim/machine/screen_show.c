#include "sim/machine/screen_show.h"

#include <string.h>

#include "sim/devices/screen.h"

static const char rule[] = "----------------------------------------"
                           "----------------------------------------";

void screen_show(const struct platform *p, FILE *to)
{
    struct screen s;
    char text[SCREEN_TEXT_BYTES];
    size_t used;

    if (!platform_screen(p, &s)) {
        fputs("\nringside: the guest has no screen in text mode\n", to);
        return;
    }
    used = screen_text(&s, text);
    while (used > 1 && text[used - 1] == '\n' && text[used - 2] == '\n')
        text[--used] = '\0';
    fprintf(to, "\n%s\n%s%s\n", rule, text, rule);
}
