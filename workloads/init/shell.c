/*
 * shell.c - a shell that owns the serial line.
 */
#include <asm/ioctls.h>
#include <linux/fcntl.h>

#include "workloads/init/call.h"
#include "workloads/init/init.h"

static void child(const struct orders *o)
{
    static const char *const argv[] = {"sh", NULL};
    long tty;

    call3(__NR_setsid, 0, 0, 0);
    tty = open_file("/dev/ttyS0", O_RDWR);
    if (tty < 0)
        tty = open_file("/dev/console", O_RDWR);
    call3(__NR_ioctl, tty, TIOCSCTTY, 1);
    for (int fd = 0; fd < 3; fd++)
        call3(__NR_dup2, tty, fd, 0);
    if (tty > 2)
        close_file(tty);
    mark_begin();
    call3(__NR_execve, of("/bin/busybox"), of(argv), of(o->envp.list));
    call3(__NR_exit_group, EXIT_NOT_FOUND, 0, 0);
}

int shell_run(const struct orders *o)
{
    long pid = call3(__NR_fork, 0, 0, 0);
    long ended = 0;
    int status = 0;

    if (pid == 0)
        child(o);
    while (pid > 0 && ended != pid) { /* and whoever lost its parent */
        ended = call5(__NR_wait4, -1, of(&status), 0, 0, 0);
        if (ended < 0)
            break;
    }
    return status_of(status);
}
