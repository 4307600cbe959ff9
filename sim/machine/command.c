#include "sim/machine/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Files that come back: where to, and what keeps them until the end. */
static enum status open_saved(struct command *cmd, struct error *e)
{
    if (cmd->config->travel.out_count == 0)
        return STATUS_OK;
    cmd->saved = tmpfile();
    if (!cmd->saved)
        return error_set(e, STATUS_FILE, "a temporary file: %s",
                         strerror(errno));
    return travel_open(&cmd->travel, &cmd->config->travel, e);
}

/* The last one written would be all that is left. */
static enum status refuse_shared(const struct command *cmd, struct error *e)
{
    const struct out_file *all[3 + CONFIG_MAX_TRAVEL] = {&cmd->json, &cmd->csv,
                                                         &cmd->trace};
    unsigned count = 3;

    for (unsigned i = 0; i < cmd->config->travel.out_count; i++)
        all[count++] = &cmd->travel.files[i];
    return out_files_differ(all, count, e);
}

static enum status open_outputs(struct command *cmd, struct error *e)
{
    const struct outputs *o = &cmd->config->outputs;
    enum status s = out_file_open(&cmd->json, o->json_path, e);

    if (s == STATUS_OK)
        s = out_file_open(&cmd->csv, o->csv_path, e);
    if (s == STATUS_OK)
        s = out_file_open(&cmd->trace, o->trace_path, e);
    if (s == STATUS_OK)
        s = plot_prepare(o->plot_folder, e);
    if (s == STATUS_OK)
        s = open_saved(cmd, e);
    if (s == STATUS_OK)
        s = refuse_shared(cmd, e);
    if (s == STATUS_OK && cmd->trace.stream)
        trace_chrome_init(&cmd->chrome, cmd->trace.stream,
                          cmd->config->cpu.tsc_khz);
    return s;
}

enum status command_begin(struct command *cmd, const struct config *config,
                          struct error *e)
{
    enum status s;

    memset(cmd, 0, sizeof *cmd);
    cmd->config = config;
    s = guest_load(&cmd->guest, config, STDIN_FILENO, e);
    if (s != STATUS_OK)
        return s;
    interrupt_block(); /* from here on there are files to tidy up */
    s = open_outputs(cmd, e);
    if (s != STATUS_OK)
        command_free(cmd);
    return s;
}

enum status command_write(struct command *cmd, const struct results *r,
                          struct error *e)
{
    enum status s = STATUS_OK;

    if (cmd->json.stream)
        s = report_json(cmd->json.stream, r, e);
    if (s == STATUS_OK)
        s = out_file_commit(&cmd->json, e);
    if (s == STATUS_OK && cmd->csv.stream)
        report_csv(cmd->csv.stream, r);
    if (s == STATUS_OK)
        s = out_file_commit(&cmd->csv, e);
    if (s == STATUS_OK && cmd->trace.stream)
        trace_chrome_finish(&cmd->chrome);
    if (s == STATUS_OK)
        s = out_file_commit(&cmd->trace, e);
    if (s == STATUS_OK && cmd->config->outputs.plot_folder)
        s = plot_results(cmd->config->outputs.plot_folder, r, e);
    if (s == STATUS_OK && cmd->saved) {
        rewind(cmd->saved);
        s = travel_write(&cmd->travel, &cmd->config->travel, cmd->saved, e);
    }
    return s;
}

void command_free(struct command *cmd)
{
    out_file_abandon(&cmd->json);
    out_file_abandon(&cmd->csv);
    out_file_abandon(&cmd->trace);
    travel_abandon(&cmd->travel);
    if (cmd->saved)
        fclose(cmd->saved);
    guest_load_free(&cmd->guest);
}

int command_fail(const struct error *e)
{
    fprintf(stderr, "ringside: %s\n", e->text);
    return STATUS_USAGE;
}
