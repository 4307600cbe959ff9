/*
 * 348-cpu-exit_table.c - claim: each basic exit reason that an instruction
 * causes has its guest here, which provokes exactly it: with the manual's
 * length, qualification and instruction information, after the faults that the
 * manual puts first, with the guest's state as it was; what is conditional
 * does not exit without its control.  No reason of vmexit.def is left out.
 *
 * Intel SDM vol. 3, "Instructions That Cause VM Exits", "Relative Priority of
 * Faults and VM Exits", "Basic VM-Exit Information", appendix "VMX Basic Exit
 * Reasons".
 */
#include "tests/cpu_groups.h"

#define ALWAYS         offsetof(struct guest_control, virt)
#define CONTROL(field) offsetof(struct guest_control, field)
#define ADDRESS_64     (2u << 7)
#define IN_REGISTER    (1u << 10)
#define NO_INDEX       (1u << 22)
#define MEMORY_MASK    0x07c38380u /* address size, segment, no index, base */
/* [rbx+disp], [rbx+rsi*4+disp] */
#define AT_RBX (ADDRESS_64 | SEG_DS << 15 | NO_INDEX | REG_RBX << 23)
#define AT_RBX_RSI                                                             \
    (ADDRESS_64 | SEG_DS << 15 | REG_RSI << 18 | REG_RBX << 23 | 2)
#define REG1(r)   ((uint32_t)(r) << 3)
#define REG2(r)   ((uint32_t)(r) << 28)
#define REG2_MASK 0xf0000000u
#define GP        VECTOR_GP
#define UD        VECTOR_UD
#define EXITS     (-1) /* in ring 3 too */

enum { PORT = 0x80, MSR = 0x10, MOFFS = 8 };

struct row {
    const char *name;
    uint8_t code[8];
    uint8_t length;
    enum vmexit reason;
    size_t control;
    int user; /* what comes first in ring 3 */
    uint64_t qualification;
    uint32_t info, mask; /* of the bits that are defined */
};

// clang-format off
static const struct row rows[] = {
    {"cpuid", {0x0f, 0xa2}, 2, VMEXIT_CPUID, CONTROL(exit_cpuid), EXITS, 0, 0, 0},
    {"hlt", {0xf4}, 1, VMEXIT_HLT, CONTROL(exit_hlt), GP, 0, 0, 0},
    {"invd", {0x0f, 0x08}, 2, VMEXIT_INVD, ALWAYS, GP, 0, 0, 0},
    {"invlpg", {0x0f, 0x01, 0x7b, 8}, 4, VMEXIT_INVLPG, CONTROL(exit_invlpg), GP, AT_DATA + 8, 0, 0},
    {"rdpmc", {0x0f, 0x33}, 2, VMEXIT_RDPMC, CONTROL(exit_rdpmc), GP, 0, 0, 0},
    {"rdtsc", {0x0f, 0x31}, 2, VMEXIT_RDTSC, CONTROL(exit_rdtsc), EXITS, 0, 0, 0},
    {"rdtscp", {0x0f, 0x01, 0xf9}, 3, VMEXIT_RDTSCP, CONTROL(exit_rdtsc), EXITS, 0, 0, 0},
    {"vmcall", {0x0f, 0x01, 0xc1}, 3, VMEXIT_VMCALL, ALWAYS, EXITS, 0, 0, 0},
    {"vmclear [rbx+8]", {0x66, 0x0f, 0xc7, 0x73, 8}, 5, VMEXIT_VMCLEAR, ALWAYS, EXITS, 8, AT_RBX, MEMORY_MASK},
    {"vmlaunch", {0x0f, 0x01, 0xc2}, 3, VMEXIT_VMLAUNCH, ALWAYS, EXITS, 0, 0, 0},
    {"vmptrld [rbx]", {0x0f, 0xc7, 0x33}, 3, VMEXIT_VMPTRLD, ALWAYS, EXITS, 0, AT_RBX, MEMORY_MASK},
    {"vmptrst [rbx-1]", {0x0f, 0xc7, 0x7b, 0xff}, 4, VMEXIT_VMPTRST, ALWAYS, EXITS, UINT64_MAX, AT_RBX, MEMORY_MASK},
    {"vmread [rbx+8],rcx", {0x0f, 0x78, 0x4b, 8}, 4, VMEXIT_VMREAD, ALWAYS, EXITS, 8, AT_RBX | REG2(REG_RCX), MEMORY_MASK | REG2_MASK | IN_REGISTER},
    {"vmread rdx,rcx", {0x0f, 0x78, 0xca}, 3, VMEXIT_VMREAD, ALWAYS, EXITS, 0, REG1(REG_RDX) | IN_REGISTER | REG2(REG_RCX), REG1(15) | REG2_MASK | IN_REGISTER},
    {"vmresume", {0x0f, 0x01, 0xc3}, 3, VMEXIT_VMRESUME, ALWAYS, EXITS, 0, 0, 0},
    {"vmwrite rcx,[rbx+8]", {0x0f, 0x79, 0x4b, 8}, 4, VMEXIT_VMWRITE, ALWAYS, EXITS, 8, AT_RBX | REG2(REG_RCX), MEMORY_MASK | REG2_MASK | IN_REGISTER},
    {"vmwrite rcx,rdx", {0x0f, 0x79, 0xca}, 3, VMEXIT_VMWRITE, ALWAYS, EXITS, 0, REG1(REG_RDX) | IN_REGISTER | REG2(REG_RCX), REG1(15) | REG2_MASK | IN_REGISTER},
    {"vmxoff", {0x0f, 0x01, 0xc4}, 3, VMEXIT_VMXOFF, ALWAYS, EXITS, 0, 0, 0},
    {"vmxon [rbx]", {0xf3, 0x0f, 0xc7, 0x33}, 4, VMEXIT_VMXON, ALWAYS, EXITS, 0, AT_RBX, MEMORY_MASK},
    {"invept rcx,[rbx+rsi*4+8]", {0x66, 0x0f, 0x38, 0x80, 0x4c, 0xb3, 8}, 7, VMEXIT_INVEPT, ALWAYS, EXITS, 8, AT_RBX_RSI | REG2(REG_RCX), MEMORY_MASK | REG2_MASK | 0x3c0003},
    {"invvpid rcx,[rbx+8]", {0x66, 0x0f, 0x38, 0x81, 0x4b, 8}, 6, VMEXIT_INVVPID, ALWAYS, EXITS, 8, AT_RBX | REG2(REG_RCX), MEMORY_MASK | REG2_MASK},
    {"invpcid rcx,[rbx+8]", {0x66, 0x0f, 0x38, 0x82, 0x4b, 8}, 6, VMEXIT_INVPCID, CONTROL(exit_invlpg), GP, 8, AT_RBX | REG2(REG_RCX), MEMORY_MASK | REG2_MASK},
    {"mov cr3,rdi", {0x0f, 0x22, 0xdf}, 3, VMEXIT_CR_ACCESS, CONTROL(exit_cr3_load), GP, 3 | REG_RDI << 8, 0, 0},
    {"mov rdi,cr3", {0x0f, 0x20, 0xdf}, 3, VMEXIT_CR_ACCESS, CONTROL(exit_cr3_store), GP, 3 | 1 << 4 | REG_RDI << 8, 0, 0},
    {"mov cr8,r9", {0x45, 0x0f, 0x22, 0xc1}, 4, VMEXIT_CR_ACCESS, CONTROL(exit_cr8_load), GP, 8 | 9 << 8, 0, 0},
    {"mov r9,cr8", {0x45, 0x0f, 0x20, 0xc1}, 4, VMEXIT_CR_ACCESS, CONTROL(exit_cr8_store), GP, 8 | 1 << 4 | 9 << 8, 0, 0},
    {"mov dr7,rdi", {0x0f, 0x23, 0xff}, 3, VMEXIT_DR_ACCESS, CONTROL(exit_mov_dr), GP, 7 | REG_RDI << 8, 0, 0},
    {"mov rdi,dr0", {0x0f, 0x21, 0xc7}, 3, VMEXIT_DR_ACCESS, CONTROL(exit_mov_dr), GP, 1 << 4 | REG_RDI << 8, 0, 0},
    {"in eax,dx", {0xed}, 1, VMEXIT_IO, CONTROL(exit_io), GP, 3 | 1 << 3 | PORT << 16, 0, 0},
    {"out 0x80,al", {0xe6, PORT}, 2, VMEXIT_IO, CONTROL(exit_io), GP, 1 << 6 | PORT << 16, 0, 0},
    {"insw", {0x66, 0x6d}, 2, VMEXIT_IO, CONTROL(exit_io), GP, 1 | 1 << 3 | 1 << 4 | PORT << 16, ADDRESS_64, 7 << 7},
    {"rep fs outsb", {0xf3, 0x64, 0x6e}, 3, VMEXIT_IO, CONTROL(exit_io), GP, 1 << 4 | 1 << 5 | PORT << 16, ADDRESS_64 | SEG_FS << 15, 7 << 7 | 7 << 15},
    {"rdmsr", {0x0f, 0x32}, 2, VMEXIT_MSR_READ, ALWAYS, GP, 0, 0, 0},
    {"wrmsr", {0x0f, 0x30}, 2, VMEXIT_MSR_WRITE, ALWAYS, GP, 0, 0, 0},
    {"mwait", {0x0f, 0x01, 0xc9}, 3, VMEXIT_MWAIT, CONTROL(exit_mwait), UD, 0, 0, 0},
    {"monitor", {0x0f, 0x01, 0xc8}, 3, VMEXIT_MONITOR, CONTROL(exit_monitor), UD, 0, 0, 0},
    {"pause", {0xf3, 0x90}, 2, VMEXIT_PAUSE, CONTROL(exit_pause), EXITS, 0, 0, 0},
    {"lgdt [rbx+8]", {0x0f, 0x01, 0x53, 8}, 4, VMEXIT_GDTR_IDTR, CONTROL(exit_descriptor_table), GP, 8, AT_RBX | 2u << 28, MEMORY_MASK | 3u << 28},
    {"sidt [rbx+8]", {0x0f, 0x01, 0x4b, 8}, 4, VMEXIT_GDTR_IDTR, CONTROL(exit_descriptor_table), EXITS, 8, AT_RBX | 1u << 28, MEMORY_MASK | 3u << 28},
    {"lldt [rbx+8]", {0x0f, 0x00, 0x53, 8}, 4, VMEXIT_LDTR_TR, CONTROL(exit_descriptor_table), GP, 8, AT_RBX | 2u << 28, MEMORY_MASK | 3u << 28 | IN_REGISTER},
    {"ltr cx", {0x0f, 0x00, 0xd9}, 3, VMEXIT_LDTR_TR, CONTROL(exit_descriptor_table), GP, 0, REG1(REG_RCX) | IN_REGISTER | 3u << 28, REG1(15) | IN_REGISTER | 3u << 28},
    {"wbinvd", {0x0f, 0x09}, 2, VMEXIT_WBINVD, CONTROL(exit_wbinvd), GP, 0, 0, 0},
    {"xsetbv", {0x0f, 0x01, 0xd1}, 3, VMEXIT_XSETBV, ALWAYS, GP, 0, 0, 0},
    {"rdrand r9", {0x49, 0x0f, 0xc7, 0xf1}, 4, VMEXIT_RDRAND, CONTROL(exit_rdrand), EXITS, 0, REG1(9) | 2u << 11, REG1(15) | 3u << 11},
    {"rdseed cx", {0x66, 0x0f, 0xc7, 0xf9}, 4, VMEXIT_RDSEED, CONTROL(exit_rdseed), EXITS, 0, REG1(REG_RCX), REG1(15) | 3u << 11},
    {"xsaves [rbx+64]", {0x0f, 0xc7, 0x6b, 64}, 4, VMEXIT_XSAVES, CONTROL(xss_exit_bitmap) + 1, GP, 64, AT_RBX, MEMORY_MASK},
    {"xrstors [rbx+64]", {0x0f, 0xc7, 0x5b, 64}, 4, VMEXIT_XRSTORS, CONTROL(xss_exit_bitmap) + 1, GP, 64, AT_RBX, MEMORY_MASK},
};

/* These have their tests elsewhere: 340, 344 (exceptions, windows, traps,
   timer, illegal state), 315 (tasks), 345, 346 (the APIC), 213 and 520 (the
   second stage); interrupts and signals come from outside: 514, 532, 536. */
static const enum vmexit events[] = {
    VMEXIT_EXCEPTION, VMEXIT_EXTERNAL_INTERRUPT, VMEXIT_TRIPLE_FAULT,
    VMEXIT_INIT_SIGNAL, VMEXIT_STARTUP_IPI, VMEXIT_INTERRUPT_WINDOW,
    VMEXIT_NMI_WINDOW, VMEXIT_TASK_SWITCH, VMEXIT_INVALID_STATE,
    VMEXIT_MONITOR_TRAP, VMEXIT_TPR_THRESHOLD, VMEXIT_APIC_ACCESS,
    VMEXIT_VIRTUALIZED_EOI, VMEXIT_EPT_VIOLATION, VMEXIT_EPT_MISCONFIG,
    VMEXIT_PREEMPTION_TIMER, VMEXIT_APIC_WRITE,
};
// clang-format on

static struct machine m;
static struct cpu_state *s;
static struct guest_control *g;

static void set_up(void)
{
    machine_init_groups(&m, &(struct machine_options){.timing = TIMING_WINDOW},
                        ALL_GROUPS);
    s = cpu_state(m.cpu);
    g = cpu_control(m.cpu);
    g->virt = VIRT_GUEST;
    g->vpid = 1;
    g->enable_rdtscp = g->enable_invpcid = g->enable_xsaves = true;
    g->exception_bitmap = 1u << VECTOR_GP | 1u << VECTOR_UD;
    machine_put64(&m, AT_TSS + 0x60, (uint64_t)0x68 << 48); /* no I/O bitmap */
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static void enter(unsigned cpl)
{
    machine_enter(&m, cpl);
    s->cr4 |= CR4_OSXSAVE;
    s->xss = 1 << 8;
    s->rflags = RFLAGS_FIXED;
    s->gpr[REG_RBX] = AT_DATA;
    s->gpr[REG_RAX] = UINT32_MAX;
    s->gpr[REG_RCX] = MSR;
    s->gpr[REG_RDX] = PORT;
    s->gpr[REG_RSI] = s->gpr[REG_RDI] = AT_DATA;
    cpu_sync(m.cpu);
}

static void set_control(const struct row *row, bool on)
{
    if (row->control != ALWAYS)
        *((uint8_t *)g + row->control) = on;
}

static struct cpu_event execute(const struct row *row)
{
    machine_put(&m, AT_CODE, row->code, sizeof row->code);
    return machine_step(&m, 1);
}

/* Registers and memory are those before the instruction. */
static void expect_exit(const struct row *row)
{
    struct cpu_state before;
    struct cpu_event e;
    uint8_t data[4096], now[4096];

    memcpy(&before, s, sizeof before);
    memory_copy_out(&m.dram, data, hpa(AT_DATA), sizeof data);
    e = execute(row);
    memory_copy_out(&m.dram, now, hpa(AT_DATA), sizeof now);
    ck_assert_msg(e.kind == CPU_EVENT_EXIT && e.exit.reason == row->reason,
                  "%s: kind %d, reason %d", row->name, (int)e.kind,
                  (int)e.exit.reason);
    ck_assert_msg(e.exit.length == row->length, "%s: %u", row->name,
                  e.exit.length);
    ck_assert_msg(e.exit.qualification == row->qualification, "%s: 0x%llx",
                  row->name, (unsigned long long)e.exit.qualification);
    ck_assert_msg((e.exit.instruction_info & row->mask) == row->info,
                  "%s: 0x%x", row->name, e.exit.instruction_info);
    ck_assert_msg(memcmp(&before, s, sizeof before) == 0, "%s: state",
                  row->name);
    ck_assert_msg(memcmp(data, now, sizeof now) == 0, "%s: memory", row->name);
    ck_assert(!e.exit.trap && !e.exit.vectoring_valid);
}

START_TEST(test_exit_tells_all_about_its_instruction)
{
    const struct row *row = &rows[_i];

    enter(0);
    set_control(row, true);
    expect_exit(row);
}
END_TEST

START_TEST(test_exit_comes_after_faults_of_privilege)
{
    const struct row *row = &rows[_i];
    struct cpu_event e;

    set_control(row, true);
    enter(3);
    if (row->user == EXITS) {
        expect_exit(row);
        return;
    }
    e = execute(row);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_msg(e.exit.reason == VMEXIT_EXCEPTION, "%s", row->name);
    ck_assert_msg(e.exit.vector == row->user, "%s: %u", row->name,
                  e.exit.vector);
}
END_TEST

START_TEST(test_exit_needs_its_control)
{
    const struct row *row = &rows[_i];
    struct cpu_event e;

    if (row->control == ALWAYS)
        return;
    enter(0);
    e = execute(row);
    ck_assert_msg(e.kind != CPU_EVENT_EXIT || e.exit.reason != row->reason,
                  "%s", row->name);
}
END_TEST

/* CPUID claims none of their groups, or the hypervisor enables none. */
static const struct {
    const char *name;
    uint8_t code[6];
} undefined[] = {
    {"getsec", {0x0f, 0x37}},
    {"rsm", {0x0f, 0xaa}},
    {"vmfunc", {0x0f, 0x01, 0xd4}},
    {"encls", {0x0f, 0x01, 0xcf}},
    {"pconfig", {0x0f, 0x01, 0xc5}},
    {"enclv", {0x0f, 0x01, 0xc0}},
    {"umwait", {0xf2, 0x0f, 0xae, 0xf0}},
    {"tpause", {0x66, 0x0f, 0xae, 0xf0}},
};

START_TEST(test_exit_is_none_of_what_is_undefined)
{
    struct cpu_event e;

    enter(0);
    machine_put(&m, AT_CODE, undefined[_i].code, sizeof undefined[_i].code);
    e = machine_step(&m, 1);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_msg(e.exit.reason == VMEXIT_EXCEPTION, "%s", undefined[_i].name);
    ck_assert_uint_eq(e.exit.vector, VECTOR_UD);
}
END_TEST

START_TEST(test_exit_string_goes_before_faults_of_its_memory)
{
    static const struct row outsb = {.name = "outsb", .code = {0x6e}};
    struct cpu_event e;

    enter(0);
    g->exit_io = true;
    s->gpr[REG_RSI] = 0x40000000; /* not mapped */
    e = execute(&outsb);
    ck_assert_int_eq(e.exit.reason, VMEXIT_IO);
    ck_assert_uint_eq(e.exit.port.count, 0);
    ck_assert_uint_eq(e.exit.gva.v, 0x40000000);
}
END_TEST

START_TEST(test_exit_outs_has_its_data_from_the_prefix_segment)
{
    static const struct row outsb = {.name = "", .code = {0x64, 0x6e}};
    struct cpu_event e;

    enter(0);
    g->exit_io = true;
    s->seg[SEG_FS].base = 0x1000;
    machine_put64(&m, AT_DATA + 0x1000, 0x5a);
    e = execute(&outsb);
    ck_assert_int_eq(e.exit.reason, VMEXIT_IO);
    ck_assert_uint_eq(e.exit.gva.v, AT_DATA + 0x1000);
    ck_assert_uint_eq(e.exit.port.data[0], 0x5a);
}
END_TEST

START_TEST(test_exit_lmsw_names_its_operand)
{
    /* lmsw cx; lmsw [rbx+8]; clts */
    static const struct row one = {.name = "", .code = {0x0f, 0x01, 0xf1}};
    static const struct row two = {.name = "", .code = {0x0f, 0x01, 0x73, 8}};
    static const struct row three = {.name = "", .code = {0x0f, 0x06}};
    struct cpu_exit x;

    enter(0);
    g->cr0_mask = g->cr0_shadow = CR0_TS;
    s->gpr[REG_RCX] = 0x55501;
    x = execute(&one).exit;
    ck_assert_int_eq(x.reason, VMEXIT_CR_ACCESS);
    ck_assert_uint_eq(x.qualification, 3 << 4 | (uint64_t)0x5501 << 16);
    machine_put64(&m, AT_DATA + 8, 1);
    x = execute(&two).exit;
    ck_assert_uint_eq(x.qualification, 3 << 4 | 1 << 6 | 1 << 16);
    ck_assert_uint_eq(x.gva.v, AT_DATA + 8);
    x = execute(&three).exit;
    ck_assert_uint_eq(x.qualification, 2 << 4);
}
END_TEST

static bool is_covered(enum vmexit reason)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].reason == reason)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (events[i] == reason)
            return true;
    return false;
}

START_TEST(test_exit_table_leaves_no_reason_out)
{
    static const unsigned numbers[VMEXIT_COUNT] = {
#define VMEXIT(id, number, name, text) [VMEXIT_##id] = number,
#include "sim/record/vmexit.def"
#undef VMEXIT
    };

    for (unsigned i = 0; i < VMEXIT_COUNT; i++)
        ck_assert_msg(numbers[i] >= 0x100 || is_covered((enum vmexit)i),
                      "basic exit reason %u has no row", numbers[i]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("exit_table");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_exit_tells_all_about_its_instruction, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_loop_test(t, test_exit_comes_after_faults_of_privilege, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_loop_test(t, test_exit_needs_its_control, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_loop_test(t, test_exit_is_none_of_what_is_undefined, 0,
                        (int)ARRAY_LEN(undefined));
    tcase_add_test(t, test_exit_string_goes_before_faults_of_its_memory);
    tcase_add_test(t, test_exit_outs_has_its_data_from_the_prefix_segment);
    tcase_add_test(t, test_exit_lmsw_names_its_operand);
    tcase_add_test(t, test_exit_table_leaves_no_reason_out);
    return machine_main(t, "exit_table");
}
