/*
 * stdio.c - text from numbers and numbers from text, as the C library does it.
 */
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void print_numbers(void)
{
    static const double values[] = {0.0,   -0.0,   1.0,      0.1,
                                    1e300, 1e-310, 5e-324,   123456789.125,
                                    -2.5,  1e15,   1e16 + 2, 1.0 / 3};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        printf("%f %e %g %a %.17g %10.3f|%-12.4e|%+.0f %#.0f\n", values[i],
               values[i], values[i], values[i], values[i], values[i], values[i],
               values[i], values[i]);
    for (int i = 0; i < 5; i++) {
        long double v = ldexpl(3.14159265358979323846L, i * 4000 - 8000);

        printf("%Lg %.20Le %La\n", v, v, v);
    }
    printf("%f %F %e %g %a\n", INFINITY, -INFINITY, NAN, NAN, INFINITY);
    printf("%d %i %u %o %x %#X %c %s %p %%\n", -1, 42, 3000000000u, 8, 255, 255,
           'c', "string", (void *)0x1234);
    printf("%hhd %hd %ld %lld %jd %zu %td\n", (signed char)-3, (short)-300,
           -1234567890123L, INT64_MIN, INTMAX_MAX, SIZE_MAX, (ptrdiff_t)-7);
    printf("%05d|%-5d|%+d|% d|%.3d|%*d|%-*d|%.*s|%2$s\n", 42, 42, 42, 42, 7, 6,
           42, 6, 42, 3, "abcdef");
}

static void read_numbers(void)
{
    static const char *const texts[] = {"0x1.8p3",
                                        "1e400",
                                        "-1e-400",
                                        "nan(123)",
                                        "inf",
                                        "123abc",
                                        "4.9406564584124654e-324",
                                        "1.7976931348623159e308",
                                        "0.1",
                                        "9007199254740993",
                                        "1e23",
                                        "x"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *end;
        double d;
        long double l;

        errno = 0;
        d = strtod(texts[i], &end);
        printf("%s: %.17g %a errno %d rest '%s'", texts[i], d, d, errno, end);
        errno = 0;
        l = strtold(texts[i], NULL);
        printf(" %.21Lg %La errno %d float %a\n", l, l, errno,
               (double)strtof(texts[i], NULL));
    }
    printf("%ld %lu %lld %ld\n", strtol("0x7f", NULL, 0),
           strtoul("-1", NULL, 10), strtoll("99999999999999999999", NULL, 10),
           strtol("zz", NULL, 36));
}

static void scan(void)
{
    int a = 0, b = 0, n = 0;
    char word[16] = "", set[16] = "";
    float f = 0;
    long double l = 0;

    printf("%d:", sscanf("12 0x1f word [abc] 2.5 1e4000 rest",
                         "%d %i %15s [%15[a-z]] %f %Lf%n", &a, &b, word, set,
                         &f, &l, &n));
    printf(" %d %d %s %s %g %Lg %d\n", a, b, word, set, (double)f, l, n);
}

static void wide_characters(void)
{
    wchar_t buffer[64];
    char narrow[64];
    mbstate_t state = {0};
    const wchar_t *source = L"wide text";

    swprintf(buffer, 64, L"%ls %d %5.2f %lc", L"abc", 42, 2.5, L'x');
    printf("%ls %zu\n", buffer, wcslen(buffer));
    printf("%zu %s\n", wcsrtombs(narrow, &source, sizeof narrow, &state),
           narrow);
    printf("%d %ld %g\n", wcscmp(L"abc", L"abd") < 0, wcstol(L"-77", NULL, 10),
           wcstod(L"1.5e3", NULL));
    printf("%s\n", setlocale(LC_ALL, "C.UTF-8") ? "has C.UTF-8" : "has not");
}

int main(void)
{
    char big[3000];

    print_numbers();
    read_numbers();
    scan();
    wide_characters();
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    printf("%s\n", big);
    printf("%d\n", snprintf(big, 4, "%s", "longer"));
    fprintf(stderr, "to standard error\n");
    return 3;
}
