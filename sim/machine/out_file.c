#include "sim/machine/out_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkstemp() makes files private; results are for everybody the umask allows. */
static void make_public(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    fchmod(fd, 0666 & ~mask);
}

/* A rename must not put a file in the place of a device or a pipe. */
static bool is_direct(const char *path)
{
    struct stat st;

    return strncmp(path, "/dev/", 5) == 0 ||
           (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
            !S_ISDIR(st.st_mode));
}

/* The path of the file itself, if path is a symbolic link to one. */
static enum status set_path(struct out_file *f, const char *path,
                            struct error *e)
{
    struct stat st;
    char *target = NULL;
    size_t bytes;

    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        target = realpath(path, NULL);
    bytes = strlen(target ? target : path);
    if (bytes < sizeof f->path)
        strcpy(f->path, target ? target : path);
    free(target);
    if (bytes < sizeof f->path)
        return STATUS_OK;
    return error_set(e, STATUS_FILE, "%.64s...: the path is too long", path);
}

static FILE *open_temporary(struct out_file *f)
{
    struct stat st;
    int fd;

    if (stat(f->path, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return NULL;
    }
    snprintf(f->temporary, sizeof f->temporary, "%s.XXXXXX", f->path);
    fd = mkstemp(f->temporary);
    if (fd < 0)
        return NULL;
    make_public(fd);
    return fdopen(fd, "w");
}

enum status out_file_open(struct out_file *f, const char *path, struct error *e)
{
    memset(f, 0, sizeof *f);
    if (!path)
        return STATUS_OK;
    if (is_direct(path)) {
        snprintf(f->path, sizeof f->path, "%s", path);
        f->stream = fopen(path, "a"); /* after what the program wrote there */
    } else if (set_path(f, path, e) != STATUS_OK) {
        return STATUS_FILE;
    } else {
        f->stream = open_temporary(f);
    }
    if (!f->stream)
        return error_set(e, STATUS_FILE, "%s: cannot be written: %s", path,
                         strerror(errno));
    return STATUS_OK;
}

bool out_file_same(const struct out_file *a, const struct out_file *b)
{
    return a->temporary[0] && b->temporary[0] && strcmp(a->path, b->path) == 0;
}

enum status out_file_commit(struct out_file *f, struct error *e)
{
    bool good;

    if (!f->stream)
        return STATUS_OK;
    good = !ferror(f->stream);
    good = fclose(f->stream) == 0 && good;
    f->stream = NULL;
    if (good && (!f->temporary[0] || rename(f->temporary, f->path) == 0))
        return STATUS_OK;
    error_set(e, STATUS_FILE, "%s: not written: %s", f->path, strerror(errno));
    if (f->temporary[0])
        unlink(f->temporary);
    return STATUS_FILE;
}

void out_file_abandon(struct out_file *f)
{
    if (!f->stream)
        return;
    fclose(f->stream);
    f->stream = NULL;
    if (f->temporary[0])
        unlink(f->temporary);
}

enum status out_files_differ(const struct out_file *const *files,
                             unsigned count, struct error *e)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned before = 0; before < i; before++)
            if (out_file_same(files[i], files[before]))
                return error_set(e, STATUS_USAGE,
                                 "%s: two outputs cannot go to one file",
                                 files[i]->path);
    return STATUS_OK;
}
