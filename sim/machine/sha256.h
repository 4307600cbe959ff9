/*
 * sha256.h - SHA-256 (FIPS 180-4): the fingerprint of what a program printed.
 */
#ifndef SIM_MACHINE_SHA256_H
#define SIM_MACHINE_SHA256_H
#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX_BYTES = 65 }; /* its NUL included */

struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t bytes);

/* Ends the sum: s takes no more bytes before the next sha256_init(). */
void sha256_hex(struct sha256 *s, char hex[SHA256_HEX_BYTES]);

#endif
