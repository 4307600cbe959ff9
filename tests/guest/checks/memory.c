/*
 * memory.c - demand paging, copy-on-write, mmap and its relatives.
 */
#define _GNU_SOURCE /* mremap */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/checks/checks.h"

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

enum { PAGE = 4096, MEGA = 1 << 20 };

static char *map(size_t bytes, int prot, int flags)
{
    void *p = mmap(NULL, bytes, prot, flags, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

static int anonymous_reads_zero_and_keeps_writes(void)
{
    char *p = map(64 * PAGE, RW, ANON);

    if (!p)
        return __LINE__;
    for (int i = 0; i < 64; i++)
        if (p[i * PAGE + i] != 0)
            return __LINE__;
    for (int i = 0; i < 64; i += 2)
        p[i * PAGE] = (char)i;
    for (int i = 0; i < 64; i++)
        if (p[i * PAGE] != (i % 2 ? 0 : (char)i))
            return __LINE__;
    return munmap(p, 64 * PAGE) ? __LINE__ : 0;
}

static int fork_copies_on_write(void)
{
    int *p = (int *)(void *)map(PAGE, RW, ANON), status;
    pid_t pid;

    *p = 1;
    pid = fork();
    if (pid == 0) {
        if (*p != 1)
            _exit(1);
        *p = 2;
        _exit(*p == 2 ? 42 : 2);
    }
    if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 42)
        return __LINE__;
    return *p == 1 ? 0 : __LINE__;
}

static int shared_memory_is_shared_after_fork(void)
{
    int *p = (int *)(void *)map(4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS);
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        p[0] = 7;
        p[2048] = 8;
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return p[0] == 7 && p[2048] == 8 ? 0 : __LINE__;
}

static sigjmp_buf escape;
static volatile uintptr_t fault_address;
static volatile int fault_code;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    fault_address = (uintptr_t)info->si_addr;
    fault_code = info->si_code;
    siglongjmp(escape, 1);
}

static void catch_faults(int number)
{
    struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    sigaction(number, &a, NULL);
}

/* True if writing (or reading) there faults. */
static bool faults(char *p, bool write)
{
    if (sigsetjmp(escape, 1))
        return true;
    if (write)
        *(volatile char *)p = 1;
    else
        (void)*(volatile char *)p;
    return false;
}

static int mprotect_takes_and_gives_rights(void)
{
    char *p = map(4 * PAGE, RW, ANON);

    catch_faults(SIGSEGV);
    p[PAGE] = 5;
    if (mprotect(p + PAGE, PAGE, PROT_READ))
        return __LINE__;
    if (!faults(p + PAGE, true) || fault_code != SEGV_ACCERR ||
        fault_address != (uintptr_t)(p + PAGE))
        return __LINE__;
    if (faults(p + PAGE, false) || faults(p, true) || faults(p + 8192, true))
        return __LINE__;
    if (mprotect(p + PAGE, PAGE, PROT_NONE) || !faults(p + PAGE, false))
        return __LINE__;
    if (mprotect(p, 4 * PAGE, RW) || p[PAGE] != 5 || faults(p + PAGE, true))
        return __LINE__;
    munmap(p, 4 * PAGE);
    if (!faults(p, false) || fault_code != SEGV_MAPERR)
        return __LINE__;
    return faults(NULL, false) ? 0 : __LINE__;
}

static int kernel_refuses_bad_pointers(void)
{
    char *none = map(PAGE, PROT_NONE, ANON);
    char *readonly = map(PAGE, PROT_READ, ANON);
    int fds[2];

    if (pipe(fds))
        return __LINE__;
    if (write(fds[1], none, 10) != -1 || errno != EFAULT)
        return __LINE__;
    if (write(fds[1], (void *)(uintptr_t)0xffffffff80200000, 10) != -1 ||
        errno != EFAULT)
        return __LINE__;
    if (write(fds[1], "x", 1) != 1 || read(fds[0], readonly, 1) != -1 ||
        errno != EFAULT)
        return __LINE__;
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static int mremap_moves_contents(void)
{
    char *p = map(2 * PAGE, RW, ANON), *wall, *q;

    p[0] = 1;
    p[PAGE] = 2;
    wall = mmap(p + 2 * PAGE, PAGE, RW, ANON, -1, 0);
    q = mremap(p, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    if (q == MAP_FAILED || q[0] != 1 || q[PAGE] != 2 || q[40 * PAGE] != 0)
        return __LINE__;
    q = mremap(q, 64 * PAGE, PAGE, 0);
    if (q == MAP_FAILED || q[0] != 1)
        return __LINE__;
    munmap(wall, PAGE);
    return munmap(q, PAGE) ? __LINE__ : 0;
}

static int file_mapping_is_private_or_shared(void)
{
    char name[] = "/tmp/checkXXXXXX", *p, back[4] = {0};
    int fd = mkstemp(name);

    if (fd < 0 || write(fd, "abcd", 4) != 4)
        return __LINE__;
    p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED || memcmp(p, "abcd\0", 5) != 0)
        return __LINE__;
    p[0] = 'X';
    if (pread(fd, back, 4, 0) != 4 || back[0] != 'a')
        return __LINE__;
    munmap(p, PAGE);
    p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    p[1] = 'Y';
    if (pread(fd, back, 4, 0) != 4 || back[1] != 'Y')
        return __LINE__;
    munmap(p, PAGE);
    p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    catch_faults(SIGBUS);
    if (!faults(p + PAGE, false))
        return __LINE__;
    close(fd);
    unlink(name);
    return 0;
}

static int huge_pages_split_and_copy(void)
{
    char *p = map(8 * MEGA, RW, ANON), *a;
    int status;
    pid_t pid;

    a = (char *)(((uintptr_t)p + 2 * MEGA - 1) & ~(uintptr_t)(2 * MEGA - 1));
    madvise(a, 4 * MEGA, MADV_HUGEPAGE);
    for (int i = 0; i < 4 * MEGA; i += PAGE)
        a[i] = (char)(i / PAGE);
    pid = fork();
    if (pid == 0) {
        a[PAGE] = 99;
        munmap(a, MEGA);
        _exit(a[2 * MEGA - PAGE] == (char)511 ? 3 : 4);
    }
    if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 3)
        return __LINE__;
    if (munmap(a + MEGA, MEGA))
        return __LINE__;
    if (mprotect(a + 5 * PAGE, PAGE, PROT_READ))
        return __LINE__;
    for (int i = 0; i < MEGA; i += PAGE)
        if (a[i] != (char)(i / PAGE))
            return __LINE__;
    catch_faults(SIGSEGV);
    if (!faults(a + 5 * PAGE, true) || faults(a + 6 * PAGE, true) ||
        !faults(a + MEGA, false))
        return __LINE__;
    munmap(p, 8 * MEGA);
    return 0;
}

static int dontneed_forgets(void)
{
    char *p = map(4 * PAGE, RW, ANON);

    memset(p, 1, 4 * PAGE);
    if (madvise(p + PAGE, PAGE, MADV_DONTNEED))
        return __LINE__;
    return p[PAGE] == 0 && p[0] == 1 && p[2 * PAGE] == 1 ? 0 : __LINE__;
}

static int malloc_heavy(void)
{
    enum { SLOTS = 500, ROUNDS = 20000 };
    static unsigned char *slots[SLOTS];
    static size_t bytes[SLOTS];
    unsigned seed = 1;

    for (int i = 0; i < ROUNDS; i++) {
        unsigned at;

        seed = seed * 1103515245u + 12345u;
        at = (seed >> 16) % SLOTS;
        if (slots[at] && (slots[at][0] != (unsigned char)at ||
                          slots[at][bytes[at] - 1] != (unsigned char)at))
            return __LINE__;
        free(slots[at]);
        bytes[at] = 2 + (seed >> 8) % (at % 50 ? 3000 : 300000);
        slots[at] = malloc(bytes[at]);
        if (!slots[at])
            return __LINE__;
        slots[at][0] = slots[at][bytes[at] - 1] = (unsigned char)at;
    }
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
    return 0;
}

const struct check memory_checks[] = {
    {"anonymous_reads_zero_and_keeps_writes",
     anonymous_reads_zero_and_keeps_writes},
    {"fork_copies_on_write", fork_copies_on_write},
    {"shared_memory_is_shared_after_fork", shared_memory_is_shared_after_fork},
    {"mprotect_takes_and_gives_rights", mprotect_takes_and_gives_rights},
    {"kernel_refuses_bad_pointers", kernel_refuses_bad_pointers},
    {"mremap_moves_contents", mremap_moves_contents},
    {"file_mapping_is_private_or_shared", file_mapping_is_private_or_shared},
    {"huge_pages_split_and_copy", huge_pages_split_and_copy},
    {"dontneed_forgets", dontneed_forgets},
    {"malloc_heavy", malloc_heavy},
    {0},
};
