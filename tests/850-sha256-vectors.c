/*
 * Claim: sha256 is SHA-256: the examples of NIST's FIPS 180 pages, and the
 * same sum however the bytes are cut into pieces.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/sha256.h"

struct vector {
    const char *text, *hex;
};

/* FIPS 180-2, appendix B, and the empty message. */
static const struct vector vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(test_sha256_vector_matches)
{
    const struct vector *v = &vectors[_i];
    char hex[SHA256_HEX_BYTES];
    struct sha256 s;

    sha256_init(&s);
    sha256_add(&s, v->text, strlen(v->text));
    sha256_hex(&s, hex);
    ck_assert_str_eq(hex, v->hex);
}
END_TEST

START_TEST(test_sha256_million_in_pieces_matches)
{
    char hex[SHA256_HEX_BYTES];
    uint8_t piece[997];
    struct sha256 s;
    size_t left = 1000000;

    memset(piece, 'a', sizeof piece);
    sha256_init(&s);
    for (size_t n = 1; left > 0; n = n % sizeof piece + 1) {
        size_t part = n < left ? n : left;

        sha256_add(&s, piece, part);
        left -= part;
    }
    sha256_hex(&s, hex);
    ck_assert_str_eq(
        hex,
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sha256");
    TCase *tc = tcase_create("vectors");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tc, test_sha256_vector_matches, 0,
                        sizeof vectors / sizeof *vectors);
    tcase_add_test(tc, test_sha256_million_in_pieces_matches);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
