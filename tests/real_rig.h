/*
 * real_rig.h - a host with VMs of real guest code, for the tests 764 to 785.
 *
 * Order   real_begin, real_add for each VM, real_run (again and again),
 *         questions, real_end.  With "--check" in the host's words every event
 *         is checked.
 */
#ifndef TESTS_REAL_RIG_H
#define TESTS_REAL_RIG_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/guest_load.h"
#include "sim/machine/options.h"
#include "sim/machine/scenario/real_host.h"
#include "sim/machine/session.h"

enum { REAL_MAX_VMS = 16, REAL_MAX_WORDS = 48 };

/* A configuration from words of the command line. */
struct real_words {
    struct request request;
    char line[512];
};

struct real_rig {
    struct real_words host_words;
    struct real_words words[REAL_MAX_VMS];
    struct guest_load guests[REAL_MAX_VMS];
    struct real_vm_config configs[REAL_MAX_VMS];
    struct sched_vm_config vms[REAL_MAX_VMS];
    struct host_vm rows[REAL_MAX_VMS];
    unsigned vm_count;
    struct host_config host_config;
    struct host host;
    struct real_host *real;
    uint64_t now_cycle;
};

static inline const struct config *real_parse(struct real_words *w,
                                              const char *words)
{
    char *argv[REAL_MAX_WORDS + 1] = {0};
    struct error e = {""};
    int argc = 0;

    snprintf(w->line, sizeof w->line, "ringside run -q %s", words);
    for (char *at = strtok(w->line, " "); at; at = strtok(NULL, " ")) {
        ck_assert_int_lt(argc, REAL_MAX_WORDS);
        argv[argc++] = at;
    }
    ck_assert_msg(request_parse(&w->request, argc, argv, &e) == STATUS_OK, "%s",
                  e.text);
    return &w->request.config;
}

/* words: of ringside run, as the profile, parameters and --check. */
static inline struct real_rig *real_begin(const char *policy, unsigned pcpus,
                                          const char *words)
{
    struct real_rig *r = calloc(1, sizeof *r);
    char line[400];
    struct error e = {""};
    const struct config *c;

    ck_assert_ptr_nonnull(r);
    snprintf(line, sizeof line, "%s syscall", words);
    c = real_parse(&r->host_words, line);
    ck_assert(config_set(&r->host_words.request.config, "sched.policy", policy,
                         &e) == STATUS_OK);
    r->host_config =
        (struct host_config){.sched = {.sched = &c->hv.sched,
                                       .topology = {.pcpus = pcpus,
                                                    .threads_per_core = 1,
                                                    .nodes = 1}},
                             .khz = c->cpu.tsc_khz,
                             .smt_permille = 1000,
                             .quantum_cycles = c->smp_quantum_cycles,
                             .check = c->hv.check};
    return r;
}

/* One VM: as `ringside run WORDS` would run it alone.  Returns its number. */
static inline unsigned real_add(struct real_rig *r, const char *words)
{
    unsigned n = r->vm_count++;
    const struct config *c;
    struct error e = {""};

    ck_assert_uint_lt(n, REAL_MAX_VMS);
    c = real_parse(&r->words[n], words);
    ck_assert_msg(guest_load(&r->guests[n], c, -1, &e) == STATUS_OK, "%s",
                  e.text);
    r->configs[n] = (struct real_vm_config){
        .what = {c, c->techniques[0], &r->guests[n].image},
        .out_fd = -1,
        .err_fd = -1};
    snprintf(r->vms[n].name, sizeof r->vms[n].name, "vm%u", n);
    r->vms[n].vcpus = c->vcpus;
    r->vms[n].weight = 256;
    r->vms[n].affinity = pcpu_set_first(r->host_config.sched.topology.pcpus);
    r->rows[n].stop_cycle = UINT64_MAX;
    return n;
}

/* Another guest in the place of the one that the words named: code that is
   entered as PVH says, at 1 MiB. */
static inline void real_set_code(struct real_rig *r, unsigned vm,
                                 const uint8_t *code, size_t bytes)
{
    struct kernel_image *k = &r->guests[vm].image.kernel;

    memset(k, 0, sizeof *k);
    k->format = KERNEL_ELF;
    k->elf.data = code;
    k->elf.segment_count = 1;
    k->elf.segments[0] = (struct elf_segment){
        .pa = 0x100000, .file_bytes = bytes, .memory_bytes = bytes};
    k->elf.pvh_entry = 0x100000;
}

static inline void real_build(struct real_rig *r)
{
    const struct real_host_config config = {&r->host_words.request.config,
                                            r->host_config.sched.topology,
                                            r->configs, r->vm_count};
    struct error e = {""};

    r->real = real_host_new(&config, &e);
    ck_assert_msg(r->real != NULL, "%s", e.text);
    for (unsigned n = 0; n < r->vm_count; n++)
        real_host_join(r->real, n, n, &r->rows[n]);
    r->host_config.sched.vms = r->vms;
    r->host_config.sched.vm_count = r->vm_count;
    ck_assert_msg(host_init(&r->host, &r->host_config, r->rows, &e) ==
                      STATUS_OK,
                  "%s", e.text);
    real_host_attach(r->real, &r->host);
}

/* Runs on for so many ms, or until all VMs have ended. */
static inline void real_run(struct real_rig *r, uint64_t ms)
{
    uint64_t slice = r->host_config.khz, end;
    struct error e = {""};

    if (!r->real)
        real_build(r);
    end = r->now_cycle + ms * r->host_config.khz;
    while (r->now_cycle < end && !real_host_finished(r->real)) {
        r->now_cycle += slice;
        ck_assert_msg(host_run(&r->host, r->now_cycle, &e), "%s", e.text);
    }
}

static inline struct run_record real_record(const struct real_rig *r,
                                            unsigned vm)
{
    struct run_record record;

    real_host_record(r->real, vm, &record);
    return record;
}

/* The same VM alone on a machine of its own. */
static inline struct run_record real_alone(const char *words)
{
    struct real_words *w = calloc(1, sizeof *w);
    const struct config *c = real_parse(w, words);
    struct guest_load guest;
    struct run_record record;
    struct progress progress;
    struct error e = {""};

    progress_init(&progress, false);
    ck_assert_msg(guest_load(&guest, c, -1, &e) == STATUS_OK, "%s", e.text);
    ck_assert_msg(
        session_run(
            &(struct session_request){
                .config = c,
                .technique = c->techniques[0],
                .image = &guest.image,
                .sinks = {.out_fd = -1, .err_fd = -1, .progress = &progress}},
            &record, &e) == STATUS_OK,
        "%s", e.text);
    guest_load_free(&guest);
    request_free(&w->request);
    free(w);
    return record;
}

/* Of all that VMs ran, how much this one did: 0 .. 1. */
static inline double real_share(const struct real_rig *r, unsigned vm)
{
    const struct sched *s = &r->host.dispatch.sched;
    uint64_t all = 0, own = 0;

    for (unsigned i = 0; i < s->vcpu_count; i++) {
        uint64_t ran = dispatch_state_cycles(&s->vcpus[i], SCHED_RUNNING,
                                             r->host.now_cycle);

        all += ran;
        own += s->vcpus[i].vm->id == vm ? ran : 0;
    }
    return (double)own / (double)all;
}

static inline void real_end(struct real_rig *r)
{
    if (r->real) {
        host_free(&r->host);
        real_host_free(r->real);
    }
    for (unsigned n = 0; n < r->vm_count; n++) {
        guest_load_free(&r->guests[n]);
        request_free(&r->words[n].request);
    }
    request_free(&r->host_words.request);
    free(r);
}

/* A program ended as it does alone: same output, same exit status. */
static inline void real_ended_as(const struct run_record *shared,
                                 const struct run_record *alone)
{
    ck_assert_msg(shared->end == alone->end && alone->end == RUN_EXITED,
                  "ended by %d: %s", (int)shared->end, shared->text);
    ck_assert_int_eq(shared->exit_status, alone->exit_status);
    ck_assert_uint_eq(shared->stdout_bytes, alone->stdout_bytes);
    ck_assert_str_eq(shared->stdout_sha256, alone->stdout_sha256);
    ck_assert_str_eq(shared->stderr_sha256, alone->stderr_sha256);
}

static inline int real_main(const char *name, const TTest *const *tests,
                            size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
