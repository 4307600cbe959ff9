/*
 * aml.c - bytes of the ACPI machine language.
 *
 * Hardware  ACPI 6.4, "AML Grammar Definition" (package lengths, names, data
 *           objects, named objects), "AML Byte Stream Byte Values", "ASL
 *           Macros" (EISAID), "Small Resource Data Type", "Large Resource
 *           Data Type".
 */
#include "sim/devices/aml.h"

enum {
    OP_ZERO = 0x00,
    OP_ONE = 0x01,
    OP_NAME = 0x08,
    PREFIX_BYTE = 0x0a,
    PREFIX_WORD = 0x0b,
    PREFIX_DWORD = 0x0c,
    PREFIX_STRING = 0x0d,
    PREFIX_QWORD = 0x0e,
    OP_SCOPE = 0x10,
    OP_BUFFER = 0x11,
    OP_PACKAGE = 0x12,
    OP_METHOD = 0x14,
    PREFIX_DUAL_NAME = 0x2e,
    PREFIX_EXTENDED = 0x5b,
    OP_ARG0 = 0x68,
    OP_STORE = 0x70,
    EXTENDED_DEVICE = 0x82,
    OP_IF = 0xa0,
    OP_RETURN = 0xa4,
};

enum {
    SMALL_IRQ = 0x22,
    SMALL_IO = 0x47,
    SMALL_END = 0x79,
    LARGE_MEMORY32_FIXED = 0x86,
    LARGE_DWORD_SPACE = 0x87,
    LARGE_WORD_SPACE = 0x88,
    LARGE_INTERRUPT = 0x89,
    SPACE_OF_MEMORY = 0,
    SPACE_OF_IO = 1,
    SPACE_OF_BUS = 2,
    SPACE_FIXED = 0x0c,     /* both ends; positive decode; a producer */
    SPACE_READ_WRITE = 1,   /* memory: not cacheable, can be written */
    SPACE_ENTIRE_RANGE = 3, /* I/O: ISA and non-ISA */
    INTERRUPT_FLAGS = 0x01, /* consumer, level, active high, exclusive */
};

void aml_path(struct blob *b, const char *path)
{
    size_t length;

    if (*path == '\\')
        blob_byte(b, (uint8_t)*path++);
    length = strlen(path);
    if (length > 5 && path[4] == '.') {
        blob_byte(b, PREFIX_DUAL_NAME);
        blob_text(b, path, 4);
        path += 5;
    }
    for (unsigned i = 0; i < 4; i++)
        blob_byte(b, (uint8_t)(i < strlen(path) ? path[i] : '_'));
}

/* The length covers itself: as many bytes of it as it takes. */
void aml_close(struct blob *b, size_t open)
{
    size_t body = b->bytes - open;
    unsigned extra = body + 1 < 64 ? 0 : body + 2 < 4096 ? 1 : 2;
    size_t length = body + 1 + extra;

    blob_put(b, 1 + extra, 0);
    if (b->bytes > b->room)
        return;
    memmove(b->out + open + 1 + extra, b->out + open, body);
    if (extra == 0) {
        blob_patch(b, open, 1, length);
        return;
    }
    blob_patch(b, open, 1, (uint64_t)extra << 6 | (length & 15));
    blob_patch(b, open + 1, extra, length >> 4);
}

size_t aml_scope(struct blob *b, const char *path)
{
    size_t open;

    blob_byte(b, OP_SCOPE);
    open = b->bytes;
    aml_path(b, path);
    return open;
}

size_t aml_device(struct blob *b, const char *name)
{
    size_t open;

    blob_byte(b, PREFIX_EXTENDED);
    blob_byte(b, EXTENDED_DEVICE);
    open = b->bytes;
    aml_path(b, name);
    return open;
}

size_t aml_method(struct blob *b, const char *name, unsigned arguments)
{
    size_t open;

    blob_byte(b, OP_METHOD);
    open = b->bytes;
    aml_path(b, name);
    blob_byte(b, (uint8_t)(arguments & 7));
    return open;
}

size_t aml_package(struct blob *b, unsigned elements)
{
    size_t open;

    blob_byte(b, OP_PACKAGE);
    open = b->bytes;
    blob_byte(b, (uint8_t)elements);
    return open;
}

void aml_name(struct blob *b, const char *name)
{
    blob_byte(b, OP_NAME);
    aml_path(b, name);
}

void aml_integer(struct blob *b, uint64_t value)
{
    if (value <= 1) {
        blob_byte(b, value == 0 ? OP_ZERO : OP_ONE);
    } else if (value <= UINT8_MAX) {
        blob_byte(b, PREFIX_BYTE);
        blob_put(b, 1, value);
    } else if (value <= UINT16_MAX) {
        blob_byte(b, PREFIX_WORD);
        blob_put(b, 2, value);
    } else if (value <= UINT32_MAX) {
        blob_byte(b, PREFIX_DWORD);
        blob_put(b, 4, value);
    } else {
        blob_byte(b, PREFIX_QWORD);
        blob_put(b, 8, value);
    }
}

void aml_string(struct blob *b, const char *text)
{
    blob_byte(b, PREFIX_STRING);
    blob_text(b, text, strlen(text));
    blob_byte(b, 0);
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
}

/* Letters take five bits each, digits four; most significant byte first. */
void aml_eisa_id(struct blob *b, const char *id)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 3; i++)
        value = value << 5 | ((uint32_t)id[i] & 0x1f);
    for (unsigned i = 3; i < 7; i++)
        value = value << 4 | hex_digit(id[i]);
    blob_byte(b, PREFIX_DWORD);
    blob_put(b, 4, __builtin_bswap32(value));
}

void aml_name_integer(struct blob *b, const char *name, uint64_t value)
{
    aml_name(b, name);
    aml_integer(b, value);
}

void aml_store_argument(struct blob *b, const char *name)
{
    blob_byte(b, OP_STORE);
    blob_byte(b, OP_ARG0);
    aml_path(b, name);
}

void aml_return_either(struct blob *b, const char *name, const char *yes,
                       const char *no)
{
    size_t open;

    blob_byte(b, OP_IF);
    open = b->bytes;
    aml_path(b, name);
    blob_byte(b, OP_RETURN);
    aml_path(b, yes);
    aml_close(b, open);
    blob_byte(b, OP_RETURN);
    aml_path(b, no);
}

/* A buffer whose size is a word, known when it is closed. */
size_t aml_resources(struct blob *b)
{
    size_t open;

    aml_name(b, "_CRS");
    blob_byte(b, OP_BUFFER);
    open = b->bytes;
    blob_byte(b, PREFIX_WORD);
    blob_put(b, 2, 0);
    return open;
}

void aml_close_resources(struct blob *b, size_t open)
{
    blob_byte(b, SMALL_END);
    blob_byte(b, 0); /* a checksum of 0 is not looked at */
    blob_patch(b, open + 1, 2, b->bytes - open - 3);
    aml_close(b, open);
}

void aml_io(struct blob *b, uint16_t first, uint8_t bytes)
{
    blob_byte(b, SMALL_IO);
    blob_byte(b, 1); /* all 16 address bits are decoded */
    blob_put(b, 2, first);
    blob_put(b, 2, first);
    blob_byte(b, 1);
    blob_byte(b, bytes);
}

void aml_irq(struct blob *b, unsigned irq)
{
    blob_byte(b, SMALL_IRQ);
    blob_put(b, 2, (uint64_t)1 << irq);
}

void aml_memory(struct blob *b, uint32_t first, uint32_t bytes)
{
    blob_byte(b, LARGE_MEMORY32_FIXED);
    blob_put(b, 2, 9);
    blob_byte(b, 1); /* can be written */
    blob_put(b, 4, first);
    blob_put(b, 4, bytes);
}

void aml_interrupt(struct blob *b, uint32_t gsi)
{
    blob_byte(b, LARGE_INTERRUPT);
    blob_put(b, 2, 6);
    blob_byte(b, INTERRUPT_FLAGS);
    blob_byte(b, 1);
    blob_put(b, 4, gsi);
}

static void word_space(struct blob *b, unsigned type, unsigned flags,
                       uint32_t first, uint32_t last)
{
    blob_byte(b, LARGE_WORD_SPACE);
    blob_put(b, 2, 13);
    blob_byte(b, (uint8_t)type);
    blob_byte(b, SPACE_FIXED);
    blob_byte(b, (uint8_t)flags);
    blob_put(b, 2, 0); /* granularity */
    blob_put(b, 2, first);
    blob_put(b, 2, last);
    blob_put(b, 2, 0); /* translation */
    blob_put(b, 2, last - first + 1);
}

void aml_window_bus(struct blob *b, uint16_t first, uint16_t last)
{
    word_space(b, SPACE_OF_BUS, 0, first, last);
}

void aml_window_io(struct blob *b, uint16_t first, uint16_t last)
{
    word_space(b, SPACE_OF_IO, SPACE_ENTIRE_RANGE, first, last);
}

void aml_window_memory(struct blob *b, uint32_t first, uint32_t last)
{
    blob_byte(b, LARGE_DWORD_SPACE);
    blob_put(b, 2, 23);
    blob_byte(b, SPACE_OF_MEMORY);
    blob_byte(b, SPACE_FIXED);
    blob_byte(b, SPACE_READ_WRITE);
    blob_put(b, 4, 0);
    blob_put(b, 4, first);
    blob_put(b, 4, last);
    blob_put(b, 4, 0);
    blob_put(b, 4, (uint64_t)last - first + 1);
}
