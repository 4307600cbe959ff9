/*
 * travel.c - splits, checks and packs what --dir and --out say.
 */
#include "sim/machine/travel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/devices/host_files.h"
#include "workloads/load/host_file.h"

/* text up to its colon into first; what follows it, or NULL. */
static const char *split(const char *text, char *first, size_t bytes)
{
    const char *colon = strchr(text, ':');

    snprintf(first, bytes, "%.*s",
             (int)(colon ? (size_t)(colon - text) : strlen(text)), text);
    return colon && colon[1] ? colon + 1 : NULL;
}

static enum status too_many(const char *option, struct error *e)
{
    return error_set(e, STATUS_USAGE, "--%s: at most %d times", option,
                     CONFIG_MAX_TRAVEL);
}

static bool is_kernel_path(const char *path)
{
    static const char *const trees[] = {"/dev", "/proc", "/sys", "/.ringside"};

    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        size_t bytes = strlen(trees[i]);

        if (strncmp(path, trees[i], bytes) == 0 &&
            (path[bytes] == '/' || path[bytes] == '\0'))
            return true;
    }
    return strcmp(path, "/") == 0;
}

/* Both paths of a --dir, absolute. */
static enum status dir_paths(const char *text, char *host, char *guest,
                             struct error *e)
{
    char cwd[HOST_PATH_BYTES], first[HOST_PATH_BYTES];
    const char *second = split(text, first, sizeof first);

    if (!getcwd(cwd, sizeof cwd) ||
        !bundle_normalize(cwd, first, host, HOST_PATH_BYTES) ||
        !bundle_normalize("/", second ? second : host, guest, HOST_PATH_BYTES))
        return error_set(e, STATUS_USAGE, "--dir %.64s: the path is too long",
                         text);
    if (second && second[0] != '/')
        return error_set(e, STATUS_USAGE,
                         "--dir %s: the guest's path must begin with /", text);
    return STATUS_OK;
}

enum status travel_add_dir(struct travel *t, const char *text, struct error *e)
{
    char host[HOST_PATH_BYTES], guest[HOST_PATH_BYTES];
    enum status s = dir_paths(text, host, guest, e);
    struct stat st;

    if (s != STATUS_OK)
        return s;
    if (stat(host, &st) != 0)
        return error_set(e, STATUS_FILE, "--dir %s: %s", host, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return error_set(e, STATUS_FILE,
                         "--dir %s: is not a directory; a file that an "
                         "argument names travels by itself",
                         host);
    if (access(host, R_OK | X_OK) != 0)
        return error_set(e, STATUS_FILE, "--dir %s: cannot be read", host);
    if (is_kernel_path(guest))
        return error_set(e, STATUS_USAGE,
                         "--dir %s: %s is the guest kernel's own; name "
                         "another place, as in %s:/data",
                         text, guest, host);
    if (t->dir_count == CONFIG_MAX_TRAVEL)
        return too_many("dir", e);
    t->dirs[t->dir_count++] = text;
    return STATUS_OK;
}

/* Both paths of an --out; the host's as given, or the guest's last name. */
static void out_paths(const char *text, char *guest, char *host)
{
    const char *second = split(text, guest, HOST_PATH_BYTES);
    const char *slash = strrchr(guest, '/');
    const char *name = slash ? slash + 1 : guest;
    struct stat st;

    if (!second)
        snprintf(host, HOST_PATH_BYTES, "%s", name);
    else if (stat(second, &st) == 0 && S_ISDIR(st.st_mode))
        snprintf(host, HOST_PATH_BYTES, "%s/%s", second, name);
    else
        snprintf(host, HOST_PATH_BYTES, "%s", second);
}

enum status travel_add_out(struct travel *t, const char *text, struct error *e)
{
    char guest[HOST_PATH_BYTES], host[HOST_PATH_BYTES];
    size_t bytes;

    if (strlen(text) >= HOST_PATH_BYTES)
        return error_set(e, STATUS_USAGE, "--out %.64s...: too long", text);
    out_paths(text, guest, host);
    bytes = strlen(guest);
    if (guest[0] != '/' || guest[bytes - 1] == '/')
        return error_set(e, STATUS_USAGE,
                         "--out %s: name a file by its path in the guest, "
                         "from / on",
                         text);
    if (t->out_count == CONFIG_MAX_TRAVEL)
        return too_many("out", e);
    t->outs[t->out_count++] = text;
    return STATUS_OK;
}

/*
 * A real kernel has it all in memory; as with the minikernel's host files, no
 * link leads out of the directory.
 */
static enum status pack_whole(const char *guest, const char *host,
                              struct package *p, struct error *e)
{
    unsigned unreadable;
    enum status s = bundle_add_tree(&p->bundle, guest, host, &unreadable, e);

    if (s == STATUS_OK && unreadable != 0)
        fprintf(stderr,
                "ringside: --dir %s: %u of its files cannot be read and stay "
                "behind\n",
                host, unreadable);
    return s;
}

static enum status pack_dir(const char *text, struct package *p, bool whole,
                            struct error *e)
{
    char host[HOST_PATH_BYTES], guest[HOST_PATH_BYTES];
    enum status s = dir_paths(text, host, guest, e);

    if (s != STATUS_OK)
        return s;
    if (whole)
        return pack_whole(guest, host, p, e);
    if (!host_tree_add(&p->tree, guest, host, HOST_ROOT_GIVEN))
        return error_set(e, STATUS_USAGE, "--dir %s: too many directories",
                         text);
    return STATUS_OK;
}

/* The guest's paths, each with its NUL. */
static enum status pack_outs(const struct travel *t, struct package *p,
                             struct error *e)
{
    char guest[HOST_PATH_BYTES], host[HOST_PATH_BYTES], *text;
    struct bundle_item item = {"/.ringside/out", S_IFREG | 0644, NULL, 0};
    enum status s;

    if (t->out_count == 0)
        return STATUS_OK;
    text = calloc(t->out_count, HOST_PATH_BYTES);
    if (!text)
        return error_set(e, STATUS_MEMORY, "out of host memory");
    for (unsigned i = 0; i < t->out_count; i++) {
        out_paths(t->outs[i], guest, host);
        strcpy(text + item.bytes, guest);
        item.bytes += strlen(guest) + 1;
    }
    item.data = text;
    s = bundle_add(&p->bundle, &item, e);
    free(text);
    return s;
}

enum status travel_pack(const struct travel *t, struct package *p, bool whole,
                        struct error *e)
{
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < t->dir_count && s == STATUS_OK; i++)
        s = pack_dir(t->dirs[i], p, whole, e);
    return s == STATUS_OK ? pack_outs(t, p, e) : s;
}

enum status travel_open(struct travel_files *f, const struct travel *t,
                        struct error *e)
{
    char guest[HOST_PATH_BYTES], host[HOST_PATH_BYTES];
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < t->out_count && s == STATUS_OK; i++) {
        out_paths(t->outs[i], guest, host);
        s = out_file_open(&f->files[i], host, e);
    }
    return s;
}

static bool copy_bytes(FILE *from, FILE *to, uint64_t bytes)
{
    char buffer[1 << 16];

    while (bytes > 0) {
        size_t now = bytes < sizeof buffer ? (size_t)bytes : sizeof buffer;

        if (fread(buffer, 1, now, from) != now ||
            fwrite(buffer, 1, now, to) != now)
            return false;
        bytes -= now;
    }
    return true;
}

/* What the guest wrote is data: an index of its own making names no file. */
enum status travel_write(struct travel_files *f, const struct travel *t,
                         FILE *saved, struct error *e)
{
    enum status s = STATUS_OK;
    unsigned next = 0;
    struct host_files_saved h;

    while (s == STATUS_OK && next < t->out_count &&
           fread(&h, sizeof h, 1, saved) == 1) {
        if (h.index != next)
            break;
        if (h.status < 0)
            return error_set(e, STATUS_FILE, "--out %s: in the guest: %s",
                             t->outs[next], strerror(-h.status));
        if (!copy_bytes(saved, f->files[next].stream, h.bytes))
            break;
        s = out_file_commit(&f->files[next++], e);
    }
    if (s == STATUS_OK && next < t->out_count)
        return error_set(e, STATUS_FILE,
                         "--out %s: the guest did not hand it out: the "
                         "program has not ended",
                         t->outs[next]);
    return s;
}

void travel_abandon(struct travel_files *f)
{
    for (unsigned i = 0; i < CONFIG_MAX_TRAVEL; i++)
        out_file_abandon(&f->files[i]);
}
