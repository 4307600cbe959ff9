#include "sim/machine/suggest.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CHARS = 64, TOO_FAR = 99 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned suggest_distance(const char *a, const char *b)
{
    unsigned row[3][MAX_CHARS + 1];
    size_t a_chars = strlen(a), b_chars = strlen(b);

    if (a_chars >= MAX_CHARS || b_chars >= MAX_CHARS)
        return TOO_FAR;
    for (size_t j = 0; j <= b_chars; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_chars; i++) {
        unsigned *now = row[i % 3], *above = row[(i - 1) % 3];
        const unsigned *above2 = row[(i + 1) % 3];

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_chars; j++) {
            now[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(now[j], least(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], above2[j - 2] + 1);
        }
    }
    return row[a_chars % 3][b_chars];
}

void suggest_offer(struct suggestion *s, const char *typed,
                   const char *candidate)
{
    unsigned distance = suggest_distance(typed, candidate);
    size_t limit = strlen(typed) / 3;

    if (limit < 1)
        limit = 1;
    /* Half of a long name is as good as a typing error: "roundtrip". */
    if (strlen(typed) >= 4 && strstr(candidate, typed))
        distance = least(distance, (unsigned)limit);
    if (distance > limit || (s->name && distance >= s->distance))
        return;
    s->name = candidate;
    s->distance = distance;
}

char *suggest_text(const struct suggestion *s, char *buffer,
                   size_t buffer_bytes)
{
    buffer[0] = '\0';
    if (s->name)
        snprintf(buffer, buffer_bytes, "; did you mean %s?", s->name);
    return buffer;
}
