/*
 * init.h - what the parts of /init share.
 */
#ifndef WORKLOADS_INIT_INIT_H
#define WORKLOADS_INIT_INIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ports of the machine (sim/devices/debug_ports.c). */
enum {
    PORT_STDERR = 0xe8,
    PORT_STDOUT = 0xe9,
    PORT_EXIT = 0xf4,
    PORT_MARK = 0xf5,
};

enum { MARK_BEGIN = 1 };

/* Exit statuses of a shell for a program that did not start, or was killed. */
enum { EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };

/* Of whoever was to start it, as env(1) and timeout(1) have it. */
enum { EXIT_NOT_STARTED = 125 };

enum { MAX_WORDS = 4096 };

/* A file of /.ringside with strings, each with its NUL. */
struct words {
    char *text;
    char *list[MAX_WORDS + 1]; /* ends with NULL */
};

/* False if there is no such file. */
bool words_read(struct words *w, const char *path);

struct orders {
    const char *program; /* NULL: none, a shell is wanted */
    const char *cwd;
    struct words argv, envp;
};

/* True if all of them are there. */
bool orders_read(struct orders *o);

/* True if the kernel unpacked the initramfs to its end. */
bool orders_are_whole(void);

/* Memory that is never given back; NULL if there is none. */
void *memory_take(size_t bytes);

/* What --out asked for, to the host. */
void files_save(void);

/* Each runs until its program ends; the result is the exit status. */
int workload_run(const struct orders *o);
int shell_run(const struct orders *o);

/*
 * The measured region begins here.  The permission goes back at once: the
 * program cannot use it, and pays for no I/O bitmap.
 */
void mark_begin(void);

/* As waitid(2) and a shell would say it. */
int status_of(int wait_status);

#endif
