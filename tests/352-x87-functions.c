/*
 * 352-x87-functions.c - claim: the transcendental functions of the 80-bit
 * format are correctly rounded for these arguments, and obey the tables of
 * special results.
 *
 * Intel SDM vol. 1, "Transcendental Instruction Accuracy", "Pi"; vol. 2,
 * FSIN, FCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1.
 *
 * The numbers were computed with 400 bits by another program (mpmath); angles
 * are reduced by the 66-bit pi of the manual.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "sim/core/macros.h"
#include "sim/cpu/softfp_functions.h"

enum function { SIN, COS, TAN, EXP2M1, ATAN2, LOG, LOG1P };

/* Mantissa 0: zero. */
struct number {
    int sign;
    int32_t exponent;
    uint64_t mantissa;
};

struct row {
    enum function function;
    struct number y, x, result;
};

// clang-format off
static const struct row rows[] = {
    {SIN, {0, 0, 0x0000000000000000}, {0, -1, 0xa69e0d37f2a74de4}, {0, -1, 0x9b19c90c6ef20672}},
    {SIN, {0, 0, 0x0000000000000000}, {1, 2, 0x928b2f330c5c7fd0}, {0, -1, 0xfdbe19cd975ff82d}},
    {SIN, {0, 0, 0x0000000000000000}, {1, 1, 0xdd9dc9f81818e811}, {0, -2, 0xa19f8a81ead4d0cf}},
    {SIN, {0, 0, 0x0000000000000000}, {0, -40, 0x81e74ef5e8e25d94}, {0, -40, 0x81e74ef5e8e25d94}},
    {SIN, {0, 0, 0x0000000000000000}, {0, -40, 0xef03675a1600a35a}, {0, -40, 0xef03675a1600a35a}},
    {SIN, {0, 0, 0x0000000000000000}, {1, -20, 0x9738f7d93d9c1724}, {1, -20, 0x9738f7d93d78e96c}},
    {SIN, {0, 0, 0x0000000000000000}, {1, 0, 0xd3ac94af0f21ddb6}, {1, -1, 0xff1ee40cdc43773e}},
    {SIN, {0, 0, 0x0000000000000000}, {1, -20, 0xb9263059f28c105d}, {1, -20, 0xb9263059f24b7fd6}},
    {SIN, {0, 0, 0x0000000000000000}, {0, 2, 0xf29d0da9953f48f1}, {0, -1, 0xf69123bc0001efc9}},
    {SIN, {0, 0, 0x0000000000000000}, {0, 1, 0xe58cda1495e60af5}, {1, -2, 0xdc74447aa7d6821b}},
    {SIN, {0, 0, 0x0000000000000000}, {1, -3, 0x8e81973e0becd7b0}, {1, -3, 0x8e0bf2634f64e6ef}},
    {SIN, {0, 0, 0x0000000000000000}, {0, -5, 0xeb4cb2424a23d596}, {0, -5, 0xeb2b922a3de58a97}},
    {SIN, {0, 0, 0x0000000000000000}, {0, 1, 0x922766581e27a1c0}, {0, -1, 0xc1a9b13bf198ca18}},
    {SIN, {0, 0, 0x0000000000000000}, {0, 1, 0xae97ba94d0eda82f}, {0, -2, 0xcdc4c1d3c30597f0}},
    {COS, {0, 0, 0x0000000000000000}, {1, -20, 0x923a736994e3bf91}, {0, -1, 0xffffffffff58f28e}},
    {COS, {0, 0, 0x0000000000000000}, {1, -3, 0x98f135d25f557203}, {0, -1, 0xfd26610353883bbb}},
    {COS, {0, 0, 0x0000000000000000}, {0, 5, 0x907a70c31012f037}, {1, -7, 0x8f459fd359b61ca2}},
    {COS, {0, 0, 0x0000000000000000}, {1, 1, 0xff15052434b9b5df}, {1, -1, 0xaa181786a5f2c5d9}},
    {COS, {0, 0, 0x0000000000000000}, {0, 1, 0xc6f877186d76b07e}, {1, -1, 0xffdd03428a04ab4e}},
    {COS, {0, 0, 0x0000000000000000}, {0, 0, 0xec66a78795e761d1}, {1, -2, 0x8b913ad9b7f6a177}},
    {COS, {0, 0, 0x0000000000000000}, {1, -1, 0xbf98e2774cbd87ad}, {0, -1, 0xbb963093e5142756}},
    {COS, {0, 0, 0x0000000000000000}, {0, -5, 0xc7a2ea20b2f14c94}, {0, -1, 0xffb22c99f587f0fe}},
    {COS, {0, 0, 0x0000000000000000}, {1, -20, 0xccdd2055930d6eaf}, {0, -1, 0xfffffffffeb81dab}},
    {COS, {0, 0, 0x0000000000000000}, {1, 0, 0xd7ee05cde00902c7}, {1, -4, 0xed59d986455b05b6}},
    {COS, {0, 0, 0x0000000000000000}, {1, 0, 0x9be4bcfc49b64a08}, {0, -2, 0xb0f2816c3d5833a7}},
    {COS, {0, 0, 0x0000000000000000}, {0, -20, 0x830e07bc1e398f10}, {0, -1, 0xffffffffff79d147}},
    {COS, {0, 0, 0x0000000000000000}, {0, -5, 0xd790f82ec1d3fcff}, {0, -1, 0xffa542f3452e09b0}},
    {COS, {0, 0, 0x0000000000000000}, {0, 60, 0xebf46c697d2caf82}, {0, -1, 0xfdc41dc4c39ba11a}},
    {TAN, {0, 0, 0x0000000000000000}, {1, 2, 0xc3baea9e13deef86}, {0, -3, 0xac36bba073996844}},
    {TAN, {0, 0, 0x0000000000000000}, {1, 1, 0xe01f5057ca02135e}, {1, -2, 0xc0e78e15388fb57f}},
    {TAN, {0, 0, 0x0000000000000000}, {0, -1, 0xb1fee08f57124242}, {0, -1, 0xd59339b55682e8a9}},
    {TAN, {0, 0, 0x0000000000000000}, {1, 1, 0x9474031b7f26144b}, {0, 0, 0x89bbdd09354c18aa}},
    {TAN, {0, 0, 0x0000000000000000}, {0, 0, 0xd70820fe119a72d1}, {1, 3, 0x9204e8479282588e}},
    {TAN, {0, 0, 0x0000000000000000}, {1, -2, 0xb2715945795e8229}, {1, -2, 0xba0973bc83c06b83}},
    {TAN, {0, 0, 0x0000000000000000}, {1, -20, 0xbb2d420f0f88080b}, {1, -20, 0xbb2d420f100d7314}},
    {TAN, {0, 0, 0x0000000000000000}, {1, -2, 0x93f448b3a5aa3c81}, {1, -2, 0x98370618121a9f18}},
    {TAN, {0, 0, 0x0000000000000000}, {0, 2, 0xf2158370d269a9a5}, {0, 1, 0xd75e061ebdda95f1}},
    {TAN, {0, 0, 0x0000000000000000}, {1, 5, 0xe315128862c33a4f}, {1, -3, 0xe70aa717a39e9b30}},
    {TAN, {0, 0, 0x0000000000000000}, {0, -1, 0xf0ce583505c6af07}, {0, 0, 0xaf8039d50fa64aa1}},
    {TAN, {0, 0, 0x0000000000000000}, {0, -1, 0x9c6539382b0537e6}, {0, -1, 0xb3461b1332444664}},
    {TAN, {0, 0, 0x0000000000000000}, {1, 0, 0xb7dc76fb0f17a300}, {1, 2, 0xecb1b57cda691143}},
    {TAN, {0, 0, 0x0000000000000000}, {0, -2, 0xbd0561e6211c70cf}, {0, -2, 0xc61aa571d620b6bf}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {1, -1, 0xeab477d26415479c}, {1, -2, 0xf0ce395bf9285bb8}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -2, 0xf2fdf2022a96fb1a}, {0, -2, 0xc7700fc82a377242}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -2, 0xd1bc52d9230d977e}, {0, -2, 0xa81e0bb80470541d}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -1, 0xfc891b4a6a50df4d}, {0, -1, 0xfb3840d2eec941aa}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -8, 0x953e7c2a26a2c0bd}, {0, -9, 0xcf3920dbdd208568}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -1, 0xbbbbe9eaa8948c89}, {0, -1, 0xa99838ae4e4015e6}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -2, 0xaeae05cf96d0cc5f}, {0, -2, 0x889803b8e487ea33}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {1, -1, 0xeb4013ef254b0c4e}, {1, -2, 0xf134a984f1d3dc48}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {1, -8, 0xd19088f590fbbd11}, {1, -8, 0x90f0079d71a61a80}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {1, -60, 0x83f73f16dbf4a8b2}, {1, -61, 0xb6f18627b945ad17}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {1, -1, 0xdef88334e647cb8f}, {1, -2, 0xe80d0abb7abdb846}},
    {EXP2M1, {0, 0, 0x0000000000000000}, {0, -1, 0xe4e50cad66237a04}, {0, -1, 0xdbc5146ee694c9e9}},
    {ATAN2, {0, 2, 0x8fef792866836886}, {0, -20, 0xb571810afc132d0d}, {0, 0, 0xc90fd81cb58ae991}},
    {ATAN2, {1, -5, 0xd70dc1951c2442f9}, {1, -40, 0x800f49c81a358ca0}, {1, 0, 0xc90fdaa22aefd5e9}},
    {ATAN2, {1, -5, 0x99f9919c895fd7b3}, {0, -1, 0x868739fa9d1de2a0}, {1, -4, 0x9240fb4d7e8da81a}},
    {ATAN2, {0, 30, 0x9d33a01c353c631c}, {1, -5, 0xc093f6dea268aa87}, {0, 0, 0xc90fdaa23502837e}},
    {ATAN2, {0, -1, 0xdd39d0a89a2ef80f}, {0, -20, 0xd953ee261d87cec3}, {0, 0, 0xc90fcaea4d433053}},
    {ATAN2, {0, 0, 0xfbdc968b7afb2c68}, {1, -20, 0x9a28f7b324e4e25a}, {0, 0, 0xc90fdf87acba0d58}},
    {ATAN2, {0, -1, 0xc3c71b9abd87a865}, {1, 30, 0xa9540a6eb12aa1f6}, {0, 1, 0xc90fdaa18d6a51af}},
    {ATAN2, {1, -40, 0xf373ca533488f876}, {1, 1, 0xa587be6b5c9bcf35}, {1, 1, 0xc90fdaa22139b1e3}},
    {ATAN2, {1, 1, 0x86ec41adea057543}, {1, 1, 0xfa7f0eab4c4f9b06}, {1, 1, 0xa97114043bdd4011}},
    {ATAN2, {1, 30, 0xb239f3c7174c77a2}, {1, -2, 0xdde0099784b5a818}, {1, 0, 0xc90fdaa2c0c1d988}},
    {ATAN2, {0, -5, 0xc59db9165b0ee76f}, {1, 1, 0xc77024208aa4248c}, {0, 1, 0xc8123684b9c412d6}},
    {ATAN2, {1, -1, 0xb9194242a2eddbbd}, {1, 12, 0xfc241d0bc9d488b1}, {1, 1, 0xc90e62c52ee1707f}},
    {ATAN2, {0, 30, 0xce5b2a9231f51707}, {1, 30, 0xbd68516766934036}, {0, 1, 0x940eac116fc7f0b6}},
    {ATAN2, {0, -3, 0x8483f8b8332dd331}, {1, -1, 0x876b3e36bb2313f5}, {0, 1, 0xb9b4e1615690a7f6}},
    {LOG, {0, -40, 0xc787f93bca44eb86}, {0, -2, 0xb1491e243192b704}, {1, -39, 0x98a5ecb7e334c596}},
    {LOG, {1, -1, 0xcefe2a1f727d8349}, {0, 5, 0xd97a1ecffcf00fec}, {1, 2, 0x95282d78ba8f7d7c}},
    {LOG, {0, -1, 0xb8703800149e259b}, {0, -3, 0xb25b55dd78572976}, {1, 0, 0xe884f640f6c54a79}},
    {LOG, {1, -3, 0x9fc2d0a17b8f2ab5}, {0, 60, 0xd726c86b9c3a23cd}, {1, 3, 0x97a56aa46151c953}},
    {LOG, {0, 0, 0xa72991b9e8c14743}, {0, 12, 0x95b40aeba4a45eff}, {0, 3, 0xff7711d3cceee22f}},
    {LOG, {0, 2, 0xe8e727891eb20109}, {0, 12, 0xc0093492b6246771}, {0, 6, 0xb73234560ed5bd65}},
    {LOG, {0, 0, 0xadb3997fe39639be}, {0, 12, 0xd51fd8f9a2c68e45}, {0, 4, 0x8a42f6d4349c2056}},
    {LOG, {1, 12, 0xf8be8831f237e45a}, {0, 0, 0xe6c1494e7691b06f}, {1, 12, 0xd37ca67827c36d2f}},
    {LOG, {0, -20, 0xa8aaca51b98c67c2}, {0, 0, 0xfffffffffffd94e3}, {0, -20, 0xa8aaca51b98a1b46}},
    {LOG, {1, 12, 0xa56badf9a7e6529b}, {0, -1, 0xfffffffffff10022}, {0, -32, 0xdfba61d3a9edc3da}},
    {LOG, {0, -5, 0x8c5c715f8c74fc1e}, {0, 0, 0x8000000000e95b31}, {0, -44, 0xb8963ae9a2afc81d}},
    {LOG, {0, 1, 0xef02090bbfdefc15}, {0, -1, 0x800000003f23a02d}, {1, 1, 0xef02090b15c83ffd}},
    {LOG, {0, 30, 0xb606defcdfb85c0d}, {0, -1, 0x800000000d9e2f24}, {1, 30, 0xb606defcc3c7fbdc}},
    {LOG, {0, 12, 0xd37409029620bf0d}, {0, -1, 0x800000003563736e}, {1, 12, 0xd374090216e31793}},
    {LOG1P, {1, 60, 0xda9196f0bd6b881a}, {1, -3, 0x9556585ea997f351}, {0, 58, 0xc6d331859c409fd9}},
    {LOG1P, {1, 0, 0xeaefc4d2d3bf6d01}, {0, -3, 0x8825ae562179b37d}, {1, -2, 0xa93dae2a579e2b2a}},
    {LOG1P, {0, 1, 0xdf70301704c9d78d}, {0, -33, 0x9bca3cb72ee0289d}, {0, -31, 0xc42b680b3b64a0d9}},
    {LOG1P, {1, -5, 0xf936d536243d3570}, {0, -9, 0x8e752fdf1ece615d}, {1, -13, 0xc7dbafca4f2ea52c}},
    {LOG1P, {1, 2, 0x87ddaeb784b28054}, {0, -3, 0xc6c80e2bc8c614b2}, {1, 0, 0x8b199bb8cc1dd401}},
    {LOG1P, {0, -40, 0xb0f970583f9d52f9}, {1, -4, 0x9905d591c5b2e75a}, {1, -43, 0x9e9e7003f3ced567}},
    {LOG1P, {1, 1, 0xc28ee907072235c2}, {0, -3, 0xf178ba0a1038f0b5}, {1, -1, 0xedb7f4c752757d25}},
    {LOG1P, {0, 1, 0x831d03bf9b2bd6c0}, {1, -3, 0xf3ccef0346f5a1b4}, {1, -1, 0xcdbe534863eb173e}},
    {LOG1P, {1, 12, 0x81fc069e7a609683}, {1, -9, 0x85f1115bb2fff17b}, {0, 3, 0xc46f059c583a66b4}},
    {LOG1P, {1, 60, 0xe48b96628f3c4be3}, {0, -4, 0xf29135bdd70a39d1}, {1, 58, 0x93a15f236475e727}},
    {LOG1P, {0, -20, 0xf12ea6b36471fde4}, {0, -62, 0xbd9a8079abd0d7fb}, {0, -80, 0x80da805231583db5}},
    {LOG1P, {1, -3, 0xcd82feacab6286cd}, {0, -3, 0xc6e50df2e5a3863e}, {1, -5, 0xd283720074a861d9}},
};
// clang-format on

static struct fp number(struct number n)
{
    return (struct fp){.mantissa = n.mantissa,
                       .exponent = n.exponent,
                       .class = n.mantissa ? FP_CLASS_NORMAL : FP_CLASS_ZERO,
                       .sign = n.sign != 0};
}

static struct fp apply(struct fp_env *env, enum function f, struct fp y,
                       struct fp x)
{
    switch (f) {
    case SIN:
        return fp_sin(env, x);
    case COS:
        return fp_cos(env, x);
    case TAN:
        return fp_tan(env, x);
    case EXP2M1:
        return fp_exp2m1(env, x);
    case ATAN2:
        return fp_atan2(env, y, x);
    case LOG:
        return fp_ylog2x(env, y, x);
    case LOG1P:
        return fp_ylog2xp1(env, y, x);
    }
    abort();
}

START_TEST(test_x87_functions_ordinary_arguments_correctly_rounded)
{
    const struct row *r = &rows[_i];
    struct fp_env env = {.masked = FP_FLAGS, .x87 = true};
    struct fp got = apply(&env, r->function, number(r->y), number(r->x));

    ck_assert_int_eq(got.class, FP_CLASS_NORMAL);
    ck_assert_int_eq(got.sign, r->result.sign);
    ck_assert_int_eq(got.exponent, r->result.exponent);
    ck_assert_uint_eq(got.mantissa, r->result.mantissa);
    ck_assert_uint_eq(env.flags, FP_PE);
}
END_TEST

/* Rounded down and up, a result differs by one unit: it is never exact. */
START_TEST(test_x87_functions_directed_rounding_brackets_result)
{
    const struct row *r = &rows[_i];
    struct fp_env down = {
        .masked = FP_FLAGS, .x87 = true, .rounding = FP_ROUND_ZERO};
    struct fp_env up = down;
    struct fp a, b;

    up.rounding = r->result.sign ? FP_ROUND_DOWN : FP_ROUND_UP;
    a = apply(&down, r->function, number(r->y), number(r->x));
    b = apply(&up, r->function, number(r->y), number(r->x));
    if (a.exponent == b.exponent)
        ck_assert_uint_eq(a.mantissa + 1, b.mantissa);
    ck_assert(!down.rounded_up);
    ck_assert(up.rounded_up);
}
END_TEST

/* A number by its usual name, for the tables of special results. */
static struct fp special(double d)
{
    struct fp_env env = {.masked = FP_FLAGS};
    uint64_t bits;

    _Static_assert(sizeof bits == sizeof d, "binary64");
    __builtin_memcpy(&bits, &d, sizeof bits);
    return fp_unpack64(&env, bits);
}

struct special_row {
    enum function function;
    double y, x, result; /* of irrational results, rounded */
    uint32_t flags;
};

#define PI 3.14159265358979323846

static const struct special_row specials[] = {
    {SIN, 0, -0.0, -0.0, 0},
    {SIN, 0, INFINITY, NAN, FP_IE},
    {COS, 0, 0.0, 1, 0},
    {COS, 0, -INFINITY, NAN, FP_IE},
    {TAN, 0, -0.0, -0.0, 0},
    {EXP2M1, 0, 1, 1, 0},
    {EXP2M1, 0, -1, -0.5, 0},
    {EXP2M1, 0, -0.0, -0.0, 0},
    {EXP2M1, 0, INFINITY, INFINITY, 0},
    {EXP2M1, 0, -INFINITY, -1, 0},
    {ATAN2, 0.0, 2, 0.0, 0},
    {ATAN2, -0.0, 2, -0.0, 0},
    {ATAN2, -0.0, -2, -PI, FP_PE},
    {ATAN2, 0.0, -0.0, PI, FP_PE},
    {ATAN2, 3, 0.0, PI / 2, FP_PE},
    {ATAN2, -3, -0.0, -PI / 2, FP_PE},
    {ATAN2, INFINITY, 3, PI / 2, FP_PE},
    {ATAN2, -INFINITY, INFINITY, -PI / 4, FP_PE},
    {ATAN2, INFINITY, -INFINITY, PI * 0.75, FP_PE},
    {ATAN2, 3, -INFINITY, PI, FP_PE},
    {ATAN2, -3, INFINITY, -0.0, 0},
    {ATAN2, 1, 1, PI / 4, FP_PE},
    {LOG, 3, 8, 9, 0},
    {LOG, -3, 0.25, 6, 0},
    {LOG, 3, 1, 0.0, 0},
    {LOG, -3, 1, -0.0, 0},
    {LOG, INFINITY, 1, NAN, FP_IE},
    {LOG, 3, 0.0, -INFINITY, FP_ZE},
    {LOG, -3, -0.0, INFINITY, FP_ZE},
    {LOG, 0.0, 0.0, NAN, FP_IE},
    {LOG, INFINITY, 0.0, -INFINITY, 0},
    {LOG, 3, -1, NAN, FP_IE},
    {LOG, 0.0, INFINITY, NAN, FP_IE},
    {LOG, -2, INFINITY, -INFINITY, 0},
    {LOG, INFINITY, 0.5, -INFINITY, 0},
    {LOG, 0.0, 0.5, -0.0, 0},
    {LOG1P, 3, -0.0, -0.0, 0},
    {LOG1P, INFINITY, 0.0, NAN, FP_IE},
    {LOG1P, 3, 1, 3, 0},
};

START_TEST(test_x87_functions_special_arguments_follow_tables)
{
    const struct special_row *r = &specials[_i];
    struct fp_env env = {.masked = FP_FLAGS, .x87 = true};
    struct fp got = apply(&env, r->function, special(r->y), special(r->x));
    struct fp wanted = special(r->result);

    ck_assert_uint_eq(env.flags, r->flags);
    if (fp_is_nan(wanted)) {
        ck_assert(fp_is_nan(got));
        return;
    }
    env = (struct fp_env){.masked = FP_FLAGS};
    ck_assert_uint_eq(fp_pack64(fp_convert(&env, &fp_double, got)),
                      fp_pack64(wanted));
}
END_TEST

START_TEST(test_x87_functions_nan_argument_is_passed_on)
{
    struct fp nan = special(NAN);

    nan.mantissa |= 0x12300;
    for (int f = SIN; f <= LOG1P; f++) {
        struct fp_env env = {.masked = FP_FLAGS, .x87 = true};
        struct fp got = apply(&env, (enum function)f, fp_from_int(1), nan);

        ck_assert(fp_is_nan(got));
        ck_assert_uint_eq(got.mantissa, nan.mantissa);
        ck_assert_uint_eq(env.flags, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("x87-functions");
    TCase *tc = tcase_create("functions");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tc,
                        test_x87_functions_ordinary_arguments_correctly_rounded,
                        0, (int)ARRAY_LEN(rows));
    tcase_add_loop_test(tc,
                        test_x87_functions_directed_rounding_brackets_result, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_loop_test(tc, test_x87_functions_special_arguments_follow_tables,
                        0, (int)ARRAY_LEN(specials));
    tcase_add_test(tc, test_x87_functions_nan_argument_is_passed_on);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
