/*
 * scenario_csv.c - a scenario's results as CSV: a row for each VM of each run.
 */
#include <inttypes.h>

#include "sim/machine/plot_figure.h"
#include "sim/machine/scenario/scenario_report.h"

static void put_latency(FILE *out, const struct scenario_result *run,
                        const struct latency *l)
{
    fprintf(out, ",%.3f,%.3f,%.3f", scenario_us(run, latency_permille(l, 500)),
            scenario_us(run, latency_permille(l, 990)),
            scenario_us(run, l->greatest));
}

static void put_count(FILE *out, uint64_t count)
{
    fprintf(out, ",%" PRIu64, count);
}

static void put_vm(FILE *out, const struct scenario_result *run,
                   const struct vm_result *v)
{
    const struct phase_counts *c = &v->counts;

    plot_put_csv(out, run->job->label);
    fprintf(out, ",%s,%u,%" PRIu32 ",%.6f,%.6f,%.6f,%.6f,%.6f", v->name,
            v->vcpus, v->weight, v->obtained, v->entitled, v->due, v->steal,
            v->blocked);
    put_latency(out, run, &v->wake);
    put_latency(out, run, &v->wait);
    put_count(out, c->done);
    put_count(out, v->switches);
    put_count(out, v->migrations);
    put_count(out, v->deadline_misses);
    put_count(out, c->requests);
    put_count(out, c->requests_lost);
    put_latency(out, run, &c->response);
    put_count(out, c->spin_cycles);
    put_count(out, c->ple_exits);
    put_count(out, c->halts);
    put_count(out, c->kicks);
    put_count(out, c->shootdowns);
    put_count(out, v->guest.instructions);
    put_count(out, v->guest.cycles);
    fputc('\n', out);
}

void scenario_csv(FILE *out, const struct scenario_results *r)
{
    fputs("run,vm,vcpus,weight,cpu,entitled,due,steal,blocked,"
          "wake_p50_us,wake_p99_us,wake_max_us,"
          "wait_p50_us,wait_p99_us,wait_max_us,"
          "done,switches,migrations,deadline_misses,requests,requests_lost,"
          "response_p50_us,response_p99_us,response_max_us,"
          "spin_cycles,ple_exits,halts,kicks,shootdowns,"
          "guest_instructions,guest_cycles\n",
          out);
    for (unsigned i = 0; i < r->count; i++)
        for (unsigned n = 0; n < r->runs[i].vm_count; n++)
            put_vm(out, &r->runs[i], &r->runs[i].vms[n]);
}
