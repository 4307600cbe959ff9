/*
 * technique_choice.h - from --technique, or cpu.virt and mmu.virt, to rows of
 * the technique matrix.
 */
#ifndef SIM_MACHINE_TECHNIQUE_CHOICE_H
#define SIM_MACHINE_TECHNIQUE_CHOICE_H
#include <stdbool.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"

/*
 * names is "native,pv", or NULL if --technique was not given; several says
 * whether the command takes more than one.  Without names: the row that
 * cpu.virt and mmu.virt select; else native, or with several every technique
 * that the profile supports.
 */
enum status technique_choose(struct config *c, const char *names, bool several,
                             struct error *e);

#endif
