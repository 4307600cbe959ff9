#include "visualizer/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/machine/command.h"
#include "sim/machine/debugger.h"
#include "sim/machine/scenario/scenario_travel.h"

static enum status draw(struct show *show, struct scene *scene)
{
    struct grid grid;

    scene->walks = &show->kept->walks[show->look.pcpu];
    scene->symbols = &show->symbols;
    scene->look = &show->look;
    if (!grid_init(&grid, (unsigned)show->width, (unsigned)show->height)) {
        grid_free(&grid);
        return error_set(&show->e, STATUS_MEMORY, "out of memory");
    }
    view_draw(show->view, scene, &grid);
    grid_write(stdout, &grid, show->format, show->ascii);
    grid_free(&grid);
    return STATUS_OK;
}

static enum status draw_run(struct show *show, const struct run *run,
                            const struct session *session)
{
    uint64_t written[2];
    struct scene scene = {.machine = run->machine, .run = run};

    session_get_written(session, written);
    scene.out = (struct scene_output){show->out_fd, written[0]};
    scene.err = (struct scene_output){show->err_fd, written[1]};
    return draw(show, &scene);
}

static enum status check_pcpu(struct show *show, unsigned pcpus)
{
    if (show->look.pcpu < pcpus)
        return STATUS_OK;
    return error_set(&show->e, STATUS_USAGE, "--pcpu %u: the machine has %u",
                     show->look.pcpu, pcpus);
}

/* False if the moment was not reached. */
static bool is_there(struct show *show, enum stop_reason reason,
                     const char *why)
{
    if (reason != STOPPED_END || show->at.at_end)
        return true;
    error_set(&show->e, STATUS_USAGE, "--at %s: the run ended before%s%s",
              show->at_text, why[0] ? ": " : "", why);
    return false;
}

static void serve(void *data, struct run *run, struct session *session)
{
    struct show *show = data;
    struct debugger d;
    enum stop_reason reason;

    show->status = STATUS_USAGE;
    if (check_pcpu(show, run->machine->pcpu_count) != STATUS_OK) {
        run_stop(run, show->e.text);
        return;
    }
    keep_begin(show->kept, run->machine, run);
    debugger_init(&d, run, session, -1);
    reason = debugger_reach(&d, &show->at);
    progress_clear(&show->progress);
    if (is_there(show, reason, run->text))
        show->status = draw_run(show, run, session);
    run_leave(run);
    keep_end(run->machine, run);
    debugger_rewrite(&d);
}

static int end_show(struct show *show)
{
    return show->status == STATUS_OK ? 0 : command_fail(&show->e);
}

static void run_to_moment(struct show *show, struct command *cmd,
                          struct run_record *record)
{
    const struct config *config = show->config;
    const struct session_request request = {
        .config = config,
        .technique = config->techniques[0],
        .image = &cmd->guest.image,
        .files = config->reboots ? NULL : &cmd->guest.files,
        .sinks = {.out_fd = show->out_fd,
                  .err_fd = show->err_fd,
                  .progress = &show->progress},
        .driver = {serve, show},
    };

    symbols_load(&show->symbols, config);
    progress_init(&show->progress, isatty(STDERR_FILENO));
    if (session_run(&request, record, &show->e) != STATUS_OK)
        show->status = STATUS_USAGE;
    symbols_free(&show->symbols);
}

int show_run(struct show *show)
{
    struct command cmd;
    struct run_record *record = calloc(1, sizeof *record);
    FILE *out = tmpfile(), *err = tmpfile();

    show->kept = calloc(1, sizeof *show->kept);
    show->out_fd = out ? fileno(out) : -1;
    show->err_fd = err ? fileno(err) : -1;
    show->status = record && show->kept
                       ? command_begin(&cmd, show->config, &show->e)
                       : error_set(&show->e, STATUS_MEMORY, "out of memory");
    if (show->status == STATUS_OK) {
        run_to_moment(show, &cmd, record);
        command_free(&cmd);
    }
    if (out)
        fclose(out);
    if (err)
        fclose(err);
    free(record);
    free(show->kept);
    return end_show(show);
}

/* The host of a scenario, up to the moment. */
static enum status show_stage(struct show *show, struct scenario_stage *stage)
{
    const struct machine *machine = scenario_stage_machine(stage);
    struct scene scene = {.machine = machine,
                          .host = &stage->host,
                          .out = {-1, 0},
                          .err = {-1, 0}};
    struct scenario_travel travel;
    enum stop_reason reason;

    if (check_pcpu(show, stage->host.host.dispatch.sched.pcpu_count) !=
        STATUS_OK)
        return STATUS_USAGE;
    keep_begin(show->kept, machine, NULL);
    scenario_travel_init(&travel, stage, -1);
    reason = scenario_travel_reach(&travel, &show->at);
    timeline_forget(&travel.timeline);
    if (!is_there(show, reason, stage->text))
        return STATUS_USAGE;
    return draw(show, &scene);
}

int show_scenario(struct show *show)
{
    struct scenario_job job;
    struct scenario_stage *stage = calloc(1, sizeof *stage);

    show->kept = calloc(1, sizeof *show->kept);
    show->status =
        stage && show->kept
            ? scenario_job_init(&job, show->config, NULL, 0, &show->e)
            : error_set(&show->e, STATUS_MEMORY, "out of memory");
    if (show->status == STATUS_OK) {
        show->status = scenario_stage_init(stage, &job, &show->e);
        if (show->status == STATUS_OK) {
            show->status = show_stage(show, stage);
            scenario_stage_free(stage);
        }
        scenario_job_free(&job);
    }
    free(show->kept);
    free(stage);
    return end_show(show);
}
