/*
 * program_file.c - finds a program on the host and says if it can run here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/machine/package.h"
#include "workloads/load/elf_image.h"
#include "workloads/load/host_file.h"

static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

/* A name with a slash is a path: why it will not do, or STATUS_OK. */
static enum status check_path(const char *path, struct error *e)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return error_set(e, STATUS_FILE, "%s: %s", path,
                         errno == ENOENT ? "there is no such program"
                                         : strerror(errno));
    if (S_ISDIR(st.st_mode))
        return error_set(e, STATUS_FILE, "%s: is a directory, not a program",
                         path);
    if (!is_program(path))
        return error_set(e, STATUS_FILE,
                         "%s: is not executable (chmod +x would make it so)",
                         path);
    return STATUS_OK;
}

static enum status absolute_path(const char *name, char *path,
                                 size_t path_bytes, struct error *e)
{
    char cwd[HOST_PATH_BYTES];

    if (!getcwd(cwd, sizeof cwd))
        return error_set(e, STATUS_FILE, "the working directory: %s",
                         strerror(errno));
    if (!bundle_normalize(cwd, name, path, path_bytes))
        return error_set(e, STATUS_FILE, "%.64s...: the path is too long",
                         name);
    return STATUS_OK;
}

enum status program_find(const char *name, char *path, size_t path_bytes,
                         struct error *e)
{
    const char *dirs = getenv("PATH");
    char candidate[HOST_PATH_BYTES];

    if (name[0] == '\0')
        return error_set(e, STATUS_USAGE, "the program's name is empty");
    if (strchr(name, '/')) {
        enum status s = check_path(name, e);

        return s == STATUS_OK ? absolute_path(name, path, path_bytes, e) : s;
    }
    for (dirs = dirs ? dirs : default_path; *dirs; dirs += *dirs == ':') {
        size_t bytes = strcspn(dirs, ":");

        snprintf(candidate, sizeof candidate, "%.*s/%s", bytes ? (int)bytes : 1,
                 bytes ? dirs : ".", name);
        if (is_program(candidate))
            return absolute_path(candidate, path, path_bytes, e);
        dirs += bytes;
    }
    return error_set(e, STATUS_FILE,
                     "%s: there is no such program in PATH (a path like "
                     "./%s names one elsewhere)",
                     name, name);
}

/* Its libraries would be those of another architecture than the host's. */
static enum status check_words(const struct elf_image *image, const char *path,
                               enum word_size words, struct error *e)
{
    if (image->is_32bit && image->dynamic)
        return error_set(e, STATUS_USAGE,
                         "%s: is a dynamic 32-bit program; of 32-bit programs "
                         "only static ones run",
                         path);
    if (!image->is_32bit && words == WORDS_32)
        return error_set(e, STATUS_USAGE,
                         "%s: is a 64-bit program, and the guest's kernel has "
                         "32 bits: it runs static i386 programs",
                         path);
    return STATUS_OK;
}

enum status program_read(struct host_file *f, const char *path,
                         enum word_size words, struct error *e)
{
    struct elf_image image;
    enum status s = host_file_read(f, path, BUNDLE_LIMIT_BYTES, e);

    if (s != STATUS_OK)
        return s;
    if (!program_is_script(f)) {
        s = words == WORDS_64
                ? elf_parse(&image, f->data, f->bytes, path, e)
                : elf_parse_either(&image, f->data, f->bytes, path, e);
        if (s == STATUS_OK)
            s = check_words(&image, path, words, e);
    }
    if (s != STATUS_OK)
        host_file_free(f);
    return s;
}
