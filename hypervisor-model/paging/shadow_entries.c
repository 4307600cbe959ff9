/*
 * shadow_entries.c - single shadow entries, and the lists that find them: by
 * the frame that a leaf maps, by the table that a table entry points to.
 */
#include <string.h>

#include "hypervisor-model/paging/shadow_internal.h"
#include "sim/core/macros.h"

/* Entries are numbered through all tables; 0 is none. */
static uint32_t entry_number(uint32_t page, unsigned slot)
{
    return (page - 1) * SHADOW_SLOTS + slot + 1;
}

static uint32_t page_of_number(uint32_t number)
{
    return (number - 1) / SHADOW_SLOTS + 1;
}

static unsigned slot_of_number(uint32_t number)
{
    return (number - 1) % SHADOW_SLOTS;
}

static void list_push(struct shadow *s, uint32_t *head, uint32_t number)
{
    s->links[number] = (struct shadow_link){.next = *head};
    if (*head != 0)
        s->links[*head].prev = number;
    *head = number;
}

static void list_remove(struct shadow *s, uint32_t *head, uint32_t number)
{
    struct shadow_link link = s->links[number];

    *(link.prev ? &s->links[link.prev].next : head) = link.next;
    if (link.next != 0)
        s->links[link.next].prev = link.prev;
    s->links[number] = (struct shadow_link){0};
}

/* The list that a present entry is on. */
static uint32_t *list_of(const struct shadow *s, unsigned level, uint64_t entry)
{
    gfn_t frame;

    if (!shadow_is_leaf(level, entry))
        return &s->pages[shadow_child(s, entry)].parents;
    frame = shadow_leaf_gfn(s, level, entry);
    return &s->mapped[level][frame.v >> (9 * (level - 1))];
}

bool shadow_is_listed(const struct shadow *s, uint32_t page, unsigned slot,
                      uint64_t entry)
{
    uint32_t number = entry_number(page, slot);
    struct shadow_link link = s->links[number];
    uint32_t before = link.prev ? s->links[link.prev].next
                                : *list_of(s, s->pages[page].role.level, entry);

    return before == number &&
           (link.next == 0 || s->links[link.next].prev == number);
}

static void write_entry(struct shadow *s, uint32_t page, unsigned slot,
                        uint64_t entry)
{
    hpa_t table = shadow_table(s, page);

    shadow_touch(s, pt_edit_at(shadow_geom(), table, slot), ACCESS_WRITE);
    pt_edit_write(s->dram, shadow_geom(), table, slot, entry);
}

unsigned shadow_next_live(const struct shadow *s, uint32_t page, unsigned slot)
{
    const uint8_t *table = memory_at(s->dram, shadow_table(s, page));

    for (; slot < SHADOW_SLOTS; slot++) {
        uint64_t entry;

        memcpy(&entry, table + slot * sizeof entry, sizeof entry);
        if (entry != 0)
            return slot;
    }
    BUG("a shadow table has fewer entries than were counted");
}

void shadow_drop_entry(struct shadow *s, uint32_t page, unsigned slot)
{
    struct shadow_page *p = &s->pages[page];
    uint64_t entry = shadow_entry(s, page, slot);

    if (entry == 0)
        return;
    list_remove(s, list_of(s, p->role.level, entry), entry_number(page, slot));
    write_entry(s, page, slot, 0);
    p->live--;
    s->flush = true;
}

static void install(struct shadow *s, uint32_t page, unsigned slot,
                    uint64_t entry)
{
    struct shadow_page *p = &s->pages[page];

    list_push(s, list_of(s, p->role.level, entry), entry_number(page, slot));
    write_entry(s, page, slot, entry);
    p->live++;
    s->work_cycles += s->config->shadow_entry_cycles;
}

/* True if the hardware may still hold something that the new entry forbids. */
static bool is_weaker(uint64_t entry, uint64_t before)
{
    const uint64_t rights = PTE_W | PTE_U;

    if (before == 0)
        return false;
    return ((entry ^ before) & PTE_ADDRESS) != 0 ||
           (before & ~entry & rights) != 0 || (~before & entry & PTE_NX) != 0 ||
           ((entry ^ before) & PTE_KEY) != 0;
}

void shadow_set_leaf(struct shadow *s, uint32_t page, unsigned slot,
                     uint64_t entry)
{
    uint64_t before = shadow_entry(s, page, slot);
    bool flush = s->flush || is_weaker(entry, before);

    if (entry == before)
        return;
    if (before != 0 && !shadow_is_leaf(s->pages[page].role.level, before))
        flush = true;
    shadow_drop_entry(s, page, slot);
    if (entry != 0)
        install(s, page, slot, entry);
    s->flush = flush;
}

bool shadow_set_table(struct shadow *s, uint32_t page, unsigned slot,
                      uint32_t child)
{
    uint64_t rights = s->pages[page].role.registers ? 0 : PTE_W | PTE_U | PTE_A;
    uint64_t entry = shadow_table(s, child).v | PTE_P | rights;

    if (shadow_entry(s, page, slot) == entry)
        return false;
    shadow_drop_entry(s, page, slot);
    install(s, page, slot, entry);
    return true;
}

uint64_t shadow_make_leaf(const struct shadow *s, unsigned level, gfn_t frame,
                          const struct shadow_leaf *leaf)
{
    uint64_t entry =
        (s->vm->memory_base.v + gfn_to_gpa(frame).v) | PTE_P | PTE_A;

    entry |= (uint64_t)leaf->key << PTE_KEY_SHIFT;
    if (leaf->access & SHADOW_W)
        entry |= PTE_W | PTE_D;
    if (leaf->access & SHADOW_U)
        entry |= PTE_U;
    if (!(leaf->access & SHADOW_X))
        entry |= PTE_NX;
    if (leaf->global)
        entry |= PTE_G;
    if (level > 1)
        entry |= PTE_PS;
    return entry;
}

bool shadow_is_guarded(const struct shadow *s, gfn_t frame)
{
    uint32_t page = 0;

    if (frame.v >= s->frames || s->tables[frame.v] == 0)
        return false;
    while ((page = shadow_next_of(s, frame, page)) != 0)
        if (!s->pages[page].unsync)
            return true;
    return false;
}

enum shadow_guard shadow_guard_of(const struct shadow *s, gfn_t frame)
{
    if (shadow_is_guarded(s, frame))
        return SHADOW_WRITE_PROTECTED;
    return frame.v < s->frames && s->tables[frame.v] ? SHADOW_OUT_OF_STEP
                                                     : SHADOW_NO_GUARD;
}

/*
 * No mapping of a guest table stays writable; large ones are split later.  A
 * stale one in the TLB, which is on no list, would let writes pass unseen.
 */
void shadow_protect_frame(struct shadow *s, gfn_t frame)
{
    if (frame.v >= s->frames)
        return;
    s->flush = s->flush || s->flush_owed;
    for (uint32_t n = s->mapped[1][frame.v]; n != 0; n = s->links[n].next) {
        uint32_t page = page_of_number(n);
        uint64_t entry = shadow_entry(s, page, slot_of_number(n));

        if (!(entry & PTE_W))
            continue;
        write_entry(s, page, slot_of_number(n), entry & ~PTE_W);
        s->flush = true;
    }
    for (unsigned level = 2; level <= 3; level++) {
        uint32_t *head = &s->mapped[level][frame.v >> (9 * (level - 1))];

        while (*head != 0)
            shadow_drop_entry(s, page_of_number(*head), slot_of_number(*head));
    }
}

void shadow_drop_parents(struct shadow *s, uint32_t page)
{
    uint32_t *head = &s->pages[page].parents;

    while (*head != 0)
        shadow_drop_entry(s, page_of_number(*head), slot_of_number(*head));
}

bool shadow_reaches(const struct shadow *s, uint32_t root, uint32_t page)
{
    uint32_t n;

    if (page == root)
        return true;
    if (s->pages[page].role.level >= s->pages[root].role.level)
        return false; /* what is above it is above the root, too */
    for (n = s->pages[page].parents; n != 0; n = s->links[n].next)
        if (shadow_reaches(s, root, page_of_number(n)))
            return true;
    return false;
}
