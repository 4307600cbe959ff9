/*
 * 537-guest-cr8.c - claim: CR8 is the local APIC's task priority, both ways:
 * it holds an interrupt back and lets it in, natively, under nested and under
 * shadow paging, whether MOV to CR8 exits, has a shadow, or is virtual.
 *
 * Intel SDM vol. 3, "Interaction of Task Priorities between CR8 and APIC",
 * "Virtualizing CR8-Based TPR Accesses".
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum {
    MEMORY = 4 << 20,
    IDT = 0x6000,
    GDT = 0x7000,
    HANDLER = 0x8000,
    STACK_TOP = 0xf000,
    PML4 = 0x10000,
    VECTOR = 0x51,
};

// clang-format off
/* Into 64-bit mode; an interrupt to itself, held back by CR8. */
static const uint8_t code[] = {
    0x0f, 0x20, 0xe0, /* mov %cr4,%eax */
    0x0c, 0x20, /* or $0x20,%al */
    0x0f, 0x22, 0xe0, /* mov %eax,%cr4 */
    0xb8, 0x00, 0x00, 0x01, 0x00, /* mov $0x10000,%eax */
    0x0f, 0x22, 0xd8, /* mov %eax,%cr3 */
    0xb9, 0x80, 0x00, 0x00, 0xc0, /* mov $0xc0000080,%ecx */
    0xb8, 0x00, 0x01, 0x00, 0x00, /* mov $0x100,%eax */
    0x31, 0xd2, /* xor %edx,%edx */
    0x0f, 0x30, /* wrmsr */
    0x0f, 0x20, 0xc0, /* mov %cr0,%eax */
    0x0d, 0x00, 0x00, 0x00, 0x80, /* or $0x80000000,%eax */
    0x0f, 0x22, 0xc0, /* mov %eax,%cr0 */
    0xea, 0x30, 0x00, 0x10, 0x00, 0x18, 0x00, /* ljmp 0x18:0x100030 */
    0xbb, 0x00, 0x00, 0xe0, 0xfe, /* mov $0xfee00000,%ebx */
    0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, 0x00, 0x00, /* movl $0x1ff,0xf0(%rbx) */
    0xfb, /* sti */
    0xb8, 0x06, 0x00, 0x00, 0x00, /* mov $0x6,%eax */
    0x44, 0x0f, 0x22, 0xc0, /* mov %rax,%cr8 */
    0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x51, 0x40, 0x04, 0x00, /* movl $0x44051,0x300(%rbx) */
    0x90, /* nop */
    0x89, 0xf2, /* mov %esi,%edx */
    0x8b, 0x8b, 0x80, 0x00, 0x00, 0x00, /* mov 0x80(%rbx),%ecx */
    0x45, 0x0f, 0x20, 0xc1, /* mov %cr8,%r9 */
    0x31, 0xc0, /* xor %eax,%eax */
    0x44, 0x0f, 0x22, 0xc0, /* mov %rax,%cr8 */
    0x90, /* nop */
    0x89, 0xf5, /* mov %esi,%ebp */
    0xc7, 0x83, 0x80, 0x00, 0x00, 0x00, 0x70, 0x00, 0x00, 0x00, /* movl $0x70,0x80(%rbx) */
    0x45, 0x0f, 0x20, 0xc0, /* mov %cr8,%r8 */
    0xb0, 0x2a, /* mov $0x2a,%al */
    0xe6, 0xf4, /* out %al,$0xf4 */
};

static const uint8_t handler[] = {
    0xff, 0xc6, /* inc %esi */
    0xc7, 0x83, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* movl $0x0,0xb0(%rbx) */
    0x48, 0xcf, /* iretq */
};
// clang-format on

/* The first 4 MiB, and the 2 MiB with the local APIC. */
static void put_tables(struct rig *r)
{
    const uint64_t pdpt = PML4 + 0x1000, low = PML4 + 0x2000,
                   high = PML4 + 0x3000;

    rig_put64(r, PML4, pdpt | 3);
    rig_put64(r, pdpt, low | 3);
    rig_put64(r, pdpt + 8 * 3, high | 3);
    rig_put64(r, low, 0x83);
    rig_put64(r, low + 8, 0x200083);
    rig_put64(r, high + 8 * 0x1f7, 0xfee00083);
}

static void start(struct rig *r)
{
    struct cpu_state *s = cpu_state(r->cpu);

    ck_assert(vm_copy_in(r->vm, gpa(HANDLER), handler, sizeof handler));
    put_tables(r);
    rig_put64(r, IDT + 16 * VECTOR,
              HANDLER | 0x18 << 16 | (uint64_t)0x8e00 << 32);
    rig_put64(r, IDT + 16 * VECTOR + 8, 0);
    rig_put64(r, GDT + 8, 0x00cf9b000000ffff);
    rig_put64(r, GDT + 16, 0x00cf93000000ffff);
    rig_put64(r, GDT + 24, 0x00af9b000000ffff);
    s->gdtr = (struct table_register){.base = GDT, .limit = 31};
    s->idtr = (struct table_register){.base = IDT, .limit = 4095};
    s->gpr[REG_RSP] = STACK_TOP;
    s->gpr[REG_RSI] = 0;
    cpu_sync(r->cpu);
}

struct choice {
    const struct technique_ops *technique;
    bool cr8, shadow, flexpriority, apicv;
};

static const struct choice choices[] = {
    {&technique_native, false, false, false, false},
    {&technique_nested, false, false, false, false},
    {&technique_nested, false, true, false, false},
    {&technique_nested, true, true, false, false},
    {&technique_nested, false, true, true, false},
    {&technique_nested, false, true, true, true},
    {&technique_nested, true, true, true, true},
    {&technique_shadow, false, false, false, false},
    {&technique_shadow, false, true, true, true},
    {&technique_shadow, true, true, true, true},
};

START_TEST(test_guest_cr8_is_the_task_priority)
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
    r.hv_config.exit_on.cr8 = c->cr8;
    rig_open(&r, c->technique, MEMORY);
    rig_boot(&r, code, sizeof code);
    start(&r);
    ck_assert_int_eq(rig_run(&r, 10000), RIG_EXITED);
    gpr = cpu_state(r.cpu)->gpr;
    ck_assert_uint_eq(gpr[REG_RDX], 0);    /* held back by CR8 = 6 */
    ck_assert_uint_eq(gpr[REG_RCX], 0x60); /* the TPR */
    ck_assert_uint_eq(gpr[REG_R9], 6);
    ck_assert_uint_eq(gpr[REG_RBP], 1); /* let in by CR8 = 0 */
    ck_assert_uint_eq(gpr[REG_R8], 7);  /* a TPR of 0x70 */
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest cr8");
    TCase *cr8 = tcase_create("cr8");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(cr8, test_guest_cr8_is_the_task_priority, 0,
                        (int)ARRAY_LEN(choices));
    suite_add_tcase(suite, cr8);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
