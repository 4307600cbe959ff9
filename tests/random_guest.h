/*
 * random_guest.h - a guest of random code, run under every technique: what it
 * must leave behind is what it leaves natively.
 */
#ifndef TESTS_RANDOM_GUEST_H
#define TESTS_RANDOM_GUEST_H
#include "hypervisor-model/presets/presets.h"
#include "sim/core/rng.h"
#include "tests/guest_rig.h"

enum { RANDOM_CODE = 0x100000, RANDOM_CODE_BYTES = 96 << 10 };

struct random_guest {
    uint8_t bytes[RANDOM_CODE_BYTES];
    size_t used;
    struct rng rng;
    uint64_t seed; /* for the generator's own use */
    uint64_t memory_bytes;
    /* Tables, handlers and registers, before it runs. */
    void (*build)(struct rig *r);
    void (*start)(struct cpu_state *s);
    enum cpu_reg checksum; /* the register that holds it */
    bool may_crash;        /* by an access to what is no memory */
};

static inline void emit(struct random_guest *g, const void *bytes, size_t count)
{
    ck_assert_uint_lt(g->used + count, RANDOM_CODE_BYTES);
    memcpy(g->bytes + g->used, bytes, count);
    g->used += count;
}

/* An opcode of one byte and a number of four. */
static inline void emit32(struct random_guest *g, uint8_t opcode,
                          uint32_t value)
{
    emit(g, &opcode, 1);
    emit(g, &value, sizeof value);
}

static inline void rig_write32(struct rig *r, uint64_t at, uint32_t value)
{
    ck_assert(vm_copy_in(r->vm, gpa(at), &value, sizeof value));
}

static inline void rig_write64(struct rig *r, uint64_t at, uint64_t value)
{
    ck_assert(vm_copy_in(r->vm, gpa(at), &value, sizeof value));
}

struct random_result {
    enum rig_end end;
    uint64_t checksum, memory, instructions;
    uint8_t status;
    char crash[160];
};

static inline struct random_result
random_run(struct rig *r, const struct technique_ops *technique,
           const struct random_guest *g)
{
    struct random_result result = {0};

    r->cpu_config.has_pku = r->cpu_config.has_la57 = true;
    r->cpu_config.has_pcid = true;
    rig_open(r, technique, g->memory_bytes);
    rig_boot(r, g->bytes, g->used);
    g->build(r);
    g->start(cpu_state(r->cpu));
    cpu_sync(r->cpu);
    result.end = rig_run(r, 200000);
    result.checksum = cpu_state(r->cpu)->gpr[g->checksum];
    result.instructions = cpu_retired(r->cpu);
    result.status = r->vm->platform.bus.exit_status;
    memcpy(result.crash, r->vm->crash, sizeof result.crash);
    result.memory = rig_hash_memory(r);
    rig_close(r);
    return result;
}

static inline void random_check_same(const struct random_result *want,
                                     const struct random_result *got)
{
    /* Natively a write to nowhere has retired when it is seen. */
    const char *where = strstr(want->crash, " at rip");
    size_t same_bytes = where ? (size_t)(where - want->crash) : 0;

    ck_assert(strncmp(got->crash, want->crash, same_bytes) == 0);
    ck_assert_int_eq(got->end, want->end);
    if (want->end == RIG_CRASHED)
        return;
    ck_assert_uint_eq(got->instructions, want->instructions);
    ck_assert_uint_eq(got->checksum, want->checksum);
    ck_assert_uint_eq(got->status, want->status);
    ck_assert_uint_eq(got->memory, want->memory);
}

/* Native says what is right; the guest must have ended with status 42. */
static inline void random_compare(const struct random_guest *g)
{
    static const struct {
        const struct technique_ops *technique;
        uint8_t host_page_shift;
        bool unsync, no_vpid;
        uint32_t shadow_pages;
    } rows[] = {
        {&technique_nested, 12, false, false, 64},
        {&technique_nested, 21, false, true, 64},
        {&technique_shadow, 12, false, false, 256},
        {&technique_shadow, 12, true, false, 256},
        {&technique_shadow, 21, false, true, 256},
        {&technique_shadow, 21, true, false, 40},
        {&technique_shadow, 12, false, true, 32},
    };
    struct random_result want, got;
    struct rig r;

    rig_defaults(&r);
    want = random_run(&r, &technique_native, g);
    if (want.end != RIG_CRASHED || !g->may_crash) {
        ck_assert_msg(want.end == RIG_EXITED, "%s", want.crash);
        ck_assert_uint_eq(want.status, 42);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rig_defaults(&r);
        r.hv_config.host_page_shift = rows[i].host_page_shift;
        r.hv_config.shadow_unsync = rows[i].unsync;
        r.hv_config.has_vpid = !rows[i].no_vpid;
        r.hv_config.shadow_pages = rows[i].shadow_pages;
        got = random_run(&r, rows[i].technique, g);
        random_check_same(&want, &got);
    }
}

#endif
