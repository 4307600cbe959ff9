#include "sim/core/units.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char suffixes[] = "KMGT";

/* Returns the shift of a suffix letter and moves past it; -1 if unknown. */
static int suffix_shift(const char **text)
{
    const char *p = *text;
    const char *found;

    if (*p == '\0')
        return 0;
    found = strchr(suffixes, *p >= 'a' ? *p - 'a' + 'A' : *p);
    if (!found)
        return -1;
    p++;
    if (p[0] == 'i' && p[1] == 'B')
        p += 2;
    else if (p[0] == 'B')
        p++;
    *text = p;
    return 10 * (int)(found - suffixes + 1);
}

/* Value of a digit; base: it is none. */
static unsigned digit_of(char c, unsigned base)
{
    static const char all[] = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    const char *found = c ? strchr(all, lower) : NULL;

    return found && found < all + base ? (unsigned)(found - all) : base;
}

/* Digits from *text on, in base; moves past them.  False: too large. */
static bool digits(const char **text, unsigned base, uint64_t *value)
{
    const char *end = *text;
    bool fits = true;

    *value = 0;
    for (; digit_of(*end, base) < base; end++) {
        unsigned digit = digit_of(*end, base);

        fits = fits && *value <= (UINT64_MAX - digit) / base;
        *value = *value * base + digit;
    }
    *text = end;
    return fits;
}

/* "e6" after a decimal number; moves past it.  False: too large. */
static bool exponent(const char **text, uint64_t *value)
{
    const char *p = *text + 1;
    uint64_t power;
    bool fits;

    if ((**text != 'e' && **text != 'E') || *p < '0' || *p > '9')
        return true;
    fits = digits(&p, 10, &power) || *value == 0;
    *text = p;
    for (; power > 0 && *value != 0 && fits; power--) {
        fits = *value <= UINT64_MAX / 10;
        *value *= 10;
    }
    return fits;
}

enum status units_parse(const char *text, const char *what, uint64_t *value,
                        struct error *e)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *first = hex ? text + 2 : text;
    const char *rest = first;
    uint64_t number;
    bool fits = digits(&rest, hex ? 16 : 10, &number);
    int shift = -1;

    if (!hex && rest != first)
        fits = exponent(&rest, &number) && fits;
    if (rest != first)
        shift = suffix_shift(&rest);
    if (shift < 0 || *rest != '\0')
        return error_set(e, STATUS_USAGE,
                         "%s: '%s' is not a number (like 64, 4K, 512M, 1G)",
                         what, text);
    if (!fits || (number << shift) >> shift != number)
        return error_set(e, STATUS_USAGE, "%s: %s is too large", what, text);
    *value = number << shift;
    return STATUS_OK;
}

/* Nanoseconds of a unit; 0: there is no such unit. */
static uint64_t unit_ns(const char *text)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"", 1000000000},
                 {"s", 1000000000},
                 {"ms", 1000000},
                 {"us", 1000},
                 {"ns", 1}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text, units[i].name) == 0)
            return units[i].ns;
    return 0;
}

enum status units_parse_ns(const char *text, const char *what, uint64_t *ns,
                           struct error *e)
{
    const char *rest = text, *point, *unit;
    uint64_t whole, value, unit_length;
    bool fits = digits(&rest, 10, &whole), any = rest != text;

    point = *rest == '.' ? rest + 1 : rest;
    unit = point + strspn(point, *rest == '.' ? "0123456789" : "");
    any |= unit != point;
    unit_length = unit_ns(unit);
    if (!any || unit_length == 0)
        return error_set(e, STATUS_USAGE,
                         "%s: '%s' is not a time (like 1.5s, 20ms, 3us)", what,
                         text);
    if (!fits || whole > UINT64_MAX / 4 / unit_length)
        return error_set(e, STATUS_USAGE, "%s: %s is too large", what, text);
    value = whole * unit_length;
    for (; point < unit; point++) {
        unit_length /= 10;
        value += unit_length * (uint64_t)(*point - '0');
    }
    *ns = value;
    return STATUS_OK;
}

char *units_format(uint64_t bytes, char *buffer, size_t buffer_bytes)
{
    int i = -1;

    while (bytes != 0 && bytes % 1024 == 0 && i + 1 < (int)strlen(suffixes)) {
        bytes /= 1024;
        i++;
    }
    if (i < 0)
        snprintf(buffer, buffer_bytes, "%" PRIu64, bytes);
    else
        snprintf(buffer, buffer_bytes, "%" PRIu64 "%c", bytes, suffixes[i]);
    return buffer;
}
