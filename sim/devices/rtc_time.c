#include "sim/devices/rtc_time.h"

#include "sim/devices/calendar.h"

uint64_t rtc_seconds_at(const struct rtc *r, uint64_t tick)
{
    if (r->stands || tick < r->base_tick)
        return r->base_seconds;
    return r->base_seconds + (tick - r->base_tick) / RTC_HZ;
}

static uint8_t encode(const struct rtc *r, unsigned value)
{
    value %= 100;
    if (r->bytes[REG_B] & B_BINARY)
        return (uint8_t)value;
    return (uint8_t)(value / 10 << 4 | value % 10);
}

static unsigned decode(const struct rtc *r, uint8_t byte)
{
    if (r->bytes[REG_B] & B_BINARY)
        return byte;
    return (byte >> 4) * 10u + (byte & 15u);
}

static uint8_t encode_hour(const struct rtc *r, unsigned hour)
{
    if (r->bytes[REG_B] & B_24_HOURS)
        return encode(r, hour);
    return (uint8_t)(encode(r, hour % 12 ? hour % 12 : 12) |
                     (hour >= 12 ? HOUR_PM : 0));
}

static unsigned decode_hour(const struct rtc *r, uint8_t byte)
{
    if (r->bytes[REG_B] & B_24_HOURS)
        return decode(r, byte);
    return decode(r, byte & (uint8_t)~HOUR_PM) % 12 + (byte & HOUR_PM ? 12 : 0);
}

void rtc_show_time(struct rtc *r, uint64_t seconds)
{
    const struct calendar c = calendar_of(seconds);

    r->bytes[REG_SECOND] = encode(r, c.second);
    r->bytes[REG_MINUTE] = encode(r, c.minute);
    r->bytes[REG_HOUR] = encode_hour(r, c.hour);
    r->bytes[REG_WEEKDAY] = encode(r, c.weekday);
    r->bytes[REG_DAY] = encode(r, c.day);
    r->bytes[REG_MONTH] = encode(r, c.month);
    r->bytes[REG_YEAR] = encode(r, c.year % 100);
    r->bytes[REG_CENTURY] =
        (uint8_t)(c.year / 1000 % 10 << 4 | c.year / 100 % 10);
}

uint64_t rtc_shown_time(const struct rtc *r)
{
    uint8_t century = r->bytes[REG_CENTURY];
    const struct calendar c = {
        .year = ((century >> 4) * 10u + (century & 15u)) * 100 +
                decode(r, r->bytes[REG_YEAR]) % 100,
        .month = decode(r, r->bytes[REG_MONTH]),
        .day = decode(r, r->bytes[REG_DAY]),
        .hour = decode_hour(r, r->bytes[REG_HOUR]),
        .minute = decode(r, r->bytes[REG_MINUTE]),
        .second = decode(r, r->bytes[REG_SECOND]),
    };

    return calendar_seconds(&c);
}

static bool alarm_byte_is(const struct rtc *r, enum rtc_register reg,
                          unsigned value)
{
    uint8_t byte = r->bytes[reg];

    if (byte >= ALARM_ANY)
        return true;
    if (reg == REG_HOUR_ALARM)
        return decode_hour(r, byte) == value;
    return decode(r, byte) == value;
}

/* Hour first, then minute, then second. */
uint64_t rtc_find_alarm(const struct rtc *r, uint64_t seconds)
{
    uint64_t s = seconds + 1;

    while (s <= seconds + DAY_SECONDS) {
        if (!alarm_byte_is(r, REG_HOUR_ALARM, (unsigned)(s / 3600 % 24)))
            s = (s / 3600 + 1) * 3600;
        else if (!alarm_byte_is(r, REG_MINUTE_ALARM, (unsigned)(s / 60 % 60)))
            s = (s / 60 + 1) * 60;
        else if (!alarm_byte_is(r, REG_SECOND_ALARM, (unsigned)(s % 60)))
            s++;
        else
            return s;
    }
    return NO_ALARM;
}
