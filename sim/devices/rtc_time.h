/*
 * rtc_time.h - the clock's registers, and the time of day in them.
 */
#ifndef SIM_DEVICES_RTC_TIME_H
#define SIM_DEVICES_RTC_TIME_H
#include <stdbool.h>
#include <stdint.h>

enum {
    RTC_HZ = 32768,
    UIP_TICKS = 73, /* 2228 us */
    DIVIDER_START_TICKS = RTC_HZ / 2,
    DAY_SECONDS = 86400,
};

enum rtc_register {
    REG_SECOND,
    REG_SECOND_ALARM,
    REG_MINUTE,
    REG_MINUTE_ALARM,
    REG_HOUR,
    REG_HOUR_ALARM,
    REG_WEEKDAY,
    REG_DAY,
    REG_MONTH,
    REG_YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    REG_CENTURY = 0x32,
    RTC_BYTES = 128,
};

enum {
    A_UIP = 0x80,
    A_DIVIDER = 0x70,
    A_DIVIDER_RUNS = 0x20,
    A_RATE = 0x0f,
    B_SET = 0x80,
    B_PERIODIC = 0x40,
    B_ALARM = 0x20,
    B_UPDATE = 0x10,
    B_FLAGS = B_PERIODIC | B_ALARM | B_UPDATE, /* the same bits in C */
    B_BINARY = 0x04,
    B_24_HOURS = 0x02,
    C_REQUEST = 0x80,
    D_VALID = 0x80,
    HOUR_PM = 0x80,
    ALARM_ANY = 0xc0, /* an alarm byte from here on matches all */
};

#define NO_ALARM UINT64_MAX

struct rtc {
    uint8_t bytes[RTC_BYTES]; /* times in here are valid while it stands */
    uint8_t index;
    bool stands;           /* SET, or the divider held */
    uint64_t base_seconds; /* time at ... */
    uint64_t base_tick;    /* this tick */
    uint64_t seen_tick;    /* flags are up to date with it */
    uint64_t alarm_second; /* next match, from the time of the last look */
};

/* The time, as seconds since 1970. */
uint64_t rtc_seconds_at(const struct rtc *r, uint64_t tick);

/* A time goes into the registers, in the format that they are set to. */
void rtc_show_time(struct rtc *r, uint64_t seconds);

/* And out of them; nonsense becomes some date. */
uint64_t rtc_shown_time(const struct rtc *r);

/* The first second after this one that the alarm matches, within a day. */
uint64_t rtc_find_alarm(const struct rtc *r, uint64_t seconds);

#endif
