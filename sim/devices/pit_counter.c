/*
 * pit_counter.c - one counter of an 8254, by arithmetic instead of clocks.
 *
 * Hardware      Intel 8254 data sheet, "Mode Definitions", "Read Operations".
 * Model         A period is known by its count and its first tick; the level
 *               of OUT and the value of the counter follow.  A count that is
 *               written is loaded one tick later; in modes 2 and 3 while they
 *               run, at the end of the period (mode 3: of the half).
 * NOT MODELLED  what a counter reads between the two bytes of its first
 *               count; the one-tick states of a gate that toggles within a
 *               tick.
 * INVARIANTS
 *   1. count is 1 .. 65536 (10000 in BCD) while active.
 *   2. seen_tick never goes back.
 */
#include "sim/devices/pit_counter.h"

enum { STATUS_OUT = 0x80, STATUS_NULL = 0x40 };

static uint32_t modulus(const struct pit_counter *c)
{
    return c->bcd ? 10000 : 65536;
}

static bool is_periodic(const struct pit_counter *c)
{
    return c->mode == 2 || c->mode == 3;
}

static bool is_triggered(const struct pit_counter *c)
{
    return c->mode == 1 || c->mode == 5;
}

/* In these modes a closed gate stops the counting. */
static bool gate_stops(const struct pit_counter *c)
{
    return !is_triggered(c);
}

static uint32_t high_ticks(uint32_t count)
{
    return (count + 1) / 2;
}

/* Ticks of the period that runs; in mode 3, of its half. */
static uint64_t segment_ticks(const struct pit_counter *c)
{
    if (c->mode != 3)
        return c->count;
    return c->half_high ? high_ticks(c->count) : c->count / 2;
}

static uint64_t elapsed(const struct pit_counter *c, uint64_t tick)
{
    if (gate_stops(c) && !c->gate)
        return c->held_ticks;
    return tick > c->start_tick ? tick - c->start_tick : 0;
}

/* Skips the whole periods that lie between start and tick. */
static void skip_periods(struct pit_counter *c, uint64_t tick)
{
    uint64_t past = elapsed(c, tick);

    if (past >= c->count)
        c->start_tick += past / c->count * c->count;
}

/* The period that runs becomes the one that tick is in. */
static void catch_up(struct pit_counter *c, uint64_t tick)
{
    if (!c->active || !is_periodic(c) || !c->gate)
        return;
    while (elapsed(c, tick) >= segment_ticks(c)) {
        if (c->next_count == 0)
            skip_periods(c, tick);
        if (elapsed(c, tick) < segment_ticks(c))
            return;
        c->start_tick += segment_ticks(c);
        c->half_high = !c->half_high;
        if (c->next_count != 0)
            c->count = c->next_count;
        c->next_count = 0;
        if (c->mode == 3 && !c->half_high && c->count < 2)
            c->half_high = true;
    }
}

void pit_counter_reset(struct pit_counter *c, bool gate)
{
    *c = (struct pit_counter){.access = PIT_BOTH, .gate = gate};
}

void pit_counter_control(struct pit_counter *c, uint8_t word, uint64_t tick)
{
    static const uint8_t modes[8] = {0, 1, 2, 3, 4, 5, 2, 3};
    bool gate = c->gate;

    *c = (struct pit_counter){.mode = modes[word >> 1 & 7],
                              .access = (enum pit_access)(word >> 4 & 3),
                              .bcd = (word & 1) != 0,
                              .gate = gate,
                              .half_high = true,
                              .seen_tick = tick};
}

/* A whole count has been written. */
static void load(struct pit_counter *c, uint32_t value, uint64_t tick)
{
    if (c->bcd)
        value = (value >> 12 & 15) * 1000 + (value >> 8 & 15) * 100 +
                (value >> 4 & 15) * 10 + (value & 15);
    if (value == 0 || value > modulus(c))
        value = modulus(c);
    catch_up(c, tick);
    if (is_triggered(c)) {
        c->armed = value;
        return;
    }
    if (is_periodic(c) && c->active) {
        c->next_count = value;
        return;
    }
    c->active = true;
    c->count = value;
    c->half_high = true;
    c->start_tick = tick + 1;
    c->held_ticks = 0;
}

void pit_counter_write(struct pit_counter *c, uint8_t value, uint64_t tick)
{
    if (c->access == PIT_BOTH && !c->write_high) {
        c->write_low = value;
        c->write_high = true;
        if (c->mode == 0)
            c->active = false; /* the first byte stops the counting */
        return;
    }
    c->write_high = false;
    if (c->access == PIT_LOW)
        load(c, value, tick);
    else if (c->access == PIT_HIGH)
        load(c, (uint32_t)value << 8, tick);
    else
        load(c, (uint32_t)value << 8 | c->write_low, tick);
}

/* Mode 3 counts down by two in each half, from an even number. */
static uint32_t square_value(const struct pit_counter *c, uint64_t past)
{
    uint64_t from = c->count & ~1u;
    uint64_t down = 2 * past;

    if (from == 0)
        return c->count;
    return (uint32_t)(down <= from ? from - down : 0);
}

/* What the counting element holds, before BCD. */
static uint32_t value_now(struct pit_counter *c, uint64_t tick)
{
    uint64_t past;

    catch_up(c, tick);
    if (!c->active)
        return c->armed;
    past = elapsed(c, tick);
    if (c->mode == 3)
        return square_value(c, past);
    if (is_periodic(c))
        return (uint32_t)(c->count - past);
    /* Past its end the counter wraps, and goes on. */
    return (uint32_t)((c->count + modulus(c) - past % modulus(c)) % modulus(c));
}

static uint16_t encoded(const struct pit_counter *c, uint32_t value)
{
    if (!c->bcd)
        return (uint16_t)value;
    return (uint16_t)((value / 1000 % 10) << 12 | (value / 100 % 10) << 8 |
                      (value / 10 % 10) << 4 | value % 10);
}

void pit_counter_latch(struct pit_counter *c, uint64_t tick)
{
    if (c->latches != 0)
        return; /* until it is read, a second latch does nothing */
    c->latched = encoded(c, value_now(c, tick));
    c->latches = c->access == PIT_BOTH ? 2 : 1;
}

void pit_counter_latch_status(struct pit_counter *c, uint64_t tick)
{
    bool null_count;

    if (c->status_latched)
        return;
    catch_up(c, tick);
    null_count = c->next_count != 0 || c->armed != 0 || !c->active ||
                 tick < c->start_tick;
    c->status =
        (uint8_t)((pit_counter_out(c, tick) ? STATUS_OUT : 0) |
                  (null_count ? STATUS_NULL : 0) | (unsigned)c->access << 4 |
                  (unsigned)c->mode << 1 | (unsigned)c->bcd);
    c->status_latched = true;
}

static uint8_t read_latched(struct pit_counter *c)
{
    bool high =
        c->access == PIT_HIGH || (c->access == PIT_BOTH && c->latches == 1);

    c->latches--;
    return (uint8_t)(high ? c->latched >> 8 : c->latched);
}

uint8_t pit_counter_read(struct pit_counter *c, uint64_t tick)
{
    uint16_t value;
    bool high;

    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    if (c->latches != 0)
        return read_latched(c);
    value = encoded(c, value_now(c, tick));
    high = c->access == PIT_HIGH || (c->access == PIT_BOTH && c->read_high);
    if (c->access == PIT_BOTH)
        c->read_high = !c->read_high;
    return (uint8_t)(high ? value >> 8 : value);
}

void pit_counter_set_gate(struct pit_counter *c, bool gate, uint64_t tick)
{
    if (gate == c->gate)
        return;
    catch_up(c, tick);
    if (!gate) {
        c->held_ticks = elapsed(c, tick);
        c->gate = false;
        return;
    }
    c->gate = true;
    if (is_periodic(c)) { /* a rise begins a new period */
        c->start_tick = tick + 1;
        c->half_high = true;
        if (c->next_count != 0)
            c->count = c->next_count;
        c->next_count = 0;
    } else if (is_triggered(c)) {
        if (c->armed != 0)
            c->count = c->armed;
        c->active = c->active || c->armed != 0;
        c->armed = 0;
        c->start_tick = tick + 1;
    } else {
        c->start_tick = tick - c->held_ticks;
    }
}

bool pit_counter_out(struct pit_counter *c, uint64_t tick)
{
    uint64_t past;

    catch_up(c, tick);
    if (!c->active)
        return c->mode != 0;
    past = elapsed(c, tick);
    switch (c->mode) {
    case 0:
        return past >= c->count;
    case 1:
        return tick < c->start_tick || past >= c->count;
    case 2:
        return !c->gate || past != c->count - 1u || c->count == 1;
    case 3:
        return !c->gate || c->half_high;
    default: /* 4 and 5: low for one tick at the end */
        return past != c->count;
    }
}

/* Ticks of the period after which OUT rises. */
static uint64_t rise_after(const struct pit_counter *c)
{
    return c->mode >= 4 ? (uint64_t)c->count + 1 : c->count;
}

/* The first rise of a period that repeats, after tick. */
static uint64_t next_periodic_rise(const struct pit_counter *c, uint64_t tick)
{
    uint64_t rise = c->start_tick;

    if (c->mode == 3 && c->half_high)
        rise += c->count;
    else if (c->mode == 3)
        rise += segment_ticks(c);
    else
        rise += c->count;
    if (rise <= tick)
        rise += ((tick - rise) / c->count + 1) * c->count;
    return rise;
}

uint64_t pit_counter_next_rise(const struct pit_counter *c, uint64_t tick)
{
    uint64_t rise;

    if (!c->active || (gate_stops(c) && !c->gate))
        return PIT_NEVER;
    if (is_periodic(c)) /* the data sheet's least count is 2 */
        return c->count < 2 ? PIT_NEVER : next_periodic_rise(c, tick);
    rise = c->start_tick + rise_after(c);
    return rise > tick ? rise : PIT_NEVER;
}

bool pit_counter_rose(struct pit_counter *c, uint64_t tick)
{
    bool rose = pit_counter_next_rise(c, c->seen_tick) <= tick;

    if (tick > c->seen_tick)
        c->seen_tick = tick;
    catch_up(c, tick);
    return rose;
}
