/*
 * guest_choice.h - which guest software the command line asks for.
 *
 *   WORKLOAD                    under the minikernel
 *   --kernel FILE WORKLOAD      under that kernel
 *   --kernel FILE --console     a shell under that kernel
 *   --boot FILE                 an image as it is
 */
#ifndef SIM_MACHINE_GUEST_CHOICE_H
#define SIM_MACHINE_GUEST_CHOICE_H
#include <stdbool.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"

/* A guest that is there for its own sake, without a workload. */
static inline bool guest_runs_alone(const struct config *c)
{
    return c->boot_path || (c->kernel_path && c->console);
}

/* Refuses what does not go together; workload: there is one. */
enum status guest_check(const struct config *c, bool workload, struct error *e);

/* True if the kernel was made for hardware only; a file that is none says so
   later. */
bool guest_refuses_pv(const struct config *c);

/* --reset end|reboot */
enum status guest_set_reset(struct config *c, const char *text,
                            struct error *e);

enum status guest_add_disk(struct config *c, const char *path, struct error *e);

enum status guest_add_module(struct config *c, const char *text,
                             struct error *e);

#endif
