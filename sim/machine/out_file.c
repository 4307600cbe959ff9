#include "sim/machine/out_file.h"

#include <errno.h>
#include <stdbool.h>
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

enum status out_file_open(struct out_file *f, const char *path, struct error *e)
{
    int fd;

    memset(f, 0, sizeof *f);
    if (!path)
        return STATUS_OK;
    if (strlen(path) >= sizeof f->path)
        return error_set(e, STATUS_FILE, "%.64s...: the path is too long",
                         path);
    strcpy(f->path, path);
    snprintf(f->temporary, sizeof f->temporary, "%s.XXXXXX", path);
    fd = mkstemp(f->temporary);
    f->stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f->stream)
        return error_set(e, STATUS_FILE, "%s: cannot be written: %s", path,
                         strerror(errno));
    make_public(fd);
    return STATUS_OK;
}

enum status out_file_commit(struct out_file *f, struct error *e)
{
    bool good;

    if (!f->stream)
        return STATUS_OK;
    good = !ferror(f->stream);
    good = fclose(f->stream) == 0 && good;
    f->stream = NULL;
    if (good && rename(f->temporary, f->path) == 0)
        return STATUS_OK;
    unlink(f->temporary);
    return error_set(e, STATUS_FILE, "%s: not written: %s", f->path,
                     strerror(errno));
}

void out_file_abandon(struct out_file *f)
{
    if (!f->stream)
        return;
    fclose(f->stream);
    f->stream = NULL;
    unlink(f->temporary);
}
