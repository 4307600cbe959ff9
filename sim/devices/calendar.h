/*
 * calendar.h - seconds since 1970 as a date, and back (Gregorian, UTC).
 */
#ifndef SIM_DEVICES_CALENDAR_H
#define SIM_DEVICES_CALENDAR_H
#include <stdint.h>

struct calendar {
    unsigned year, month, day; /* month and day from 1 */
    unsigned hour, minute, second;
    unsigned weekday; /* 1: Sunday */
};

struct calendar calendar_of(uint64_t seconds);

/* Fields beyond their range count on, as in 31 February: any are safe. */
uint64_t calendar_seconds(const struct calendar *c);

#endif
