/*
 * devices.c - what every program expects in /dev and /proc.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/proc.h"

struct device_name {
    const char *name;
    enum device device;
};

static const struct device_name device_names[] = {
    {"null", DEVICE_NULL},      {"zero", DEVICE_ZERO},
    {"full", DEVICE_FULL},      {"random", DEVICE_RANDOM},
    {"urandom", DEVICE_RANDOM}, {"out", DEVICE_OUT},
    {"err", DEVICE_ERR},        {"stdin", DEVICE_FD0},
    {"stdout", DEVICE_FD1},     {"stderr", DEVICE_FD2},
};

static struct inode *add(const char *directory, const char *name, uint32_t mode)
{
    struct inode *d = fs_make_directories(directory, S_IFDIR | 0755);
    struct inode *n = inode_new(mode);

    if (!d || !n || directory_add(d, name, n) < 0)
        panic("no memory for %s/%s", directory, name);
    inode_drop(n);
    return n;
}

static void add_link(const char *directory, const char *name,
                     const char *target)
{
    struct inode *n = add(directory, name, S_IFLNK | 0777);

    n->bytes = strlen(target);
    n->target = heap_alloc(n->bytes + 1);
    if (!n->target)
        panic("no memory for %s/%s", directory, name);
    memcpy(n->target, target, n->bytes + 1);
}

void devices_init(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(device_names); i++) {
        struct inode *n = add("dev", device_names[i].name, S_IFCHR | 0666);

        n->device = device_names[i].device;
    }
    add("proc/self", "exe", S_IFLNK | 0777)->magic = MAGIC_EXE;
    add_link("dev", "fd", "/proc/self/fd");
    fs_make_directories("dev/shm", S_IFDIR | 01777);
    fs_make_directories("tmp", S_IFDIR | 01777);
    proc_init();
}
