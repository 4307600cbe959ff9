/*
 * sys_stat.c - facts about files.
 */
#include <asm/errno.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/time.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/sys_path.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum { SECTOR_BYTES = 512, DEVICE_NUMBER = 1, TMPFS_MAGIC = 0x01021994 };
enum { MAY_EXEC = 1 };

static uint64_t length_of(const struct inode *n)
{
    return n->magic != MAGIC_NONE ? 0 : n->bytes;
}

static int64_t give_stat(const struct inode *n, uva_t to)
{
    struct stat s = {
        .st_dev = DEVICE_NUMBER,
        .st_ino = n->number,
        .st_nlink = n->links,
        .st_mode = n->mode,
        .st_uid = n->uid,
        .st_gid = n->gid,
        .st_rdev = n->device,
        .st_size = (int64_t)length_of(n),
        .st_blksize = PAGE_BYTES,
        .st_blocks = (int64_t)(page_ceil(length_of(n)) / SECTOR_BYTES),
        .st_atime = (uint64_t)n->modified_s,
        .st_mtime = (uint64_t)n->modified_s,
        .st_mtime_nsec = n->modified_ns,
        .st_ctime = (uint64_t)n->modified_s,
    };

    return copy_to_user(to, &s, sizeof s) ? 0 : -EFAULT;
}

static int64_t stat_at(uint64_t dirfd, uva_t path, uint64_t at_flags, uva_t to)
{
    struct inode *n;
    int status = inode_user(dirfd, path, at_flags, &n);

    return status < 0 ? status : give_stat(n, to);
}

int64_t sys_stat(const uint64_t *a)
{
    return stat_at(AT_CWD, a[0], 0, a[1]);
}

int64_t sys_lstat(const uint64_t *a)
{
    return stat_at(AT_CWD, a[0], AT_SYMLINK_NOFOLLOW, a[1]);
}

int64_t sys_fstat(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);

    return f ? give_stat(f->inode, a[1]) : -EBADF;
}

int64_t sys_newfstatat(const uint64_t *a)
{
    return stat_at(a[0], a[1], a[3], a[2]);
}

int64_t sys_statx(const uint64_t *a)
{
    struct statx s = {0};
    struct inode *n;
    int status = inode_user(a[0], a[1], a[2], &n);

    if (status < 0)
        return status;
    s.stx_mask = STATX_BASIC_STATS;
    s.stx_blksize = PAGE_BYTES;
    s.stx_nlink = n->links;
    s.stx_uid = n->uid;
    s.stx_gid = n->gid;
    s.stx_mode = (uint16_t)n->mode;
    s.stx_ino = n->number;
    s.stx_size = length_of(n);
    s.stx_blocks = page_ceil(length_of(n)) / SECTOR_BYTES;
    s.stx_mtime.tv_sec = s.stx_atime.tv_sec = s.stx_ctime.tv_sec =
        n->modified_s;
    s.stx_mtime.tv_nsec = n->modified_ns;
    s.stx_dev_minor = DEVICE_NUMBER;
    return copy_to_user(a[4], &s, sizeof s) ? 0 : -EFAULT;
}

/* Everyone is root here: only execution can be refused. */
static int64_t access_at(uint64_t dirfd, uva_t path, uint64_t wanted)
{
    struct inode *n;
    int status = inode_user(dirfd, path, 0, &n);

    if (status < 0)
        return status;
    return (wanted & MAY_EXEC) && !S_ISDIR(n->mode) && !(n->mode & 0111)
               ? -EACCES
               : 0;
}

int64_t sys_access(const uint64_t *a)
{
    return access_at(AT_CWD, a[0], a[1]);
}

int64_t sys_faccessat(const uint64_t *a)
{
    return access_at(a[0], a[1], a[2]);
}

int64_t sys_faccessat2(const uint64_t *a)
{
    return access_at(a[0], a[1], a[2]);
}

static int64_t readlink_at(uint64_t dirfd, uva_t path, uva_t to, size_t bytes)
{
    struct inode *n;
    int status = inode_user(dirfd, path, AT_SYMLINK_NOFOLLOW, &n);
    const char *target;
    size_t got;

    if (status < 0)
        return status;
    if (!S_ISLNK(n->mode))
        return -EINVAL;
    target = link_target(n);
    if (!target)
        return -ENOENT;
    got = u64_min(strlen(target), bytes);
    return copy_to_user(to, target, got) ? (int64_t)got : -EFAULT;
}

int64_t sys_readlink(const uint64_t *a)
{
    return readlink_at(AT_CWD, a[0], a[1], a[2]);
}

int64_t sys_readlinkat(const uint64_t *a)
{
    return readlink_at(a[0], a[1], a[2], a[3]);
}

static int64_t chmod_at(uint64_t dirfd, uva_t path, uint64_t mode)
{
    struct inode *n;
    int status = inode_user(dirfd, path, 0, &n);

    if (status < 0)
        return status;
    n->mode = (n->mode & S_IFMT) | (mode & 07777);
    return 0;
}

int64_t sys_chmod(const uint64_t *a)
{
    return chmod_at(AT_CWD, a[0], a[1]);
}

int64_t sys_fchmodat(const uint64_t *a)
{
    return chmod_at(a[0], a[1], a[2]);
}

int64_t sys_fchmod(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);

    if (!f)
        return -EBADF;
    f->inode->mode = (f->inode->mode & S_IFMT) | (a[1] & 07777);
    return 0;
}

static int64_t set_owner(struct inode *n, uint64_t uid, uint64_t gid)
{
    if ((int)uid != -1)
        n->uid = (uint32_t)uid;
    if ((int)gid != -1)
        n->gid = (uint32_t)gid;
    return 0;
}

int64_t sys_fchownat(const uint64_t *a)
{
    struct inode *n;
    int status = inode_user(a[0], a[1], a[4], &n);

    return status < 0 ? status : set_owner(n, a[2], a[3]);
}

int64_t sys_chown(const uint64_t *a)
{
    struct inode *n;
    int status = inode_user(AT_CWD, a[0], 0, &n);

    return status < 0 ? status : set_owner(n, a[1], a[2]);
}

int64_t sys_lchown(const uint64_t *a)
{
    struct inode *n;
    int status = inode_user(AT_CWD, a[0], AT_SYMLINK_NOFOLLOW, &n);

    return status < 0 ? status : set_owner(n, a[1], a[2]);
}

int64_t sys_fchown(const uint64_t *a)
{
    struct file *f = file_get((int)a[0]);

    return f ? set_owner(f->inode, a[1], a[2]) : -EBADF;
}

int64_t sys_utimensat(const uint64_t *a)
{
    struct __kernel_timespec times[2];
    struct inode *n;
    int status = inode_user(a[0], a[1], a[3] | (a[1] ? 0 : AT_EMPTY_PATH), &n);

    if (status < 0)
        return status;
    inode_touch(n);
    if (!a[2])
        return 0;
    if (!copy_from_user(times, a[2], sizeof times))
        return -EFAULT;
    if ((uint64_t)times[1].tv_nsec >= 1000000000)
        return 0; /* UTIME_NOW, UTIME_OMIT */
    n->modified_s = times[1].tv_sec;
    n->modified_ns = (uint32_t)times[1].tv_nsec;
    return 0;
}

/* Second argument ignored: the time becomes now. */
int64_t sys_utime(const uint64_t *a)
{
    struct inode *n;
    int status = inode_user(AT_CWD, a[0], 0, &n);

    if (status == 0)
        inode_touch(n);
    return status;
}

int64_t sys_statfs(const uint64_t *a)
{
    struct statfs s = {
        .f_type = TMPFS_MAGIC,
        .f_bsize = PAGE_BYTES,
        .f_blocks = (int64_t)kernel.frames.total,
        .f_bfree = (int64_t)kernel.frames.free,
        .f_bavail = (int64_t)kernel.frames.free,
        .f_namelen = NAME_BYTES - 1,
        .f_frsize = PAGE_BYTES,
    };

    return copy_to_user(a[1], &s, sizeof s) ? 0 : -EFAULT;
}
