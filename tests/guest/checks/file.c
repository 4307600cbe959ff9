/*
 * file.c - the in-memory file system.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/guest/checks/checks.h"

static char top[] = "/tmp/filesXXXXXX";

static bool enter(void)
{
    strcpy(top, "/tmp/filesXXXXXX");
    return mkdtemp(top) && chdir(top) == 0;
}

static bool leave(void)
{
    return chdir("/") == 0 && rmdir(top) == 0;
}

static int sparse_files_read_zeros(void)
{
    char buffer[16];
    struct stat s;
    int fd;

    if (!enter())
        return __LINE__;
    fd = open("sparse", O_RDWR | O_CREAT, 0644);
    if (pwrite(fd, "end", 3, 100000) != 3 || fstat(fd, &s) ||
        s.st_size != 100003)
        return __LINE__;
    if (pread(fd, buffer, 16, 50000) != 16 || buffer[0] || buffer[15])
        return __LINE__;
    if (ftruncate(fd, 100001) || ftruncate(fd, 100003) ||
        pread(fd, buffer, 3, 100000) != 3 || memcmp(buffer, "e\0\0", 3) != 0)
        return __LINE__;
    close(fd);
    unlink("sparse");
    return leave() ? 0 : __LINE__;
}

static int unlinked_file_stays_open(void)
{
    char c = 0;
    int fd;

    if (!enter())
        return __LINE__;
    fd = open("gone", O_RDWR | O_CREAT | O_EXCL, 0600);
    if (write(fd, "q", 1) != 1 || unlink("gone") ||
        open("gone", O_RDONLY) != -1 || errno != ENOENT)
        return __LINE__;
    if (pread(fd, &c, 1, 0) != 1 || c != 'q')
        return __LINE__;
    close(fd);
    return leave() ? 0 : __LINE__;
}

static int names_behave(void)
{
    struct stat s;

    if (!enter() || mkdir("a", 0755) || mkdir("a/b", 0755))
        return __LINE__;
    if (rmdir("a") != -1 || errno != ENOTEMPTY)
        return __LINE__;
    if (rename("a", "a/b/c") != -1 || errno != EINVAL)
        return __LINE__;
    if (rename("a/b", "b") || stat("a/b", &s) != -1 || stat("b", &s))
        return __LINE__;
    if (symlink("b/../loop", "loop") || open("loop", O_RDONLY) != -1 ||
        errno != ELOOP)
        return __LINE__;
    if (open("b/file/x", O_RDONLY) != -1 || errno != ENOENT)
        return __LINE__;
    if (mkdir("b", 0755) != -1 || errno != EEXIST)
        return __LINE__;
    unlink("loop");
    rmdir("b");
    rmdir("a");
    return leave() ? 0 : __LINE__;
}

static int directory_lists_all_while_it_shrinks(void)
{
    enum { FILES = 300 };
    char name[64];
    struct dirent *e;
    int seen = 0;
    DIR *d;

    if (!enter())
        return __LINE__;
    for (int i = 0; i < FILES; i++) {
        sprintf(name, "file-with-a-long-name-%04d", i);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    d = opendir(".");
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        seen++;
        unlink(e->d_name);
    }
    closedir(d);
    return seen == FILES && leave() ? 0 : __LINE__;
}

static int descriptors_share_a_position(void)
{
    char ab[] = "ab", cde[] = "cde";
    struct iovec v[2] = {{ab, 2}, {cde, 3}};
    int fd, copy, other;

    if (!enter())
        return __LINE__;
    fd = open("f", O_RDWR | O_CREAT, 0644);
    copy = dup(fd);
    if (writev(fd, v, 2) != 5 || lseek(copy, 0, SEEK_CUR) != 5)
        return __LINE__;
    other = open("f", O_WRONLY | O_APPEND);
    if (write(other, "f", 1) != 1 || lseek(fd, 0, SEEK_END) != 6)
        return __LINE__;
    if (fcntl(fd, F_DUPFD_CLOEXEC, 50) != 50 ||
        fcntl(50, F_GETFD) != FD_CLOEXEC)
        return __LINE__;
    if (close(50) || close(50) != -1 || errno != EBADF)
        return __LINE__;
    close(fd);
    close(copy);
    close(other);
    unlink("f");
    return leave() ? 0 : __LINE__;
}

static int poll_and_select_see_pipes(void)
{
    struct pollfd p[2];
    struct timeval t = {0, 10000};
    fd_set set;
    int fds[2];

    if (pipe(fds))
        return __LINE__;
    p[0] = (struct pollfd){.fd = fds[0], .events = POLLIN};
    p[1] = (struct pollfd){.fd = fds[1], .events = POLLOUT};
    if (poll(p, 1, 10) != 0 || poll(p, 2, -1) != 1 || p[1].revents != POLLOUT)
        return __LINE__;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    if (select(fds[0] + 1, &set, NULL, NULL, &t) != 0 || FD_ISSET(fds[0], &set))
        return __LINE__;
    if (write(fds[1], "x", 1) != 1 || poll(p, 1, 1000) != 1)
        return __LINE__;
    FD_SET(fds[0], &set);
    if (select(fds[0] + 1, &set, NULL, NULL, NULL) != 1)
        return __LINE__;
    close(fds[1]);
    if (poll(p, 1, -1) != 1 || p[0].revents != (POLLIN | POLLHUP))
        return __LINE__;
    close(fds[0]);
    return 0;
}

const struct check file_checks[] = {
    {"sparse_files_read_zeros", sparse_files_read_zeros},
    {"unlinked_file_stays_open", unlinked_file_stays_open},
    {"names_behave", names_behave},
    {"directory_lists_all_while_it_shrinks",
     directory_lists_all_while_it_shrinks},
    {"descriptors_share_a_position", descriptors_share_a_position},
    {"poll_and_select_see_pipes", poll_and_select_see_pipes},
    {0},
};
