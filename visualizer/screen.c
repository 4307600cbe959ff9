#define NCURSES_WIDECHAR 1
#include "visualizer/screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* Can it do what ncurses needs at least? */
static bool moves_cursor(const char *term)
{
    bool moves;
    int result;

    if (setupterm(term, STDOUT_FILENO, &result) != OK)
        return false;
    moves = cursor_address != NULL;
    del_curterm(cur_term);
    return moves;
}

enum status screen_check(struct error *e)
{
    const char *term = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(e, STATUS_USAGE,
                         "tui: standard input and output must be a terminal; "
                         "without one use `ringside show VIEW --at MOMENT`");
    if (!term || !*term || strcmp(term, "dumb") == 0 || !moves_cursor(term))
        return error_set(
            e, STATUS_USAGE,
            "tui: the terminal '%.40s' cannot move its cursor; use "
            "`ringside show VIEW --at MOMENT`",
            term ? term : "");
    return STATUS_OK;
}

const char *const screen_palette_names[SCREEN_PALETTES] = {
    [SCREEN_AUTO] = "auto", [SCREEN_MONO] = "mono", [SCREEN_8] = "8",
    [SCREEN_16] = "16",     [SCREEN_256] = "256",
};

bool screen_find_palette(const char *name, enum screen_palette *palette)
{
    for (int i = 0; i < SCREEN_PALETTES; i++)
        if (strcmp(name, screen_palette_names[i]) == 0) {
            *palette = (enum screen_palette)i;
            return true;
        }
    return false;
}

static enum screen_palette most_colours(void)
{
    int colours = has_colors() ? COLORS : 0;

    return colours >= 256  ? SCREEN_256
           : colours >= 16 ? SCREEN_16
           : colours >= 8  ? SCREEN_8
                           : SCREEN_MONO;
}

static int colour_of(const struct style_info *style,
                     enum screen_palette palette)
{
    switch (palette) {
    case SCREEN_8:
        return style->eight;
    case SCREEN_16:
        return style->sixteen;
    case SCREEN_256:
        return style->many;
    case SCREEN_AUTO:
    case SCREEN_MONO:
    case SCREEN_PALETTES:
        break;
    }
    return -1;
}

void screen_set_palette(struct screen *s, enum screen_palette palette)
{
    const char *no_colour = getenv("NO_COLOR");

    if (palette == SCREEN_AUTO && no_colour && *no_colour)
        palette = SCREEN_MONO;
    if (palette == SCREEN_AUTO || palette > most_colours())
        palette = most_colours();
    s->palette = palette;
    for (short i = 0; i < STYLE_COUNT; i++) {
        int colour = colour_of(style_info((enum style)i), palette);

        s->pairs[i] = 0;
        if (colour >= 0 && init_pair((short)(i + 1), (short)colour, -1) == OK)
            s->pairs[i] = (short)(i + 1);
    }
}

void screen_set_mouse(bool on)
{
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0,
              NULL);
    mouseinterval(0);
}

/* A handler has nowhere else to put it. */
static volatile sig_atomic_t asked_to_leave;

static void note_signal(int number)
{
    (void)number;
    asked_to_leave = 1;
}

bool screen_must_leave(void)
{
    return asked_to_leave != 0;
}

static void catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/*
 * A read that finds nothing returns.  Else: behind an event of the mouse that
 * is not in its mask, a button let go, ncurses (6.4) reads on for a key, with
 * nodelay() or without, and the screen would stand until one comes.
 */
static void never_wait(void)
{
    struct termios modes;

    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    modes.c_cc[VMIN] = modes.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    def_prog_mode();
}

void screen_open(struct screen *s, const struct termios *shell,
                 const struct screen_options *options)
{
    memset(s, 0, sizeof *s);
    s->shell = shell;
    catch_signals();
    setlocale(LC_CTYPE, "");
    s->ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    initscr();
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    never_wait();
    set_escdelay(25);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    screen_set_palette(s, options->palette);
    screen_set_mouse(options->mouse);
}

void screen_close(const struct screen *s)
{
    endwin();
    /* A change of the window's size interrupts it. */
    while (tcsetattr(STDIN_FILENO, TCSADRAIN, s->shell) != 0 && errno == EINTR)
        continue;
}

static void put_string(const char *capability)
{
    if (capability)
        putp(capability);
}

void screen_rescue(void)
{
    int result;

    if (setupterm(NULL, STDOUT_FILENO, &result) != OK)
        return;
    put_string(exit_attribute_mode);
    put_string(keypad_local);
    put_string(exit_ca_mode);
    put_string(cursor_normal);
    if (key_mouse) /* the mouse is the terminal's again: xterm, "ctlseqs" */
        fputs("\033[?1000l\033[?1006l", stdout);
    fflush(stdout);
    del_curterm(cur_term);
}

void screen_size(unsigned *width, unsigned *height)
{
    *width = COLS > 0 ? (unsigned)COLS : 1;
    *height = LINES > 0 ? (unsigned)LINES : 1;
    if (*width > GRID_MAX_WIDTH)
        *width = GRID_MAX_WIDTH;
    if (*height > GRID_MAX_HEIGHT)
        *height = GRID_MAX_HEIGHT;
}

static attr_t attributes_of(unsigned style)
{
    unsigned set = style_info((enum style)style)->attributes;

    return (set & CELL_BOLD ? A_BOLD : 0) | (set & CELL_DIM ? A_DIM : 0) |
           (set & CELL_REVERSE ? A_REVERSE : 0);
}

void screen_draw(const struct screen *s, const struct grid *g)
{
    for (unsigned y = 0; y < g->height; y++)
        for (unsigned x = 0; x < g->width; x++) {
            const struct cell *c = &g->cells[(size_t)y * g->width + x];
            uint32_t character = c->character ? c->character : ' ';
            wchar_t text[2] = {
                (wchar_t)(s->ascii ? grid_ascii(character) : character), 0};
            cchar_t wide;

            setcchar(&wide, text, attributes_of(c->style), s->pairs[c->style],
                     NULL);
            mvadd_wch((int)y, (int)x, &wide);
        }
    refresh();
}

static unsigned mouse_key(struct screen *s)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return SCREEN_NO_KEY;
    s->click_x = event.x > 0 ? (unsigned)event.x : 0;
    s->click_y = event.y > 0 ? (unsigned)event.y : 0;
    return event.bstate & BUTTON4_PRESSED   ? SCREEN_WHEEL_UP
           : event.bstate & BUTTON5_PRESSED ? SCREEN_WHEEL_DOWN
           : event.bstate & BUTTON1_PRESSED ? SCREEN_CLICK
                                            : SCREEN_NO_KEY;
}

unsigned screen_key(struct screen *s)
{
    static const struct {
        wint_t code;
        enum screen_key key;
    } keys[] = {
        {KEY_UP, SCREEN_UP},
        {KEY_DOWN, SCREEN_DOWN},
        {KEY_LEFT, SCREEN_LEFT},
        {KEY_RIGHT, SCREEN_RIGHT},
        {KEY_PPAGE, SCREEN_PAGE_UP},
        {KEY_NPAGE, SCREEN_PAGE_DOWN},
        {KEY_HOME, SCREEN_HOME},
        {KEY_END, SCREEN_END},
        {KEY_BACKSPACE, SCREEN_BACKSPACE},
        {KEY_DC, SCREEN_DELETE},
        {KEY_RESIZE, SCREEN_RESIZED},
    };
    unsigned mouse = SCREEN_NO_KEY;
    wint_t code = 0;
    int kind;

    do { /* a key may be read already, behind an event that is nothing */
        kind = get_wch(&code);
        if (kind == KEY_CODE_YES && code == KEY_MOUSE)
            mouse = mouse_key(s);
    } while (kind == KEY_CODE_YES && code == KEY_MOUSE &&
             mouse == SCREEN_NO_KEY);
    if (kind == ERR || mouse != SCREEN_NO_KEY)
        return mouse;
    if (kind != KEY_CODE_YES)
        return code == 0x7f || code == 8 ? SCREEN_BACKSPACE : (unsigned)code;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].code == code)
            return keys[i].key;
    return SCREEN_NO_KEY;
}

void screen_redraw(void)
{
    clearok(stdscr, TRUE);
}

void screen_suspend(const struct screen *s)
{
    def_prog_mode();
    screen_close(s);
    signal(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP);
    reset_prog_mode();
    clearok(stdscr, TRUE);
    refresh();
}
