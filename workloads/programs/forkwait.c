/*
 * forkwait.c - fork, exit, wait: the page-table churn of a process's life.
 *
 * After Adams and Agesen, "A Comparison of Software and Hardware Techniques
 * for x86 Virtualization", ASPLOS 2006, whose forkwait does the same 40,000
 * times.  footprint is memory that the parent has written, and that fork
 * therefore shares copy-on-write.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workloads/programs/program.h"

int program_forkwait(const struct arguments *a)
{
    uint64_t n = argument_number(a, "n", 100);
    uint64_t footprint = argument_number(a, "footprint", 1 << 20);
    uint8_t *memory = map_memory(footprint, a);
    uint64_t good = 0;

    memset(memory, 1, footprint);
    for (uint64_t i = 0; i < n; i++) {
        int status = -1;
        pid_t child = fork();

        if (child == 0)
            _exit((int)(i & 127) + memory[0] - 1);
        if (child < 0 || waitpid(child, &status, 0) != child)
            break;
        good += WIFEXITED(status) && WEXITSTATUS(status) == (int)(i & 127);
    }
    printf("forkwait: %llu of %llu children returned their status\n",
           (unsigned long long)good, (unsigned long long)n);
    return good == n ? 0 : 1;
}
