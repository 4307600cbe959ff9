/*
 * boot.c - the kernel's main(): brings up one part after the other, then runs
 * the program.
 */
#include "workloads/kernel/boot_info.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/log.h"

struct kernel kernel;

void kernel_main(struct boot_info *b)
{
    kernel.here = &kernel.cpus[0];
    kernel.cpu_count = 1;
    options_parse(&kernel.options, b->command_line);
    kernel.pv->map_memory(b);
    b->early_limit_pfn = b->end_pfn; /* all of it is in the direct map now */
    frames_take_array(b);
    frames_init(b);
    kernel.pv->cpu_init();
    klog("%s, %lu MiB of memory, %lu free", kernel.pv->name,
         (kernel.frames.total + 128) / 256, kernel.frames.free / 256);
    sched_init();
    fs_init(b);
    process_start_first();
}
