/*
 * scenario_plot.c - figures of a scenario.
 */
#include "sim/machine/scenario/scenario_report.h"

enum status scenario_plot(const char *folder, const struct scenario_results *r,
                          struct error *e)
{
    (void)folder;
    (void)r;
    (void)e;
    return STATUS_OK;
}
