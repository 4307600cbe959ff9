/*
 * 349-cpu-cpuid.c - claim: CPUID claims RDTSCP, x2APIC and the TSC deadline
 * exactly if the CPU was made with them, and RDTSCP and its register are there
 * exactly then; AMD's leaves of caches and topology agree with the others.
 *
 * Intel SDM vol. 2, "CPUID", "RDTSCP"; AMD APM vol. 3, "Cache Topology
 * Information", "Processor Topology Information".
 */
#include "sim/cpu/cpu_internal.h"
#include "tests/cpu_groups.h"

enum { EAX, EBX, ECX, EDX };
#define TSC_AUX 0xc0000103u

static struct machine m;

static void make(bool amd, uint64_t groups)
{
    const struct machine_options o = {.timing = TIMING_FAST, .amd = amd};

    machine_init_groups(&m, &o, groups);
}

static bool claims(uint32_t leaf, unsigned reg, unsigned bit)
{
    uint32_t out[4];

    cpu_cpuid(m.cpu, leaf, 0, out);
    return out[reg] >> bit & 1;
}

static int execute(const uint8_t *code, size_t bytes)
{
    cpu_state(m.cpu)->gpr[REG_RCX] = TSC_AUX;
    machine_execute(&m, code, bytes);
    return machine_halted_in(&m);
}

START_TEST(test_cpuid_claims_optional_parts_exactly_if_they_are_there)
{
    const uint64_t all = ALL_GROUPS & ~((uint64_t)1 << FEATURE_RDPID);
    const uint64_t old =
        all & ~((uint64_t)1 << FEATURE_RDTSCP | (uint64_t)1 << FEATURE_X2APIC |
                (uint64_t)1 << FEATURE_TSC_DEADLINE);
    static const uint8_t rdtscp[] = {0x0f, 0x01, 0xf9, 0xf4};
    static const uint8_t rdmsr[] = {0x0f, 0x32, 0xf4};
    bool new = _i;

    make(false, new ? all : old);
    ck_assert(claims(1, ECX, 21) == new);
    ck_assert(claims(1, ECX, 24) == new);
    ck_assert(claims(0x80000001, EDX, 27) == new);
    ck_assert_int_eq(execute(rdtscp, sizeof rdtscp), new ? -1 : VECTOR_UD);
    machine_enter(&m, 0);
    ck_assert_int_eq(execute(rdmsr, sizeof rdmsr), new ? -1 : VECTOR_GP);
    machine_free(&m);
}
END_TEST

START_TEST(test_cpuid_of_amd_tells_caches_and_topology)
{
    uint32_t out[4], size;

    make(true, ALL_GROUPS);
    m.cpu->config.l1d = m.cpu->config.l1i =
        (struct cache_config){.bytes = 32768, .ways = 8};
    m.cpu->config.l2 = (struct cache_config){.bytes = 262144, .ways = 4};
    cpu_cpuid(m.cpu, 0x80000000, 0, out);
    ck_assert_uint_eq(out[EAX], 0x8000001e);
    ck_assert(claims(0x80000001, ECX, 22));
    for (uint32_t i = 0; i < 3; i++) {
        static const uint32_t types[] = {1, 2, 3}, kib[] = {32, 32, 256};

        cpu_cpuid(m.cpu, 0x8000001d, i, out);
        size =
            ((out[EBX] >> 22) + 1) * ((out[EBX] & 0xfff) + 1) * (out[ECX] + 1);
        ck_assert_uint_eq(out[EAX] & 31, types[i]);
        ck_assert_uint_eq(out[EAX] >> 26, 0);
        ck_assert_uint_eq(size, kib[i] << 10);
    }
    cpu_cpuid(m.cpu, 0x8000001d, 4, out);
    ck_assert_uint_eq(out[EAX], 0);
    cpu_cpuid(m.cpu, 0x8000001e, 0, out);
    ck_assert_uint_eq(out[EAX], 0);             /* APIC ID */
    ck_assert_uint_eq(out[EBX] >> 8 & 0xff, 0); /* one thread */
    ck_assert_uint_eq(out[ECX] & 0x7ff, 0);     /* one node */
    cpu_cpuid(m.cpu, 4, 0, out);
    ck_assert_uint_eq(out[EAX], 0); /* Intel's */
    machine_free(&m);
}
END_TEST

START_TEST(test_cpuid_of_intel_has_no_leaf_of_amd)
{
    uint32_t out[4];

    make(false, ALL_GROUPS);
    cpu_cpuid(m.cpu, 0x80000000, 0, out);
    ck_assert_uint_eq(out[EAX], 0x80000008);
    ck_assert(!claims(0x80000001, ECX, 22));
    cpu_cpuid(m.cpu, 0x8000001d, 0, out);
    ck_assert_uint_eq(out[EAX] | out[EBX] | out[ECX] | out[EDX], 0);
    machine_free(&m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("cpuid");

    tcase_add_loop_test(
        t, test_cpuid_claims_optional_parts_exactly_if_they_are_there, 0, 2);
    tcase_add_test(t, test_cpuid_of_amd_tells_caches_and_topology);
    tcase_add_test(t, test_cpuid_of_intel_has_no_leaf_of_amd);
    return machine_main(t, "cpuid");
}
