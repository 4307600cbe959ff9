/*
 * package_tree.c - which directories of the host a program may look at.
 *
 * The system's directories, which every program expects to find: what
 * interpreters load and what scripts call is nobody's to list in advance.
 * Where a program is installed elsewhere (PREFIX/bin, PREFIX/libexec), all of
 * PREFIX, as the GNU coding standards lay it out; of a script, also that of
 * the programs that its text names.  And what --dir gives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/package.h"
#include "workloads/load/host_file.h"

static const char *const system_roots[] = {
    "/usr",   "/bin",    "/sbin", "/lib", "/lib32",
    "/lib64", "/libx32", "/etc",  "/opt",
};

static const char *const program_folders[] = {"bin", "sbin", "libexec"};

static enum status too_many(struct error *e)
{
    return error_set(e, STATUS_USAGE, "too many directories: at most %d",
                     HOST_TREE_ROOTS);
}

enum status package_add_system(struct host_tree *t, struct error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(system_roots); i++)
        if (!host_tree_add(t, system_roots[i], system_roots[i],
                           HOST_ROOT_SYSTEM))
            return too_many(e);
    return STATUS_OK;
}

/* True if path is folder, or below it. */
static bool is_at_or_below(const char *path, const char *folder)
{
    size_t bytes = strlen(folder);

    return strncmp(path, folder, bytes) == 0 &&
           (path[bytes] == '/' || path[bytes] == '\0');
}

static bool has_root(const struct host_tree *t, const char *path)
{
    for (unsigned i = 0; i < t->root_count; i++)
        if (is_at_or_below(path, t->roots[i].guest))
            return true;
    return false;
}

/* Cuts the last name off; it, or NULL if nothing is left before it. */
static const char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return NULL;
    *slash = '\0';
    return slash + 1;
}

/* PREFIX of PREFIX/bin/program, unless it is a home directory or above one. */
static bool find_prefix(const char *program, char *prefix, size_t bytes)
{
    const char *home = getenv("HOME"), *folder;
    bool usual = false;

    snprintf(prefix, bytes, "%s", program);
    if (!cut_last(prefix))
        return false;
    folder = cut_last(prefix);
    for (size_t i = 0; folder && i < ARRAY_LEN(program_folders); i++)
        usual |= strcmp(folder, program_folders[i]) == 0;
    return usual && (!home || !is_at_or_below(home, prefix));
}

static enum status add_prefix(struct host_tree *t, const char *program,
                              struct error *e)
{
    char prefix[HOST_PATH_BYTES];

    if (!find_prefix(program, prefix, sizeof prefix) || has_root(t, prefix))
        return STATUS_OK;
    return host_tree_add(t, prefix, prefix, HOST_ROOT_SYSTEM) ? STATUS_OK
                                                              : too_many(e);
}

enum status package_add_prefixes(struct host_tree *t, const char *program,
                                 const struct host_file *f, struct error *e)
{
    static const char separators[] = " \t\n|&;<>()\"'`=";
    const char *at = (const char *)f->data, *end = at + f->bytes;
    enum status s = add_prefix(t, program, e);

    if (!program_is_script(f))
        return s;
    while (at < end && s == STATUS_OK) {
        char word[HOST_PATH_BYTES];
        const char *from = at;
        struct stat st;

        while (at < end && !strchr(separators, *at))
            at++;
        snprintf(word, sizeof word, "%.*s", (int)(at - from), from);
        at++;
        if (word[0] == '/' && stat(word, &st) == 0 && S_ISREG(st.st_mode) &&
            access(word, X_OK) == 0)
            s = add_prefix(t, word, e);
    }
    return s;
}
