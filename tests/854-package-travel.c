/*
 * Claim: the bundle of a workload holds the program, the files its arguments
 * name in any of their forms, standard input and the kernel's orders, and
 * nothing of the host's environment; what cannot run is refused with words.
 */
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/machine/package.h"
#include "workloads/load/host_file.h"

/* A folder with a static program and a few inputs; the test runs inside. */
struct place {
    char folder[64];
    struct package package;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    ck_assert_int_eq(chmod(path, mode), 0);
}

/* The smallest file that elf_parse() takes as a static program. */
static void write_program(const char *path)
{
    static const uint8_t head[] = {
        0x7f, 'E', 'L', 'F', 2,  1, 1,  0,   0, 0, 0,  0, 0, 0, 0, 0, /* ident
                                                                       */
        2,    0,   62,  0,   1,  0, 0,  0,                            /* EXEC */
        0,    0,   0,   0,   0,  0, 0,  0, /* entry */
        64,   0,   0,   0,   0,  0, 0,  0, /* phoff */
        0,    0,   0,   0,   0,  0, 0,  0, /* shoff */
        0,    0,   0,   0,   64, 0, 56, 0,   1, 0, 0,  0, 0, 0, 0, 0,   1,
        0,    0,   0,   5,   0,  0, 0, /* PT_LOAD, R+X */
        0,    0,   0,   0,   0,  0, 0,  0,   0, 0, 64, 0, 0, 0, 0, 0,   0,
        0,    64,  0,   0,   0,  0, 0,  120, 0, 0, 0,  0, 0, 0, 0, 120, 0,
        0,    0,   0,   0,   0,  0, 0,  16,  0, 0, 0,  0, 0, 0};
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    ck_assert_int_eq(chmod(path, 0755), 0);
}

/* The same for i386. */
static void write_program_32(const char *path, uint32_t type)
{
    const Elf32_Ehdr h = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_386,
        .e_phoff = sizeof h,
        .e_phentsize = sizeof(Elf32_Phdr),
        .e_phnum = 2};
    const Elf32_Phdr p[2] = {{.p_type = PT_LOAD, .p_memsz = 16},
                             {.p_type = type}};
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fwrite(&h, sizeof h, 1, f);
    fwrite(p, sizeof p, 1, f);
    fclose(f);
    ck_assert_int_eq(chmod(path, 0755), 0);
}

static void place_init(struct place *p)
{
    strcpy(p->folder, "/tmp/ringside-package-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->folder));
    ck_assert_int_eq(chdir(p->folder), 0);
    write_program("program");
    write_file("input", "data", 0644);
    write_file("plain", "text", 0644);
    write_file("script", "#!sh -e\n", 0755);
}

static void place_free(struct place *p)
{
    unlink("program");
    unlink("input");
    unlink("plain");
    unlink("script");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(p->folder), 0);
}

static bool has(const struct place *p, const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    return bundle_has(&p->package.bundle, path);
}

/* True if the archive's bytes hold text anywhere. */
static bool holds(const struct place *p, const char *text, size_t bytes)
{
    const struct bundle *b = &p->package.bundle;

    for (size_t i = 0; i + bytes <= b->bytes; i++)
        if (memcmp(b->data + i, text, bytes) == 0)
            return true;
    return false;
}

static enum status build(struct place *p, const char *const *argv, int argc,
                         int stdin_fd, struct error *e)
{
    char *copies[8];
    struct workload w = {
        .kind = WORKLOAD_PROGRAM, .argc = argc, .argv = copies};
    enum status s;

    for (int i = 0; i < argc; i++)
        copies[i] = strdup(argv[i]);
    s = package_build(
        &p->package,
        &(struct package_request){.workload = &w, .stdin_fd = stdin_fd}, e);
    for (int i = 0; i < argc; i++)
        free(copies[i]);
    return s;
}

static enum status build_for(struct place *p, const char *program,
                             enum word_size words, struct error *e)
{
    char *argv[] = {(char *)(uintptr_t)program};
    struct workload w = {.kind = WORKLOAD_PROGRAM, .argc = 1, .argv = argv};

    return package_build(
        &p->package,
        &(struct package_request){
            .workload = &w, .stdin_fd = -1, .words = words, .whole = true},
        e);
}

/* What the kernel runs travels; for the rest there is a word. */
START_TEST(test_package_word_sizes_are_the_kernels)
{
    static const struct {
        const char *program;
        enum word_size words;
        const char *refusal; /* NULL: none */
    } cases[] = {
        {"./program", WORDS_64, NULL},
        {"./program", WORDS_EITHER, NULL},
        {"./program", WORDS_32, "is a 64-bit program"},
        {"./program32", WORDS_64, "is a 32-bit program"},
        {"./program32", WORDS_EITHER, NULL},
        {"./program32", WORDS_32, NULL},
        {"./dynamic32", WORDS_EITHER, "only static ones"},
        {"./dynamic32", WORDS_32, "only static ones"},
    };
    struct place p;
    struct error e;

    place_init(&p);
    write_program_32("program32", PT_NULL);
    write_program_32("dynamic32", PT_INTERP);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum status s = build_for(&p, cases[i].program, cases[i].words, &e);

        ck_assert((s == STATUS_OK) == !cases[i].refusal);
        if (s == STATUS_OK) {
            ck_assert(has(&p, cases[i].program + 2));
            package_free(&p.package);
        } else {
            ck_assert_ptr_nonnull(strstr(e.text, cases[i].refusal));
        }
    }
    unlink("program32");
    unlink("dynamic32");
    place_free(&p);
}
END_TEST

START_TEST(test_package_argument_files_travel)
{
    const char *argv[] = {"./program", "in=input", "cat plain",
                          "none",      "/",        "/dev/null"};
    static const char orders[] =
        "./program\0in=input\0cat plain\0none\0/\0/dev/null\0";
    struct place p;
    struct error e;

    place_init(&p);
    setenv("SECRET_OF_THE_HOST", "SECRET_OF_THE_HOST", 1);
    ck_assert_int_eq(build(&p, argv, 6, -1, &e), STATUS_OK);
    ck_assert(has(&p, "program"));
    ck_assert(has(&p, "input"));
    ck_assert(has(&p, "plain"));
    ck_assert(!has(&p, "script"));
    ck_assert(!bundle_has(&p.package.bundle, "/dev/null"));
    ck_assert(bundle_has(&p.package.bundle, "/tmp"));
    ck_assert(bundle_has(&p.package.bundle, "/.ringside/argv"));
    ck_assert(!bundle_has(&p.package.bundle, "/.ringside/stdin"));
    ck_assert(holds(&p, orders, sizeof orders - 1));
    ck_assert(!holds(&p, "SECRET_OF_THE_HOST", 18));
    package_free(&p.package);
    place_free(&p);
}
END_TEST

START_TEST(test_package_stdin_file_travels)
{
    const char *argv[] = {"./program"};
    struct place p;
    struct error e;
    int fd;

    place_init(&p);
    fd = open("input", O_RDONLY);
    ck_assert_int_eq(build(&p, argv, 1, fd, &e), STATUS_OK);
    close(fd);
    ck_assert(bundle_has(&p.package.bundle, "/.ringside/stdin"));
    ck_assert(holds(&p, "data", 4));
    package_free(&p.package);
    place_free(&p);
}
END_TEST

START_TEST(test_package_same_files_same_bytes)
{
    const char *argv[] = {"./program", "."};
    struct place p, again;
    struct error e;

    place_init(&p);
    ck_assert_int_eq(build(&p, argv, 2, -1, &e), STATUS_OK);
    ck_assert_int_eq(build(&again, argv, 2, -1, &e), STATUS_OK);
    ck_assert(has(&p, "plain"));
    ck_assert_uint_eq(p.package.bundle.bytes, again.package.bundle.bytes);
    ck_assert_mem_eq(p.package.bundle.data, again.package.bundle.data,
                     p.package.bundle.bytes);
    package_free(&p.package);
    package_free(&again.package);
    place_free(&p);
}
END_TEST

/* Appends a table of applets, one name out of order at its end. */
static void make_busybox(const char *path)
{
    static const char names[] =
        "[\0[[\0ash\0awk\0basename\0bzip2\0cat\0chmod\0cp\0cut\0date\0dd\0df\0"
        "echo\0env\0expr\0find\0awk\0zcat";
    FILE *f;

    write_program(path);
    f = fopen(path, "a");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(names, 1, sizeof names, f), sizeof names);
    fclose(f);
}

START_TEST(test_package_busybox_applets_are_links)
{
    const char *argv[] = {"./busybox", "sh", "-c", "cat<input;wc plain|sort"};
    struct place p;
    struct error e;

    place_init(&p);
    make_busybox("busybox");
    ck_assert_int_eq(build(&p, argv, 4, -1, &e), STATUS_OK);
    ck_assert(bundle_has(&p.package.bundle, "/bin/["));
    ck_assert(bundle_has(&p.package.bundle, "/bin/cat"));
    ck_assert(bundle_has(&p.package.bundle, "/bin/find"));
    ck_assert(!bundle_has(&p.package.bundle, "/bin/zcat"));
    ck_assert(bundle_has(&p.package.bundle, "/bin/busybox"));
    ck_assert(has(&p, "input"));
    ck_assert(has(&p, "plain"));
    package_free(&p.package);
    argv[0] = "./program";
    ck_assert_int_eq(build(&p, argv, 1, -1, &e), STATUS_OK);
    ck_assert(!bundle_has(&p.package.bundle, "/bin/cat"));
    package_free(&p.package);
    unlink("busybox");
    place_free(&p);
}
END_TEST

struct refusal {
    const char *program;
    const char *words;
};

START_TEST(test_package_refusal_says_why)
{
    static const struct refusal cases[] = {
        {"./nothing", "no such program"},
        {"no-such-program", "in PATH"},
        {"./plain", "not executable"},
        {"./script", "names no interpreter"},
        {".", "in PATH"},
        {"./", "is a directory"},
        {"", "empty"},
    };
    struct place p;
    struct error e;

    place_init(&p);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *argv[] = {cases[i].program};

        ck_assert_int_ne(build(&p, argv, 1, -1, &e), STATUS_OK);
        ck_assert_msg(strstr(e.text, cases[i].words) != NULL, "%s: %s",
                      cases[i].program, e.text);
    }
    place_free(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("package");
    TCase *tc = tcase_create("travel");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, test_package_argument_files_travel);
    tcase_add_test(tc, test_package_word_sizes_are_the_kernels);
    tcase_add_test(tc, test_package_stdin_file_travels);
    tcase_add_test(tc, test_package_same_files_same_bytes);
    tcase_add_test(tc, test_package_busybox_applets_are_links);
    tcase_add_test(tc, test_package_refusal_says_why);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
