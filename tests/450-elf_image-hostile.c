/*
 * Claim: elf_parse() reads segments and Xen notes of x86-64 executables, and
 * no file, however damaged, makes it read outside the file.
 *
 * Source: System V ABI, "Object Files"; Xen elfnote.h.
 */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <xen/elfnote.h>

#include "workloads/load/elf_image.h"

enum { FILE_BYTES = 1024, NOTES_AT = 512 };

struct note_words {
    Elf64_Nhdr header;
    char owner[4];
    uint64_t value;
};

/* A small, correct file that every test damages in its own way. */
struct sample {
    union {
        uint8_t data[FILE_BYTES];
        struct {
            Elf64_Ehdr header;
            Elf64_Phdr program[3];
        } head;
    } u;
    struct elf_image image;
    struct error error;
};

static void put_note(struct sample *s, unsigned index, uint32_t type,
                     uint64_t value)
{
    struct note_words note = {{4, 8, type}, "Xen", value};

    memcpy(s->u.data + NOTES_AT + index * sizeof note, &note, sizeof note);
}

static void sample_init(struct sample *s)
{
    Elf64_Ehdr *h = &s->u.head.header;

    memset(s, 0, sizeof *s);
    memcpy(h->e_ident, ELFMAG, SELFMAG);
    h->e_ident[EI_CLASS] = ELFCLASS64;
    h->e_ident[EI_DATA] = ELFDATA2LSB;
    h->e_type = ET_EXEC;
    h->e_machine = EM_X86_64;
    h->e_entry = 0x401000;
    h->e_phoff = sizeof *h;
    h->e_phentsize = sizeof(Elf64_Phdr);
    h->e_phnum = 2;
    s->u.head.program[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                        .p_offset = 256,
                                        .p_filesz = 128,
                                        .p_memsz = 4096,
                                        .p_vaddr = 0x401000,
                                        .p_paddr = 0x1000};
    s->u.head.program[1] =
        (Elf64_Phdr){.p_type = PT_NOTE,
                     .p_offset = NOTES_AT,
                     .p_filesz = 2 * sizeof(struct note_words)};
    put_note(s, 0, XEN_ELFNOTE_PHYS32_ENTRY, 0x100020);
    put_note(s, 1, XEN_ELFNOTE_ENTRY, 0xffffffff80000000);
}

/* Copies the first bytes to memory of just that size: sanitizers watch. */
static enum status parse(struct sample *s, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    enum status status;

    memcpy(copy, s->u.data, bytes);
    status = elf_parse(&s->image, copy, bytes, "sample", &s->error);
    free(copy);
    return status;
}

START_TEST(test_elf_image_good_file_parses)
{
    struct sample s;

    sample_init(&s);
    ck_assert_int_eq(parse(&s, FILE_BYTES), STATUS_OK);
    ck_assert_uint_eq(s.image.entry, 0x401000);
    ck_assert_uint_eq(s.image.segment_count, 1);
    ck_assert_uint_eq(s.image.segments[0].va, 0x401000);
    ck_assert_uint_eq(s.image.segments[0].pa, 0x1000);
    ck_assert_uint_eq(s.image.segments[0].file_bytes, 128);
    ck_assert_uint_eq(s.image.segments[0].memory_bytes, 4096);
    ck_assert(!s.image.dynamic);
    ck_assert_uint_eq(s.image.pvh_entry, 0x100020);
    ck_assert_uint_eq(s.image.pv_entry, 0xffffffff80000000);
}
END_TEST

START_TEST(test_elf_image_truncated_anywhere_is_refused)
{
    struct sample s;

    sample_init(&s);
    for (size_t bytes = 0; bytes < 256 + 128; bytes++) {
        ck_assert_int_ne(parse(&s, bytes), STATUS_OK);
        ck_assert_ptr_nonnull(strstr(s.error.text, "sample: "));
        ck_assert_ptr_null(strchr(s.error.text, '\n'));
    }
}
END_TEST

START_TEST(test_elf_image_any_byte_changed_stays_inside)
{
    struct sample s;

    for (size_t at = 0; at < FILE_BYTES; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            sample_init(&s);
            s.u.data[at] ^= (uint8_t)(1u << bit);
            if (parse(&s, FILE_BYTES) != STATUS_OK)
                continue;
            for (unsigned i = 0; i < s.image.segment_count; i++)
                ck_assert_uint_le(s.image.segments[i].file_offset +
                                      s.image.segments[i].file_bytes,
                                  FILE_BYTES);
        }
}
END_TEST

static void refused(struct sample *s, const char *word)
{
    ck_assert_int_eq(parse(s, FILE_BYTES), STATUS_USAGE);
    ck_assert_msg(strstr(s->error.text, word) != NULL, "'%s' lacks '%s'",
                  s->error.text, word);
}

START_TEST(test_elf_image_wrong_kind_says_which)
{
    struct sample s;

    sample_init(&s);
    s.u.head.header.e_ident[EI_CLASS] = ELFCLASS32;
    refused(&s, "32-bit");
    sample_init(&s);
    s.u.head.header.e_machine = EM_AARCH64;
    refused(&s, "another processor");
    sample_init(&s);
    s.u.head.header.e_type = ET_REL;
    refused(&s, "not a program");
    sample_init(&s);
    s.u.data[0] = '#';
    refused(&s, "not an ELF");
    sample_init(&s);
    s.u.head.program[0].p_memsz = 0;
    refused(&s, "nothing to load");
}
END_TEST

START_TEST(test_elf_image_wrapping_segment_is_refused)
{
    struct sample s;

    sample_init(&s);
    s.u.head.program[0].p_vaddr = UINT64_MAX - 100;
    refused(&s, "damaged");
    sample_init(&s);
    s.u.head.program[0].p_offset = UINT64_MAX - 8;
    refused(&s, "damaged");
    sample_init(&s);
    s.u.head.program[0].p_filesz = 8192;
    refused(&s, "damaged");
}
END_TEST

START_TEST(test_elf_image_interpreter_means_dynamic)
{
    struct sample s;

    sample_init(&s);
    s.u.head.header.e_phnum = 3;
    s.u.head.program[2] =
        (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 400, .p_filesz = 8};
    memcpy(s.u.data + 400, "/lib/ld", 8);
    ck_assert_int_eq(parse(&s, FILE_BYTES), STATUS_OK);
    ck_assert(s.image.dynamic);
    ck_assert_str_eq(s.image.interpreter, "/lib/ld");
}
END_TEST

START_TEST(test_elf_image_endless_note_ends)
{
    struct sample s;
    uint32_t huge = UINT32_MAX;

    sample_init(&s);
    memcpy(s.u.data + NOTES_AT, &huge, sizeof huge);
    ck_assert_int_eq(parse(&s, FILE_BYTES), STATUS_OK);
    ck_assert_uint_eq(s.image.pvh_entry, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elf_image");
    TCase *tc = tcase_create("hostile");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, test_elf_image_good_file_parses);
    tcase_add_test(tc, test_elf_image_truncated_anywhere_is_refused);
    tcase_add_test(tc, test_elf_image_any_byte_changed_stays_inside);
    tcase_add_test(tc, test_elf_image_wrong_kind_says_which);
    tcase_add_test(tc, test_elf_image_wrapping_segment_is_refused);
    tcase_add_test(tc, test_elf_image_interpreter_means_dynamic);
    tcase_add_test(tc, test_elf_image_endless_note_ends);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
