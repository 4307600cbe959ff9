#include "sim/machine/gdb_registers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"

enum register_source {
    SOURCE_GPR,
    SOURCE_RIP,
    SOURCE_RFLAGS,
    SOURCE_SEGMENT,
    SOURCE_SEGMENT_BASE,
    SOURCE_X87,
    SOURCE_X87_CONTROL,
    SOURCE_XMM,
    SOURCE_MXCSR,
    SOURCE_CONTROL,
};

struct gdb_register {
    const char *name, *type, *feature;
    unsigned bits;
    enum register_source source;
    unsigned index;
};

#define GDB_REG(name, bits, type, feature, source, index)                      \
    {#name, #type, #feature, bits, SOURCE_##source, index},
static const struct gdb_register amd64[] = {
#include "sim/machine/gdb_registers.def"
};
static const struct gdb_register i386[] = {
#include "sim/machine/gdb_registers_i386.def"
};
#undef GDB_REG

static const struct {
    const char *name; /* GDB's */
    const struct gdb_register *registers;
    unsigned count;
} architectures[] = {
    [GDB_X86_64] = {"i386:x86-64", amd64, ARRAY_LEN(amd64)},
    [GDB_I386] = {"i386", i386, ARRAY_LEN(i386)},
};

unsigned gdb_register_count(enum gdb_architecture a)
{
    return architectures[a].count;
}

static unsigned x87_top(const struct cpu_state *s)
{
    return s->fsw >> 11 & 7u;
}

/* The full tag word: SDM vol. 1, "x87 FPU Tag Word". */
static uint16_t tag_word(const struct cpu_state *s)
{
    enum { VALID = 0, ZERO = 1, SPECIAL = 2, EMPTY = 3 };
    unsigned word = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned exponent = s->x87[i].sign_exponent & 0x7fffu, tag = VALID;

        if (!(s->ftw >> i & 1))
            tag = EMPTY;
        else if (exponent == 0 && s->x87[i].mantissa == 0)
            tag = ZERO;
        else if (exponent == 0 || exponent == 0x7fff ||
                 !(s->x87[i].mantissa >> 63))
            tag = SPECIAL;
        word |= tag << (2 * i);
    }
    return (uint16_t)word;
}

static uint64_t x87_control(const struct cpu_state *s, unsigned index)
{
    const uint64_t words[] = {s->fcw,
                              s->fsw,
                              tag_word(s),
                              0,
                              s->fip & UINT32_MAX,
                              0,
                              s->fdp & UINT32_MAX,
                              s->fop};

    return words[index];
}

static uint64_t control(const struct cpu_state *s, unsigned index)
{
    const uint64_t words[] = {
        s->kernel_gs_base, s->cr0, s->cr2, s->cr3, s->cr4, s->cr8, s->efer};

    return words[index];
}

/* Registers of at most 64 bits. */
static uint64_t read_word(const struct cpu_state *s,
                          const struct gdb_register *r)
{
    switch (r->source) {
    case SOURCE_GPR:
        return s->gpr[r->index];
    case SOURCE_RIP:
        return s->rip;
    case SOURCE_RFLAGS:
        return s->rflags;
    case SOURCE_SEGMENT:
        return s->seg[r->index].selector;
    case SOURCE_SEGMENT_BASE:
        return s->seg[r->index].base;
    case SOURCE_X87_CONTROL:
        return x87_control(s, r->index);
    case SOURCE_MXCSR:
        return s->mxcsr;
    case SOURCE_CONTROL:
        return control(s, r->index);
    case SOURCE_X87:
    case SOURCE_XMM:
        break;
    }
    return 0;
}

unsigned gdb_register_read(enum gdb_architecture a, const struct cpu_state *s,
                           unsigned n, uint8_t out[GDB_REGISTER_BYTES])
{
    const struct gdb_register *r;
    const struct x87_reg *st;
    uint64_t word;

    if (n >= architectures[a].count)
        return 0;
    r = &architectures[a].registers[n];
    if (r->source == SOURCE_XMM) {
        memcpy(out, &s->xmm[r->index], 16);
    } else if (r->source == SOURCE_X87) {
        st = &s->x87[(x87_top(s) + r->index) & 7];
        memcpy(out, &st->mantissa, 8);
        memcpy(out + 8, &st->sign_exponent, 2);
    } else {
        word = read_word(s, r);
        memcpy(out, &word, r->bits / 8);
    }
    return r->bits / 8;
}

static void write_x87(struct cpu_state *s, unsigned index, const uint8_t *in)
{
    struct x87_reg *st = &s->x87[(x87_top(s) + index) & 7];

    memcpy(&st->mantissa, in, 8);
    memcpy(&st->sign_exponent, in + 8, 2);
}

bool gdb_register_write(enum gdb_architecture a, struct cpu_state *s,
                        unsigned n, const uint8_t in[GDB_REGISTER_BYTES])
{
    const struct gdb_register *r;
    uint64_t word = 0;

    if (n >= architectures[a].count)
        return false;
    r = &architectures[a].registers[n];
    memcpy(&word, in, r->bits < 64 ? r->bits / 8 : 8);
    switch (r->source) {
    case SOURCE_GPR:
        s->gpr[r->index] = word;
        return true;
    case SOURCE_RIP:
        s->rip = word;
        return true;
    case SOURCE_RFLAGS:
        s->rflags = (word & 0x3f7fd5) | RFLAGS_FIXED;
        return true;
    case SOURCE_SEGMENT_BASE:
        s->seg[r->index].base = word;
        return true;
    case SOURCE_XMM:
        memcpy(&s->xmm[r->index], in, 16);
        return true;
    case SOURCE_X87:
        write_x87(s, r->index, in);
        return true;
    case SOURCE_MXCSR:
        s->mxcsr = (uint32_t)word & 0xffff; /* the others are reserved */
        return true;
    case SOURCE_SEGMENT:
    case SOURCE_X87_CONTROL:
    case SOURCE_CONTROL:
        break;
    }
    return false;
}

/* A text that grows in a buffer of fixed size. */
struct text {
    char *at;
    size_t used, bytes;
};

static void append(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct text *t, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->at + t->used, t->bytes - t->used, format, args);
    va_end(args);
    if (n > 0)
        t->used += (size_t)n;
    if (t->used >= t->bytes)
        t->used = t->bytes - 1;
}

static void begin_feature(struct text *t, const char *feature)
{
    bool ours = strcmp(feature, "control") == 0;

    append(t, "<feature name=\"org.%s.%s\">",
           ours ? "ringside" : "gnu.gdb.i386", feature);
    if (strcmp(feature, "sse") == 0)
        append(t, "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
                  "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
                  "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
                  "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
                  "<union id=\"vec128\">"
                  "<field name=\"v4_float\" type=\"v4f\"/>"
                  "<field name=\"v2_double\" type=\"v2d\"/>"
                  "<field name=\"v16_int8\" type=\"v16i8\"/>"
                  "<field name=\"v4_int32\" type=\"v4i32\"/>"
                  "<field name=\"uint128\" type=\"uint128\"/></union>");
}

size_t gdb_register_description(enum gdb_architecture a, char *out,
                                size_t bytes)
{
    struct text t = {.at = out, .bytes = bytes};
    const char *feature = "";

    append(&t,
           "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM "
           "\"gdb-target.dtd\"><target version=\"1.0\">"
           "<architecture>%s</architecture>",
           architectures[a].name);
    for (unsigned i = 0; i < architectures[a].count; i++) {
        const struct gdb_register *r = &architectures[a].registers[i];

        if (strcmp(feature, r->feature) != 0) {
            append(&t, "%s", feature[0] ? "</feature>" : "");
            feature = r->feature;
            begin_feature(&t, feature);
        }
        append(&t, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"/>", r->name,
               r->bits, r->type);
    }
    append(&t, "</feature></target>");
    return t.used;
}
