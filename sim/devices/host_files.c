/*
 * host_files.c - the device that shows directories of the host to a guest.
 *
 * Source  host_files.h is its data sheet.
 * Model   a request is answered within the write that submits it, in no
 *         simulated time of its own: what it costs is the port accesses, one
 *         exit each where ports exit (a REP INS moves up to a page at once).
 * NOT MODELLED  writing: a guest changes its own copy only.
 * INVARIANT  whatever a guest writes, request and reply stay in their buffers.
 */
#include "sim/devices/host_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/devices/device_all.h"
#include "sim/devices/host_tree.h"

enum host_files_range { RANGE_QUEUE, RANGE_CONTROL, RANGE_SAVE };

enum {
    REQUEST_BYTES = sizeof(struct host_files_request) + HOST_FILES_PATH_BYTES,
    REPLY_BYTES = sizeof(struct host_files_reply) + HOST_FILES_DATA_BYTES,
    ENTRY_ALIGN = 8,
};

struct host_files {
    uint32_t written; /* bytes of the request so far, also those beyond it */
    uint32_t taken;   /* bytes of the reply that were read */
    uint32_t length;  /* bytes of the reply */
    uint8_t request[REQUEST_BYTES];
    uint8_t reply[REPLY_BYTES];
};

static void reset(void *state, struct bus *bus)
{
    struct host_files *h = state;

    (void)bus;
    h->written = h->taken = h->length = 0;
}

static void finish(struct host_files *h, int64_t status, size_t bytes)
{
    struct host_files_reply reply = {(int32_t)status, (uint32_t)bytes};

    memcpy(h->reply, &reply, sizeof reply);
    h->length = (uint32_t)(sizeof reply + bytes);
    h->taken = 0;
    h->written = 0;
}

static struct host_files_node node_of(const struct host_node *n,
                                      size_t text_bytes)
{
    return (struct host_files_node){
        .mode = n->mode,
        .text_bytes = (uint32_t)text_bytes,
        .bytes = n->bytes,
        .modified_s = n->modified_s,
        .modified_ns = n->modified_ns,
    };
}

static void do_stat(struct host_files *h, const struct host_tree *t,
                    const char *path)
{
    uint8_t *data = h->reply + sizeof(struct host_files_reply);
    struct host_node node;
    struct host_files_node out;
    int status = host_tree_stat(t, path, &node);
    int64_t text = 0;

    if (status == 0 && S_ISLNK(node.mode))
        text = host_tree_link(t, path, (char *)data + sizeof out,
                              HOST_FILES_PATH_BYTES);
    if (status < 0 || text < 0) {
        finish(h, status < 0 ? status : text, 0);
        return;
    }
    out = node_of(&node, (size_t)text);
    memcpy(data, &out, sizeof out);
    finish(h, 0, sizeof out + (size_t)text);
}

/* Appends one entry if it fits into limit bytes. */
static bool put_entry(uint8_t *data, size_t *used, size_t limit,
                      const struct host_node *node, const char *name)
{
    size_t name_bytes = strlen(name) + 1;
    struct host_files_node out = node_of(node, name_bytes);
    size_t bytes = (sizeof out + name_bytes + ENTRY_ALIGN - 1) &
                   ~(size_t)(ENTRY_ALIGN - 1);

    if (bytes > limit - *used)
        return false;
    memset(data + *used, 0, bytes);
    memcpy(data + *used, &out, sizeof out);
    memcpy(data + *used + sizeof out, name, name_bytes);
    *used += bytes;
    return true;
}

static void do_list(struct host_files *h, const struct host_tree *t,
                    const struct host_files_request *r, const char *path)
{
    uint8_t *data = h->reply + sizeof(struct host_files_reply);
    size_t limit =
        r->bytes < HOST_FILES_DATA_BYTES ? r->bytes : HOST_FILES_DATA_BYTES;
    struct host_names names;
    int status = host_tree_list(t, path, &names), count = 0;
    size_t used = 0, visible = 0;

    for (size_t i = 0; status == 0 && i < names.count; i++) {
        char child[2 * HOST_FILES_PATH_BYTES];
        struct host_node node;

        snprintf(child, sizeof child, "%s/%s",
                 strcmp(path, "/") == 0 ? "" : path, names.names[i]);
        if (host_tree_stat(t, child, &node) < 0 || visible++ < r->offset)
            continue;
        if (!put_entry(data, &used, limit, &node, names.names[i]))
            break;
        count++;
    }
    if (status == 0)
        host_names_free(&names);
    finish(h, status < 0 ? status : count, used);
}

static void do_read(struct host_files *h, const struct host_tree *t,
                    const struct host_files_request *r, const char *path)
{
    uint8_t *data = h->reply + sizeof(struct host_files_reply);
    size_t bytes =
        r->bytes < HOST_FILES_DATA_BYTES ? r->bytes : HOST_FILES_DATA_BYTES;
    int64_t got = host_tree_read(t, path, r->offset, data, bytes);

    finish(h, got < 0 ? got : 0, got < 0 ? 0 : (size_t)got);
}

/* The request is what a guest wrote: nothing in it can be relied on. */
static void submit(struct host_files *h, const struct host_tree *t)
{
    struct host_files_request r;
    const char *path = (const char *)h->request + sizeof r;

    memcpy(&r, h->request, sizeof r);
    if (h->written < sizeof r || h->written > REQUEST_BYTES ||
        r.path_bytes == 0 || r.path_bytes > h->written - sizeof r ||
        path[r.path_bytes - 1] != '\0' || path[0] != '/')
        finish(h, -EINVAL, 0);
    else if (r.op == HOST_FILES_STAT)
        do_stat(h, t, path);
    else if (r.op == HOST_FILES_READ)
        do_read(h, t, &r, path);
    else if (r.op == HOST_FILES_LIST)
        do_list(h, t, &r, path);
    else
        finish(h, -EINVAL, 0);
}

static uint64_t read_port(void *state, struct bus *bus,
                          const struct device_access *a)
{
    struct host_files *h = state;
    uint64_t value = 0;

    if (!bus->config->files || a->range == RANGE_SAVE)
        return UINT64_MAX;
    if (a->range == RANGE_CONTROL)
        return (uint64_t)HOST_FILES_ID >> (8 * a->offset);
    for (unsigned i = 0; i < a->bytes; i++)
        if (h->taken < h->length)
            value |= (uint64_t)h->reply[h->taken++] << (8 * i);
    return value;
}

static void write_port(void *state, struct bus *bus,
                       const struct device_access *a, uint64_t value)
{
    struct host_files *h = state;

    if (!bus->config->files)
        return;
    if (a->range == RANGE_CONTROL) {
        submit(h, bus->config->files);
        return;
    }
    for (unsigned i = 0; i < a->bytes; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));

        if (a->range == RANGE_SAVE) {
            output_append(&bus->saved, &byte, 1);
            continue;
        }
        if (h->written < REQUEST_BYTES)
            h->request[h->written] = byte;
        if (h->written <= REQUEST_BYTES) /* one beyond: too long */
            h->written++;
    }
}

const struct device_ops device_host_files = {
    .name = "host-files",
    .sentence = "shows directories of the host to the minikernel, read-only",
    .source = "sim/devices/host_files.h",
    .state_bytes = sizeof(struct host_files),
    .reset = reset,
    .read = read_port,
    .write = write_port,
};
