#include "visualizer/show.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/machine/command.h"
#include "sim/machine/debugger.h"

static enum status draw(struct show *show, const struct run *run,
                        const struct session *session)
{
    uint64_t written[2];
    struct scene scene = {.run = run,
                          .walks = show->walks,
                          .symbols = &show->symbols,
                          .look = &show->look};
    struct grid grid;

    session_get_written(session, written);
    scene.out = (struct scene_output){show->out_fd, written[0]};
    scene.err = (struct scene_output){show->err_fd, written[1]};

    if (!grid_init(&grid, (unsigned)show->width, (unsigned)show->height)) {
        grid_free(&grid);
        return error_set(&show->e, STATUS_MEMORY, "out of memory");
    }
    view_draw(show->view, &scene, &grid);
    grid_write(stdout, &grid, show->format, show->ascii);
    grid_free(&grid);
    return STATUS_OK;
}

static void serve(void *data, struct run *run, struct session *session)
{
    struct show *show = data;
    struct debugger d;
    enum stop_reason reason;

    show->status = STATUS_USAGE;
    if (show->look.pcpu >= run->machine->pcpu_count) {
        error_set(&show->e, STATUS_USAGE, "--pcpu %u: the machine has %u",
                  show->look.pcpu, run->machine->pcpu_count);
        run_stop(run, show->e.text);
        return;
    }
    mmu_set_walk_log(run->machine->pcpus[show->look.pcpu].mmu, show->walks);
    debugger_init(&d, run, session, -1);
    reason = debugger_reach(&d, &show->at);
    if (reason == STOPPED_END && !show->at.at_end)
        error_set(&show->e, STATUS_USAGE, "--at %s: the run ended before%s%s",
                  show->at_text, run->text[0] ? ": " : "", run->text);
    else
        show->status = draw(show, run, session);
    run_leave(run);
    debugger_rewrite(&d);
}

int show_run(struct show *show)
{
    const struct config *config = show->config;
    struct command cmd;
    struct run_record *record = calloc(1, sizeof *record);
    struct progress progress;
    struct session_request request;
    FILE *out = tmpfile(), *err = tmpfile();

    show->walks = calloc(1, sizeof *show->walks);
    if (!record || !show->walks ||
        command_begin(&cmd, config, &show->e) != STATUS_OK)
        return command_fail(&show->e);
    show->out_fd = out ? fileno(out) : -1;
    show->err_fd = err ? fileno(err) : -1;
    symbols_load(&show->symbols, config);
    progress_init(&progress, false);
    request = (struct session_request){
        .config = config,
        .technique = config->techniques[0],
        .image = &cmd.guest.image,
        .files = config->reboots ? NULL : &cmd.guest.files,
        .sinks = {.out_fd = show->out_fd,
                  .err_fd = show->err_fd,
                  .progress = &progress},
        .driver = {serve, show},
    };
    if (session_run(&request, record, &show->e) != STATUS_OK)
        show->status = STATUS_USAGE;
    command_free(&cmd);
    free(record);
    free(show->walks);
    symbols_free(&show->symbols);
    return show->status == STATUS_OK ? 0 : command_fail(&show->e);
}
