#include "visualizer/tui.h"

#include <poll.h>
#include <unistd.h>

static void take_keys(struct tui *t)
{
    unsigned key;

    while (!t->quit && (key = screen_key(&t->screen)) != SCREEN_NO_KEY) {
        if (key == SCREEN_RESIZED)
            tui_lay_out(t);
        else if (key >= SCREEN_WHEEL_UP && key <= SCREEN_CLICK)
            tui_take_mouse(t, key);
        else if (t->prompt)
            tui_prompt_key(t, key);
        else
            tui_take_key(t, key);
    }
}

void tui_await(struct tui *t, int keys)
{
    struct pollfd fds[TUI_MAX_LINES + 1] = {{.fd = keys, .events = POLLIN}};

    for (unsigned i = 0; i < t->count; i++)
        fds[i + 1] = (struct pollfd){.fd = t->lines[i].fd, .events = POLLIN};
    if (poll(fds, t->count + 1, tui_wait_ms(t)) < 0)
        return; /* a signal: fds say nothing */
    if (fds[0].revents & (POLLHUP | POLLERR))
        t->quit = true; /* hung up, and maybe no shell says so */
    for (unsigned i = 0; i < t->count; i++)
        if (fds[i + 1].revents)
            tui_take_reply(t, &t->lines[i]);
}

void tui_run(struct tui *t, const struct milestone *begin)
{
    t->look.steps = LOOK_ALL_STEPS;
    tui_lay_out(t);
    tui_set_speed(t, TUI_UNLIMITED);
    t->status[0] = '\0';
    tui_move(t, SEAT_REACH, begin);
    while (!t->quit && !t->lost && !screen_must_leave()) {
        tui_tick(t);
        tui_await(t, STDIN_FILENO);
        take_keys(t);
        tui_draw(t);
    }
}
