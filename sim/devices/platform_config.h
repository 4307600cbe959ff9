/*
 * platform_config.h - what a VM's devices are made with.
 */
#ifndef SIM_DEVICES_PLATFORM_CONFIG_H
#define SIM_DEVICES_PLATFORM_CONFIG_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/guest_memory.h"

enum {
    PLATFORM_MAX_VCPUS = 16,
    PLATFORM_NAME_BYTES = 16,
    PLATFORM_DISKS = 4, /* two IDE channels of two */
};

struct disk;
struct host_tree;

struct platform_config {
    char profile[PLATFORM_NAME_BYTES]; /* "": pc */
    unsigned vcpus;                    /* 0: one; at most PLATFORM_MAX_VCPUS */
    uint64_t tsc_khz;                  /* cycles a millisecond; 0: 1 GHz */
    struct guest_memory memory;        /* empty: no device reaches memory */
    uint64_t start_seconds; /* the clock at power-on, Unix time; 0: 2024 */
    struct disk *disks[PLATFORM_DISKS]; /* not owned; the rest NULL; virtio has
                                           the first */
    const struct host_tree *files; /* shown to the guest; not owned; NULL */
    uint64_t seed;
    bool old_apic;    /* local APICs without x2APIC mode */
    bool no_deadline; /* their timers have no TSC-deadline mode */
};

#endif
