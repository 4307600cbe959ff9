/*
 * frame_pool.c - free frames of the host.
 *
 * Model       a line between frames handed out and frames never used, and a
 *             list of frames that came back, linked through their first word.
 *             Frames that alignment skips are lost.
 * INVARIANTS
 *   1. A frame is in at most one place: in use, on the list, or never used.
 *   2. Every frame that is handed out reads as zero.
 */
#include "hypervisor-model/hypervisor.h"

#include "sim/core/macros.h"

enum status hypervisor_init(struct hypervisor *hv,
                            const struct hv_config *config, struct memory *dram,
                            struct error *e)
{
    if (dram->bytes < PAGE_BYTES)
        return error_set(e, STATUS_MEMORY, "the machine has no memory");
    *hv = (struct hypervisor){
        .config = config,
        .dram = dram,
        .pool = {.end = hpa_to_hfn(hpa(dram->bytes))},
    };
    return STATUS_OK;
}

bool frame_alloc(struct hypervisor *hv, hfn_t *frame)
{
    struct frame_pool *pool = &hv->pool;

    if (pool->free_head.v != 0) {
        *frame = pool->free_head;
        pool->free_head = hfn(memory_read64(hv->dram, hfn_to_hpa(*frame)));
        memory_zero(hv->dram, hfn_to_hpa(*frame), PAGE_BYTES);
        pool->used_frames++;
        return true;
    }
    return frame_alloc_range(hv, 1, 1, frame);
}

void frame_free(struct hypervisor *hv, hfn_t frame)
{
    struct frame_pool *pool = &hv->pool;

    if (frame.v == 0 || frame.v >= pool->next.v)
        BUG("freed a frame that the pool did not hand out");
    memory_write64(hv->dram, hfn_to_hpa(frame), pool->free_head.v);
    pool->free_head = frame;
    pool->used_frames--;
}

bool frame_alloc_range(struct hypervisor *hv, uint64_t frames,
                       uint64_t align_frames, hfn_t *first)
{
    struct frame_pool *pool = &hv->pool;
    uint64_t start = (pool->next.v + align_frames - 1) & ~(align_frames - 1);

    if (start > pool->end.v || frames > pool->end.v - start)
        return false;
    *first = hfn(start);
    pool->next = hfn(start + frames);
    pool->used_frames += frames;
    return true;
}
