#include "sim/machine/scenario/scenario_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The text that is read, and the one that is made of it. */
struct scanner {
    const char *path;
    const char *at;
    char *to;
    unsigned line;
};

static enum status read_all(char *text, size_t *bytes, const char *path,
                            struct error *e)
{
    struct stat is;
    FILE *in;
    bool failed;

    /* It is read for each run: what can be read but once will not do. */
    if (stat(path, &is) == 0 && !S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode))
        return error_set(e, STATUS_FILE, "%s: no scenario: it is no file",
                         path);
    in = fopen(path, "rb");
    if (!in)
        return error_set(e, STATUS_FILE, "%s: cannot be read: %s", path,
                         strerror(errno));
    *bytes = fread(text, 1, SCENARIO_FILE_BYTES + 1, in);
    failed = ferror(in) != 0;
    if (failed)
        error_set(e, STATUS_FILE, "%s: cannot be read: %s", path,
                  strerror(errno));
    fclose(in);
    if (failed)
        return STATUS_FILE;
    text[*bytes] = '\0';
    if (*bytes > SCENARIO_FILE_BYTES)
        return error_set(e, STATUS_FILE,
                         "%s: no scenario: it is longer than %d KiB", path,
                         SCENARIO_FILE_BYTES >> 10);
    return STATUS_OK;
}

static void take(struct scanner *s)
{
    s->line += *s->at == '\n';
    *s->to++ = *s->at++;
}

/* Up to the end of a text in quotes, or of a comment; or of the file. */
static void take_until(struct scanner *s, const char *end, bool escapes)
{
    while (*s->at && strncmp(s->at, end, strlen(end)) != 0) {
        if (escapes && *s->at == '\\' && s->at[1])
            take(s);
        take(s);
    }
    for (size_t i = 0; *s->at && end[i]; i++)
        take(s);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (c && strchr("_.*+-", c));
}

/* A name, or a number, which gets an L if it needs more than 32 bits. */
static void take_word(struct scanner *s)
{
    const char *from = s->at;
    bool hex = from[0] == '0' && (from[1] == 'x' || from[1] == 'X');
    long long value;
    char *end;

    errno = 0;
    value = strtoll(from, &end, hex ? 16 : 10);
    while (is_word(*s->at))
        take(s);
    if (end == s->at && (errno || value > INT32_MAX || value < INT32_MIN))
        *s->to++ = 'L';
}

static enum status take_next(struct scanner *s, struct error *e)
{
    if (*s->at == '"') {
        take(s);
        take_until(s, "\"", true);
    } else if (*s->at == '#' || strncmp(s->at, "//", 2) == 0) {
        take_until(s, "\n", false);
    } else if (strncmp(s->at, "/*", 2) == 0) {
        take_until(s, "*/", false);
    } else if (is_word(*s->at)) {
        take_word(s);
    } else if (*s->at == '@') {
        return error_set(e, STATUS_USAGE,
                         "%s:%u: a scenario is one file: there is no @include",
                         s->path, s->line);
    } else {
        take(s);
    }
    return STATUS_OK;
}

static enum status scan(char *to, const char *from, size_t bytes,
                        const char *path, struct error *e)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct scanner s = {.path = path, .at = from, .to = to, .line = 1};
    enum status status = STATUS_OK;

    if (strncmp(from, byte_order_mark, 3) == 0)
        s.at += 3;
    while (*s.at && status == STATUS_OK)
        status = take_next(&s, e);
    *s.to = '\0';
    if (status == STATUS_OK && s.at != from + bytes)
        return error_set(e, STATUS_USAGE,
                         "%s:%u: a NUL character: this is no text", path,
                         s.line);
    return status;
}

enum status scenario_text_read(char **text, const char *path, struct error *e)
{
    /* An L for every second character is more than there can be. */
    char *from = malloc(SCENARIO_FILE_BYTES + 2);
    char *to = malloc(2 * SCENARIO_FILE_BYTES);
    enum status s = STATUS_OK;
    size_t bytes = 0;

    if (!from || !to)
        s = error_set(e, STATUS_MEMORY, "out of memory");
    if (s == STATUS_OK)
        s = read_all(from, &bytes, path, e);
    if (s == STATUS_OK)
        s = scan(to, from, bytes, path, e);
    free(from);
    if (s != STATUS_OK) {
        free(to);
        to = NULL;
    }
    *text = to;
    return s;
}
