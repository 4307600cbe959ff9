/*
 * fair_shares.c - what each VM is entitled to, and how fair it was.
 *
 * Source  Bertsekas, Gallager: Data Networks, "Max-Min Flow Control"; Jain,
 *         Chiu, Hawe: A Quantitative Measure of Fairness, DEC-TR-301 (1984).
 */
#include "sim/machine/scenario/scenario_result.h"

/* A claim's share when each unit of weight has so much. */
static double share_at(const struct fair_claim *c, double level)
{
    double share = c->weight * level;

    if (c->beyond_floor)
        share += c->floor;
    if (share < c->floor)
        share = c->floor;
    return share > c->limit ? c->limit : share;
}

static double sum_at(const struct fair_claim *claims, unsigned count,
                     double level)
{
    double sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += share_at(&claims[i], level);
    return sum;
}

/* Slices of SEDF may be promised twice over: then each has as much less. */
static void fit_floors(struct fair_claim *claims, unsigned count,
                       double capacity)
{
    double floors = 0;

    for (unsigned i = 0; i < count; i++)
        floors += claims[i].floor;
    for (unsigned i = 0; i < count && floors > capacity; i++)
        claims[i].floor *= capacity / floors;
}

/* The level at which the sum is the capacity, by halving: it only grows. */
void fair_shares(struct fair_claim *claims, unsigned count, double capacity)
{
    double low = 0, high = 1;

    fit_floors(claims, count, capacity);
    for (unsigned i = 0; i < count; i++)
        if (claims[i].limit / claims[i].weight > high)
            high = claims[i].limit / claims[i].weight;
    if (sum_at(claims, count, high) > capacity)
        for (int step = 0; step < 100; step++) {
            double middle = (low + high) / 2;

            if (sum_at(claims, count, middle) > capacity)
                high = middle;
            else
                low = middle;
        }
    for (unsigned i = 0; i < count; i++)
        claims[i].share = share_at(&claims[i], high);
}

double jain_index(const double *x, unsigned count)
{
    double sum = 0, squares = 0;

    for (unsigned i = 0; i < count; i++) {
        sum += x[i];
        squares += x[i] * x[i];
    }
    return squares > 0 ? sum * sum / (count * squares) : 1;
}
