/*
 * sched_gang.h - what the files of gang scheduling share: sched_gang.c (whose
 * turn it is), sched_gang_matrix.c (rows and columns).
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_GANG_H
#define HYPERVISOR_MODEL_SCHED_SCHED_GANG_H
#include "hypervisor-model/sched/sched.h"

enum { GANG_WEIGHT = 256, GANG_NO_COLUMN = SCHED_MAX_PCPUS };

struct gang_host {
    unsigned rows; /* in use: 0 .. rows - 1 */
    unsigned row;  /* whose slot it is */
    bool loose;    /* a row may have room for VMs of later ones */
    uint64_t slot_end_ns;
    struct sched_vcpu *plan[SCHED_MAX_PCPUS]; /* NULL: a hole */
};

struct gang_vm {
    unsigned started; /* vCPUs; 0: it has no place */
    unsigned row;
    struct sched_vm *next; /* in its row */
    /* There are no more rows than VMs: row n's first VM is kept by VM n. */
    struct sched_vm *row_first;
};

struct gang_vcpu {
    unsigned column;
};

static inline struct gang_host *gang_host(const struct sched *s)
{
    return s->data;
}

static inline struct gang_vm *gang_vm(const struct sched_vm *vm)
{
    return vm->data;
}

static inline unsigned gang_column(const struct sched_vcpu *v)
{
    return ((const struct gang_vcpu *)v->data)->column;
}

static inline struct sched_vm *gang_first_of_row(const struct sched *s,
                                                 unsigned row)
{
    return gang_vm(&s->vms[row])->row_first;
}

/* vm starts: a place for each of its vCPUs, in the first row with room. */
void gang_give_places(struct sched *s, struct sched_vm *vm);
void gang_take_places(struct sched *s, struct sched_vm *vm);

/* VMs of later rows come to earlier ones with room, if they do not run; before
   who runs is planned. */
void gang_compact(struct sched *s);

#endif
