#include "sim/core/status.h"

#include <stdarg.h>
#include <stdio.h>

enum status error_set(struct error *e, enum status s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    /* What a user wrote may have line ends and what a terminal obeys. */
    for (char *p = e->text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    return s;
}
