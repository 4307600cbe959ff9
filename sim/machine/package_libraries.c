/*
 * package_libraries.c - a program, what interprets it, and the libraries that
 * they need, and those need: all that must be there before its first line.
 *
 * Nothing is executed to find out (ldd would run the program): the files are
 * read.  A library that is not found is named, with who needs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/package.h"
#include "workloads/load/host_file.h"
#include "workloads/load/library_path.h"

enum { MAX_FILES = 1024, MAX_SCRIPTS = 4, SCRIPT_LINE_BYTES = 256 };

/* ELF files found so far, in the order in which they were needed. */
struct closure {
    struct bundle *bundle;
    struct library_path search;
    char *paths[MAX_FILES]; /* owned */
    unsigned count;
};

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_MEMORY, "out of host memory");
}

/* Adds a file to the closure, once, and to the bundle. */
static enum status add(struct closure *c, const char *path, struct error *e)
{
    for (unsigned i = 0; i < c->count; i++)
        if (strcmp(c->paths[i], path) == 0)
            return STATUS_OK;
    if (c->count == MAX_FILES)
        return error_set(e, STATUS_USAGE, "%s: needs more than %d libraries",
                         c->paths[0], MAX_FILES);
    c->paths[c->count] = strdup(path);
    if (!c->paths[c->count])
        return no_memory(e);
    c->count++;
    return bundle_add_host(c->bundle, path, path, e);
}

static enum status add_interpreter(struct closure *c, const char *user,
                                   const char *path, struct error *e)
{
    struct host_file f;
    struct elf_dynamic d;
    struct error ignored;
    bool is_elf;

    if (host_file_read(&f, path, BUNDLE_LIMIT_BYTES, &ignored) != STATUS_OK)
        return error_set(e, STATUS_FILE,
                         "%s, the dynamic linker that %s asks for, is not on "
                         "this machine",
                         path, user);
    is_elf = elf_dynamic_read(&d, f.data, f.bytes);
    host_file_free(&f);
    if (!is_elf)
        return error_set(e, STATUS_USAGE,
                         "%s, the dynamic linker that %s asks for, is not an "
                         "x86-64 program",
                         path, user);
    return add(c, path, e);
}

static enum status not_found(const char *user, const struct elf_dynamic *d,
                             const char *name, struct error *e)
{
    const char *own = d->runpath ? d->runpath : d->rpath;

    return error_set(e, STATUS_FILE,
                     "%s, needed by %s, was not found in %s%sld.so.cache and "
                     "the system's library directories: install the package "
                     "that has it",
                     name, user, own ? own : "", own ? ", " : "");
}

/* The files that one of the closure needs. */
static enum status add_needs(struct closure *c, const char *user,
                             struct error *e)
{
    struct elf_dynamic d;
    struct host_file f;
    enum status s = host_file_read(&f, user, BUNDLE_LIMIT_BYTES, e);
    char path[HOST_PATH_BYTES], *real = NULL; /* $ORIGIN: without links */

    if (s != STATUS_OK)
        return s;
    real = realpath(user, NULL);
    if (elf_dynamic_read(&d, f.data, f.bytes)) {
        if (d.interpreter)
            s = add_interpreter(c, user, d.interpreter, e);
        for (unsigned i = 0; i < d.needed_count && s == STATUS_OK; i++) {
            if (library_find(&c->search, real ? real : user, &d, d.needed[i],
                             path))
                s = add(c, path, e);
            else
                s = not_found(user, &d, d.needed[i], e);
        }
    }
    free(real);
    host_file_free(&f);
    return s;
}

static enum status close_over(struct closure *c, const char *program,
                              struct error *e)
{
    enum status s = add(c, program, e);

    for (unsigned i = 0; i < c->count && s == STATUS_OK; i++)
        s = add_needs(c, c->paths[i], e);
    return s;
}

static enum status add_elf(struct bundle *b, const char *path, struct error *e)
{
    struct closure *c = calloc(1, sizeof *c);
    enum status s;

    if (!c)
        return no_memory(e);
    c->bundle = b;
    library_path_init(&c->search);
    s = close_over(c, path, e);
    for (unsigned i = 0; i < c->count; i++)
        free(c->paths[i]);
    library_path_free(&c->search);
    free(c);
    return s;
}

/* The program that "#!program argument" names; "": none. */
static void script_interpreter(const struct host_file *f, char *name,
                               size_t name_bytes)
{
    char line[SCRIPT_LINE_BYTES];
    const char *word = line + 2;
    size_t bytes = f->bytes < sizeof line - 1 ? f->bytes : sizeof line - 1;

    name[0] = '\0';
    if (bytes < 2 || memcmp(f->data, "#!", 2) != 0)
        return;
    memcpy(line, f->data, bytes);
    line[bytes] = '\0';
    word += strspn(word, " \t");
    snprintf(name, name_bytes, "%.*s", (int)strcspn(word, " \t\r\n"), word);
}

bool program_is_script(const struct host_file *f)
{
    return f->bytes >= 2 && memcmp(f->data, "#!", 2) == 0;
}

/* From a script's path to that of its interpreter. */
static enum status find_interpreter(const char *name, char *at, struct error *e)
{
    char script[HOST_PATH_BYTES];
    struct error ignored;

    snprintf(script, sizeof script, "%s", at);
    if (program_find(name, at, HOST_PATH_BYTES, &ignored) == STATUS_OK)
        return STATUS_OK;
    return error_set(e, STATUS_FILE,
                     "%s, the interpreter of the script %s, is not a program "
                     "on this machine",
                     name, script);
}

enum status package_add_program(struct bundle *b, const char *path,
                                enum word_size words, struct error *e)
{
    char at[HOST_PATH_BYTES], next[SCRIPT_LINE_BYTES];
    enum status s = STATUS_OK;

    snprintf(at, sizeof at, "%s", path);
    for (unsigned i = 0; i <= MAX_SCRIPTS && s == STATUS_OK; i++) {
        struct host_file f;

        s = program_read(&f, at, words, e);
        if (s != STATUS_OK)
            return s;
        script_interpreter(&f, next, sizeof next);
        if (next[0] == '\0' && !program_is_script(&f))
            s = add_elf(b, at, e);
        else if (next[0] != '/')
            s = error_set(e, STATUS_USAGE,
                          "%s: the first line of this script names no "
                          "interpreter by its path",
                          at);
        else
            s = bundle_add_host(b, at, at, e);
        host_file_free(&f);
        if (next[0] == '\0' || s != STATUS_OK)
            return s;
        s = find_interpreter(next, at, e);
    }
    return s == STATUS_OK ? error_set(e, STATUS_USAGE,
                                      "%s: its interpreter is a script of a "
                                      "script of a script: too many",
                                      path)
                          : s;
}
