/*
 * Claim: a task gate takes an exception to its task under every technique as
 * natively, also where the hypervisor has not mapped yet what the new task
 * needs: its stack, for the error code, its LDT, and its own page tables.
 *
 * Intel SDM vol. 3, "Task Switching", "Exception Tasks"; "Task Switches" in
 * guest mode: the hypervisor does the switch.
 */
#include "hypervisor-model/presets/presets.h"
#include "tests/guest_rig.h"

enum {
    MEMORY = 8 << 20,
    IDT = 0x6000,
    GDT = 0x7000,
    OLD_TSS = 0x8000,
    NEW_TSS = 0x9000,
    HANDLER = 0xa000,
    OLD_TABLE = 0x10000,
    NEW_TABLE = 0x12000,
    BESIDE = 0x1000,      /* of PDPTEs: their table */
    LDT = 0x600000,       /* nobody has touched either before */
    STACK_TOP = 0x700000, /* grows into the page below */
    SECOND = 0x400000,    /* from here on the tasks' tables differ */
    GP = 13,
    DATA = 0x10,
    OLD = 0x18,
    NEW = 0x20,
    LOCAL = 0x28,
    BAD = 0x48, /* beyond the GDT */
};

/* mov ax,OLD; ltr ax; mov ax,BAD; mov ds,ax */
static const uint8_t code[] = {0x66, 0xb8, OLD, 0x00, 0x0f, 0x00, 0xd8,
                               0x66, 0xb8, BAD, 0x00, 0x8e, 0xd8};

/* pop ebp; mov ebx,ds; mov edx,[LDT + 8]; mov al,42; out 0xf4,al */
static const uint8_t handler[] = {0x5d, 0x8c, 0xdb, 0x8b, 0x15, 0x08, 0x00,
                                  0x60, 0x00, 0xb0, 0x2a, 0xe6, 0xf4};

/* What the new task has of its own. */
struct variant {
    bool ldt;
    enum { NO_PAGING, PAGES_4M, PAE_2M } paging;
};

static const struct variant variants[] = {{false, NO_PAGING}, {true, NO_PAGING},
                                          {false, PAGES_4M},  {true, PAGES_4M},
                                          {false, PAE_2M},    {true, PAE_2M}};

struct outcome {
    uint64_t ebp, ebx, edx, esp, memory, instructions;
};

static uint64_t system_segment(uint64_t base, uint64_t limit, uint64_t type)
{
    return limit | (base & 0xffffff) << 16 | type << 40 | (base >> 24) << 56;
}

/* SDM, figure "32-Bit Task-State Segment (TSS)". */
static void put_new_task(struct rig *r, const struct variant *v)
{
    uint32_t data = v->ldt ? 0xc : DATA; /* entry 1 of the LDT */

    rig_put32(r, NEW_TSS + 0x1c, v->paging == NO_PAGING ? 0 : NEW_TABLE);
    rig_put32(r, NEW_TSS + 0x20, HANDLER);
    rig_put32(r, NEW_TSS + 0x24, 2);
    rig_put32(r, NEW_TSS + 0x38, STACK_TOP);
    rig_put32(r, NEW_TSS + 0x48, DATA); /* ES */
    rig_put32(r, NEW_TSS + 0x4c, 0x08); /* CS */
    rig_put32(r, NEW_TSS + 0x50, DATA); /* SS */
    rig_put32(r, NEW_TSS + 0x54, data); /* DS */
    rig_put32(r, NEW_TSS + 0x60, v->ldt ? LOCAL : 0);
}

static void put_tables(struct rig *r)
{
    rig_put64(r, GDT + 0x08, 0x00cf9b000000ffff);
    rig_put64(r, GDT + DATA, 0x00cf93000000ffff);
    rig_put64(r, GDT + OLD, system_segment(OLD_TSS, 0x67, 0x89));
    rig_put64(r, GDT + NEW, system_segment(NEW_TSS, 0x67, 0x89));
    rig_put64(r, GDT + LOCAL, system_segment(LDT, 0xf, 0x82));
    rig_put64(r, LDT + 8, 0x00cf93000000ffff);
    rig_put64(r, IDT + GP * 8, (uint64_t)NEW << 16 | (uint64_t)0x8500 << 32);
}

/* Both tasks' memory begins with the same 4M; what follows is their own. */
static void use_4m(struct rig *r)
{
    const uint32_t page = PTE_P | PTE_W | PTE_PS;

    rig_put32(r, OLD_TABLE, page);
    rig_put32(r, OLD_TABLE + 4, page);
    rig_put32(r, NEW_TABLE, page);
    rig_put32(r, NEW_TABLE + 4, SECOND | page);
    cpu_state(r->cpu)->cr4 = CR4_PSE;
}

/* The same; PDPTEs before the tables. */
static void use_pae(struct rig *r)
{
    const uint64_t page = PTE_P | PTE_W | PTE_PS;

    for (unsigned i = 0; i < 4; i++) {
        rig_put64(r, OLD_TABLE + BESIDE + i * 8, (i % 2) << 21 | page);
        rig_put64(r, NEW_TABLE + BESIDE + i * 8, i << 21 | page);
    }
    rig_put64(r, OLD_TABLE, (OLD_TABLE + BESIDE) | PTE_P);
    rig_put64(r, NEW_TABLE, (NEW_TABLE + BESIDE) | PTE_P);
    cpu_state(r->cpu)->cr4 = CR4_PAE;
    cpu_state(r->cpu)->pdpte[0] = (OLD_TABLE + BESIDE) | PTE_P;
}

static void use_paging(struct rig *r, const struct variant *v)
{
    struct cpu_state *s = cpu_state(r->cpu);

    if (v->paging == NO_PAGING)
        return;
    if (v->paging == PAGES_4M)
        use_4m(r);
    else
        use_pae(r);
    s->cr3 = OLD_TABLE;
    s->cr0 |= CR0_PG;
}

static struct outcome run(const struct technique_ops *technique,
                          const struct variant *v)
{
    struct cpu_state *s;
    struct outcome o;
    struct rig r;

    rig_defaults(&r);
    rig_open(&r, technique, MEMORY);
    rig_boot(&r, code, sizeof code);
    ck_assert(vm_copy_in(r.vm, gpa(HANDLER), handler, sizeof handler));
    put_tables(&r);
    put_new_task(&r, v);
    s = cpu_state(r.cpu);
    s->gdtr = (struct table_register){.base = GDT, .limit = 0x2f};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    use_paging(&r, v);
    cpu_sync(r.cpu);
    ck_assert_msg(rig_run(&r, 1000) == RIG_EXITED, "%s: %s", technique->name,
                  r.vm->crash);
    ck_assert_uint_eq(r.vm->platform.bus.exit_status, 42);
    s = cpu_state(r.cpu);
    o = (struct outcome){.ebp = s->gpr[REG_RBP],
                         .ebx = s->gpr[REG_RBX],
                         .edx = s->gpr[REG_RDX],
                         .esp = s->gpr[REG_RSP],
                         .memory = rig_hash_memory(&r),
                         .instructions = cpu_retired(r.cpu)};
    rig_close(&r);
    return o;
}

START_TEST(test_task_gate_enters_a_fresh_task_as_native)
{
    const struct variant *v = &variants[_i / 2];
    const struct outcome want = run(&technique_native, v);
    const struct outcome got =
        run(_i % 2 ? &technique_nested : &technique_shadow, v);

    ck_assert_uint_eq(want.ebp, BAD);
    ck_assert_uint_eq(want.esp, STACK_TOP);
    ck_assert_uint_eq(got.ebp, want.ebp);
    ck_assert_uint_eq(got.ebx, want.ebx);
    ck_assert_uint_eq(got.edx, want.edx);
    ck_assert_uint_eq(got.esp, want.esp);
    ck_assert_uint_eq(got.memory, want.memory);
    ck_assert_uint_eq(got.instructions, want.instructions);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest task gate");
    TCase *cases = tcase_create("guest task gate");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(cases, test_task_gate_enters_a_fresh_task_as_native, 0,
                        2 * (int)ARRAY_LEN(variants));
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
