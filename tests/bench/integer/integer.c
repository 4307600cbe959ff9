/*
 * integer.c - six integer kernels on the bare machine, one a build.
 *
 * KERNEL selects: 0 none (what starting and ending costs), 1 alu, 2 crc,
 * 3 sieve, 4 matrix, 5 chase, 6 quicksort.  The checksum goes to the serial
 * port; then the machine is ended in each of the ways that Ringside, QEMU
 * (isa-debug-exit) and Bochs (port 8900h) know.
 */
#include <stdint.h>

#define MEMORY ((uint8_t *)0x400000) /* beyond the image */

void integer_main(void);

static void port_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t port_read(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void put(char c)
{
    while (!(port_read(0x3fd) & 0x20))
        ;
    port_write(0x3f8, (uint8_t)c);
}

/* A chain of shifts and exclusive ors (xorshift64). */
static uint64_t alu(void)
{
    uint64_t x = 88172645463325252;

    for (unsigned i = 0; i < 18000000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}

/* CRC-32, bit by bit. */
static uint64_t crc(void)
{
    uint32_t c = ~(uint32_t)0;

    for (uint32_t i = 0; i < 3000000; i++) {
        c ^= i & 0xff;
        for (unsigned bit = 0; bit < 8; bit++)
            c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
    }
    return c;
}

/* Primes below 1 Mi, a byte each. */
static uint64_t sieve(void)
{
    enum { LIMIT = 1 << 20 };
    uint8_t *composite = MEMORY;
    uint64_t primes = 0;

    for (unsigned round = 0; round < 8; round++) {
        for (unsigned i = 0; i < LIMIT; i++)
            composite[i] = 0;
        for (unsigned i = 2; i < LIMIT; i++) {
            if (composite[i])
                continue;
            primes++;
            for (unsigned j = 2 * i; j < LIMIT; j += i)
                composite[j] = 1;
        }
    }
    return primes;
}

/* Product of two 64 x 64 matrices. */
static uint64_t matrix(void)
{
    enum { N = 64 };
    uint64_t(*a)[N] = (uint64_t(*)[N])MEMORY, (*b)[N] = a + N, (*c)[N] = b + N;
    uint64_t sum = 0;

    for (unsigned i = 0; i < N * N; i++) {
        a[0][i] = i * 7 + 1;
        b[0][i] = i * 5 + 3;
    }
    for (unsigned round = 0; round < 60; round++) {
        for (unsigned i = 0; i < N; i++)
            for (unsigned j = 0; j < N; j++) {
                uint64_t s = 0;

                for (unsigned k = 0; k < N; k++)
                    s += a[i][k] * b[k][j];
                c[i][j] = s;
            }
        sum += c[round][round];
    }
    return sum;
}

/* A list through 64 KiB in an order that no prefetcher guesses. */
static uint64_t chase(void)
{
    enum { NODES = 8192 };
    uint64_t *next = (uint64_t *)MEMORY, at = 0, sum = 0;

    for (uint64_t i = 0; i < NODES; i++)
        next[i] = (i * 1021 + 1) % NODES;
    for (unsigned i = 0; i < 25000000; i++) {
        sum += at;
        at = next[at];
    }
    return sum;
}

static void quicksort(uint32_t *a, int low, int high)
{
    while (low < high) {
        uint32_t pivot = a[(low + high) / 2];
        int i = low, j = high;

        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                uint32_t t = a[i];

                a[i++] = a[j];
                a[j--] = t;
            }
        }
        quicksort(a, low, j);
        low = i;
    }
}

static uint64_t sort(void)
{
    enum { COUNT = 200000 };
    uint32_t *a = (uint32_t *)MEMORY, x = 1;
    uint64_t sum = 0;

    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < COUNT; i++)
            a[i] = x = x * 1664525 + 1013904223;
        quicksort(a, 0, COUNT - 1);
        sum += a[COUNT / 2];
    }
    return sum;
}

static uint64_t none(void)
{
    return 0;
}

void integer_main(void)
{
    static uint64_t (*const kernels[])(void) = {none,   alu,   crc, sieve,
                                                matrix, chase, sort};
    static const char shutdown[] = "Shutdown";
    uint64_t sum;

    port_write(0x3fb, 3); /* 8 data bits, as Bochs insists */
    sum = kernels[KERNEL]();
    for (int shift = 60; shift >= 0; shift -= 4)
        put("0123456789abcdef"[sum >> shift & 15]);
    put('\n');
    while (!(port_read(0x3fd) & 0x40)) /* until the line is idle */
        ;
    port_write(0xf4, 0);
    for (unsigned i = 0; i < sizeof shutdown - 1; i++)
        port_write(0x8900, (uint8_t)shutdown[i]);
}
