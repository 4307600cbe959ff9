#include "sim/machine/wrap.h"

#include <string.h>

enum { LINE_CHARS = 78 };

void wrap_print(FILE *out, const char *text, int indent)
{
    int column = indent;

    while (*text) {
        int chars = (int)strcspn(text, " ");

        if (column > indent && column + 1 + chars > LINE_CHARS) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            column += fprintf(out, " ");
        }
        column += fprintf(out, "%.*s", chars, text);
        text += chars;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}
