/*
 * x87.c - the FPU's own transcendental instructions.  Results are printed as
 * doubles: the last of their 64 bits may differ between CPUs.
 */
#include <stdint.h>
#include <stdio.h>

static uint64_t state = 88172645463325252u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* -limit .. limit, often tiny. */
static long double number(long double limit)
{
    long double x = (long double)(int64_t)next() / 9223372036854775808.0L;

    for (uint64_t n = next() % 40; n > 20; n--)
        x *= 0.25L;
    return x * limit;
}

#define UNARY(instruction)                                                     \
    static long double instruction(long double x)                              \
    {                                                                          \
        long double r;                                                         \
                                                                               \
        __asm__(#instruction : "=t"(r) : "0"(x));                              \
        return r;                                                              \
    }
UNARY(fsin)
UNARY(fcos)
UNARY(f2xm1)

#define BINARY(instruction)                                                    \
    static long double instruction(long double y, long double x)               \
    {                                                                          \
        long double r;                                                         \
                                                                               \
        __asm__(#instruction : "=t"(r) : "0"(x), "u"(y) : "st(1)");            \
        return r;                                                              \
    }
BINARY(fpatan)
BINARY(fyl2x)
BINARY(fyl2xp1)

static void pairs(long double x)
{
    long double sine, cosine, tangent, one;

    __asm__("fsincos" : "=t"(cosine), "=u"(sine) : "0"(x));
    __asm__("fptan" : "=t"(one), "=u"(tangent) : "0"(x));
    printf("fsincos %.15g %.15g fptan %.15g %g\n", (double)sine, (double)cosine,
           (double)tangent, (double)one);
}

static void edges(void)
{
    static const long double values[] = {
        0.0L,  -0.0L, 1.0L, -1.0L, __builtin_infl(), -__builtin_infl(),
        0.25L, -3.0L};
    const size_t count = sizeof values / sizeof *values;

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++)
            printf("%g %g: fpatan %.15g fyl2x %.15g\n", (double)values[i],
                   (double)values[j], (double)fpatan(values[i], values[j]),
                   (double)fyl2x(values[i], values[j]));
        printf("fsin %.15g fcos %.15g\n", (double)fsin(values[i]),
               (double)fcos(values[i]));
    }
    printf("%g %g %g %g\n", (double)f2xm1(1), (double)f2xm1(-1),
           (double)f2xm1(0), (double)fsin(1e19L));
}

int main(void)
{
    edges();
    for (int i = 0; i < 2000; i++) {
        long double x = number(100), y = number(100);

        printf("fsin %.15g fcos %.15g\n", (double)fsin(x), (double)fcos(x));
        pairs(x);
        printf("fpatan %.15g\n", (double)fpatan(x, y));
        printf("fyl2x %.15g\n", (double)fyl2x(x, y < 0 ? -y : y));
        printf("fyl2xp1 %.15g\n", (double)fyl2xp1(x, number(0.29L)));
        printf("f2xm1 %.15g\n", (double)f2xm1(number(1)));
    }
    return 0;
}
