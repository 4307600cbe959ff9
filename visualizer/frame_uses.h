/*
 * frame_uses.h - what each frame of the host's memory is used for.
 *
 * Model     what tables, the hypervisor's pool and the VM's place in memory
 *           tell: nothing is kept for it while the machine runs.
 */
#ifndef VISUALIZER_FRAME_USES_H
#define VISUALIZER_FRAME_USES_H
#include "visualizer/memory_maps.h"

/* The more telling, the later. */
enum frame_use {
    FRAME_FREE,  /* of the host's pool, handed out to nobody */
    FRAME_EMPTY, /* somebody's, but zero as far as was read */
    FRAME_GUEST,
    FRAME_CODE, /* the guest's, of which code has run */
    FRAME_HYPERVISOR,
    FRAME_GUEST_TABLE,
    FRAME_SHADOW,
    FRAME_NESTED,
    FRAME_USES
};

extern const struct map_letter frame_use_infos[FRAME_USES];

struct frame_uses;

/* NULL: no memory. */
struct frame_uses *frame_uses_new(const struct scene *s);
void frame_uses_free(struct frame_uses *u);

/* Frames that are page tables; a table is never FRAME_FREE. */
enum frame_use frame_table_use(const struct frame_uses *u, uint64_t frame);

/* Any frame; never FRAME_EMPTY. */
enum frame_use frame_use(const struct frame_uses *u, uint64_t frame);

/* As far as some of its words tell. */
bool frame_is_zero(const struct frame_uses *u, uint64_t frame);

/* The most telling use among some of these frames, tables before all. */
enum frame_use frame_use_among(const struct frame_uses *u, uint64_t first,
                               uint64_t frames);

#endif
