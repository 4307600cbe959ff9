#include "visualizer/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 16 };

bool script_is(const char *line, const char *word, const char **rest)
{
    size_t chars = strlen(word);

    if (strncmp(line, word, chars) != 0 ||
        (line[chars] != '\0' && line[chars] != ' '))
        return false;
    *rest = line + chars + strspn(line + chars, " ");
    return true;
}

static enum status read_file(struct script *s, const char *path,
                             struct error *e)
{
    FILE *in = fopen(path, "r");
    size_t bytes;

    if (!in)
        return error_set(e, STATUS_FILE, "--script %.200s: %s", path,
                         strerror(errno));
    s->text = calloc(1, MOST_BYTES + 1);
    bytes = s->text ? fread(s->text, 1, MOST_BYTES, in) : 0;
    fclose(in);
    if (!s->text || bytes == 0 || bytes == MOST_BYTES ||
        memchr(s->text, '\0', bytes))
        return error_set(e, STATUS_FILE,
                         "--script %.200s: is not a lecture: a text of 1 to "
                         "%d bytes",
                         path, MOST_BYTES - 1);
    return STATUS_OK;
}

static enum status split_lines(struct script *s, const char *path,
                               struct error *e)
{
    unsigned number = 1;

    for (char *at = s->text; at; number++) {
        char *end = strchr(at, '\n');
        char *line = at + strspn(at, " \t");

        if (end)
            *end = '\0';
        at = end ? end + 1 : NULL;
        if (*line == '\0' || *line == '#')
            continue;
        if (s->count == SCRIPT_LINES)
            return error_set(e, STATUS_FILE, "%.200s:%u: more than %d lines",
                             path, number, SCRIPT_LINES);
        s->numbers[s->count] = number;
        s->lines[s->count++] = line;
    }
    return STATUS_OK;
}

/* The next word; in single quotes it may have spaces. */
static char *take_word(char **at)
{
    bool quoted = **at == '\'';
    char *word = *at + quoted, *end = word + strcspn(word, quoted ? "'" : " ");

    *at = end + (*end != '\0');
    *at += strspn(*at, " ");
    *end = '\0';
    return word;
}

/* The first line says what to run. */
static enum status split_run(struct script *s, const char *path,
                             struct error *e)
{
    const char *rest;
    char *at;

    if (s->count == 0 || !script_is(s->lines[0], "run", &rest))
        return error_set(e, STATUS_FILE,
                         "%.200s: the first line is `run WORKLOAD`, with the "
                         "options of `ringside tui`",
                         path);
    at = s->lines[0] + (rest - s->lines[0]);
    while (*at) {
        if (s->word_count == SCRIPT_WORDS)
            return error_set(e, STATUS_FILE, "%.200s:%u: more than %d words",
                             path, s->numbers[0], SCRIPT_WORDS);
        s->words[s->word_count++] = take_word(&at);
    }
    s->next = 1;
    return STATUS_OK;
}

enum status script_load(struct script *s, const char *path, struct error *e)
{
    enum status status;

    memset(s, 0, sizeof *s);
    status = read_file(s, path, e);
    if (status == STATUS_OK)
        status = split_lines(s, path, e);
    if (status == STATUS_OK)
        status = split_run(s, path, e);
    if (status != STATUS_OK)
        script_free(s);
    return status;
}

void script_free(struct script *s)
{
    free(s->text);
    s->text = NULL;
}
