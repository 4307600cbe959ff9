/*
 * bundle.c - writes the archive; bundle_host.c takes files from the host.
 *
 * Source  Linux "initramfs buffer format": records of a 110-byte header of
 *         ASCII hexadecimal fields, the name with its NUL, the data; header
 *         and data padded to 4 bytes; the end is a record named TRAILER!!!.
 */
#include "workloads/load/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workloads/load/host_file.h"

enum {
    HEADER_BYTES = 110,
    MODE_AT = 14,      /* in the header, after magic and ino */
    PAGE_BYTES = 4096, /* of the guest */
    FIRST_CAPACITY_BYTES = 1 << 16,
    FIRST_NAME_SLOTS = 256, /* a power of two */
};

static const char trailer[] = "TRAILER!!!";

void bundle_init(struct bundle *b)
{
    *b = (struct bundle){.next_inode = 1};
}

void bundle_free(struct bundle *b)
{
    free(b->data);
    free(b->names);
    *b = (struct bundle){0};
}

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_MEMORY,
                     "the host has no memory for the workload's files");
}

static enum status reserve(struct bundle *b, size_t more_bytes, struct error *e)
{
    size_t wanted = b->bytes + more_bytes;
    size_t capacity =
        b->capacity_bytes ? b->capacity_bytes : FIRST_CAPACITY_BYTES;
    uint8_t *data;

    if (more_bytes > BUNDLE_LIMIT_BYTES || wanted > BUNDLE_LIMIT_BYTES)
        return error_set(e, STATUS_FILE,
                         "the workload's files are larger than %zu MiB "
                         "together: name fewer or smaller ones",
                         BUNDLE_LIMIT_BYTES >> 20);
    if (wanted <= b->capacity_bytes)
        return STATUS_OK;
    while (capacity < wanted)
        capacity *= 2;
    data = realloc(b->data, capacity);
    if (!data)
        return no_memory(e);
    b->data = data;
    b->capacity_bytes = capacity;
    return STATUS_OK;
}

static void append(struct bundle *b, const void *data, size_t bytes)
{
    if (bytes)
        memcpy(b->data + b->bytes, data, bytes);
    b->bytes += bytes;
}

static void pad4(struct bundle *b)
{
    while (b->bytes % 4 != 0)
        b->data[b->bytes++] = 0;
}

/* FNV-1a: Fowler, Noll, Vo. */
static size_t hash_name(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
    return (size_t)hash;
}

/* The slot of name, or the empty one where it belongs; offset 0 is empty. */
static size_t find_slot(const struct bundle *b, const char *name)
{
    size_t slot = hash_name(name) & (b->name_slots - 1);

    while (b->names[slot] != 0 &&
           strcmp((const char *)b->data + b->names[slot], name) != 0)
        slot = (slot + 1) & (b->name_slots - 1);
    return slot;
}

static enum status grow_names(struct bundle *b, struct error *e)
{
    struct bundle bigger = *b;

    if (b->name_count * 2 < b->name_slots)
        return STATUS_OK;
    bigger.name_slots = b->name_slots ? b->name_slots * 2 : FIRST_NAME_SLOTS;
    bigger.names = calloc(bigger.name_slots, sizeof *bigger.names);
    if (!bigger.names)
        return no_memory(e);
    for (size_t i = 0; i < b->name_slots; i++) {
        size_t name = b->names[i];

        if (name != 0)
            bigger.names[find_slot(&bigger, (const char *)b->data + name)] =
                name;
    }
    free(b->names);
    *b = bigger;
    return STATUS_OK;
}

/* Names in the archive are relative to its root, as the kernel's are. */
static const char *archive_name(const char *path)
{
    while (*path == '/')
        path++;
    return path;
}

bool bundle_has(const struct bundle *b, const char *path)
{
    const char *name = archive_name(path);

    if (*name == '\0')
        return true;
    return b->name_slots != 0 && b->names[find_slot(b, name)] != 0;
}

bool bundle_is_link(const struct bundle *b, const char *path)
{
    char mode[sizeof "ffffffff"];

    if (*archive_name(path) == '\0' || !bundle_has(b, path))
        return false;
    snprintf(mode, sizeof mode, "%s",
             (const char *)b->data +
                 b->names[find_slot(b, archive_name(path))] - HEADER_BYTES +
                 MODE_AT);
    return S_ISLNK(strtoul(mode, NULL, 16));
}

static void write_header(struct bundle *b, uint32_t mode, size_t bytes,
                         size_t name_bytes)
{
    char header[HEADER_BYTES + 1];
    unsigned links = S_ISDIR(mode) ? 2 : 1;

    /* magic ino mode uid gid nlink mtime size devmajor devminor rdevmajor
       rdevminor namesize check */
    snprintf(header, sizeof header,
             "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
             b->next_inode, mode, 0u, 0u, links, 0u, (unsigned)bytes, 0u, 0u,
             0u, 0u, (unsigned)name_bytes, 0u);
    append(b, header, HEADER_BYTES);
}

/* NULs behind the name that make data begin on a page. */
static size_t page_padding(const struct bundle *b, size_t name_bytes)
{
    return (0 - (b->bytes + HEADER_BYTES + name_bytes)) % PAGE_BYTES;
}

/*
 * Readers take no name field of more than a path's length: where the padding
 * would be longer, a record of the root, which is always there, takes some.
 */
static void write_filler(struct bundle *b)
{
    write_header(b, S_IFDIR | 0755, 0, sizeof ".");
    append(b, ".", sizeof ".");
    pad4(b);
    b->next_inode++;
}

/*
 * Makes room for a record, and says how long its name field is to be: a guest
 * maps whole pages of a file in place if they are pages of the archive too.
 */
static enum status reserve_record(struct bundle *b, size_t data_bytes,
                                  size_t *name_bytes, struct error *e)
{
    enum status s = reserve(b, 2 * (HEADER_BYTES + PAGE_BYTES) + 16, e);
    size_t padding;

    if (s == STATUS_OK && data_bytes)
        s = reserve(b, 2 * (HEADER_BYTES + PAGE_BYTES) + 16 + data_bytes, e);
    if (s != STATUS_OK || data_bytes < PAGE_BYTES)
        return s;
    if (*name_bytes + page_padding(b, *name_bytes) > HOST_PATH_BYTES)
        write_filler(b);
    padding = page_padding(b, *name_bytes);
    if (*name_bytes + padding <= HOST_PATH_BYTES)
        *name_bytes += padding;
    return s;
}

/* One record, whatever is there already. */
static enum status add_record(struct bundle *b, const struct bundle_item *item,
                              struct error *e)
{
    const char *name = archive_name(item->path);
    size_t name_bytes = strlen(name) + 1, field_bytes = name_bytes, name_at;
    enum status s = reserve_record(b, item->bytes, &field_bytes, e);

    if (s == STATUS_OK)
        s = grow_names(b, e);
    if (s != STATUS_OK)
        return s;
    name_at = b->bytes + HEADER_BYTES;
    write_header(b, item->mode, item->bytes, field_bytes);
    append(b, name, name_bytes);
    memset(b->data + b->bytes, 0, field_bytes - name_bytes);
    b->bytes += field_bytes - name_bytes;
    pad4(b);
    append(b, item->data, item->bytes);
    pad4(b);
    b->names[find_slot(b, (const char *)b->data + name_at)] = name_at;
    b->name_count++;
    b->next_inode++;
    return STATUS_OK;
}

static enum status add_parents(struct bundle *b, const char *name,
                               struct error *e)
{
    char parent[HOST_PATH_BYTES];
    struct bundle_item item = {.path = parent, .mode = S_IFDIR | 0755};
    enum status s = STATUS_OK;

    for (const char *p = strchr(name, '/'); p && s == STATUS_OK;
         p = strchr(p + 1, '/')) {
        snprintf(parent, sizeof parent, "%.*s", (int)(p - name), name);
        if (!bundle_has(b, parent))
            s = add_record(b, &item, e);
    }
    return s;
}

enum status bundle_add(struct bundle *b, const struct bundle_item *item,
                       struct error *e)
{
    const char *name = archive_name(item->path);
    enum status s;

    if (strlen(name) >= HOST_PATH_BYTES)
        return error_set(e, STATUS_FILE, "%.64s...: the path is too long",
                         item->path);
    if (bundle_has(b, item->path))
        return STATUS_OK;
    s = add_parents(b, name, e);
    if (s != STATUS_OK)
        return s;
    return add_record(b, item, e);
}

enum status bundle_finish(struct bundle *b, struct error *e)
{
    enum status s = reserve(b, HEADER_BYTES + sizeof trailer + 4, e);

    if (s != STATUS_OK)
        return s;
    b->next_inode = 0;
    write_header(b, 0, 0, sizeof trailer);
    append(b, trailer, sizeof trailer);
    pad4(b);
    return STATUS_OK;
}
