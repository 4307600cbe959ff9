#include "sim/machine/package.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/blobs.h"
#include "sim/machine/travel.h"
#include "workloads/load/host_file.h"

enum { STDIN_PATIENCE_MS = 1000 };

/* A word of a script may be no file name at all: then nothing huge travels. */
enum { SCRIPT_FILE_MAX_BYTES = 64 << 20 };

/* The same for every run on every host. */
static const char environment[] =
    "PATH=/bin:/usr/bin\0HOME=/\0LANG=C\0TERM=dumb";

/* Trees that the guest's kernel makes by itself, if at all. */
static const char *const kernel_trees[] = {"/dev", "/proc", "/sys",
                                           "/.ringside"};

static bool is_kernel_tree(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(kernel_trees); i++) {
        size_t bytes = strlen(kernel_trees[i]);

        if (strncmp(path, kernel_trees[i], bytes) == 0 &&
            (path[bytes] == '/' || path[bytes] == '\0'))
            return true;
    }
    return strcmp(path, "/") == 0;
}

/* Takes a file or directory along if text names one that the guest would not
   find anyway; else does nothing. */
static enum status add_if_path(struct package *p, const char *cwd,
                               const char *text, struct error *e)
{
    char path[HOST_PATH_BYTES];
    struct host_node node;
    struct stat st;

    if (text[0] == '\0' || !bundle_normalize(cwd, text, path, sizeof path) ||
        is_kernel_tree(path) || lstat(path, &st) != 0 ||
        host_tree_stat(&p->tree, path, &node) == 0)
        return STATUS_OK;
    return bundle_add_host(&p->bundle, path, path, e);
}

/*
 * Text of several words is a script (sh -c '...'): files that its words name
 * come along too.  Directories do not: "ls /usr" must not carry all of it.
 */
static enum status add_script_files(struct package *p, const char *cwd,
                                    const char *text, struct error *e)
{
    static const char separators[] = " \t\n|&;<>()\"'`=";
    enum status s = STATUS_OK;

    if (!strpbrk(text, separators))
        return STATUS_OK;
    for (text += strspn(text, separators); *text && s == STATUS_OK;
         text += strspn(text, separators)) {
        size_t bytes = strcspn(text, separators);
        char word[HOST_PATH_BYTES], path[HOST_PATH_BYTES];
        struct stat st;

        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        text += bytes;
        if (bytes < sizeof word &&
            bundle_normalize(cwd, word, path, sizeof path) &&
            stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            st.st_size <= SCRIPT_FILE_MAX_BYTES && access(path, R_OK) == 0)
            s = add_if_path(p, cwd, word, e);
    }
    return s;
}

static enum status add_argument_files(struct package *p, const char *cwd,
                                      const struct workload *w, struct error *e)
{
    for (int i = 1; i < w->argc; i++) {
        const char *equals = strchr(w->argv[i], '=');
        enum status s = add_if_path(p, cwd, w->argv[i], e);

        if (s == STATUS_OK && equals)
            s = add_if_path(p, cwd, equals + 1, e);
        if (s == STATUS_OK)
            s = add_script_files(p, cwd, w->argv[i], e);
        if (s != STATUS_OK)
            return s;
    }
    return STATUS_OK;
}

static enum status add_bytes(struct bundle *b, const char *path,
                             const void *data, size_t bytes, struct error *e)
{
    struct bundle_item item = {path, S_IFREG | 0644, data, bytes};

    return bundle_add(b, &item, e);
}

static enum status add_directory(struct bundle *b, const char *path,
                                 uint32_t mode, struct error *e)
{
    struct bundle_item item = {.path = path, .mode = mode};

    return bundle_add(b, &item, e);
}

static enum status add_text(struct bundle *b, const char *path,
                            const char *text, struct error *e)
{
    return add_bytes(b, path, text, strlen(text), e);
}

static enum status add_argv(struct bundle *b, const struct workload *w,
                            struct error *e)
{
    size_t bytes = 0;
    char *text, *at;
    enum status s;

    for (int i = 0; i < w->argc; i++)
        bytes += strlen(w->argv[i]) + 1;
    text = malloc(bytes + 1);
    if (!text)
        return error_set(e, STATUS_MEMORY, "the host has no memory");
    at = text;
    for (int i = 0; i < w->argc; i++)
        at = stpcpy(at, w->argv[i]) + 1;
    s = add_bytes(b, "/.ringside/argv", text, bytes, e);
    free(text);
    return s;
}

static enum status add_orders(struct bundle *b, const struct workload *w,
                              const char *program, const char *cwd,
                              struct error *e)
{
    enum status s = add_text(b, "/.ringside/program", program, e);

    if (s == STATUS_OK)
        s = add_argv(b, w, e);
    if (s == STATUS_OK)
        s = add_bytes(b, "/.ringside/envp", environment, sizeof environment, e);
    if (s == STATUS_OK)
        s = add_text(b, "/.ringside/cwd", cwd, e);
    if (s == STATUS_OK && !is_kernel_tree(cwd))
        s = add_directory(b, cwd, S_IFDIR | 0755, e);
    if (s == STATUS_OK)
        s = add_directory(b, "/tmp", S_IFDIR | 01777, e);
    return s;
}

/* Says what is being waited for, if nothing comes. */
static void explain_wait(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (poll(&p, 1, STDIN_PATIENCE_MS) == 0)
        fprintf(stderr, "ringside: reading standard input to its end "
                        "(</dev/null gives none)\n");
}

static enum status add_stdin(struct bundle *b, int fd, struct error *e)
{
    struct host_file f;
    struct stat st;
    enum status s;

    if (fd < 0 || fstat(fd, &st) != 0 ||
        (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) &&
         !S_ISSOCK(st.st_mode)))
        return STATUS_OK;
    explain_wait(fd);
    s = host_file_read_fd(&f, fd, "standard input", BUNDLE_LIMIT_BYTES, e);
    if (s != STATUS_OK)
        return s;
    s = add_bytes(b, "/.ringside/stdin", f.data, f.bytes, e);
    host_file_free(&f);
    return s;
}

/* Everything that the program's file asks for. */
static enum status add_program(struct package *p, const char *path,
                               const struct package_request *r, struct error *e)
{
    struct host_file f;
    enum status s = program_read(&f, path, r->words, e);

    if (s != STATUS_OK)
        return s;
    if (!r->whole)
        s = package_add_system(&p->tree, e);
    if (s == STATUS_OK && !r->whole)
        s = package_add_prefixes(&p->tree, path, &f, e);
    if (s == STATUS_OK) /* its links make a /bin of their own */
        s = package_add_applets(&p->bundle, path, &f, e);
    if (s == STATUS_OK)
        s = package_add_program(&p->bundle, path, r->words, e);
    host_file_free(&f);
    return s;
}

static enum status build_program(struct package *p,
                                 const struct package_request *r,
                                 struct error *e)
{
    char path[HOST_PATH_BYTES], cwd[HOST_PATH_BYTES];
    const struct workload *w = r->workload;
    enum status s = program_find(w->argv[0], path, sizeof path, e);

    if (s == STATUS_OK) /* before its own directories could be in it */
        s = add_directory(&p->bundle, "/tmp", S_IFDIR | 01777, e);
    if (s == STATUS_OK)
        s = add_program(p, path, r, e);
    if (s == STATUS_OK && !getcwd(cwd, sizeof cwd))
        s = error_set(e, STATUS_FILE, "the working directory: %s",
                      strerror(errno));
    if (s == STATUS_OK && r->travel)
        s = travel_pack(r->travel, p, r->whole, e);
    if (s == STATUS_OK)
        s = add_argument_files(p, cwd, w, e);
    if (s == STATUS_OK)
        s = add_orders(&p->bundle, w, path, cwd, e);
    if (s == STATUS_OK)
        s = add_stdin(&p->bundle, r->stdin_fd, e);
    return s;
}

static enum status build_built_in(struct bundle *b, const struct workload *w,
                                  struct error *e)
{
    size_t bytes = (size_t)(blob_programs_end - blob_programs_start);
    char path[128];
    enum status s;

    snprintf(path, sizeof path, "/bin/%s", w->argv[0]);
    s = bundle_add(
        b,
        &(struct bundle_item){path, S_IFREG | 0755, blob_programs_start, bytes},
        e);
    if (s == STATUS_OK)
        s = add_orders(b, w, path, "/", e);
    return s;
}

enum status package_build(struct package *p, const struct package_request *r,
                          struct error *e)
{
    enum status s;

    p->tree = (struct host_tree){0};
    bundle_init(&p->bundle);
    if (r->workload->kind == WORKLOAD_PROGRAM)
        s = build_program(p, r, e);
    else if (r->words == WORDS_32)
        s = error_set(e, STATUS_USAGE,
                      "built-in workloads are 64-bit programs, and the guest's "
                      "kernel has 32 bits: it runs static i386 programs");
    else if (r->travel && (r->travel->dir_count || r->travel->out_count))
        s = error_set(e, STATUS_USAGE,
                      "--dir and --out are for programs of yours (-- PROGRAM "
                      "ARG...): built-in workloads have no files");
    else
        s = build_built_in(&p->bundle, r->workload, e);
    if (s == STATUS_OK)
        s = bundle_finish(&p->bundle, e);
    if (s != STATUS_OK)
        package_free(p);
    return s;
}

void package_free(struct package *p)
{
    bundle_free(&p->bundle);
    host_tree_free(&p->tree);
}
