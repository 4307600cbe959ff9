/*
 * options.h - the kernel's command line: words and key=value, by spaces.
 *
 *   quiet         no chatter while booting
 *   tsc_khz=N     frequency of the time-stamp counter
 *   apic_khz=N    frequency of the APIC timer (only without TSC deadline)
 *   tick_us=N     time slice, microseconds (default 4000, at least 10)
 *   tick_cycles=N the same in TSC cycles; wins over tick_us
 *   scrub         RAM is not all zeros at boot: clear pages before use
 */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>

struct options {
    bool quiet, scrub;
    uint64_t tsc_khz, apic_khz; /* 0: not given */
    uint64_t tick_us, tick_cycles;
};

/* Unknown words are ignored, as kernels do. */
void options_parse(struct options *o, const char *command_line);

#endif
