/*
 * cmd.c - ringside show VIEW --at MOMENT WORKLOAD: a view without a terminal,
 * for handouts, graders and tests; ringside tui WORKLOAD: all of them on one.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/core/units.h"
#include "sim/machine/options.h"
#include "sim/machine/timeline.h"
#include "visualizer/script.h"
#include "visualizer/show.h"
#include "visualizer/tui_start.h"

static enum status parse_format(struct show *show, const char *text)
{
    static const char *const names[] = {
        [GRID_TEXT] = "text", [GRID_ANSI] = "ansi", [GRID_SVG] = "svg"};

    for (int i = GRID_TEXT; i <= GRID_SVG; i++)
        if (strcmp(text, names[i]) == 0) {
            show->format = (enum grid_format)i;
            return STATUS_OK;
        }
    return error_set(&show->e, STATUS_USAGE,
                     "--format %.40s: text, ansi or svg", text);
}

/* A count between two others; text NULL: value stays. */
struct number {
    const char *option, *text;
    uint64_t least, most;
    uint64_t *value;
};

static enum status parse_numbers(struct show *show,
                                 const struct show_request *r)
{
    const struct number numbers[] = {
        {"--width", r->width, VIEW_LEAST_WIDTH, GRID_MAX_WIDTH, &show->width},
        {"--height", r->height, VIEW_LEAST_HEIGHT, GRID_MAX_HEIGHT,
         &show->height},
        {"--pcpu", r->pcpu, 0, MACHINE_MAX_PCPUS - 1, &show->pcpu},
        {"--address", r->address, 0, UINT64_MAX, &show->look.address},
        {"--row", r->row, 0, INT32_MAX, &show->row},
        {"--zoom", r->zoom, 0, LOOK_MOST_ZOOM, &show->zoom},
        {"--steps", r->steps, 0, LOOK_ALL_STEPS, &show->steps},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct number *n = &numbers[i];
        enum status s = STATUS_OK;

        if (n->text)
            s = units_parse(n->text, n->option, n->value, &show->e);
        if (s != STATUS_OK)
            return s;
        if (*n->value < n->least || *n->value > n->most)
            return error_set(&show->e, STATUS_USAGE,
                             "%s %s is out of range (%" PRIu64 " .. %" PRIu64
                             ")",
                             n->option, n->text, n->least, n->most);
    }
    return STATUS_OK;
}

static enum status prepare(struct show *show, const struct show_request *r)
{
    enum status s = parse_numbers(show, r);

    show->view = view_find(r->view);
    if (s == STATUS_OK && !show->view)
        s = error_set(&show->e, STATUS_USAGE,
                      "no view '%.40s'; `ringside list views` names them",
                      r->view);
    if (s == STATUS_OK && r->part &&
        !view_find_part(show->view, r->part, &show->look.part))
        s = error_set(&show->e, STATUS_USAGE,
                      show->view->parts
                          ? "--part %.40s: `ringside explain %s` names them"
                          : "--part %.40s: the view %s has no parts",
                      r->part, show->view->name);
    if (s == STATUS_OK)
        s = milestone_parse(&show->at, show->at_text, &show->e);
    if (s == STATUS_OK)
        s = parse_format(show, r->format ? r->format : "text");
    show->look.has_address = r->address != NULL;
    show->look.pcpu = (unsigned)show->pcpu;
    show->look.top = (unsigned)show->row;
    show->look.zoom = (unsigned)show->zoom;
    show->look.steps = (unsigned)show->steps;
    snprintf(show->look.filter, sizeof show->look.filter, "%s",
             r->filter ? r->filter : "");
    return s;
}

static int fail(const struct error *e)
{
    fprintf(stderr, "ringside: %s\n", e->text);
    return STATUS_USAGE;
}

static int show_here(void *data)
{
    struct show *show = data;

    return show->config->scenario_path ? show_scenario(show) : show_run(show);
}

static bool is_several(const struct config *c)
{
    return c->scenario_path ? c->over_count > 0 : c->technique_count > 1;
}

int cmd_show(const struct request *r)
{
    struct show show = {.config = &r->config,
                        .at_text = r->show.at ? r->show.at : "end",
                        .width = 80,
                        .height = 24,
                        .steps = LOOK_ALL_STEPS,
                        .ascii = r->show.ascii};
    int status;

    if (prepare(&show, &r->show) != STATUS_OK)
        return fail(&show.e);
    if (is_several(show.config))
        return show_beside(&show);
    status = timeline_guard(show_here, &show);
    if (status >= 0)
        return status;
    error_set(&show.e, STATUS_MEMORY, "the run was lost");
    return fail(&show.e);
}

static int start_tui(const struct request *r, struct script *script)
{
    struct tui_options options = {
        .config = &r->config,
        .script = script,
        .screen = {.ascii = r->show.ascii, .mouse = !r->show.no_mouse}};
    struct error e;

    if (r->show.monochrome)
        options.screen.palette = SCREEN_MONO;
    if (r->show.palette &&
        !screen_find_palette(r->show.palette, &options.screen.palette)) {
        error_set(&e, STATUS_USAGE, "--palette %.40s: auto, mono, 8, 16 or 256",
                  r->show.palette);
        return fail(&e);
    }

    if (milestone_parse(&options.begin, r->show.at ? r->show.at : "user", &e) !=
        STATUS_OK)
        return fail(&e);
    return tui_start(&options);
}

/* What the lecture's first line says stands for a command line. */
static int play(const struct request *r)
{
    char program[] = "ringside", command[] = "tui";
    char *argv[SCRIPT_WORDS + 2] = {program, command};
    struct script script;
    struct request own;
    struct error e;
    int status;

    if (script_load(&script, r->show.script, &e) != STATUS_OK)
        return fail(&e);
    memcpy(argv + 2, script.words, sizeof script.words);
    if (request_parse(&own, (int)script.word_count + 2, argv, &e) !=
        STATUS_OK) {
        status = fail(&e);
    } else if (own.help || own.version || own.show.script) {
        error_set(&e, STATUS_USAGE, "%.200s: its run line runs nothing",
                  r->show.script);
        status = fail(&e);
    } else {
        own.show.ascii |= r->show.ascii;
        own.show.monochrome |= r->show.monochrome;
        own.show.no_mouse |= r->show.no_mouse;
        if (r->show.palette)
            own.show.palette = r->show.palette;
        status = start_tui(&own, &script);
    }
    request_free(&own);
    script_free(&script);
    return status;
}

int cmd_tui(const struct request *r)
{
    return r->show.script ? play(r) : start_tui(r, NULL);
}
