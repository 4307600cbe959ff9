/*
 * crypto_sha.c - SHA instructions.  See crypto.h.
 */
#include "sim/cpu/crypto.h"

static uint32_t rotate_left(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static uint32_t rotate_right(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (~x & z);
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (x & z) ^ (y & z);
}

/* FIPS 180-4, "SHA-1 Functions" and "SHA-1 Constants". */
static uint32_t sha1_f(unsigned function, uint32_t b, uint32_t c, uint32_t d)
{
    if (function == 0)
        return choose(b, c, d);
    return function == 2 ? majority(b, c, d) : b ^ c ^ d;
}

/* d is A, B, C, D from the top; s is W0 + E, W1, W2, W3 from the top. */
void crypto_sha1rnds4(union xmm *d, const union xmm *s, unsigned function)
{
    static const uint32_t constant[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                         0xca62c1d6};
    const union xmm w = *s;
    uint32_t a = d->u32[3], b = d->u32[2], c = d->u32[1], e = 0;
    uint32_t dd = d->u32[0];

    function &= 3;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t next = sha1_f(function, b, c, dd) + rotate_left(a, 5) +
                        w.u32[3 - i] + e + constant[function];

        e = dd;
        dd = c;
        c = rotate_left(b, 30);
        b = a;
        a = next;
    }
    *d = (union xmm){.u32 = {dd, c, b, a}};
}

void crypto_sha1nexte(union xmm *d, const union xmm *s)
{
    uint32_t e = rotate_left(d->u32[3], 30);

    *d = *s;
    d->u32[3] += e;
}

void crypto_sha1msg1(union xmm *d, const union xmm *s)
{
    const union xmm w = *s;

    d->u32[3] ^= d->u32[1];
    d->u32[2] ^= d->u32[0];
    d->u32[1] ^= w.u32[3];
    d->u32[0] ^= w.u32[2];
}

void crypto_sha1msg2(union xmm *d, const union xmm *s)
{
    const union xmm w = *s;
    union xmm r = *d;

    r.u32[3] = rotate_left(r.u32[3] ^ w.u32[2], 1);
    r.u32[2] = rotate_left(r.u32[2] ^ w.u32[1], 1);
    r.u32[1] = rotate_left(r.u32[1] ^ w.u32[0], 1);
    r.u32[0] = rotate_left(r.u32[0] ^ r.u32[3], 1);
    *d = r;
}

/* d is C, D, G, H and s is A, B, E, F, from the top; two words of wk. */
void crypto_sha256rnds2(union xmm *d, const union xmm *s, const union xmm *wk)
{
    const union xmm k = *wk;
    uint32_t a = s->u32[3], b = s->u32[2], c = d->u32[3], dd = d->u32[2];
    uint32_t e = s->u32[1], f = s->u32[0], g = d->u32[1], h = d->u32[0];

    for (unsigned i = 0; i < 2; i++) {
        uint32_t s1 =
            rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t s0 =
            rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t t = choose(e, f, g) + s1 + k.u32[i] + h;

        h = g;
        g = f;
        f = e;
        e = t + dd;
        dd = c;
        c = b;
        b = a;
        a = t + majority(b, c, dd) + s0;
    }
    *d = (union xmm){.u32 = {f, e, b, a}};
}

void crypto_sha256msg1(union xmm *d, const union xmm *s)
{
    const uint32_t w[5] = {d->u32[0], d->u32[1], d->u32[2], d->u32[3],
                           s->u32[0]};

    for (unsigned i = 0; i < 4; i++)
        d->u32[i] = w[i] + (rotate_right(w[i + 1], 7) ^
                            rotate_right(w[i + 1], 18) ^ w[i + 1] >> 3);
}

static uint32_t sigma1(uint32_t w)
{
    return rotate_right(w, 17) ^ rotate_right(w, 19) ^ w >> 10;
}

void crypto_sha256msg2(union xmm *d, const union xmm *s)
{
    const union xmm w = *s;

    d->u32[0] += sigma1(w.u32[2]);
    d->u32[1] += sigma1(w.u32[3]);
    d->u32[2] += sigma1(d->u32[0]);
    d->u32[3] += sigma1(d->u32[1]);
}
