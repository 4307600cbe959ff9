/*
 * cmd_sched.c - `ringside sched VIEW FILE`: what a scheduler's log tells.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/core/macros.h"
#include "sim/core/units.h"
#include "sim/machine/options.h"
#include "sim/machine/sched_trace/sched_view.h"
#include "sim/machine/suggest.h"
#include "sim/machine/wrap.h"

enum { SENTENCE_COLUMN = 28 };

#define SCHED_VIEW(function, name, sentence)                                   \
    {name, sentence, sched_view_##function},
static const struct {
    const char *name, *sentence;
    enum status (*show)(struct sched_view *v, struct error *e);
} views[] = {
#include "sim/machine/sched_trace/sched_views.def"
};
#undef SCHED_VIEW

void sched_view_help(FILE *out)
{
    fputs("VIEW\n", out);
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        int column = fprintf(out, "  %s", views[i].name);

        fprintf(out, "%*s", SENTENCE_COLUMN - column, "");
        wrap_print(out, views[i].sentence, SENTENCE_COLUMN);
    }
    fputs("\nFILE is what `ringside run --sched-trace FILE` wrote; - is "
          "standard input.\n",
          out);
}

static enum status find_view(const struct request *r, size_t *view,
                             struct error *e)
{
    struct suggestion near = {0};
    const char *name;
    char text[128];

    if (r->word_count != 2)
        return error_set(e, STATUS_USAGE,
                         "sched takes a view and a file (ringside sched "
                         "--help)");
    name = r->words[0];
    for (*view = 0; *view < ARRAY_LEN(views); ++*view) {
        if (strcmp(views[*view].name, name) == 0)
            return STATUS_OK;
        suggest_offer(&near, name, views[*view].name);
    }
    return error_set(e, STATUS_USAGE,
                     "unknown view '%s'%s (ringside sched "
                     "--help)",
                     name, suggest_text(&near, text, sizeof text));
}

static enum status make_query(const struct request *r, struct sched_query *q,
                              struct error *e)
{
    enum status s = STATUS_OK;

    *q = (struct sched_query){.path = r->words[1],
                              .plot_folder = r->config.outputs.plot_folder,
                              .to_ns = UINT64_MAX,
                              .per_vcpu = r->sched.per_vcpu};
    if (r->sched.from)
        s = units_parse_ns(r->sched.from, "--from", &q->from_ns, e);
    if (s == STATUS_OK && r->sched.to)
        s = units_parse_ns(r->sched.to, "--to", &q->to_ns, e);
    if (s == STATUS_OK && r->sched.step)
        s = units_parse_ns(r->sched.step, "--step", &q->step_ns, e);
    if (s == STATUS_OK && r->sched.step && q->step_ns == 0)
        s = error_set(e, STATUS_USAGE, "--step must not be 0");
    if (s == STATUS_OK && q->from_ns >= q->to_ns)
        s = error_set(e, STATUS_USAGE, "--from %s is not before --to %s",
                      r->sched.from ? r->sched.from : "0", r->sched.to);
    return s;
}

/* An empty answer would be taken for a quiet machine. */
static enum status check_window(const struct sched_view *v, struct error *e)
{
    char text[32];

    if (v->from_cycle == 0 || v->from_cycle < v->to_cycle)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE, "%s: it ends at %s s, before --from",
                     v->query->path, sched_view_seconds(v, v->to_cycle, text));
}

static enum status show(size_t view, const struct sched_query *q, FILE *in,
                        struct error *e)
{
    struct sched_view v = {.query = q};
    enum status s;

    v.reader = sched_reader_open(in, q->path, e);
    if (!v.reader)
        return STATUS_FILE;
    if (sched_replay_init(&v.replay, &v.reader->host)) {
        v.from_cycle = sched_view_cycles(&v, q->from_ns);
        v.to_cycle = sched_view_cycles(&v, q->to_ns);
        s = views[view].show(&v, e);
        if (s == STATUS_OK)
            s = check_window(&v, e);
        sched_replay_free(&v.replay);
    } else {
        s = error_set(e, STATUS_MEMORY, "out of memory");
    }
    sched_reader_close(v.reader);
    return s;
}

enum status sched_show(const char *view, const struct sched_query *q, FILE *in,
                       struct error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(views); i++)
        if (strcmp(views[i].name, view) == 0)
            return show(i, q, in, e);
    return error_set(e, STATUS_USAGE, "unknown view '%s'", view);
}

static enum status open_log(const char *path, FILE **in, struct error *e)
{
    struct stat st;

    *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (*in && fstat(fileno(*in), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(*in);
        *in = NULL;
        errno = EISDIR;
    }
    if (*in)
        return STATUS_OK;
    return error_set(e, STATUS_FILE, "%s: cannot be read: %s", path,
                     strerror(errno));
}

static int fail(const struct error *e)
{
    fprintf(stderr, "ringside: %s\n", e->text);
    return STATUS_USAGE;
}

static void print_names(void)
{
    for (size_t i = 0; i < ARRAY_LEN(views); i++)
        puts(views[i].name);
}

int cmd_sched(const struct request *r)
{
    struct sched_query q;
    struct error e;
    size_t view;
    FILE *in;
    enum status s;

    if (r->names && r->word_count == 0) {
        print_names();
        return 0;
    }
    s = find_view(r, &view, &e);
    if (s == STATUS_OK)
        s = make_query(r, &q, &e);
    if (s == STATUS_OK)
        s = open_log(q.path, &in, &e);
    if (s != STATUS_OK)
        return fail(&e);
    s = show(view, &q, in, &e);
    if (in != stdin)
        fclose(in);
    if (s == STATUS_OK)
        return 0;
    fflush(stdout);
    return fail(&e);
}
