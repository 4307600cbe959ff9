/*
 * mathematics.c - the functions of math.h in all three precisions.  Long
 * doubles print with the digits that a CPU's own functions share.
 */
#include <complex.h>
#include <fenv.h>
#include <math.h>
#include <stdio.h>

static const double arguments[] = {
    0,    0.5,  -0.5, 1,     -1,     1.5,    2,       -2,      3.25,
    0.1,  -0.1, 1e-5, 1e-20, 1e-310, 10,     -10,     100.25,  1e5,
    1e10, 1e15, 1e22, 0.999, 1.001,  0.7071, 3.14159, -3.14159};

// clang-format off
// clang-format off
#define FUNCTIONS(F)                                                           \
    F(sin) F(cos) F(tan) F(asin) F(acos) F(atan) F(sinh) F(cosh) F(tanh)       \
    F(asinh) F(acosh) F(atanh) F(exp) F(exp2) F(expm1) F(log) F(log2)          \
    F(log10) F(log1p) F(sqrt) F(cbrt) F(erf) F(erfc) F(lgamma) F(tgamma)       \
    F(floor) F(ceil) F(trunc) F(round) F(rint) F(logb) F(j0) F(y1)
// clang-format on

#define TRY(name)                                                              \
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {        \
        volatile double x = arguments[i];                                      \
                                                                               \
        printf(#name "(%g) = %.15g %.7g %.15g\n", x, name(x),                  \
               (double)name##f((float)x), (double)name##l(x));                 \
    }

static void two_arguments(void)
{
    static const double pairs[][2] = {{2, 0.5},      {2, 10},   {-2, 3},
                                      {0.5, -3},     {10, 300}, {1.0001, 1e5},
                                      {-8, 1.0 / 3}, {7.5, 2},  {1e300, 3},
                                      {-7.5, 2},     {0, 0},    {1, -1}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        volatile double x = pairs[i][0], y = pairs[i][1];
        int e, q;

        printf("pow %.15g %.7g %.15g\n", pow(x, y),
               (double)powf((float)x, (float)y), (double)powl(x, y));
        printf("atan2 %.15g %.15g hypot %.15g %.15g\n", atan2(x, y),
               (double)atan2l(x, y), hypot(x, y), (double)hypotl(x, y));
        printf("fmod %.15g %.15g remainder %.15g %.15g\n", fmod(x, y),
               (double)fmodl(x, y), remainder(x, y), (double)remainderl(x, y));
        printf("remquo %.15g %d fma %.15g frexp %.15g\n", remquo(x, y, &q),
               q & 7, fma(x, y, -1), frexp(x, &e));
        printf("nextafter %a %La fdim %g\n", nextafter(x, y), nextafterl(x, y),
               fdim(x, y));
    }
}

static void rounding_and_flags(void)
{
    static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD,
                                FE_TOWARDZERO};
    volatile double one = 1, three = 3, zero = 0;
    volatile long double lone = 1, lthree = 3;

    for (size_t i = 0; i < 4; i++) {
        fesetround(modes[i]);
        printf("%a %La %ld %ld\n", one / three, lone / lthree, lrint(2.5 * one),
               lrintl(-2.5L * lone));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    printf("%g", one / zero);
    printf(" %d", fetestexcept(FE_DIVBYZERO) != 0);
    printf(" %g", zero / zero > 1 ? 1.0 : 2.0);
    printf(" %d\n", fetestexcept(FE_INVALID) != 0);
}

int main(void)
{
    double complex z = cexp(1.0 + 2.0 * I) * csqrt(-3.0 + 0.5 * I);

    FUNCTIONS(TRY)
    two_arguments();
    rounding_and_flags();
    printf("%.15g %.15g %.15g\n", creal(z), cimag(z), cabs(clog(z)));
    return 0;
}
