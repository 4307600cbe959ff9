/*
 * vapic_fixture.h - the machine of cpu_fixture.h with a guest whose local APIC
 * is a virtual-APIC page, and the APIC-access page mapped at VA_PAGE.
 */
#ifndef TESTS_VAPIC_FIXTURE_H
#define TESTS_VAPIC_FIXTURE_H
#include "tests/cpu_fixture.h"

enum {
    AT_VAPIC = 0x900000,
    VECTOR = 0x51,
    TPR = 0x80,
    PPR = 0xa0,
    EOI = 0xb0,
    ISR = 0x100,
    IRR = 0x200,
    ICR = 0x300,
};

#define AT_ACCESS ((uint64_t)0x3ffffff000) /* outside memory */
#define VA_ACCESS ((uint64_t)0x40000000)   /* where it is mapped */

static struct machine m;
static struct guest_control *g;
static struct cpu_state *s;

/* One more level-2 table, with one more 2M page. */
static inline void map_access_page(void)
{
    machine_put64(&m, AT_PDPT + 8, 0xa00000 | 7);
    machine_put64(&m, 0xa00000, (AT_ACCESS & ~(uint64_t)0x1fffff) | 0x87);
}

#define VA_PAGE (VA_ACCESS | (AT_ACCESS & 0x1fffff))

static inline void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_FAST});
    map_access_page();
    g = cpu_control(m.cpu);
    s = cpu_state(m.cpu);
    g->virt = VIRT_GUEST;
    g->vpid = 1;
    g->exit_hlt = true;
    g->tpr_shadow = true;
    g->virtual_apic = hpa(AT_VAPIC);
    g->apic_access = true;
    g->apic_access_page = hpa(AT_ACCESS);
    s->gpr[REG_RBX] = VA_PAGE;
    s->rflags &= ~RFLAGS_IF;
    cpu_sync(m.cpu);
}

static inline void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static inline uint32_t reg(unsigned offset)
{
    return (uint32_t)machine_get64(&m, AT_VAPIC + offset);
}

static inline void set_reg(unsigned offset, uint32_t value)
{
    machine_put(&m, AT_VAPIC + offset, &value, 4);
}

static inline void set_vector(unsigned set, unsigned vector)
{
    set_reg(set + vector / 32 * 16, (uint32_t)1 << vector % 32);
}

static inline struct cpu_event execute(const uint8_t *code, size_t bytes)
{
    s->rip = AT_CODE;
    s->halted = false;
    return machine_execute(&m, code, bytes);
}

static inline struct cpu_exit expect_exit(struct cpu_event e,
                                          enum vmexit reason, uint64_t rip)
{
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, reason);
    ck_assert_uint_eq(s->rip, rip);
    return e.exit;
}

static const uint8_t write_cr8[] = {0x44, 0x0f, 0x22, 0xc1, 0xf4}; /* ecx */

#endif
