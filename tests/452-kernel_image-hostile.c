/*
 * Claim: kernel_image_parse() tells the formats of kernels apart by their
 * content, reads what their headers say, and no file, however damaged, makes
 * it read outside the file or accept what lies outside it.
 *
 * Source: Linux documentation, "The Linux/x86 Boot Protocol"; Multiboot
 * Specification 0.6.96, "OS image format".
 */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/rng.h"
#include "workloads/load/kernel_image.h"

enum { SETUP_BYTES = 1024, KERNEL_BYTES = 256, IMAGE_BYTES = 1280 };

struct sample {
    uint8_t data[16384];
    struct kernel_image image;
    struct error error;
};

static void put(uint8_t *at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* One setup sector, protocol 2.15, 64-bit entry, relocatable. */
static void make_bzimage(struct sample *s)
{
    memset(s, 0, sizeof *s);
    s->data[0x1f1] = 1;
    put(s->data + 0x1f4, 4, KERNEL_BYTES / 16);
    put(s->data + 0x1fe, 2, 0xaa55);
    put(s->data + 0x200, 2, 0x6aeb);
    memcpy(s->data + 0x202, "HdrS", 4);
    put(s->data + 0x206, 2, 0x20f);
    s->data[0x211] = 1;
    put(s->data + 0x214, 4, 0x100000);
    put(s->data + 0x22c, 4, 0x7fffffff);
    put(s->data + 0x230, 4, 0x200000);
    s->data[0x234] = 1;
    put(s->data + 0x236, 2, 0x7f);
    put(s->data + 0x238, 4, 2047);
    put(s->data + 0x258, 8, 0x1000000);
    put(s->data + 0x260, 4, 0x3378000);
}

/* A header at 64 that says where the kernel lies. */
static void make_multiboot(struct sample *s)
{
    const uint32_t flags = 0x10003;
    const uint32_t fields[] = {0x1badb002, flags,    0u - 0x1badb002 - flags,
                               0x100040,   0x100000, 0x100200,
                               0x100400,   0x100080};

    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < 8; i++)
        put(s->data + 64 + 4 * i, 4, fields[i]);
}

/* Copies the first bytes to memory of just that size: sanitizers watch. */
static enum status parse(struct sample *s, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    enum status status;

    memcpy(copy, s->data, bytes);
    status = kernel_image_parse(&s->image, copy, bytes, "sample", &s->error);
    free(copy);
    return status;
}

START_TEST(test_kernel_image_bzimage_header_is_read)
{
    struct sample s;

    make_bzimage(&s);
    ck_assert_int_eq(parse(&s, IMAGE_BYTES), STATUS_OK);
    ck_assert_int_eq(s.image.format, KERNEL_BZIMAGE);
    ck_assert(s.image.is_linux && !s.image.is_32bit);
    ck_assert(s.image.bzimage.entry_64 && s.image.bzimage.relocatable);
    ck_assert_uint_eq(s.image.bzimage.protocol, 0x20f);
    ck_assert_uint_eq(s.image.bzimage.kernel_bytes, KERNEL_BYTES);
    ck_assert_uint_eq(s.image.bzimage.preferred_at, 0x1000000);
    ck_assert_uint_eq(s.image.bzimage.memory_bytes, 0x3378000);
    ck_assert_uint_eq(s.image.bzimage.initrd_last, 0x7fffffff);
    ck_assert_uint_eq(s.image.bzimage.command_line_max, 2047);
    s.data[0x236] = 0;
    ck_assert_int_eq(parse(&s, IMAGE_BYTES), STATUS_OK);
    ck_assert(s.image.is_32bit);
}
END_TEST

START_TEST(test_kernel_image_bzimage_cut_anywhere_is_refused)
{
    struct sample s;

    make_bzimage(&s);
    for (size_t bytes = 0; bytes <= IMAGE_BYTES - 16; bytes++) {
        if (bytes == 512) /* it begins with a boot sector */
            continue;
        ck_assert_int_ne(parse(&s, bytes), STATUS_OK);
        ck_assert_ptr_nonnull(strstr(s.error.text, "sample: "));
        ck_assert_ptr_null(strchr(s.error.text, '\n'));
    }
}
END_TEST

START_TEST(test_kernel_image_bzimage_bad_fields_are_refused)
{
    struct sample s;

    make_bzimage(&s);
    put(s.data + 0x230, 4, 0x200001); /* no power of two */
    ck_assert_int_ne(parse(&s, IMAGE_BYTES), STATUS_OK);
    make_bzimage(&s);
    put(s.data + 0x260, 4, 0xffffffff); /* more memory than there is */
    ck_assert_int_ne(parse(&s, IMAGE_BYTES), STATUS_OK);
    make_bzimage(&s);
    s.data[0x211] = 0; /* loaded low */
    ck_assert_int_ne(parse(&s, IMAGE_BYTES), STATUS_OK);
    ck_assert_ptr_nonnull(strstr(s.error.text, "zImage"));
    make_bzimage(&s);
    s.data[0x1f1] = 255; /* setup beyond the end */
    ck_assert_int_ne(parse(&s, IMAGE_BYTES), STATUS_OK);
}
END_TEST

START_TEST(test_kernel_image_multiboot_addresses_are_read)
{
    struct sample s;

    make_multiboot(&s);
    ck_assert_int_eq(parse(&s, 0x200), STATUS_OK);
    ck_assert_int_eq(s.image.format, KERNEL_MULTIBOOT);
    ck_assert_uint_eq(s.image.multiboot.entry, 0x100080);
    ck_assert_uint_eq(s.image.multiboot.segment_count, 1);
    ck_assert_uint_eq(s.image.multiboot.segments[0].pa, 0x100000);
    ck_assert_uint_eq(s.image.multiboot.segments[0].file_offset, 0);
    ck_assert_uint_eq(s.image.multiboot.segments[0].file_bytes, 0x200);
    ck_assert_uint_eq(s.image.multiboot.segments[0].memory_bytes, 0x400);
    for (size_t bytes = 0; bytes < 0x200; bytes++)
        ck_assert_int_ne(parse(&s, bytes), STATUS_OK);
    put(s.data + 64 + 8, 4, 1); /* checksum */
    ck_assert_int_ne(parse(&s, 0x200), STATUS_OK);
}
END_TEST

START_TEST(test_kernel_image_disk_has_whole_sectors)
{
    struct sample s;

    memset(&s, 0, sizeof s);
    put(s.data + 510, 2, 0xaa55);
    ck_assert_int_eq(parse(&s, 512), STATUS_OK);
    ck_assert_int_eq(s.image.format, KERNEL_SECTOR);
    ck_assert_int_eq(parse(&s, 1024), STATUS_OK);
    ck_assert_int_eq(s.image.format, KERNEL_SECTOR);
    ck_assert_int_ne(parse(&s, 1023), STATUS_OK);
    ck_assert_ptr_nonnull(strstr(s.error.text, "disk image"));
    ck_assert_int_ne(parse(&s, 511), STATUS_OK);
}
END_TEST

START_TEST(test_kernel_image_strangers_are_named)
{
    static const struct {
        unsigned at;
        const char *magic, *word;
    } strangers[] = {{56, "ARM\x64", "arm64"}, {0, "MZ", "EFI"}};
    struct sample s;

    for (unsigned i = 0; i < 2; i++) {
        memset(&s, 0, sizeof s);
        memcpy(s.data + strangers[i].at, strangers[i].magic,
               strlen(strangers[i].magic));
        ck_assert_int_ne(parse(&s, 4096), STATUS_OK);
        ck_assert_ptr_nonnull(strstr(s.error.text, strangers[i].word));
    }
    ck_assert_int_ne(parse(&s, 0), STATUS_OK);
    ck_assert_ptr_nonnull(strstr(s.error.text, "empty"));
}
END_TEST

static void check_bounds(const struct sample *s, size_t bytes)
{
    const struct kernel_image *k = &s->image;

    if (k->format == KERNEL_BZIMAGE)
        ck_assert_uint_le(k->bzimage.kernel_bytes, bytes);
    for (unsigned i = 0;
         k->format == KERNEL_MULTIBOOT && i < k->multiboot.segment_count; i++)
        ck_assert_uint_le(k->multiboot.segments[i].file_offset +
                              k->multiboot.segments[i].file_bytes,
                          bytes);
}

/* A 32-bit ELF file with a multiboot header behind its program headers. */
static void make_multiboot_elf(struct sample *s)
{
    Elf32_Ehdr h = {.e_type = ET_EXEC,
                    .e_machine = EM_386,
                    .e_entry = 0x100000,
                    .e_phoff = sizeof h,
                    .e_phentsize = sizeof(Elf32_Phdr),
                    .e_phnum = 1};
    Elf32_Phdr p = {.p_type = PT_LOAD,
                    .p_offset = 256,
                    .p_vaddr = 0x100000,
                    .p_paddr = 0x100000,
                    .p_filesz = 256,
                    .p_memsz = 512};

    make_multiboot(s);
    memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS32;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    memmove(s->data + 256, s->data + 64, 32);
    put(s->data + 256 + 4, 4, 3);
    put(s->data + 256 + 8, 4, 0u - 0x1badb002 - 3);
    memset(s->data, 0, 256);
    memcpy(s->data, &h, sizeof h);
    memcpy(s->data + sizeof h, &p, sizeof p);
}

START_TEST(test_kernel_image_random_damage_stays_inside)
{
    struct rng rng;
    unsigned accepted = 0;

    rng_init(&rng, (uint64_t)_i + 1);
    for (unsigned n = 0; n < 20000; n++) {
        struct sample s;
        size_t bytes = IMAGE_BYTES - rng_below(&rng, 64);

        if (n % 3 == 0)
            make_bzimage(&s);
        else if (n % 3 == 1)
            make_multiboot(&s);
        else
            make_multiboot_elf(&s);
        for (uint64_t k = rng_below(&rng, 4); k > 0; k--)
            s.data[rng_below(&rng, 0x280)] = (uint8_t)rng_next(&rng);
        if (parse(&s, bytes) != STATUS_OK)
            continue;
        accepted++;
        check_bounds(&s, bytes);
    }
    ck_assert_uint_gt(accepted, 1000); /* not all of them were nonsense */
}
END_TEST

START_TEST(test_kernel_image_gzip_cut_is_refused)
{
    static const uint8_t packed[] = {/* printf hello | gzip -n */
                                     0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00,
                                     0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9,
                                     0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36,
                                     0x05, 0x00, 0x00, 0x00};
    struct error e;

    for (size_t bytes = 2; bytes <= sizeof packed; bytes++) {
        struct host_file f = {malloc(bytes), bytes};

        memcpy(f.data, packed, bytes);
        if (bytes == sizeof packed) {
            ck_assert_int_eq(kernel_image_unpack(&f, "sample", &e), STATUS_OK);
            ck_assert_uint_eq(f.bytes, 5);
            ck_assert_mem_eq(f.data, "hello", 5);
        } else {
            ck_assert_int_ne(kernel_image_unpack(&f, "sample", &e), STATUS_OK);
        }
        host_file_free(&f);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel image");
    TCase *t = tcase_create("hostile");
    SRunner *runner;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_kernel_image_bzimage_header_is_read);
    tcase_add_test(t, test_kernel_image_bzimage_cut_anywhere_is_refused);
    tcase_add_test(t, test_kernel_image_bzimage_bad_fields_are_refused);
    tcase_add_test(t, test_kernel_image_multiboot_addresses_are_read);
    tcase_add_test(t, test_kernel_image_disk_has_whole_sectors);
    tcase_add_test(t, test_kernel_image_strangers_are_named);
    tcase_add_loop_test(t, test_kernel_image_random_damage_stays_inside, 0, 3);
    tcase_add_test(t, test_kernel_image_gzip_cut_is_refused);
    suite_add_tcase(suite, t);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
