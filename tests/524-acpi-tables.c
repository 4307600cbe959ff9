/*
 * Claim: the ACPI tables (ACPI 6.4, "ACPI System Description Tables") and the
 * MP table (Intel MultiProcessor Specification 1.4) have right checksums and
 * lengths, lead from one to the next, and say what the platform has.  Where
 * Intel's disassembler (iasl) is installed, it must read the DSDT and find no
 * fault in what it read.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/devices/acpi.h"
#include "sim/devices/mptable.h"

struct tables {
    uint8_t data[ACPI_TABLES_BYTES];
    size_t bytes;
};

static void build(struct tables *t, enum platform_id platform, unsigned vcpus)
{
    memset(t, 0xcc, sizeof *t);
    t->bytes = acpi_build(&(struct acpi_config){.platform = platform,
                                                .vcpus = vcpus,
                                                .at = gpa(ACPI_TABLES_AT)},
                          t->data, sizeof t->data);
}

static uint64_t field(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static unsigned sum(const uint8_t *at, size_t bytes)
{
    uint8_t total = 0;

    for (size_t i = 0; i < bytes; i++)
        total = (uint8_t)(total + at[i]);
    return total;
}

/* The table at an address, with its signature, length and checksum right. */
static const uint8_t *table_at(const struct tables *t, uint64_t at,
                               const char *signature)
{
    const uint8_t *table = t->data + (at - ACPI_TABLES_AT);
    size_t bytes;

    ck_assert_uint_ge(at, ACPI_TABLES_AT);
    ck_assert_uint_lt(at, ACPI_TABLES_AT + t->bytes);
    bytes = field(table + 4, 4);
    ck_assert_mem_eq(table, signature, 4);
    ck_assert_uint_le(at + bytes, ACPI_TABLES_AT + t->bytes);
    ck_assert_uint_eq(sum(table, bytes), 0);
    return table;
}

/* By XSDT; the RSDT must say the same. */
static const uint8_t *find(const struct tables *t, const char *signature)
{
    const uint8_t *xsdt = table_at(t, field(t->data + 24, 8), "XSDT");
    const uint8_t *rsdt = table_at(t, field(t->data + 16, 4), "RSDT");
    size_t count = (field(xsdt + 4, 4) - 36) / 8;

    ck_assert_uint_eq((field(rsdt + 4, 4) - 36) / 4, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t at = field(xsdt + 36 + 8 * i, 8);

        ck_assert_uint_eq(field(rsdt + 36 + 4 * i, 4), at);
        if (memcmp(t->data + (at - ACPI_TABLES_AT), signature, 4) == 0)
            return table_at(t, at, signature);
    }
    ck_abort_msg("no %s", signature);
    return NULL;
}

START_TEST(test_acpi_rsdp_both_checksums)
{
    struct tables t;

    build(&t, _i ? PLATFORM_MICROVM : PLATFORM_PC, 1);
    ck_assert_mem_eq(t.data, "RSD PTR ", 8);
    ck_assert_uint_eq(sum(t.data, 20), 0);
    ck_assert_uint_eq(sum(t.data, 36), 0);
    ck_assert_uint_eq(t.data[15], 2);
    ck_assert_uint_eq(field(t.data + 20, 4), 36);
}
END_TEST

START_TEST(test_acpi_isa_platform_has_none)
{
    struct tables t;

    build(&t, PLATFORM_ISA, 1);
    ck_assert_uint_eq(t.bytes, 0);
    ck_assert_uint_eq(t.data[0], 0xcc);
}
END_TEST

START_TEST(test_acpi_fadt_pc_fixed_hardware)
{
    struct tables t;
    const uint8_t *fadt, *facs;

    build(&t, PLATFORM_PC, 1);
    fadt = find(&t, "FACP");
    ck_assert_uint_eq(field(fadt + 4, 4), 276);
    table_at(&t, field(fadt + 140, 8), "DSDT");
    ck_assert_uint_eq(field(fadt + 40, 4), field(fadt + 140, 8));
    facs = t.data + (field(fadt + 36, 4) - ACPI_TABLES_AT);
    ck_assert_mem_eq(facs, "FACS", 4);
    ck_assert_uint_eq(field(fadt + 36, 4) % 64, 0);
    ck_assert_uint_eq(field(fadt + 46, 2), 9);
    ck_assert_uint_eq(field(fadt + 56, 4), 0x600);
    ck_assert_uint_eq(field(fadt + 64, 4), 0x604);
    ck_assert_uint_eq(field(fadt + 76, 4), 0x608);
    ck_assert_uint_eq(fadt[88], 4);                   /* PM1_EVT_LEN */
    ck_assert_uint_eq(fadt[89], 2);                   /* PM1_CNT_LEN */
    ck_assert_uint_eq(fadt[91], 4);                   /* PM_TMR_LEN */
    ck_assert_uint_eq(field(fadt + 152, 8), 0x600);   /* X_PM1a_EVT_BLK */
    ck_assert_uint_eq(field(fadt + 176, 8), 0x604);   /* X_PM1a_CNT_BLK */
    ck_assert_uint_eq(field(fadt + 212, 8), 0x608);   /* X_PM_TMR_BLK */
    ck_assert_uint_eq(field(fadt + 112, 4) >> 20, 0); /* not reduced */
}
END_TEST

START_TEST(test_acpi_fadt_microvm_hardware_reduced)
{
    struct tables t;
    const uint8_t *fadt;

    build(&t, PLATFORM_MICROVM, 1);
    fadt = find(&t, "FACP");
    ck_assert_uint_eq(field(fadt + 112, 4) >> 20 & 1, 1);
    ck_assert_uint_eq(field(fadt + 36, 4), 0); /* no FACS */
    ck_assert_uint_eq(field(fadt + 56, 4), 0); /* no PM1 */
    ck_assert_uint_eq(field(fadt + 120, 8), 0x60e);
    ck_assert_uint_eq(fadt[128], 1);
    ck_assert_uint_eq(field(fadt + 248, 8), 0x60c);
    ck_assert_uint_eq(field(fadt + 260, 8), 0x60d);
    table_at(&t, field(fadt + 140, 8), "DSDT");
}
END_TEST

/* Entries of the MADT by type. */
START_TEST(test_acpi_madt_one_entry_a_processor)
{
    static const unsigned counts[] = {1, 2, 16};
    unsigned seen[8] = {0}, vcpus = counts[_i];
    struct tables t;
    const uint8_t *madt, *e;

    build(&t, PLATFORM_PC, vcpus);
    madt = find(&t, "APIC");
    ck_assert_uint_eq(field(madt + 36, 4), 0xfee00000);
    for (e = madt + 44; e < madt + field(madt + 4, 4); e += e[1]) {
        ck_assert_uint_gt(e[1], 0);
        ck_assert_uint_lt(e[0], 8);
        if (e[0] == 0) {
            ck_assert_uint_eq(e[3], seen[0]);
            ck_assert_uint_eq(field(e + 4, 4), 1);
        } else if (e[0] == 1) {
            ck_assert_uint_eq(field(e + 4, 4), 0xfec00000);
        }
        seen[e[0]]++;
    }
    ck_assert_ptr_eq(e, madt + field(madt + 4, 4));
    ck_assert_uint_eq(seen[0], vcpus);
    ck_assert_uint_eq(seen[1], 1);
    ck_assert_uint_eq(seen[4], 1);
}
END_TEST

static bool contains(const uint8_t *at, size_t bytes, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= bytes; i++)
        if (memcmp(at + i, text, length) == 0)
            return true;
    return false;
}

START_TEST(test_acpi_dsdt_names_virtio_and_off)
{
    struct tables t;
    const uint8_t *dsdt;
    size_t bytes;

    build(&t, PLATFORM_MICROVM, 1);
    dsdt = table_at(&t, field(find(&t, "FACP") + 140, 8), "DSDT");
    bytes = field(dsdt + 4, 4);
    ck_assert(contains(dsdt, bytes, "LNRO0005"));
    ck_assert(contains(dsdt, bytes, "VR03"));
    ck_assert(contains(dsdt, bytes, "_S5_\x12"));
    ck_assert(contains(dsdt, bytes, "COM1"));
    ck_assert(!contains(dsdt, bytes, "PCI0"));
}
END_TEST

static void write_file(const char *name, const uint8_t *data, size_t bytes)
{
    FILE *f = fopen(name, "wb");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
    ck_assert_int_eq(fclose(f), 0);
}

/* Disassembled, compiled, disassembled: the same source again. */
START_TEST(test_acpi_dsdt_read_by_iasl)
{
    char dir[] = "/tmp/ringside-acpi-XXXXXX", command[256], name[64];
    struct tables t;
    const uint8_t *dsdt;

    if (system("command -v iasl >/dev/null 2>&1") != 0) {
        puts("skip: iasl (acpica-tools) is not installed");
        return;
    }
    ck_assert_ptr_nonnull(mkdtemp(dir));
    build(&t, _i ? PLATFORM_MICROVM : PLATFORM_PC, 2);
    dsdt = table_at(&t, field(find(&t, "FACP") + 140, 8), "DSDT");
    snprintf(name, sizeof name, "%s/dsdt.dat", dir);
    write_file(name, dsdt, field(dsdt + 4, 4));
    snprintf(command, sizeof command,
             "cd %s && (iasl -d dsdt.dat && iasl -we -p again dsdt.dsl && "
             "mv dsdt.dsl first && iasl -d again.aml) >log 2>&1 && "
             "sed -i '/^ [*]/d' first again.dsl && cmp first again.dsl",
             dir);
    ck_assert_msg(system(command) == 0, "see %s/log", dir);
    snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(test_mptable_entries_add_up)
{
    static const unsigned counts[] = {1, 4, 16};
    struct mptable_config c = {.platform = PLATFORM_PC,
                               .vcpus = counts[_i],
                               .signature = 0x506e3,
                               .features = 0x201,
                               .at = gpa(MPTABLE_AT)};
    static const uint8_t lengths[] = {20, 8, 8, 8, 8};
    unsigned seen[5] = {0}, entries = 0;
    uint8_t data[MPTABLE_BYTES];
    size_t bytes = mptable_build(&c, data, sizeof data);
    const uint8_t *table = data + 16, *e = table + 44;

    ck_assert_mem_eq(data, "_MP_", 4);
    ck_assert_uint_eq(sum(data, 16), 0);
    ck_assert_uint_eq(field(data + 4, 4), MPTABLE_AT + 16);
    ck_assert_mem_eq(table, "PCMP", 4);
    ck_assert_uint_eq(sum(table, field(table + 4, 2)), 0);
    ck_assert_uint_eq(field(table + 4, 2), bytes - 16);
    for (; e < data + bytes; e += lengths[e[0]], entries++) {
        ck_assert_uint_lt(e[0], 5);
        if (e[0] == 0) {
            ck_assert_uint_eq(e[1], seen[0]);
            ck_assert_uint_eq(e[3], seen[0] == 0 ? 3 : 1);
        }
        seen[e[0]]++;
    }
    ck_assert_ptr_eq(e, data + bytes);
    ck_assert_uint_eq(entries, field(table + 34, 2));
    ck_assert_uint_eq(seen[0], counts[_i]);
    ck_assert_uint_eq(seen[1], 2);
    ck_assert_uint_eq(seen[2], 1);
    ck_assert_uint_eq(seen[4], 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("acpi-tables");
    TCase *t = tcase_create("tables");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, test_acpi_rsdp_both_checksums, 0, 2);
    tcase_add_test(t, test_acpi_isa_platform_has_none);
    tcase_add_test(t, test_acpi_fadt_pc_fixed_hardware);
    tcase_add_test(t, test_acpi_fadt_microvm_hardware_reduced);
    tcase_add_loop_test(t, test_acpi_madt_one_entry_a_processor, 0, 3);
    tcase_add_test(t, test_acpi_dsdt_names_virtio_and_off);
    tcase_add_loop_test(t, test_acpi_dsdt_read_by_iasl, 0, 2);
    tcase_add_loop_test(t, test_mptable_entries_add_up, 0, 3);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
