/*
 * rtc.c - the real-time clock and its battery-backed memory.
 *
 * Hardware      Motorola MC146818A data sheet; IBM PC/AT Technical Reference,
 *               "Real-Time Clock/CMOS RAM Information" (memory sizes).
 * Model         The date at power-on is a parameter of the machine: runs are
 *               alike.  Time is kept in ticks of 32768 Hz; UIP is set for the
 *               last 2228 us of a second (244 us of warning, 1984 of update).
 *               Periodic, alarm and update-ended interrupts on line 8.
 *               Divider and SET stop the clock; what is then written is the
 *               time when it goes on.  BCD or binary, 12 or 24 hours.
 * NOT MODELLED  daylight saving, square wave, a day of the week that differs
 *               from the date, the NMI mask in bit 7 of the index.
 * INVARIANTS
 *   1. While the clock runs, the time is base_seconds plus the whole seconds
 *      since base_tick.
 */
#include "sim/devices/device_all.h"
#include "sim/devices/rtc_time.h"

enum rtc_range { RANGE_INDEX, RANGE_DATA };

static uint64_t tick_now(const struct bus *bus)
{
    return bus_ticks_at(bus, bus->now_cycle, RTC_HZ);
}

/* Ticks between two periodic interrupts; 0: none. */
static uint64_t period_ticks(const struct rtc *r)
{
    unsigned rate = r->bytes[REG_A] & A_RATE;

    if (rate == 0)
        return 0;
    return rate < 3 ? (uint64_t)1 << (rate + 6) : (uint64_t)1 << (rate - 1);
}

static void set_line(struct rtc *r, struct bus *bus)
{
    if (r->bytes[REG_C] & r->bytes[REG_B] & B_FLAGS)
        r->bytes[REG_C] |= C_REQUEST;
    bus_set_line(bus, bus->line, (r->bytes[REG_C] & C_REQUEST) != 0);
}

/* Flags for what happened since the last look. */
static void catch_up(struct rtc *r, uint64_t tick)
{
    uint64_t period = period_ticks(r);
    uint64_t before = rtc_seconds_at(r, r->seen_tick);
    uint64_t after = rtc_seconds_at(r, tick);

    if (period != 0 && tick / period != r->seen_tick / period)
        r->bytes[REG_C] |= B_PERIODIC;
    if (after != before)
        r->bytes[REG_C] |= B_UPDATE;
    if (after >= r->alarm_second) {
        r->bytes[REG_C] |= B_ALARM;
        r->alarm_second = rtc_find_alarm(r, after);
    }
    r->seen_tick = tick;
}

static void rtc_advance(void *state, struct bus *bus)
{
    struct rtc *r = state;

    catch_up(r, tick_now(bus));
    set_line(r, bus);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The tick at which the time becomes seconds. */
static uint64_t tick_of_second(const struct rtc *r, uint64_t seconds)
{
    return r->base_tick + (seconds - r->base_seconds) * RTC_HZ;
}

static uint64_t rtc_next_cycle(const void *state, const struct bus *bus)
{
    const struct rtc *r = state;
    uint64_t tick = r->seen_tick, next = UINT64_MAX;
    /* Only what would interrupt, and has not yet. */
    uint8_t wanted = r->bytes[REG_B] & (uint8_t)~r->bytes[REG_C];

    if (wanted & B_PERIODIC && period_ticks(r) != 0)
        next = (tick / period_ticks(r) + 1) * period_ticks(r);
    if (wanted & B_UPDATE && !r->stands)
        next = earlier(next, tick_of_second(r, rtc_seconds_at(r, tick) + 1));
    if (wanted & B_ALARM && !r->stands && r->alarm_second != NO_ALARM)
        next = earlier(next, tick_of_second(r, r->alarm_second));
    return next == UINT64_MAX ? next : bus_cycle_of_tick(bus, next, RTC_HZ);
}

static bool is_time(unsigned reg)
{
    return reg == REG_SECOND || reg == REG_MINUTE ||
           (reg >= REG_HOUR && reg <= REG_YEAR && reg != REG_HOUR_ALARM) ||
           reg == REG_CENTURY;
}

static bool updates_soon(const struct rtc *r, uint64_t tick)
{
    if (r->stands || tick < r->base_tick)
        return false;
    return (tick - r->base_tick) % RTC_HZ >= RTC_HZ - UIP_TICKS;
}

static uint8_t read_register(struct rtc *r, uint64_t tick)
{
    unsigned reg = r->index;
    uint8_t value;

    if (is_time(reg) && !r->stands)
        rtc_show_time(r, rtc_seconds_at(r, tick));
    value = r->bytes[reg];
    if (reg == REG_A && updates_soon(r, tick))
        value |= A_UIP;
    if (reg == REG_C)
        r->bytes[REG_C] = 0;
    return value;
}

static uint64_t rtc_read(void *state, struct bus *bus,
                         const struct device_access *a)
{
    struct rtc *r = state;
    uint64_t tick = tick_now(bus);
    uint8_t value;

    if (a->range == RANGE_INDEX)
        return 0xff; /* write-only */
    catch_up(r, tick);
    value = read_register(r, tick);
    set_line(r, bus);
    return value;
}

static bool must_stand(const struct rtc *r)
{
    return r->bytes[REG_B] & B_SET ||
           (r->bytes[REG_A] & A_DIVIDER) != A_DIVIDER_RUNS;
}

/* The time that the registers show begins now; the second is so far gone. */
static void restart(struct rtc *r, uint64_t tick, uint64_t gone_ticks)
{
    r->base_seconds = rtc_shown_time(r);
    r->base_tick = tick - (tick < gone_ticks ? tick : gone_ticks);
}

static void write_control(struct rtc *r, unsigned reg, uint8_t value,
                          uint64_t tick)
{
    bool stood = r->stands;
    bool held = (r->bytes[REG_A] & A_DIVIDER) != A_DIVIDER_RUNS;

    if (!stood)
        rtc_show_time(r, rtc_seconds_at(r, tick));
    if (reg == REG_A)
        r->bytes[REG_A] = value & (uint8_t)~A_UIP;
    else
        r->bytes[REG_B] = value & B_SET ? value & (uint8_t)~B_UPDATE : value;
    r->stands = must_stand(r);
    if (!stood && r->stands) /* the time stays in the registers */
        r->base_seconds = rtc_shown_time(r);
    if (stood && !r->stands)
        restart(r, tick, held ? DIVIDER_START_TICKS : 0);
}

static void write_register(struct rtc *r, uint8_t value, uint64_t tick)
{
    unsigned reg = r->index;

    if (reg == REG_C || reg == REG_D)
        return;
    if (reg == REG_A || reg == REG_B) {
        write_control(r, reg, value, tick);
    } else if (is_time(reg)) {
        if (!r->stands)
            rtc_show_time(r, rtc_seconds_at(r, tick));
        r->bytes[reg] = value;
        if (r->stands)
            r->base_seconds = rtc_shown_time(r);
        else
            restart(r, tick, (tick - r->base_tick) % RTC_HZ);
    } else {
        r->bytes[reg] = value;
    }
    if (reg > REG_D && reg != REG_CENTURY)
        return;
    r->alarm_second = rtc_find_alarm(r, rtc_seconds_at(r, tick));
}

static void rtc_write(void *state, struct bus *bus,
                      const struct device_access *a, uint64_t value)
{
    struct rtc *r = state;
    uint64_t tick = tick_now(bus);

    if (a->range == RANGE_INDEX) {
        r->index = value & (RTC_BYTES - 1);
        return;
    }
    catch_up(r, tick);
    write_register(r, (uint8_t)value, tick);
    set_line(r, bus);
}

/* Bytes that firmware leaves about the memory, in units of KiB and 64 KiB. */
static void show_memory(struct rtc *r, const struct guest_memory *m)
{
    const uint64_t mib = 1 << 20, limit = 65535;
    uint64_t low = 0, high = 0, kib, blocks;

    for (unsigned i = 0; i < m->range_count; i++) {
        if (m->ranges[i].at.v >> 32 != 0)
            high += m->ranges[i].bytes;
        else
            low += m->ranges[i].bytes;
    }
    r->bytes[0x15] = 640 & 0xff; /* below 1 MiB */
    r->bytes[0x16] = 640 >> 8;
    kib = low > mib ? earlier((low - mib) / 1024, limit) : 0;
    r->bytes[0x17] = r->bytes[0x30] = (uint8_t)kib;
    r->bytes[0x18] = r->bytes[0x31] = (uint8_t)(kib >> 8);
    blocks = low > 16 * mib ? earlier((low - 16 * mib) / 65536, limit) : 0;
    r->bytes[0x34] = (uint8_t)blocks;
    r->bytes[0x35] = (uint8_t)(blocks >> 8);
    high /= 65536;
    r->bytes[0x5b] = (uint8_t)high;
    r->bytes[0x5c] = (uint8_t)(high >> 8);
    r->bytes[0x5d] = (uint8_t)(high >> 16);
}

/* The sum that firmware checks: bytes 0x10 to 0x2d, high byte first. */
static void show_checksum(struct rtc *r)
{
    unsigned sum = 0;

    for (unsigned i = 0x10; i <= 0x2d; i++)
        sum += r->bytes[i];
    r->bytes[0x2e] = (uint8_t)(sum >> 8);
    r->bytes[0x2f] = (uint8_t)sum;
}

/* The battery keeps time and memory; the machine's own time began at 0. */
static void rtc_reset(void *state, struct bus *bus)
{
    struct rtc *r = state;

    if (r->bytes[REG_D] & D_VALID) {
        r->bytes[REG_B] &= (uint8_t)~B_FLAGS;
        r->bytes[REG_C] = 0;
        return;
    }
    *r = (struct rtc){.base_seconds = bus->config->start_seconds,
                      .base_tick = 0};
    r->bytes[REG_A] = A_DIVIDER_RUNS | 6; /* 1024 Hz, as firmware leaves it */
    r->bytes[REG_B] = B_24_HOURS;
    r->bytes[REG_D] = D_VALID;
    rtc_show_time(r, r->base_seconds);
    show_memory(r, &bus->memory);
    show_checksum(r);
    r->alarm_second = rtc_find_alarm(r, r->base_seconds);
}

const struct device_ops device_rtc = {
    .name = "rtc",
    .sentence = "MC146818 real-time clock and CMOS memory",
    .source = "Motorola MC146818A data sheet",
    .state_bytes = sizeof(struct rtc),
    .reset = rtc_reset,
    .read = rtc_read,
    .write = rtc_write,
    .advance = rtc_advance,
    .next_cycle = rtc_next_cycle,
};
