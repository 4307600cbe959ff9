/*
 * library_path.c - searches as ld.so does.
 *
 * Source  glibc, the file format of "glibc-ld.so.cache1.1": a header, entries
 *         of 24 bytes, then strings; offsets count from the header.  It may
 *         follow an older table, "ld.so-1.7.0".
 */
#define _GNU_SOURCE /* memmem */
#include "workloads/load/library_path.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/macros.h"

#define CACHE_MAGIC "glibc-ld.so.cache1.1"

enum {
    CACHE_LIMIT_BYTES = 64 << 20,
    CACHE_X86_64 = 0x0303, /* entry flags: ELF, libc 6, x86-64 */
};

struct cache_header {
    char magic[20];
    uint32_t count, string_bytes;
    uint8_t flags, padding[3];
    uint32_t extension_at, unused[3];
};
_Static_assert(sizeof(struct cache_header) == 48, "as in the file");

struct cache_entry {
    int32_t flags;
    uint32_t name_at, path_at, os_version;
    uint64_t capabilities; /* not 0: for some CPUs only */
};
_Static_assert(sizeof(struct cache_entry) == 24, "as in the file");

void library_path_init(struct library_path *l)
{
    struct error ignored;

    if (host_file_read(&l->cache, "/etc/ld.so.cache", CACHE_LIMIT_BYTES,
                       &ignored) != STATUS_OK)
        l->cache = (struct host_file){0};
}

void library_path_free(struct library_path *l)
{
    host_file_free(&l->cache);
}

/* True if there is an x86-64 library of that path that can be read. */
static bool is_library(const char *path)
{
    Elf64_Ehdr h;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool fits;

    if (fd < 0)
        return false;
    fits = read(fd, &h, sizeof h) == (ssize_t)sizeof h &&
           memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 &&
           h.e_ident[EI_CLASS] == ELFCLASS64 && h.e_machine == EM_X86_64;
    close(fd);
    return fits;
}

/* Appends bytes of text; false: the path is too long. */
static bool append(char *path, const char *text, size_t bytes)
{
    size_t used = strlen(path);

    if (used + bytes + 1 > HOST_PATH_BYTES)
        return false;
    memcpy(path + used, text, bytes);
    path[used + bytes] = '\0';
    return true;
}

struct token {
    const char *name, *value; /* value NULL: the user's directory */
};

static const struct token tokens[] = {
    {"$ORIGIN", NULL},   {"${ORIGIN}", NULL},     {"$LIB", "lib64"},
    {"${LIB}", "lib64"}, {"$PLATFORM", "x86_64"}, {"${PLATFORM}", "x86_64"},
};

/* The token that text begins with; NULL: none. */
static const struct token *token_at(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
        if (strncmp(text, tokens[i].name, strlen(tokens[i].name)) == 0)
            return &tokens[i];
    return NULL;
}

/* directory[0 .. bytes) with its tokens filled in. */
static bool expand(char *path, const char *directory, size_t bytes,
                   const char *user)
{
    const char *end = directory + bytes, *slash = strrchr(user, '/');
    bool fits = true;

    path[0] = '\0';
    while (directory < end && fits) {
        const struct token *t = token_at(directory);

        if (!t)
            fits = append(path, directory++, 1);
        else if (t->value)
            fits = append(path, t->value, strlen(t->value));
        else
            fits = append(path, user, slash ? (size_t)(slash - user) : 0);
        if (t)
            directory += strlen(t->name);
    }
    return fits;
}

/* Looks into each directory of a list with colons. */
static bool find_in_list(const char *list, const char *user, const char *name,
                         char *path)
{
    while (list && *list) {
        size_t bytes = strcspn(list, ":");

        if (bytes && expand(path, list, bytes, user) && append(path, "/", 1) &&
            append(path, name, strlen(name)) && is_library(path))
            return true;
        list += bytes;
        list += *list == ':';
    }
    return false;
}

static const char *cache_text(const uint8_t *table, size_t bytes, uint32_t at)
{
    return at < bytes && memchr(table + at, '\0', bytes - at)
               ? (const char *)table + at
               : NULL;
}

static bool find_in_cache(const struct host_file *cache, const char *name,
                          char *path)
{
    const uint8_t *table = cache->bytes
                               ? memmem(cache->data, cache->bytes, CACHE_MAGIC,
                                        sizeof CACHE_MAGIC - 1)
                               : NULL;
    size_t bytes = table ? cache->bytes - (size_t)(table - cache->data) : 0;
    struct cache_header h;

    if (bytes < sizeof h)
        return false;
    memcpy(&h, table, sizeof h);
    for (uint32_t i = 0; i < h.count; i++) {
        size_t at = sizeof h + (size_t)i * sizeof(struct cache_entry);
        struct cache_entry e;
        const char *key, *value;

        if (at + sizeof e > bytes)
            return false;
        memcpy(&e, table + at, sizeof e);
        key = cache_text(table, bytes, e.name_at);
        value = cache_text(table, bytes, e.path_at);
        if (e.flags != CACHE_X86_64 || e.capabilities || !key || !value ||
            strcmp(key, name) != 0)
            continue;
        path[0] = '\0';
        if (append(path, value, strlen(value)) && is_library(path))
            return true;
    }
    return false;
}

bool library_find(const struct library_path *l, const char *user,
                  const struct elf_dynamic *d, const char *name, char *path)
{
    if (strchr(name, '/'))
        return expand(path, name, strlen(name), user) && is_library(path);
    if (!d->runpath && find_in_list(d->rpath, user, name, path))
        return true;
    return find_in_list(d->runpath, user, name, path) ||
           find_in_cache(&l->cache, name, path) ||
           find_in_list("/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:"
                        "/lib64:/usr/lib64:/lib:/usr/lib",
                        user, name, path);
}
