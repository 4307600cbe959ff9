/*
 * 534-guest-debug.c - claim: single steps and breakpoints come behind every
 * instruction of a guest, whoever executes it: the CPU, or the hypervisor in
 * its place after an exit.  The log of #DB is the same natively, under nested
 * and under shadow paging, and what the manual says.
 *
 * Intel SDM vol. 3, "Debug Exceptions", "Single-Step Exception Condition",
 * "Data Memory and I/O Breakpoint Exception Conditions".
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum {
    MEMORY = 4 << 20,
    CODE = 0x100000,
    HANDLER = 0x8000,
    IDT = 0x6000,
    GDT = 0x7000,
    LOG = 0x9000,
    STACK_TOP = 0xf000,
};

// clang-format off
/* Logs where the #DB came and DR6. */
static const uint8_t handler[] = {
    0x50, /* push %eax */
    0x8b, 0x44, 0x24, 0x04, /* mov 0x4(%esp),%eax */
    0x89, 0x07, /* mov %eax,(%edi) */
    0x0f, 0x21, 0xf0, /* mov %db6,%eax */
    0x89, 0x47, 0x04, /* mov %eax,0x4(%edi) */
    0x83, 0xc7, 0x08, /* add $0x8,%edi */
    0x31, 0xc0, /* xor %eax,%eax */
    0x0f, 0x23, 0xf0, /* mov %eax,%db6 */
    0x58, /* pop %eax */
    0xcf, /* iret */
};

/* Paging on, its directory at 0x10000; four breakpoints; then single steps. */
static const uint8_t code[] = {
    0xb8, 0x83, 0x00, 0x00, 0x00, /* mov $0x83,%eax */
    0xa3, 0x00, 0x00, 0x01, 0x00, /* mov %eax,0x10000 */
    0xc7, 0x05, 0xec, 0x0f, 0x01, 0x00, 0x83, 0x00, 0xc0, 0xfe, /* movl $0xfec00083,0x10fec */
    0x0f, 0x20, 0xe0, /* mov %cr4,%eax */
    0x0c, 0x18, /* or $0x18,%al */
    0x0f, 0x22, 0xe0, /* mov %eax,%cr4 */
    0xb8, 0x00, 0x00, 0x01, 0x00, /* mov $0x10000,%eax */
    0x0f, 0x22, 0xd8, /* mov %eax,%cr3 */
    0x0f, 0x20, 0xc0, /* mov %cr0,%eax */
    0x0d, 0x00, 0x00, 0x00, 0x80, /* or $0x80000000,%eax */
    0x0f, 0x22, 0xc0, /* mov %eax,%cr0 */
    0xbf, 0x00, 0x90, 0x00, 0x00, /* mov $0x9000,%edi */
    0xbb, 0x00, 0x00, 0xe0, 0xfe, /* mov $0xfee00000,%ebx */
    0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, 0x00, 0x00, /* movl $0x1ff,0xf0(%ebx) */
    0xb8, 0x18, 0x00, 0x01, 0x00, /* mov $0x10018,%eax */
    0x0f, 0x23, 0xc0, /* mov %eax,%db0 */
    0x8d, 0x83, 0x80, 0x00, 0x00, 0x00, /* lea 0x80(%ebx),%eax */
    0x0f, 0x23, 0xc8, /* mov %eax,%db1 */
    0xb8, 0x00, 0x88, 0x00, 0x00, /* mov $0x8800,%eax */
    0x0f, 0x23, 0xd0, /* mov %eax,%db2 */
    0xb8, 0x80, 0x00, 0x00, 0x00, /* mov $0x80,%eax */
    0x0f, 0x23, 0xd8, /* mov %eax,%db3 */
    0xb8, 0xaa, 0x06, 0xfd, 0x23, /* mov $0x23fd06aa,%eax */
    0x90, /* nop */
    0x0f, 0x23, 0xf8, /* mov %eax,%db7 */
    0x31, 0xc0, /* xor %eax,%eax */
    0xa3, 0x18, 0x00, 0x01, 0x00, /* mov %eax,0x10018 */
    0xff, 0x05, 0x18, 0x00, 0x01, 0x00, /* incl 0x10018 */
    0x87, 0x05, 0x18, 0x00, 0x01, 0x00, /* xchg %eax,0x10018 */
    0x89, 0x83, 0x80, 0x00, 0x00, 0x00, /* mov %eax,0x80(%ebx) */
    0x8b, 0x83, 0x80, 0x00, 0x00, 0x00, /* mov 0x80(%ebx),%eax */
    0xe6, 0x80, /* out %al,$0x80 */
    0xbe, 0x00, 0x88, 0x00, 0x00, /* mov $0x8800,%esi */
    0xb9, 0x03, 0x00, 0x00, 0x00, /* mov $0x3,%ecx */
    0xba, 0x81, 0x00, 0x00, 0x00, /* mov $0x81,%edx */
    0xf3, 0x6e, /* rep outsb %ds:(%esi),(%dx) */
    0x0f, 0xa2, /* cpuid */
    0x31, 0xc0, /* xor %eax,%eax */
    0x0f, 0x23, 0xf8, /* mov %eax,%db7 */
    0x9c, /* pushf */
    0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, /* orl $0x100,(%esp) */
    0x9d, /* popf */
    0x90, /* nop */
    0xb8, 0x07, 0x00, 0x00, 0x00, /* mov $0x7,%eax */
    0x31, 0xc9, /* xor %ecx,%ecx */
    0x0f, 0xa2, /* cpuid */
    0xb9, 0x1b, 0x00, 0x00, 0x00, /* mov $0x1b,%ecx */
    0x0f, 0x32, /* rdmsr */
    0x0f, 0x30, /* wrmsr */
    0xb9, 0x10, 0x00, 0x00, 0x00, /* mov $0x10,%ecx */
    0x0f, 0x32, /* rdmsr */
    0xb9, 0x80, 0x00, 0x00, 0xc0, /* mov $0xc0000080,%ecx */
    0x0f, 0x32, /* rdmsr */
    0x0f, 0x30, /* wrmsr */
    0xe4, 0x81, /* in $0x81,%al */
    0xe6, 0x81, /* out %al,$0x81 */
    0xbe, 0x00, 0x88, 0x00, 0x00, /* mov $0x8800,%esi */
    0xb9, 0x03, 0x00, 0x00, 0x00, /* mov $0x3,%ecx */
    0xba, 0x81, 0x00, 0x00, 0x00, /* mov $0x81,%edx */
    0xf3, 0x6e, /* rep outsb %ds:(%esi),(%dx) */
    0x0f, 0x20, 0xc0, /* mov %cr0,%eax */
    0x0f, 0x22, 0xc0, /* mov %eax,%cr0 */
    0x0f, 0x20, 0xd8, /* mov %cr3,%eax */
    0x0f, 0x22, 0xd8, /* mov %eax,%cr3 */
    0x0f, 0x20, 0xe0, /* mov %cr4,%eax */
    0x0f, 0x22, 0xe0, /* mov %eax,%cr4 */
    0x0f, 0x01, 0x3d, 0x00, 0x10, 0x00, 0x00, /* invlpg 0x1000 */
    0x0f, 0x09, /* wbinvd */
    0x0f, 0x21, 0xc0, /* mov %db0,%eax */
    0x89, 0x83, 0x80, 0x00, 0x00, 0x00, /* mov %eax,0x80(%ebx) */
    0x8b, 0x83, 0x80, 0x00, 0x00, 0x00, /* mov 0x80(%ebx),%eax */
    0xa3, 0x20, 0x00, 0x01, 0x00, /* mov %eax,0x10020 */
    0x83, 0x05, 0x20, 0x00, 0x01, 0x00, 0x04, /* addl $0x4,0x10020 */
    0x0f, 0xba, 0x2d, 0x20, 0x00, 0x01, 0x00, 0x05, /* btsl $0x5,0x10020 */
    0xf0, 0x0f, 0xb1, 0x05, 0x20, 0x00, 0x01, 0x00, /* lock cmpxchg %eax,0x10020 */
    0x0f, 0x31, /* rdtsc */
    0xf4, /* hlt */
    0xf3, 0x90, /* pause */
    0x8c, 0xd0, /* mov %ss,%eax */
    0x8e, 0xd0, /* mov %eax,%ss */
    0xb8, 0x07, 0x00, 0x00, 0x00, /* mov $0x7,%eax */
    0x0f, 0xa2, /* cpuid */
    0x9c, /* pushf */
    0x81, 0x24, 0x24, 0xff, 0xfe, 0xff, 0xff, /* andl $0xfffffeff,(%esp) */
    0x9d, /* popf */
    0xb0, 0x2a, /* mov $0x2a,%al */
    0xe6, 0xf4, /* out %al,$0xf4 */
};

/* Offset in code, cause in DR6. */
struct entry {
    uint32_t at, cause;
};
enum { STEP = 1 << 14 };

static const struct entry expected[] = {
    {0x74, 1},
    {0x7a, 1},
    {0x80, 1},
    {0x86, 2},
    {0x8c, 2},
    {0x8e, 8},
    {0x9d, 4},
    {0xb0, STEP},
    {0xb5, STEP},
    {0xb7, STEP},
    {0xb9, STEP},
    {0xbe, STEP},
    {0xc0, STEP},
    {0xc2, STEP},
    {0xc7, STEP},
    {0xc9, STEP},
    {0xce, STEP},
    {0xd0, STEP},
    {0xd2, STEP},
    {0xd4, STEP},
    {0xd6, STEP},
    {0xdb, STEP},
    {0xe0, STEP},
    {0xe5, STEP},
    {0xe5, STEP},
    {0xe5, STEP},
    {0xe7, STEP},
    {0xea, STEP},
    {0xed, STEP},
    {0xf0, STEP},
    {0xf3, STEP},
    {0xf6, STEP},
    {0xf9, STEP},
    {0x100, STEP},
    {0x102, STEP},
    {0x105, STEP},
    {0x10b, STEP},
    {0x111, STEP},
    {0x116, STEP},
    {0x11d, STEP},
    {0x125, STEP},
    {0x12d, STEP},
    {0x12f, STEP},
    {0x130, STEP},
    {0x132, STEP},
    {0x134, STEP},
    {0x13b, STEP},
    {0x13d, STEP},
    {0x13e, STEP},
    {0x145, STEP},
    {0x146, STEP},
};
// clang-format on

static void start(struct rig *r)
{
    struct cpu_state *s = cpu_state(r->cpu);

    ck_assert(vm_copy_in(r->vm, gpa(HANDLER), handler, sizeof handler));
    rig_put64(r, IDT + 1 * 8, HANDLER | 0x08 << 16 | (uint64_t)0x8e00 << 32);
    rig_put64(r, GDT + 8, 0x00cf9b000000ffff);
    rig_put64(r, GDT + 16, 0x00cf93000000ffff);
    s->gdtr = (struct table_register){.base = GDT, .limit = 23};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    s->gpr[REG_RSP] = STACK_TOP;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i].selector = i == SEG_CS ? 0x08 : 0x10;
    cpu_sync(r->cpu);
}

static void expect_log(struct rig *r)
{
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        struct entry got;

        ck_assert(
            vm_copy_out(r->vm, &got, gpa(LOG + i * sizeof got), sizeof got));
        ck_assert_msg(got.at == CODE + expected[i].at &&
                          (got.cause & 0xe00f) == expected[i].cause,
                      "%s, entry %zu: at 0x%x, DR6 0x%x; expected 0x%x, 0x%x",
                      r->vm->technique->name, i, got.at, got.cause,
                      CODE + expected[i].at, expected[i].cause);
    }
    ck_assert_uint_eq(cpu_state(r->cpu)->gpr[REG_RDI],
                      LOG + ARRAY_LEN(expected) * sizeof(struct entry));
}

/* exits: whatever may exit does, and each instruction besides. */
static void run(const struct technique_ops *technique, bool exits)
{
    struct rig r;

    rig_defaults(&r);
    if (exits)
        r.hv_config.exit_on = (struct hv_intercepts){.hlt = true,
                                                     .pause = true,
                                                     .rdtsc = true,
                                                     .rdpmc = true,
                                                     .mov_dr = true,
                                                     .cr3 = true,
                                                     .cr8 = true,
                                                     .invlpg = true,
                                                     .descriptor_table = true,
                                                     .wbinvd = true,
                                                     .instruction = true};
    rig_open(&r, technique, MEMORY);
    rig_boot(&r, code, sizeof code);
    start(&r);
    ck_assert_int_eq(rig_run(&r, 5000), RIG_EXITED);
    expect_log(&r);
    rig_close(&r);
}

static const struct technique_ops *const techniques[] = {
    &technique_native, &technique_nested, &technique_shadow};

START_TEST(test_guest_debug_exceptions_come_behind_emulated_instructions)
{
    run(techniques[_i], false);
}
END_TEST

START_TEST(test_guest_debug_exceptions_come_if_everything_exits)
{
    run(techniques[_i], true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest debug");
    TCase *debug = tcase_create("debug");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(
        debug, test_guest_debug_exceptions_come_behind_emulated_instructions, 0,
        (int)ARRAY_LEN(techniques));
    tcase_add_loop_test(debug,
                        test_guest_debug_exceptions_come_if_everything_exits, 1,
                        (int)ARRAY_LEN(techniques));
    suite_add_tcase(suite, debug);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
