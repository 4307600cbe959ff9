/*
 * request_keep.c - options whose argument is kept as it was typed, and those
 * without one.
 */
#include "sim/machine/options.h"

bool request_keep(struct request *r, enum option_id id, const char *text)
{
    struct config *c = &r->config;
    const char **const texts[OPTION_COUNT] = {
        [OPTION_KERNEL] = &c->kernel_path,
        [OPTION_GDB] = &c->gdb_address,
        [OPTION_GDB_ARCH] = &c->gdb_architecture,
        [OPTION_BOOT] = &c->boot_path,
        [OPTION_APPEND] = &c->append,
        [OPTION_INITRD] = &c->initrd_path,
        [OPTION_JSON] = &c->outputs.json_path,
        [OPTION_CSV] = &c->outputs.csv_path,
        [OPTION_TRACE] = &c->outputs.trace_path,
        [OPTION_PLOT] = &c->outputs.plot_folder,
        [OPTION_SCHED_TRACE] = &c->sched_trace_path,
        [OPTION_FROM] = &r->sched.from,
        [OPTION_TO] = &r->sched.to,
        [OPTION_STEP] = &r->sched.step,
        [OPTION_AT] = &r->show.at,
        [OPTION_WIDTH] = &r->show.width,
        [OPTION_HEIGHT] = &r->show.height,
        [OPTION_FORMAT] = &r->show.format,
        [OPTION_PALETTE] = &r->show.palette,
        [OPTION_PCPU] = &r->show.pcpu,
        [OPTION_ADDRESS] = &r->show.address,
        [OPTION_ROW] = &r->show.row,
        [OPTION_PART] = &r->show.part,
        [OPTION_ZOOM] = &r->show.zoom,
        [OPTION_STEPS] = &r->show.steps,
        [OPTION_FILTER] = &r->show.filter,
        [OPTION_SCRIPT] = &r->show.script,
    };
    bool *const flags[OPTION_COUNT] = {
        [OPTION_ASCII] = &r->show.ascii,
        [OPTION_NO_MOUSE] = &r->show.no_mouse,
        [OPTION_MONOCHROME] = &r->show.monochrome,
        [OPTION_QUIET] = &c->outputs.quiet,
        [OPTION_PER_VCPU] = &r->sched.per_vcpu,
        [OPTION_LIST_JSON] = &r->json,
        [OPTION_LIST_NAMES] = &r->names,
        [OPTION_HELP] = &r->help,
        [OPTION_VERSION] = &r->version,
        [OPTION_CONSOLE] = &c->console,
        [OPTION_KEYBOARD] = &c->keyboard,
        [OPTION_SCREEN] = &c->outputs.screen,
        [OPTION_EXITS] = &c->outputs.exits,
        [OPTION_EXITS_ALL] = &c->outputs.exits_all,
    };

    if (texts[id])
        *texts[id] = text;
    else if (flags[id])
        *flags[id] = true;
    return texts[id] || flags[id];
}
