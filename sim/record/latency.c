#include "sim/record/latency.h"

enum { SUB_BUCKETS = 1 << LATENCY_SUB_BITS };

static unsigned highest_bit(uint64_t v)
{
    unsigned bit = 0;

    for (unsigned step = 32; step != 0; step /= 2)
        if (v >> step) {
            v >>= step;
            bit += step;
        }
    return bit;
}

/* Below 32 a bucket each; above, the five bits behind the leading one count. */
static unsigned bucket_of(uint64_t length)
{
    unsigned shift;

    if (length < SUB_BUCKETS)
        return (unsigned)length;
    shift = highest_bit(length) - LATENCY_SUB_BITS;
    return (shift << LATENCY_SUB_BITS) + (unsigned)(length >> shift);
}

uint64_t latency_bucket_end(unsigned bucket)
{
    unsigned shift = bucket >> LATENCY_SUB_BITS;
    uint64_t lead = (bucket & (SUB_BUCKETS - 1)) + 1;

    if (shift == 0)
        return lead;
    return (lead + SUB_BUCKETS) << (shift - 1);
}

void latency_add(struct latency *l, uint64_t length)
{
    l->count++;
    l->total += length;
    if (length > l->greatest)
        l->greatest = length;
    l->bucket[bucket_of(length)]++;
}

void latency_merge(struct latency *sum, const struct latency *more)
{
    sum->count += more->count;
    sum->total += more->total;
    if (more->greatest > sum->greatest)
        sum->greatest = more->greatest;
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
        sum->bucket[i] += more->bucket[i];
}

uint64_t latency_permille(const struct latency *l, unsigned permille)
{
    uint64_t wanted = (l->count * permille + 999) / 1000, seen = 0;

    if (wanted == 0)
        return 0;
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        seen += l->bucket[i];
        if (seen >= wanted) {
            uint64_t last = latency_bucket_end(i) - 1;

            return last < l->greatest ? last : l->greatest;
        }
    }
    return l->greatest;
}

uint64_t latency_mean(const struct latency *l)
{
    return l->count ? l->total / l->count : 0;
}
