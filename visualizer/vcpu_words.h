/*
 * vcpu_words.h - a vCPU of a scenario in words: where it is, what it does.
 */
#ifndef VISUALIZER_VCPU_WORDS_H
#define VISUALIZER_VCPU_WORDS_H
#include "sim/machine/scenario/scenario_host.h"
#include "visualizer/grid.h"

enum { VCPU_WORDS_BYTES = 64 };

/* A VM on charts: a .. z, then from a again; capital: its vCPU spins. */
char vcpu_letter(unsigned vm, bool spins);

/* One of a few styles, which tell neighbours apart. */
enum style vcpu_style(unsigned vm);

/* "db.1", the VM's name cut so that all fits a width; returns text. */
char *vcpu_name(const struct sched_vcpu *v, unsigned width,
                char text[static VCPU_WORDS_BYTES]);

/* "on 0", "queue 0 #1", "asleep"; returns text. */
char *vcpu_where(const struct sched_vcpu *v, const struct sched_words *words,
                 char text[static VCPU_WORDS_BYTES]);

/*
 * What a modelled one does: "HOLDS lock 0, preempted", "spins for lock 0: .3
 * runs"; .3 is vCPU 3 of its VM.  Of real code, its mode.  Returns text.
 */
char *vcpu_does(const struct scenario_host *h, const struct sched_vcpu *v,
                char text[static VCPU_WORDS_BYTES], enum style *style);

#endif
