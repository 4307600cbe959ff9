/*
 * latency.h - how long things took: counts by length, in bounded memory, and
 * percentiles of them.
 *
 * Model     buckets as in Tene's HdrHistogram: 32 of equal width for each
 *           power of two, so that a percentile is at most 1/32 (3.1 %) too
 *           large, and never too small.  The greatest is exact.
 */
#ifndef SIM_RECORD_LATENCY_H
#define SIM_RECORD_LATENCY_H
#include <stdint.h>

enum { LATENCY_SUB_BITS = 5, LATENCY_BUCKETS = (64 - 4) << LATENCY_SUB_BITS };

struct latency {
    uint64_t count, total, greatest;
    uint64_t bucket[LATENCY_BUCKETS];
};

void latency_add(struct latency *l, uint64_t length);
void latency_merge(struct latency *sum, const struct latency *more);

/* The length that so many thousandths of all do not exceed; 0: there is none.
 */
uint64_t latency_permille(const struct latency *l, unsigned permille);

/* Mean; 0 if there is none. */
uint64_t latency_mean(const struct latency *l);

/* The least length that falls into a bucket above this one. */
uint64_t latency_bucket_end(unsigned bucket);

#endif
