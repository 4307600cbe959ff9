/*
 * linux_initramfs.h - what a real kernel needs beside the workload's package:
 * /init, and for a shell busybox.
 */
#ifndef SIM_MACHINE_LINUX_INITRAMFS_H
#define SIM_MACHINE_LINUX_INITRAMFS_H
#include "sim/core/status.h"
#include "sim/machine/config.h"
#include "sim/machine/package.h"
#include "workloads/load/bundle.h"

/*
 * Makes the initramfs: /init of the kernel's word size, then the package's
 * archive (NULL: none, a shell is wanted), then a mark that this was all. Linux
 * unpacks archives one after the other.
 */
enum status linux_initramfs(struct bundle *out, const struct bundle *package,
                            enum word_size words, struct error *e);

/* Refuses guests that could not unpack it, with what they would need. */
enum status linux_check_memory(const struct bundle *initramfs,
                               uint64_t memory_bytes, struct error *e);

#endif
