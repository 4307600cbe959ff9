#include "sim/machine/plot_figure.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/out_file.h"
#include "sim/machine/report.h"

static const char *const colours[PLOT_COLOURS] = {
    "#332288", "#88CCEE", "#CC6677", "#DDCC77", "#117733", "#AA4499",
    "#44AA99", "#882255", "#999933", "#6699CC", "#661100", "#AA4466"};

const char *plot_colour(unsigned n)
{
    return colours[n % ARRAY_LEN(colours)];
}

void plot_put_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text < ' ' ? ' ' : *text, out);
    }
}

void plot_put_csv(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* The macro is between single quotes. */
void plot_put_title(FILE *out, const char *name)
{
    char one[2] = "";

    fputs(" title \"", out);
    for (; *name; name++) {
        one[0] = *name;
        plot_put_quoted(out, one);
        if (*name == '\'')
            fputc('\'', out);
    }
    fputc('"', out);
}

void plot_put_tail_high(FILE *out, const char *name, unsigned height_pixels)
{
    static const char *const terminals[] = {"pngcairo", "svg"};

    for (unsigned i = 0; i < ARRAY_LEN(terminals); i++)
        fprintf(out,
                "set terminal %s size 1100,%u font \"DejaVu Sans,11\" "
                "background \"white\"\n"
                "set output \"%s.%.3s\"\n"
                "plot @figure\n",
                terminals[i], height_pixels, name, terminals[i]);
}

void plot_put_tail(FILE *out, const char *name)
{
    plot_put_tail_high(out, name, 640);
}

/* FOLDER/NAME.ENDING, by the function that knows its content. */
static enum status write_part(const char *path,
                              void (*part)(FILE *, const void *),
                              const void *data, struct error *e)
{
    struct out_file f;
    enum status s = out_file_open(&f, path, e);

    if (s != STATUS_OK)
        return s;
    part(f.stream, data);
    return out_file_commit(&f, e);
}

/* Exit status of gnuplot in folder; 127 if there is no gnuplot. */
static int run_gnuplot(const char *folder, const char *name)
{
    char script[64];
    int status = 0;
    pid_t child;

    snprintf(script, sizeof script, "%s.gp", name);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (chdir(folder) == 0)
            execlp("gnuplot", "gnuplot", script, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void remove_pictures(const char *folder, const char *name)
{
    char path[OUT_PATH_BYTES];

    snprintf(path, sizeof path, "%s/%s.png", folder, name);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s.svg", folder, name);
    unlink(path);
}

enum status plot_draw(const char *folder, const struct plot_figure *f,
                      const void *data, struct error *e)
{
    char path[OUT_PATH_BYTES];
    enum status s;
    int result;

    snprintf(path, sizeof path, "%s/%s.csv", folder, f->name);
    s = write_part(path, f->csv, data, e);
    snprintf(path, sizeof path, "%s/%s.gp", folder, f->name);
    if (s == STATUS_OK)
        s = write_part(path, f->script, data, e);
    if (s != STATUS_OK)
        return s;
    result = run_gnuplot(folder, f->name);
    if (result == 0)
        return STATUS_OK;
    remove_pictures(folder, f->name);
    return error_set(e, STATUS_FILE,
                     result == 127
                         ? "%s/%s.png: not drawn: gnuplot is not installed"
                         : "%s/%s.png: not drawn: gnuplot failed",
                     folder, f->name);
}

/* Like mkdir -p. */
static enum status make_folder(const char *folder, struct error *e)
{
    char path[OUT_PATH_BYTES];
    struct stat st;

    snprintf(path, sizeof path, "%s/", folder);
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            break;
        *p = '/';
    }
    if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode))
        return STATUS_OK;
    return error_set(e, STATUS_FILE, "%s: cannot be made a folder: %s", folder,
                     strerror(errno));
}

enum status plot_prepare(const char *folder, struct error *e)
{
    enum status s = folder ? make_folder(folder, e) : STATUS_OK;

    if (s == STATUS_OK && folder && access(folder, W_OK) != 0)
        s = error_set(e, STATUS_FILE, "%s: cannot be written: %s", folder,
                      strerror(errno));
    return s;
}
