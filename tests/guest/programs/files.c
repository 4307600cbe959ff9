/*
 * files.c - files and directories, in a directory that it makes.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

static void streams(void)
{
    FILE *f = fopen("stream", "w+");
    char line[64];
    long at;

    for (int i = 0; i < 2000; i++)
        fprintf(f, "line %d\n", i);
    at = ftell(f);
    rewind(f);
    fgets(line, sizeof line, f);
    printf("stream: %ld %s", at, line);
    fseek(f, -10, SEEK_END);
    fgets(line, sizeof line, f);
    printf("end: %s", line);
    fseek(f, 5, SEEK_SET);
    fputs("XY", f);
    fclose(f);
    f = fopen("stream", "a+");
    fputs("appended\n", f);
    fseek(f, 0, SEEK_SET);
    fgets(line, sizeof line, f);
    printf("changed: %s", line);
    printf("eof: %d\n", (fseek(f, 0, SEEK_END), getc(f) == EOF && feof(f)));
    fclose(f);
    printf("none: %d %s\n", fopen("none", "r") == NULL, strerror(errno));
    f = tmpfile();
    printf("temporary: %d\n", f && fputs("x", f) >= 0 && fclose(f) == 0);
}

static void descriptors(void)
{
    struct iovec v[2] = {{(void *)"one ", 4}, {(void *)"two", 3}};
    int fd = open("raw", O_RDWR | O_CREAT | O_EXCL, 0640);
    char text[32] = "";
    struct stat st;

    printf("writev: %zd\n", writev(fd, v, 2));
    printf("again: %d\n",
           open("raw", O_CREAT | O_EXCL, 0640) == -1 && errno == EEXIST);
    printf("pread: %zd %s\n", pread(fd, text, 5, 2), text);
    printf("pwrite: %zd\n", pwrite(fd, "far", 3, 100000));
    fstat(fd, &st);
    printf("size %ld mode %o links %d\n", (long)st.st_size,
           (unsigned)st.st_mode, (int)st.st_nlink);
    printf("hole: %zd %d\n", pread(fd, text, 10, 50000), text[3]);
    printf("truncate: %d %ld\n", ftruncate(fd, 10),
           (long)lseek(fd, 0, SEEK_END));
    printf("past: %zd\n", pread(fd, text, 10, 10));
    printf("lock: %d\n", flock(fd, LOCK_EX));
    printf("allocate: %d %ld\n", posix_fallocate(fd, 0, 5000),
           (long)lseek(fd, 0, SEEK_END));
    printf("negative: %d %d\n", (int)lseek(fd, -1, SEEK_SET), errno == EINVAL);
    close(fd);
    printf("closed: %zd %d\n", write(fd, "x", 1), errno == EBADF);
}

static void mapped(void)
{
    int fd = open("mapped", O_RDWR | O_CREAT, 0600);
    char *shared, *private;

    if (ftruncate(fd, 10000) != 0)
        return;
    shared = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    private = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    strcpy(shared + 5000, "through memory");
    strcpy(private + 9000, "mine");
    printf("private: %s %s|%s|\n", private + 5000, private + 9000,
           shared + 9000);
    private[0] = 0;
    printf("read: %zd %s\n", pread(fd, private, 14, 5000), private);
    close(fd);
    munmap(shared, 10000);
    munmap(private, 10000);
}

static void big(void)
{
    static char block[65536];
    uint64_t sum = 0;
    int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0600);

    for (int i = 0; i < 100; i++) {
        memset(block, i, sizeof block);
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
            printf("short\n");
    }
    lseek(fd, 0, SEEK_SET);
    while (read(fd, block, sizeof block) > 0)
        sum += (uint64_t)(unsigned char)block[777];
    printf("big: %lu\n", (unsigned long)sum);
    close(fd);
    unlink("big");
}

static int visit(const char *path, const struct stat *st, int type,
                 struct FTW *ftw)
{
    (void)st;
    if (strcmp(path, "./a/b/c") == 0 || type == FTW_SL)
        printf("visit %s level %d type %d\n", path, ftw->level, type);
    return 0;
}

static void directories(void)
{
    struct dirent **entries;
    char path[PATH_MAX];
    glob_t g;
    int n;

    printf("mkdir: %d %d\n", mkdir("a", 0755), mkdir("a/b", 0700));
    printf("again: %d %d\n", mkdir("a", 0755), errno == EEXIST);
    fclose(fopen("a/b/c", "w"));
    printf("symlink: %d %d\n", symlink("b/c", "a/link"),
           symlink("loop", "loop"));
    printf("loop: %d %d\n", open("loop", O_RDONLY), errno == ELOOP);
    printf("link: %d\n", link("a/b/c", "a/hard"));
    printf("readlink: %zd\n", readlink("a/link", path, sizeof path));
    printf("not empty: %d %d\n", rmdir("a/b"), errno == ENOTEMPTY);
    printf("rename: %d %d\n", rename("a/hard", "a/b/moved"),
           rename("a/b", "a/d"));
    printf("into itself: %d %d\n", rename("a", "a/d/e"), errno == EINVAL);
    n = scandir("a", &entries, NULL, alphasort);
    for (int i = 0; i < n; i++)
        printf("%s ", entries[i]->d_name);
    printf("\n");
    rename("a/d", "a/b");
    nftw(".", visit, 10, FTW_PHYS);
    printf("glob: %d %zu\n", glob("a/b/*", 0, NULL, &g), g.gl_pathc);
    printf("real: %s\n", realpath("a/link", path) ? path : "none");
    printf("dangling: %d\n", access("a/link", F_OK));
    printf("through a file: %d %d\n", open("raw/x", O_RDONLY),
           errno == ENOTDIR);
    printf("chmod: %d", chmod("a/b/c", 04711));
    printf(" %d\n", access("a/b/c", X_OK));
    printf("opened at: %d\n",
           openat(open("a", O_RDONLY | O_DIRECTORY), "b/c", O_WRONLY) > 0);
}

int main(void)
{
    struct statvfs v;
    char cwd[PATH_MAX];
    const char *slash;

    if (mkdir("files-work", 0755) != 0 || chdir("files-work") != 0 ||
        !getcwd(cwd, sizeof cwd))
        return 1;
    slash = strrchr(cwd, '/');
    printf("cwd: %s\n", slash ? slash : cwd);
    umask(027);
    streams();
    descriptors();
    mapped();
    big();
    directories();
    printf("statvfs: %d\n", statvfs(".", &v) == 0 && v.f_bsize > 0);
    return 0;
}
