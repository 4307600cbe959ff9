#include "sim/core/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char suffixes[] = "KMGT";

/* Returns the shift of a suffix letter and moves past it; -1 if unknown. */
static int suffix_shift(const char **text)
{
    const char *p = *text;
    const char *found;

    if (*p == '\0')
        return 0;
    found = strchr(suffixes, *p >= 'a' ? *p - 'a' + 'A' : *p);
    if (!found)
        return -1;
    p++;
    if (p[0] == 'i' && p[1] == 'B')
        p += 2;
    else if (p[0] == 'B')
        p++;
    *text = p;
    return 10 * (int)(found - suffixes + 1);
}

enum status units_parse(const char *text, const char *what, uint64_t *value,
                        struct error *e)
{
    char *end = NULL;
    const char *rest;
    uint64_t number;
    int shift;

    errno = 0;
    number = strtoull(text, &end, 0);
    rest = end;
    shift = rest == text ? -1 : suffix_shift(&rest);
    if (strchr(text, '-') || shift < 0 || *rest != '\0')
        return error_set(e, STATUS_USAGE,
                         "%s: '%s' is not a number (like 64, 4K, 512M, 1G)",
                         what, text);
    if (errno == ERANGE || (number << shift) >> shift != number)
        return error_set(e, STATUS_USAGE, "%s: %s is too large", what, text);
    *value = number << shift;
    return STATUS_OK;
}

char *units_format(uint64_t bytes, char *buffer, size_t buffer_bytes)
{
    int i = -1;

    while (bytes != 0 && bytes % 1024 == 0 && i + 1 < (int)strlen(suffixes)) {
        bytes /= 1024;
        i++;
    }
    if (i < 0)
        snprintf(buffer, buffer_bytes, "%" PRIu64, bytes);
    else
        snprintf(buffer, buffer_bytes, "%" PRIu64 "%c", bytes, suffixes[i]);
    return buffer;
}
