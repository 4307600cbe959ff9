#include "visualizer/frame_uses.h"

#include <stdlib.h>

#include "visualizer/scene.h"

const struct map_letter frame_use_infos[FRAME_USES] = {
    {"-", "free", STYLE_DIM},          {"\u00b7", "zero", STYLE_DIM},
    {"g", "guest", STYLE_USER},        {"x", "code", STYLE_MEMORY},
    {"h", "hypervisor", STYLE_KERNEL}, {"T", "guest table", STYLE_GUEST},
    {"S", "shadow", STYLE_HYPERVISOR}, {"N", "nested", STYLE_HYPERVISOR},
};

enum { SAMPLES = 32, WORDS = 16 };

struct table_frame {
    uint64_t frame;
    enum frame_use use;
};

struct frame_uses {
    const struct vm *vm;
    struct table_frame *tables; /* sorted */
    size_t count, room;
    bool failed;
};

static void add_table(struct frame_uses *u, uint64_t at, enum frame_use use)
{
    if (u->count == u->room) {
        size_t room = u->room ? 2 * u->room : 256;
        struct table_frame *more = realloc(u->tables, room * sizeof *more);

        u->failed = u->failed || !more;
        if (!more)
            return;
        u->tables = more;
        u->room = room;
    }
    u->tables[u->count++] = (struct table_frame){at / PAGE_BYTES, use};
}

/* to_host: from the tree's addresses to the host's. */
static void add_tree(struct frame_uses *u, const struct table_root *root,
                     uint64_t to_host, enum frame_use use)
{
    struct table_walk walk;
    struct table_row row;

    if (!root->g)
        return;
    if (!root->g->register_level)
        add_table(u, (root->table & PTE_ADDRESS) + to_host, use);
    table_walk_begin(&walk, root);
    while (table_walk_next(&walk, &row))
        if (!row.leaf)
            add_table(u, row.target + to_host, use);
}

static int by_frame(const void *a, const void *b)
{
    const struct table_frame *x = a, *y = b;

    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return x->use < y->use ? 1 : x->use > y->use ? -1 : 0;
}

struct frame_uses *frame_uses_new(const struct scene *s)
{
    const struct vm *vm = scene_pcpu(s)->vcpu->vm;
    struct frame_uses *u = calloc(1, sizeof *u);
    struct table_root root;

    if (!u)
        return NULL;
    u->vm = vm;
    scene_tables(s, TREE_GUEST, &root);
    add_tree(u, &root,
             root.memory.base == vm->hv->dram->base ? 0 : vm->memory_base.v,
             FRAME_GUEST_TABLE);
    scene_tables(s, TREE_SHADOW, &root);
    add_tree(u, &root, 0, FRAME_SHADOW);
    scene_tables(s, TREE_NESTED, &root);
    add_tree(u, &root, 0, FRAME_NESTED);
    if (u->failed) {
        frame_uses_free(u);
        return NULL;
    }
    if (u->count)
        qsort(u->tables, u->count, sizeof *u->tables, by_frame);
    return u;
}

void frame_uses_free(struct frame_uses *u)
{
    if (!u)
        return;
    free(u->tables);
    free(u);
}

/* Index of the first table at or behind frame. */
static size_t first_table(const struct frame_uses *u, uint64_t frame)
{
    size_t low = 0, high = u->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (u->tables[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum frame_use frame_table_use(const struct frame_uses *u, uint64_t frame)
{
    size_t i = first_table(u, frame);

    return i < u->count && u->tables[i].frame == frame ? u->tables[i].use
                                                       : FRAME_FREE;
}

bool frame_is_zero(const struct frame_uses *u, uint64_t frame)
{
    const struct memory *m = u->vm->hv->dram;
    uint64_t sum = 0;

    for (unsigned i = 0; i < WORDS; i++)
        sum |= memory_read64(
            m, hpa(frame * PAGE_BYTES + i * (PAGE_BYTES / WORDS)));
    return sum == 0;
}

/* Frames on the list of those that came back read as their link. */
static enum frame_use use_of_page(const struct frame_uses *u, uint64_t frame)
{
    const struct vm *vm = u->vm;
    const struct memory *m = vm->hv->dram;
    uint64_t at = frame * PAGE_BYTES;
    bool own =
        at >= vm->memory_base.v && at - vm->memory_base.v < vm->memory_end.v;

    if (frame >= vm->hv->pool.next.v)
        return FRAME_FREE;
    if (!own)
        return FRAME_HYPERVISOR;
    return m->code[frame] ? FRAME_CODE : FRAME_GUEST;
}

enum frame_use frame_use(const struct frame_uses *u, uint64_t frame)
{
    enum frame_use use = frame_table_use(u, frame);

    return use != FRAME_FREE ? use : use_of_page(u, frame);
}

enum frame_use frame_use_among(const struct frame_uses *u, uint64_t first,
                               uint64_t frames)
{
    uint64_t step = frames > SAMPLES ? frames / SAMPLES : 1;
    enum frame_use use = FRAME_FREE;

    for (size_t i = first_table(u, first);
         i < u->count && u->tables[i].frame < first + frames; i++)
        if (u->tables[i].use > use)
            use = u->tables[i].use;
    for (uint64_t i = 0; use < FRAME_HYPERVISOR && i < frames; i += step) {
        enum frame_use one = use_of_page(u, first + i);

        if (one != FRAME_FREE && frame_is_zero(u, first + i))
            one = FRAME_EMPTY;
        use = one > use ? one : use;
    }
    return use;
}
