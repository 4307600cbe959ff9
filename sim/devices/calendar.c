/*
 * Days are counted in eras of 400 years that begin on 1 March, so that the
 * leap day is the last of a year: then a month's first day is a linear formula
 * rounded down.
 */
#include "sim/devices/calendar.h"

enum {
    DAY_SECONDS = 86400,
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    DAYS_TO_1970 = 719468, /* from 1 March of year 0 */
    THURSDAY = 4,          /* 1 January 1970; 0: Sunday */
};

/* Days from 1 March to the first of the month; 0: March. */
static unsigned month_days(unsigned month)
{
    return (153 * month + 2) / 5;
}

static unsigned leap_days(unsigned year_of_era)
{
    return year_of_era / 4 - year_of_era / 100;
}

struct calendar calendar_of(uint64_t seconds)
{
    uint64_t days = seconds / DAY_SECONDS + DAYS_TO_1970;
    unsigned rest = (unsigned)(seconds % DAY_SECONDS);
    unsigned era = (unsigned)(days / ERA_DAYS);
    unsigned day = (unsigned)(days % ERA_DAYS);
    unsigned year =
        (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
    unsigned month;

    day -= 365 * year + leap_days(year);
    month = (5 * day + 2) / 153;
    return (struct calendar){
        .year = era * ERA_YEARS + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day - month_days(month) + 1,
        .hour = rest / 3600,
        .minute = rest / 60 % 60,
        .second = rest % 60,
        .weekday = (unsigned)((seconds / DAY_SECONDS + THURSDAY) % 7) + 1,
    };
}

uint64_t calendar_seconds(const struct calendar *c)
{
    unsigned month = (c->month + 9) % 12;
    unsigned year = c->year - (month >= 10);
    unsigned of_era = year % ERA_YEARS;
    uint64_t days = (uint64_t)(year / ERA_YEARS) * ERA_DAYS + of_era * 365 +
                    leap_days(of_era) + month_days(month) + c->day - 1;

    if (days < DAYS_TO_1970)
        days = DAYS_TO_1970;
    return (days - DAYS_TO_1970) * DAY_SECONDS + c->hour * 3600ull +
           c->minute * 60ull + c->second;
}
