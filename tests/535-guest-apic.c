/*
 * 535-guest-apic.c - claim: interrupts of a guest's local APIC come the same
 * natively, under nested and under shadow paging, whatever of the APIC the CPU
 * plays itself: interrupts to itself, held back by the task priority and by
 * IF, and level-triggered ones of the I/O APIC, whose end must reach it.  The
 * exits are those of what the CPU cannot do.
 *
 * Intel SDM vol. 3, "APIC Virtualization and Virtual Interrupts", "Signaling
 * Interrupt Servicing Completion".
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum {
    MEMORY = 4 << 20,
    IDT = 0x6000,
    GDT = 0x7000,
    EDGE_HANDLER = 0x8000,
    LEVEL_HANDLER = 0x8100,
    STACK_TOP = 0xf000,
    EDGE_VECTOR = 0x51,
    LEVEL_VECTOR = 0x61,
};

// clang-format off
/* The 8254's output stays high: a level interrupt until it is set up anew. */
static const uint8_t code[] = {
    0xb0, 0xff, /* mov $0xff,%al */
    0xe6, 0x21, /* out %al,$0x21 */
    0xbb, 0x00, 0x00, 0xe0, 0xfe, /* mov $0xfee00000,%ebx */
    0xbd, 0x00, 0x00, 0xc0, 0xfe, /* mov $0xfec00000,%ebp */
    0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, 0x00, 0x00, /* movl $0x1ff,0xf0(%ebx) */
    0xc7, 0x45, 0x00, 0x14, 0x00, 0x00, 0x00, /* movl $0x14,0x0(%ebp) */
    0xc7, 0x45, 0x10, 0x61, 0x80, 0x00, 0x00, /* movl $0x8061,0x10(%ebp) */
    0xc7, 0x45, 0x00, 0x15, 0x00, 0x00, 0x00, /* movl $0x15,0x0(%ebp) */
    0xc7, 0x45, 0x10, 0x00, 0x00, 0x00, 0x00, /* movl $0x0,0x10(%ebp) */
    0xfb, /* sti */
    0x90, /* nop */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x51, 0x40, 0x04, 0x00, /* movl $0x44051,0x300(%ebx) */
    0x90, /* nop */
    0xc7, 0x83, 0x80, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, /* movl $0x60,0x80(%ebx) */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x51, 0x40, 0x04, 0x00, /* movl $0x44051,0x300(%ebx) */
    0x90, /* nop */
    0x89, 0xf2, /* mov %esi,%edx */
    0xc7, 0x83, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* movl $0x0,0x80(%ebx) */
    0x90, /* nop */
    0xfa, /* cli */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x51, 0x40, 0x04, 0x00, /* movl $0x44051,0x300(%ebx) */
    0x90, /* nop */
    0x89, 0xf1, /* mov %esi,%ecx */
    0xfb, /* sti */
    0x90, /* nop */
    0xb0, 0x30, /* mov $0x30,%al */
    0xe6, 0x43, /* out %al,$0x43 */
    0xb0, 0x10, /* mov $0x10,%al */
    0xe6, 0x40, /* out %al,$0x40 */
    0xb0, 0x00, /* mov $0x0,%al */
    0xe6, 0x40, /* out %al,$0x40 */
    0xf4, /* hlt */
    0x83, 0xff, 0x02, /* cmp $0x2,%edi */
    0x75, 0xfa, /* jne 0x7f */
    0xb0, 0x2a, /* mov $0x2a,%al */
    0xe6, 0xf4, /* out %al,$0xf4 */
};

static const uint8_t edge_handler[] = {
    0x46, /* inc %esi */
    0xc7, 0x83, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* movl $0x0,0xb0(%ebx) */
    0xcf, /* iret */
};

/* The first one leaves the line high: it must come again. */
static const uint8_t level_handler[] = {
    0x47, /* inc %edi */
    0x83, 0xff, 0x02, /* cmp $0x2,%edi */
    0x75, 0x04, /* jne 0xa */
    0xb0, 0x30, /* mov $0x30,%al */
    0xe6, 0x43, /* out %al,$0x43 */
    0xc7, 0x83, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* movl $0x0,0xb0(%ebx) */
    0xcf, /* iret */
};
// clang-format on

static void put_gate(struct rig *r, unsigned vector, uint64_t handler)
{
    rig_put64(r, IDT + 8 * vector,
              handler | 0x08 << 16 | (uint64_t)0x8e00 << 32);
}

static void start(struct rig *r)
{
    struct cpu_state *s = cpu_state(r->cpu);

    ck_assert(vm_copy_in(r->vm, gpa(EDGE_HANDLER), edge_handler,
                         sizeof edge_handler));
    ck_assert(vm_copy_in(r->vm, gpa(LEVEL_HANDLER), level_handler,
                         sizeof level_handler));
    put_gate(r, EDGE_VECTOR, EDGE_HANDLER);
    put_gate(r, LEVEL_VECTOR, LEVEL_HANDLER);
    rig_put64(r, GDT + 8, 0x00cf9b000000ffff);
    rig_put64(r, GDT + 16, 0x00cf93000000ffff);
    s->gdtr = (struct table_register){.base = GDT, .limit = 23};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    s->gpr[REG_RSP] = STACK_TOP;
    s->gpr[REG_RSI] = s->gpr[REG_RDI] = 0;
    cpu_sync(r->cpu);
}

struct choice {
    const struct technique_ops *technique;
    bool shadow, flexpriority, apicv, keep_hlt;
};

static const struct choice choices[] = {
    {&technique_native, false, false, false, false},
    {&technique_nested, false, false, false, false},
    {&technique_nested, true, false, false, false},
    {&technique_nested, true, true, false, false},
    {&technique_nested, true, true, false, true},
    {&technique_nested, true, false, true, false},
    {&technique_nested, true, true, true, false},
    {&technique_nested, true, true, true, true},
    {&technique_shadow, false, false, false, false},
    {&technique_shadow, true, true, true, false},
};

static void expect_exits(const struct rig *r, const struct choice *c)
{
    const uint64_t *n = r->vm->vcpus[0]->counters.value;
    bool page = c->flexpriority && c->technique == &technique_nested;

    ck_assert_uint_eq(n[COUNTER_EXIT_REASON_TPR_THRESHOLD],
                      page && !c->apicv ? 1 : 0);
    ck_assert_uint_eq(n[COUNTER_EXIT_REASON_VIRTUALIZED_EOI],
                      page && c->apicv ? 2 : 0);
    /* SVR: the commands are interrupts to itself. */
    ck_assert_uint_eq(n[COUNTER_EXIT_REASON_APIC_WRITE],
                      page && c->apicv ? 1 : 0);
    /* SVR, three commands, five ends. */
    ck_assert_uint_eq(n[COUNTER_EXIT_REASON_APIC_ACCESS],
                      page && !c->apicv ? 9 : 0);
    if (c->apicv)
        ck_assert_uint_eq(n[COUNTER_EXIT_REASON_INTERRUPT_WINDOW], 0);
    ck_assert_uint_eq(n[COUNTER_EXIT_REASON_HLT] != 0,
                      c->technique != &technique_native && !c->keep_hlt);
}

START_TEST(test_guest_apic_is_the_same_whoever_plays_it)
{
    const struct choice *c = &choices[_i];
    const uint64_t *gpr;
    struct rig r;

    rig_defaults(&r);
    r.hv_config.has_tpr_shadow = r.hv_config.has_apic_access = true;
    r.hv_config.has_apicv = true;
    r.hv_config.tpr_shadow = c->shadow;
    r.hv_config.flexpriority = c->flexpriority;
    r.hv_config.apicv = c->apicv;
    r.hv_config.exit_on.hlt = !c->keep_hlt;
    rig_open(&r, c->technique, MEMORY);
    rig_boot(&r, code, sizeof code);
    start(&r);
    ck_assert_int_eq(rig_run(&r, 10000), RIG_EXITED);
    gpr = cpu_state(r.cpu)->gpr;
    ck_assert_uint_eq(gpr[REG_RSI], 3);
    ck_assert_uint_eq(gpr[REG_RDI], 2);
    ck_assert_uint_eq(gpr[REG_RDX], 1); /* the priority held the second back */
    ck_assert_uint_eq(gpr[REG_RCX], 2); /* IF held the third back */
    expect_exits(&r, c);
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest apic");
    TCase *apic = tcase_create("apic");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(apic, test_guest_apic_is_the_same_whoever_plays_it, 0,
                        (int)ARRAY_LEN(choices));
    suite_add_tcase(suite, apic);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
