/*
 * first.c - the first process, by the orders in the initramfs:
 *
 *   /.ringside/program  path of the program
 *   /.ringside/argv     arguments, each ended by NUL
 *   /.ringside/envp     environment, likewise
 *   /.ringside/cwd      working directory
 *   /.ringside/stdin    what it reads from descriptor 0
 */
#include <asm/errno.h>
#include <linux/fcntl.h>

#include "workloads/kernel/exec_stack.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

enum { CANNOT_RUN = 126, NOT_FOUND = 127, WAIT_STATUS_SHIFT = 8 };

/* The order file as text without a newline at its end; false: none. */
static bool read_order(const char *path, char *to, size_t capacity)
{
    struct inode *n;
    size_t bytes;

    if (fs_lookup(path, &n) < 0)
        return false;
    bytes = inode_read(n, 0, to, capacity - 1);
    inode_drop(n);
    if (bytes > 0 && to[bytes - 1] == '\n')
        bytes--;
    to[bytes] = '\0';
    return true;
}

/* Appends the strings of an order file; how many there are. */
static unsigned read_strings(const char *path, struct exec_arguments *a)
{
    size_t room = EXEC_TEXT_BYTES - a->bytes - 1;
    struct inode *n;
    unsigned count = 0;
    size_t bytes;

    if (fs_lookup(path, &n) < 0)
        return 0;
    bytes = inode_read(n, 0, a->text + a->bytes, room);
    inode_drop(n);
    if (bytes > 0 && a->text[a->bytes + bytes - 1] != '\0')
        a->text[a->bytes + bytes++] = '\0';
    for (size_t i = a->bytes; i < a->bytes + bytes; i++)
        count += a->text[i] == '\0';
    a->bytes += bytes;
    return count;
}

static void open_as(int fd, const char *path, int flags)
{
    struct inode *n;
    struct file *f;

    if (fs_lookup(path, &n) < 0)
        panic("no %s", path);
    f = file_new(file_ops_for(n), n, flags);
    if (!f || file_install(f, fd, false) != fd)
        panic("no memory for %s", path);
}

static void open_standard_files(void)
{
    struct inode *n;
    bool have_stdin = fs_lookup("/.ringside/stdin", &n) == 0;

    if (have_stdin)
        inode_drop(n);
    open_as(0, have_stdin ? "/.ringside/stdin" : "/dev/null", O_RDONLY);
    open_as(1, "/dev/out", O_WRONLY);
    open_as(2, "/dev/err", O_WRONLY);
}

static void set_working_directory(struct process *p)
{
    char path[PROCESS_PATH_BYTES];
    struct inode *n;

    p->cwd = kernel.fs.root;
    inode_hold(p->cwd);
    if (!read_order("/.ringside/cwd", path, sizeof path) ||
        fs_lookup(path, &n) < 0)
        return;
    if (S_ISDIR(n->mode)) {
        inode_drop(p->cwd);
        p->cwd = n;
    }
}

static void say_failure(const char *path, int status)
{
    if (status == -ENOENT)
        kwarn("%s: not found", path);
    else
        kwarn("%s: cannot be run (error %d)", path, -status);
}

void process_start_first(void)
{
    struct process *p = process_new();
    struct exec_arguments a = {.text = heap_alloc(EXEC_TEXT_BYTES)};
    char path[PROCESS_PATH_BYTES];
    int status;

    if (!p || !a.text)
        panic("no memory for the first process");
    p->files = file_table_new();
    p->handlers = heap_alloc(sizeof *p->handlers);
    if (!p->files || !p->handlers)
        panic("no memory for the first process");
    p->handlers->users = 1;
    p->pgid = p->sid = p->pid;
    p->umask = 022;
    kernel.current = p;
    kernel.processes.first = p;
    kernel.pv->load_kernel_stack(process_stack_top(p));
    set_working_directory(p);
    open_standard_files();
    if (!read_order("/.ringside/program", path, sizeof path))
        panic("the initramfs has no /.ringside/program");
    a.argc = read_strings("/.ringside/argv", &a);
    a.envc = read_strings("/.ringside/envp", &a);
    if (a.argc == 0 && !exec_prepend(&a, path))
        panic("no memory for the first process");
    status = process_exec(path, &a);
    if (status < 0) {
        say_failure(path, status);
        process_exit((status == -ENOENT ? NOT_FOUND : CANNOT_RUN)
                     << WAIT_STATUS_SHIFT);
    }
    heap_free(a.text, EXEC_TEXT_BYTES);
    sched_start_first();
}
