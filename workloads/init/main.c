/*
 * main.c - /init: mounts, the workload or a shell, the machine's end.
 */
#include <linux/reboot.h>

#include "workloads/init/call.h"
#include "workloads/init/init.h"

void init_main(void) __attribute__((noreturn));

int status_of(int wait_status)
{
    int signal = wait_status & 0x7f;

    return signal ? EXIT_SIGNAL + signal : wait_status >> 8 & 0xff;
}

void mark_begin(void)
{
    call3(__NR_ioperm, PORT_MARK, 1, 1);
    port_out(PORT_MARK, MARK_BEGIN);
    call3(__NR_ioperm, PORT_MARK, 1, 0);
}

static void mount(const char *kind, const char *at)
{
    call3(__NR_mkdir, of(at), 0755, 0);
    call5(__NR_mount, of(kind), of(at), of(kind), 0, 0);
}

/* The exit port is no port of any real machine: there, power off. */
static void end_machine(int status) __attribute__((noreturn));
static void end_machine(int status)
{
    call3(__NR_ioperm, PORT_EXIT, 1, 1);
    port_out(PORT_EXIT, (uint8_t)status);
    for (;;)
        call5(__NR_reboot, (long)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
              (long)LINUX_REBOOT_CMD_POWER_OFF, 0, 0);
}

/* The kernel itself only says so in its log, and goes on. */
static int complain(void)
{
    static const char text[] =
        "ringside: the guest's kernel could not unpack all of the files that "
        "came along: give it more memory (--memory)\n";

    call3(__NR_ioperm, PORT_STDERR, 1, 1);
    port_out_bytes(PORT_STDERR, text, sizeof text - 1);
    return EXIT_NOT_STARTED;
}

void init_main(void)
{
    static struct orders orders;

    mount("proc", "/proc");
    mount("sysfs", "/sys");
    mount("devtmpfs", "/dev");
    if (!orders_are_whole())
        end_machine(complain());
    end_machine(orders_read(&orders) ? workload_run(&orders)
                                     : shell_run(&orders));
}
