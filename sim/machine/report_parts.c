#include "sim/machine/report_parts.h"

#include <stdlib.h>
#include <string.h>

json_t *config_json(const struct config *c)
{
    json_t *params = json_object();
    char text[64];

    for (unsigned i = 0; i < config_param_count(); i++)
        json_object_set_new(
            params, config_param_name(i),
            json_string(config_param_text(c, i, text, sizeof text)));
    return params;
}

json_t *ledger_json(const struct ledger *l)
{
    json_t *rows = json_object();

    for (int row = 0; row < LEDGER_COUNT; row++)
        json_object_set_new(rows, ledger_info((enum ledger_row)row)->name,
                            count_json(l->cycles[row]));
    return rows;
}

json_t *counters_json(const struct counters *c)
{
    json_t *rows = json_object();

    for (int id = 0; id < COUNTER_COUNT; id++)
        json_object_set_new(rows, counter_info((enum counter)id)->name,
                            count_json(c->value[id]));
    return rows;
}

json_t *text_json(const char *text)
{
    json_t *json = json_string(text);
    char *copy = json ? NULL : strdup(text);

    for (char *p = copy; p && *p; p++)
        if (*p & 0x80)
            *p = '?';
    if (copy)
        json = json_string(copy);
    free(copy);
    return json;
}
