/*
 * remap.c - mremap: grown, moved, moved to where it is told (over what is
 * there), and what it refuses.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 16, FIXED = MREMAP_MAYMOVE | MREMAP_FIXED };

static sigjmp_buf out;

static void jump(int number)
{
    siglongjmp(out, number);
}

/* Each page from p: its first letter, . if it is zero, - if not there. */
static void show(const char *what, const char *p, int pages)
{
    printf("%s: ", what);
    for (volatile int i = 0; i < pages; i++) {
        const volatile char *at = p + i * PAGE;

        if (sigsetjmp(out, 1))
            putchar('-');
        else
            putchar(*at ? *at : '.');
    }
    putchar('\n');
}

static void try(const char *what, void *got, const void *wanted)
{
    if (got == MAP_FAILED)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %s\n", what, got == wanted ? "there" : "elsewhere");
}

static char *fresh(int prot)
{
    return mmap(NULL, PAGES * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void refused(char *a, char *b)
{
    try("not page", mremap(a, PAGE, PAGE, FIXED, b + 1), b);
    try("overlap", mremap(a, 2 * PAGE, 2 * PAGE, FIXED, a + PAGE), b);
    try("no maymove", mremap(a, PAGE, PAGE, MREMAP_FIXED, b), b);
    try("kernel", mremap(a, PAGE, PAGE, FIXED, (void *)(1UL << 63)), b);
    try("nothing there", mremap((void *)PAGE, PAGE, PAGE, 0), b);
    try("no bytes", mremap(a, PAGE, 0, MREMAP_MAYMOVE), b);
}

int main(void)
{
    char *a, *b, *c;
    FILE *f = tmpfile();

    signal(SIGSEGV, jump);
    signal(SIGBUS, jump);
    a = fresh(PROT_READ | PROT_WRITE);
    b = fresh(PROT_READ | PROT_WRITE);
    for (int i = 0; i < PAGES; i++) {
        memset(a + i * PAGE, 'a' + i, PAGE);
        memset(b + i * PAGE, 'A' + i, PAGE);
    }
    refused(a, b);
    try("same size", mremap(a, 4 * PAGE, 4 * PAGE, FIXED, b + 2 * PAGE),
        b + 2 * PAGE);
    try("larger", mremap(a + 4 * PAGE, 2 * PAGE, 4 * PAGE, FIXED, b + 8 * PAGE),
        b + 8 * PAGE);
    try("smaller", mremap(a + 6 * PAGE, 4 * PAGE, PAGE, FIXED, b), b);
    show("from", a, PAGES);
    show("to", b, PAGES);
    b[11 * PAGE] = 'w';
    try("in place", mremap(a + 10 * PAGE, 6 * PAGE, 2 * PAGE, 0),
        a + 10 * PAGE);
    show("shrunk", a, PAGES);
    c = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0);
    if (ftruncate(fileno(f), 3 * PAGE))
        return 1;
    for (int i = 0; i < 3; i++)
        c[i * PAGE] = (char)('0' + i);
    try("of a file", mremap(c + PAGE, 3 * PAGE, 4 * PAGE, FIXED, a), a);
    show("file from", c, 4);
    show("file to", a, 5);
    c = mremap(a, 0, 2 * PAGE, MREMAP_MAYMOVE);
    a[0] = 'n';
    show("both have it", c, 2);
    try("not a private one", mremap(b, 0, PAGE, MREMAP_MAYMOVE), b);
    return 0;
}
