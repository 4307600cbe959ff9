/*
 * package.h - a workload made ready to travel: the initramfs of one machine.
 *
 * What travels  the program at its absolute path (busybox with a link in /bin
 *               for each of its applets), its interpreter and its libraries;
 *               files and directories that its arguments name (also in
 *               KEY=FILE and --OPT=FILE, and files among the words of a
 *               script), at their absolute paths; standard input, if it is a
 *               file or a pipe.
 * On demand     the directories in the tree (package_tree.c): the minikernel
 *               asks the host-files device for what a program opens there.
 * What does not the host's environment, and owners: a run must not depend on
 *               who starts it.
 *
 * Orders for the minikernel, below /.ringside:
 *   program  the program's path      argv, envp  strings, each with its NUL
 *   cwd      its working directory   stdin       what descriptor 0 reads
 */
#ifndef SIM_MACHINE_PACKAGE_H
#define SIM_MACHINE_PACKAGE_H

#include "sim/core/status.h"
#include "sim/devices/host_tree.h"
#include "sim/machine/config.h"
#include "workloads/load/bundle.h"

struct package {
    struct bundle bundle;
    struct host_tree tree; /* what the guest may ask for beside it */
};

/* What programs the guest's kernel runs. */
enum word_size { WORDS_64, WORDS_32, WORDS_EITHER };

struct package_request {
    const struct workload *workload;
    const struct travel *travel; /* --dir, --out; NULL: neither */
    int stdin_fd; /* whose bytes travel as standard input; -1: none */
    enum word_size words;
    bool whole; /* the kernel has no driver for host files: all travels */
};

enum status package_build(struct package *p, const struct package_request *r,
                          struct error *e);
void package_free(struct package *p);

/*
 * Finds a program as execvp(3) does; path gets HOST_PATH_BYTES at most.
 */
enum status program_find(const char *name, char *path, size_t path_bytes,
                         struct error *e);

struct host_file;

/* Busybox's applets as links in /bin; nothing for any other program. */
enum status package_add_applets(struct bundle *b, const char *path,
                                const struct host_file *f, struct error *e);

/* Reads it, and refuses what cannot run, with one line that says why. */
enum status program_read(struct host_file *f, const char *path,
                         enum word_size words, struct error *e);
bool program_is_script(const struct host_file *f);

/* The program, the interpreters of a script, and all libraries that any of
   them needs. */
enum status package_add_program(struct bundle *b, const char *path,
                                enum word_size words, struct error *e);

/* The system's directories; where a program is installed with what it is. */
enum status package_add_system(struct host_tree *t, struct error *e);
enum status package_add_prefixes(struct host_tree *t, const char *program,
                                 const struct host_file *f, struct error *e);

#endif
