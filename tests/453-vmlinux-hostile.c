/*
 * Claim: the kernel inside a bzImage is unpacked whole from each format that
 * it comes in, for either word size; whatever is damaged, cut off, or larger
 * than its header says is one line of text, and nothing accepted lies outside
 * the file or outside the memory that the header asks for.
 *
 * Source: Linux documentation, "The Linux/x86 Boot Protocol", payload_offset,
 * payload_length, init_size.
 */
#include <check.h>
#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "sim/core/rng.h"
#include "workloads/load/decompress.h"
#include "workloads/load/vmlinux.h"

enum {
    KERNEL_AT = 0x1000000,
    INIT_BYTES = 0x10000,
    ELF_BYTES = 8192,
    CODE_AT = 4096, /* in the file */
    PACKED_MAX_BYTES = 1 << 20,
    BOMB_BYTES = 160 << 20,
};

enum format { GZIP, XZ, LZ4, ZSTANDARD, FORMATS };

static const char *const names[FORMATS] = {"gzip", "XZ", "LZ4", "Zstandard"};

static void fill_code(uint8_t *elf)
{
    struct rng rng;

    rng_init(&rng, 7);
    for (unsigned i = CODE_AT; i < ELF_BYTES; i++)
        elf[i] = (uint8_t)(rng_next(&rng) & 15);
}

static void make_elf64(uint8_t *elf)
{
    Elf64_Ehdr h = {.e_type = ET_EXEC,
                    .e_machine = EM_X86_64,
                    .e_entry = KERNEL_AT,
                    .e_phoff = sizeof h,
                    .e_phentsize = sizeof(Elf64_Phdr),
                    .e_phnum = 1};
    Elf64_Phdr p = {.p_type = PT_LOAD,
                    .p_offset = CODE_AT,
                    .p_vaddr = 0xffffffff81000000,
                    .p_paddr = KERNEL_AT,
                    .p_filesz = 4096,
                    .p_memsz = 0x8000};

    memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS64;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    memset(elf, 0, ELF_BYTES);
    memcpy(elf, &h, sizeof h);
    memcpy(elf + sizeof h, &p, sizeof p);
    fill_code(elf);
}

static void make_elf32(uint8_t *elf)
{
    Elf32_Ehdr h = {.e_type = ET_EXEC,
                    .e_machine = EM_386,
                    .e_entry = KERNEL_AT,
                    .e_phoff = sizeof h,
                    .e_phentsize = sizeof(Elf32_Phdr),
                    .e_phnum = 1};
    Elf32_Phdr p = {.p_type = PT_LOAD,
                    .p_offset = CODE_AT,
                    .p_vaddr = 0xc1000000,
                    .p_paddr = KERNEL_AT,
                    .p_filesz = 4096,
                    .p_memsz = 0x8000};

    memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS32;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    memset(elf, 0, ELF_BYTES);
    memcpy(elf, &h, sizeof h);
    memcpy(elf + sizeof h, &p, sizeof p);
    fill_code(elf);
}

static size_t pack_gzip(const uint8_t *from, size_t bytes, uint8_t *to)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from,
                  .avail_in = (uInt)bytes,
                  .next_out = to,
                  .avail_out = PACKED_MAX_BYTES};

    ck_assert_int_eq(
        deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return PACKED_MAX_BYTES - z.avail_out;
}

static size_t pack_xz(const uint8_t *from, size_t bytes, uint8_t *to)
{
    size_t used = 0;

    ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, from,
                                             bytes, to, &used,
                                             PACKED_MAX_BYTES),
                     LZMA_OK);
    return used;
}

static void put_word(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* The legacy frame: blocks of 8 MiB. */
static size_t pack_lz4(const uint8_t *from, size_t bytes, uint8_t *to)
{
    static const uint8_t magic[] = {0x02, 0x21, 0x4c, 0x18};
    const size_t block = 8 << 20;
    size_t used = sizeof magic;

    memcpy(to, magic, sizeof magic);
    for (size_t at = 0; at < bytes; at += block) {
        size_t now = bytes - at < block ? bytes - at : block;
        int got =
            LZ4_compress_default((const char *)from + at, (char *)to + used + 4,
                                 (int)now, (int)(PACKED_MAX_BYTES - used - 4));

        ck_assert_int_gt(got, 0);
        put_word(to + used, (uint32_t)got);
        used += 4 + (size_t)got;
    }
    return used;
}

static size_t pack_zstd(const uint8_t *from, size_t bytes, uint8_t *to)
{
    return ZSTD_compress(to, PACKED_MAX_BYTES, from, bytes, 3);
}

/* As a kernel's build does it: how long it is unpacked follows. */
static size_t pack(enum format f, const uint8_t *from, size_t bytes,
                   uint8_t *to)
{
    size_t used = 0;

    switch (f) {
    case GZIP:
        return pack_gzip(from, bytes, to);
    case XZ:
        used = pack_xz(from, bytes, to);
        break;
    case LZ4:
        used = pack_lz4(from, bytes, to);
        break;
    case ZSTANDARD:
        used = pack_zstd(from, bytes, to);
        break;
    case FORMATS:
        break;
    }
    put_word(to + used, (uint32_t)bytes);
    return used + 4;
}

/* Unpacks a copy of just that size: sanitizers watch. */
static enum status unpack(struct vmlinux *v, const uint8_t *packed,
                          size_t bytes, struct error *e)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    struct bzimage image = {.payload = copy,
                            .payload_bytes = bytes,
                            .preferred_at = KERNEL_AT,
                            .memory_bytes = INIT_BYTES};
    enum status s;

    memcpy(copy, packed, bytes);
    s = vmlinux_unpack(v, &image, "sample", e);
    free(copy);
    return s;
}

static void check_inside(const struct vmlinux *v)
{
    for (unsigned i = 0; i < v->elf.segment_count; i++) {
        const struct elf_segment *s = &v->elf.segments[i];

        ck_assert_uint_le(s->file_offset + s->file_bytes, v->file.bytes);
        ck_assert_uint_le(s->file_bytes, s->memory_bytes);
        ck_assert_uint_ge(s->pa, KERNEL_AT);
        ck_assert_uint_le(s->pa + s->memory_bytes, KERNEL_AT + INIT_BYTES);
    }
}

static uint8_t packed[PACKED_MAX_BYTES + 4];

START_TEST(test_vmlinux_either_size_is_unpacked)
{
    enum format f = (enum format)_i;
    uint8_t elf[ELF_BYTES];
    struct vmlinux v;
    struct error e;

    for (unsigned wide = 0; wide < 2; wide++) {
        (wide ? make_elf64 : make_elf32)(elf);
        ck_assert_int_eq(
            unpack(&v, packed, pack(f, elf, sizeof elf, packed), &e),
            STATUS_OK);
        ck_assert_str_eq(decompress_format(packed, sizeof packed), names[f]);
        ck_assert_uint_eq(v.file.bytes, sizeof elf);
        ck_assert_mem_eq(v.file.data, elf, sizeof elf);
        ck_assert(v.elf.is_32bit == !wide);
        ck_assert_uint_eq(v.elf.entry, KERNEL_AT);
        ck_assert_uint_eq(v.elf.segment_count, 1);
        ck_assert_uint_eq(v.elf.segments[0].pa, KERNEL_AT);
        ck_assert_uint_eq(v.elf.segments[0].memory_bytes, 0x8000);
        vmlinux_free(&v);
    }
}
END_TEST

/* Of gzip all is needed; of the others all but the size behind them. */
START_TEST(test_vmlinux_cut_anywhere_is_refused)
{
    enum format f = (enum format)_i;
    uint8_t elf[ELF_BYTES];
    struct vmlinux v;
    struct error e;
    size_t bytes;

    make_elf64(elf);
    bytes = pack(f, elf, sizeof elf, packed) - (f == GZIP ? 0 : 4);
    for (size_t cut = 0; cut < bytes; cut++) {
        ck_assert_int_ne(unpack(&v, packed, cut, &e), STATUS_OK);
        ck_assert_ptr_null(v.file.data);
        ck_assert_ptr_nonnull(strstr(e.text, "sample: "));
        ck_assert_ptr_null(strchr(e.text, '\n'));
    }
    ck_assert_int_eq(unpack(&v, packed, bytes, &e), STATUS_OK);
    vmlinux_free(&v);
}
END_TEST

START_TEST(test_vmlinux_bomb_is_refused)
{
    enum format f = (enum format)_i;
    uint8_t *zeros = calloc(1, BOMB_BYTES);
    struct vmlinux v;
    struct error e;

    ck_assert_ptr_nonnull(zeros);
    ck_assert_int_ne(unpack(&v, packed, pack(f, zeros, BOMB_BYTES, packed), &e),
                     STATUS_OK);
    ck_assert_ptr_nonnull(strstr(e.text, "too large"));
    free(zeros);
}
END_TEST

START_TEST(test_vmlinux_random_damage_stays_inside)
{
    enum format f = (enum format)_i;
    uint8_t elf[ELF_BYTES];
    unsigned accepted = 0;
    struct rng rng;
    struct vmlinux v;
    struct error e;

    rng_init(&rng, (uint64_t)_i + 1);
    for (unsigned n = 0; n < 2000; n++) {
        size_t bytes;

        (n & 1 ? make_elf64 : make_elf32)(elf);
        for (uint64_t k = rng_below(&rng, 4); n % 3 != 0 && k > 0; k--)
            elf[rng_below(&rng, 0x78)] = (uint8_t)rng_next(&rng);
        bytes = pack(f, elf, sizeof elf, packed);
        for (uint64_t k = rng_below(&rng, 4); n % 3 == 0 && k > 0; k--)
            packed[rng_below(&rng, (uint32_t)bytes)] = (uint8_t)rng_next(&rng);
        if (unpack(&v, packed, bytes, &e) != STATUS_OK)
            continue;
        accepted++;
        check_inside(&v);
        vmlinux_free(&v);
    }
    ck_assert_uint_gt(accepted, 250); /* not all of them were nonsense */
}
END_TEST

/* Memory that the header does not ask for may be something else's. */
START_TEST(test_vmlinux_outside_its_memory_is_refused)
{
    static const uint64_t places[][2] = {/* address, bytes */
                                         {KERNEL_AT - 4096, 0x8000},
                                         {KERNEL_AT + 4096, INIT_BYTES},
                                         {KERNEL_AT, INIT_BYTES + 1},
                                         {UINT64_MAX - 0x9000, 0x8000}};
    uint8_t elf[ELF_BYTES];
    struct vmlinux v;
    struct error e;
    Elf64_Phdr p;

    for (unsigned i = 0; i < 4; i++) {
        make_elf64(elf);
        memcpy(&p, elf + sizeof(Elf64_Ehdr), sizeof p);
        p.p_paddr = places[i][0];
        p.p_memsz = places[i][1];
        memcpy(elf + sizeof(Elf64_Ehdr), &p, sizeof p);
        ck_assert_int_ne(
            unpack(&v, packed, pack(LZ4, elf, sizeof elf, packed), &e),
            STATUS_OK);
        ck_assert_ptr_nonnull(strstr(e.text, "outside"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vmlinux");
    TCase *t = tcase_create("hostile");
    SRunner *runner;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_vmlinux_either_size_is_unpacked, 0, FORMATS);
    tcase_add_loop_test(t, test_vmlinux_cut_anywhere_is_refused, 0, FORMATS);
    tcase_add_loop_test(t, test_vmlinux_bomb_is_refused, 0, FORMATS);
    tcase_add_loop_test(t, test_vmlinux_random_damage_stays_inside, 0, FORMATS);
    tcase_add_test(t, test_vmlinux_outside_its_memory_is_refused);
    suite_add_tcase(suite, t);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
