#include "sim/machine/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/console.h"
#include "sim/machine/machine_reset.h"
#include "sim/machine/record_fill.h"
#include "sim/machine/screen_show.h"
#include "sim/machine/written.h"

/* A run in the making. */
struct session {
    struct machine machine;
    struct run run;
    const struct session_sinks *sinks;
    struct written out, err;
    struct run_record *record;
};

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};

/* Under nohup the end of the terminal is nothing. */
static bool is_asked(int number)
{
    struct sigaction action;

    return number != SIGHUP || sigaction(number, NULL, &action) != 0 ||
           action.sa_handler != SIG_IGN;
}

void interrupt_block(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(interrupts); i++)
        if (is_asked(interrupts[i]))
            sigaddset(&set, interrupts[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* a write that fails says why */
    signal(SIGXFSZ, SIG_IGN);
}

bool interrupt_pending(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigpending(&set);
    for (size_t i = 0; i < ARRAY_LEN(interrupts); i++)
        if (sigismember(&set, interrupts[i]) == 1 && is_asked(interrupts[i]))
            return true;
    return false;
}

static void drain(struct session *s, struct output *o, int fd,
                  struct written *w)
{
    if (o->bytes == 0)
        return;
    progress_clear(s->sinks->progress);
    written_take(w, o, fd);
}

static void drain_outputs(struct session *s)
{
    struct bus *b;

    if (s->machine.vm_count == 0) /* a reset failed */
        return;
    b = &s->machine.vms[0]->platform.bus;
    /* Without a workload the serial line is what the guest has to say. */
    if (s->machine.config->workload.kind == WORKLOAD_NONE)
        drain(s, &s->machine.vms[0]->platform.bus.console, s->sinks->out_fd,
              &s->out);
    drain(s, &b->out, s->sinks->out_fd, &s->out);
    drain(s, &b->err, s->sinks->err_fd, &s->err);
    if (s->out.error && s->run.end == RUN_GOES_ON)
        run_stop(&s->run, "nobody reads the program's output any more");
}

void session_pump(struct session *s)
{
    drain_outputs(s);
    progress_report(s->sinks->progress, run_instructions(&s->run),
                    run_cycles(&s->run));
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void session_get_shown(const struct session *s, uint64_t shown[2])
{
    shown[0] = larger(s->out.bytes, s->out.shown);
    shown[1] = larger(s->err.bytes, s->err.shown);
}

void session_get_written(const struct session *s, uint64_t written[2])
{
    written[0] = s->out.bytes;
    written[1] = s->err.bytes;
}

void session_set_shown(struct session *s, const uint64_t shown[2])
{
    s->out.shown = shown[0];
    s->err.shown = shown[1];
}

static void run_to_end(struct session *s)
{
    while (s->run.end == RUN_GOES_ON && run_slice(&s->run) == RUN_GOES_ON) {
        session_pump(s);
        if (s->sinks->console)
            console_turn(s->sinks->console, &s->run);
        if (interrupt_pending())
            run_stop(&s->run, "interrupted");
        if (s->run.end != RUN_GOES_ON)
            break;
    }
    drain_outputs(s);
    progress_clear(s->sinks->progress);
    run_assert_ledger(&s->run);
}

static void fill_vcpus(struct session *s)
{
    struct run_record *r = s->record;
    const struct run_point all = run_point_of_all(&s->run);
    struct vcpu_record sum;

    r->boot_exits = s->run.boot_exits;
    r->vcpu_count = s->machine.pcpu_count;
    for (unsigned i = 0; i < r->vcpu_count; i++) {
        const struct run_point one = run_point_of(&s->run, i);

        if (!s->run.measuring) /* all that happened was boot */
            s->run.boot_ends[i] = one;
        r->vcpus[i] = record_since_boot(&one, &s->run.boot_ends[i]);
        exit_times_merge(s->run.measuring ? &r->exits : &r->boot_exits,
                         &s->machine.pcpus[i].vcpu->exit_times);
    }
    if (!s->run.measuring)
        s->run.boot_end = all;
    sum = record_since_boot(&all, &s->run.boot_end);
    r->counters = sum.counters;
    r->ledger = sum.ledger;
    r->cycles = sum.cycles;
    r->boot_counters = s->run.boot_end.counters;
    r->boot_ledger = s->run.boot_end.ledger;
    r->boot_cycles = s->run.boot_end.cycles;
}

static void fill_record(struct session *s)
{
    const struct vm *vm = s->machine.vms[0];
    struct run_record *r = s->record;

    fill_vcpus(s);
    memcpy(r->checkpoints, s->run.checkpoints, sizeof r->checkpoints);
    r->checkpoint_count = s->run.checkpoint_count;
    r->end = s->run.end;
    r->exit_status = vm->platform.bus.exit_status;
    r->resets = s->run.resets;
    r->reset_ended = machine_wants_reset(&s->machine);
    snprintf(r->text, sizeof r->text, "%s", s->run.text);
    record_note_early_end(r, s->machine.config, &vm->platform.bus);
    r->stdout_bytes = s->out.bytes;
    r->stderr_bytes = s->err.bytes;
    r->dropped_bytes =
        vm->platform.bus.out.dropped_bytes + vm->platform.bus.err.dropped_bytes;
    SHA256End(&s->out.sum, r->stdout_sha256);
    SHA256End(&s->err.sum, r->stderr_sha256);
    /* A real kernel talks when all is well, too; if it came to the program,
     * what it said before is no answer. */
    if (r->end != RUN_EXITED || s->machine.region == REGION_FROM_USER)
        record_read_kernel_log(r, &vm->platform.bus.console,
                               s->run.boot_log_bytes);
}

static void keep_saved(const struct session *s)
{
    const struct output *o = &s->machine.vms[0]->platform.bus.saved;

    if (!s->sinks->saved || o->bytes == 0)
        return;
    fwrite(o->data, 1, o->bytes, s->sinks->saved);
    fflush(s->sinks->saved); /* a worker ends without */
}

enum status session_run(const struct session_request *request,
                        struct run_record *record, struct error *e)
{
    struct session s = {.sinks = &request->sinks, .record = record};
    double begin = host_seconds_now();
    enum status status;

    memset(record, 0, sizeof *record);
    snprintf(record->technique, sizeof record->technique, "%s",
             request->technique->name);
    written_init(&s.out);
    written_init(&s.err);
    status = machine_init(&s.machine, request->config, request->technique,
                          request->image, e);
    if (status != STATUS_OK)
        return status;
    if (request->files)
        guest_files_booted(request->files);
    record->startup_seconds = host_seconds_now() - begin;
    run_init(&s.run, &s.machine, s.sinks->trace);
    s.run.trace_vm = s.sinks->trace_vm;
    if (request->driver.serve)
        request->driver.serve(request->driver.data, &s.run, &s);
    run_to_end(&s);
    if (s.machine.vm_count == 0)
        return error_set(e, STATUS_MEMORY, "%s", s.run.text);
    record->host_seconds = host_seconds_now() - begin - record->startup_seconds;
    keep_saved(&s);
    if (request->config->outputs.screen)
        screen_show(&s.machine.vms[0]->platform, stderr);
    fill_record(&s);
    machine_free(&s.machine);
    if (s.out.error && s.out.error != EPIPE)
        return error_set(e, STATUS_FILE,
                         "the program's output cannot be written: %s",
                         strerror(s.out.error));
    return STATUS_OK;
}
