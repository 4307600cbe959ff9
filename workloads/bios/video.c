/*
 * video.c - interrupt 10h: text on the VGA's screen, and on the serial line.
 *
 * Source  IBM PC/AT and PS/2 Technical References, "ROM BIOS", interrupt 10h.
 * Model   80 columns and 25 rows of text at 0xb8000, eight pages.
 * NOT MODELLED  graphics modes (setting one is as setting mode 3), fonts, VESA.
 */
#include "workloads/bios/bios.h"

enum {
    TEXT_SEGMENT = 0xb800,
    ROWS = 25,
    COLUMNS = 80,
    PAGES = 8,
    PAGE_BYTES = 0x1000,
    PLAIN = 0x07,
    MODE_TEXT = 3,
    PORT_CRT = 0x3d4,
    CRT_SHAPE = 0x0a,
    CRT_START = 0x0c,
    CRT_CURSOR = 0x0e,
};

/* A part of the screen: corners belong to it. */
struct window {
    uint8_t top, left, bottom, right;
};

static const struct window whole = {0, 0, ROWS - 1, COLUMNS - 1};

static uint16_t cell(uint8_t page, uint8_t row, uint8_t column)
{
    return (uint16_t)(page * PAGE_BYTES + (row * COLUMNS + column) * 2);
}

static void crt_write(uint8_t index, uint16_t value)
{
    outb(PORT_CRT, index);
    outb(PORT_CRT + 1, (uint8_t)(value >> 8));
    outb(PORT_CRT, (uint8_t)(index + 1));
    outb(PORT_CRT + 1, (uint8_t)value);
}

static uint16_t cursor(uint8_t page)
{
    return data16((uint16_t)(DATA_CURSOR + 2 * (page % PAGES)));
}

static void set_cursor(uint8_t page, uint8_t row, uint8_t column)
{
    page %= PAGES;
    poke16(DATA_SEGMENT, (uint16_t)(DATA_CURSOR + 2 * page),
           (uint16_t)(row << 8 | column));
    if (page == data8(DATA_PAGE))
        crt_write(CRT_CURSOR, cell(page, row, column) / 2);
}

static void clear(const struct window *w, uint8_t page, uint8_t attribute)
{
    for (uint8_t row = w->top; row <= w->bottom; row++)
        for (uint8_t column = w->left; column <= w->right; column++)
            poke16(TEXT_SEGMENT, cell(page, row, column),
                   (uint16_t)(attribute << 8 | ' '));
}

static void copy_row(const struct window *w, uint8_t page, uint8_t to,
                     uint8_t from)
{
    for (uint8_t column = w->left; column <= w->right; column++)
        poke16(TEXT_SEGMENT, cell(page, to, column),
               peek16(TEXT_SEGMENT, cell(page, from, column)));
}

static void scroll_up(const struct window *w, uint8_t page, uint8_t lines,
                      uint8_t attribute)
{
    struct window rest = *w;

    for (uint8_t row = w->top; row + lines <= w->bottom; row++)
        copy_row(w, page, row, (uint8_t)(row + lines));
    rest.top = (uint8_t)(w->bottom - lines + 1);
    clear(&rest, page, attribute);
}

static void scroll_down(const struct window *w, uint8_t page, uint8_t lines,
                        uint8_t attribute)
{
    struct window rest = *w;

    for (uint8_t row = w->bottom; row >= w->top + lines; row--)
        copy_row(w, page, row, (uint8_t)(row - lines));
    rest.bottom = (uint8_t)(w->top + lines - 1);
    clear(&rest, page, attribute);
}

void video_reset(void)
{
    poke8(DATA_SEGMENT, DATA_MODE, MODE_TEXT);
    poke16(DATA_SEGMENT, DATA_COLUMNS, COLUMNS);
    poke16(DATA_SEGMENT, DATA_PAGE_BYTES, PAGE_BYTES);
    poke16(DATA_SEGMENT, DATA_CURSOR_SHAPE, 0x0d0e);
    poke16(DATA_SEGMENT, DATA_CRT_PORT, PORT_CRT);
    poke8(DATA_SEGMENT, DATA_LAST_ROW, ROWS - 1);
    poke16(DATA_SEGMENT, DATA_CHARACTER_ROWS, 16);
    poke8(DATA_SEGMENT, DATA_PAGE, 0);
    crt_write(CRT_START, 0);
    crt_write(CRT_SHAPE, 0x0d0e);
    clear(&whole, 0, PLAIN);
    for (uint8_t page = 0; page < PAGES; page++)
        set_cursor(page, 0, 0);
}

/* One character, as a teletype has it: control characters move. */
static void teletype(uint8_t page, uint8_t character)
{
    uint16_t at = cursor(page);
    uint8_t row = high(at), column = low(at);

    if (page == data8(DATA_PAGE))
        serial_teletype(
            character, row, column,
            peek8(TEXT_SEGMENT, (uint16_t)(cell(page, row, column) + 1)));
    switch (character) {
    case '\a':
        return;
    case '\b':
        column = column ? (uint8_t)(column - 1) : 0;
        break;
    case '\r':
        column = 0;
        break;
    case '\n':
        row++;
        break;
    default:
        poke8(TEXT_SEGMENT, cell(page, row, column), character);
        column++;
        break;
    }
    if (column == COLUMNS) {
        column = 0;
        row++;
    }
    if (row >= ROWS) {
        scroll_up(&whole, page, 1, PLAIN);
        row = ROWS - 1;
    }
    set_cursor(page, row, column);
}

void video_print(const char *text)
{
    while (*text)
        teletype(data8(DATA_PAGE), (uint8_t)*text++);
}

static void set_mode(struct frame *f)
{
    bool keep = low(f->eax) & 0x80;

    if (keep)
        return;
    video_reset();
    serial_clear();
}

static void set_page(struct frame *f)
{
    uint8_t page = low(f->eax) % PAGES;
    uint16_t at = cursor(page);

    poke8(DATA_SEGMENT, DATA_PAGE, page);
    crt_write(CRT_START, page * PAGE_BYTES / 2);
    set_cursor(page, high(at), low(at));
}

/* AL lines (0: all) of CX to DX, new ones with BH. */
static void scroll(struct frame *f)
{
    struct window w = {high(f->ecx), low(f->ecx), high(f->edx), low(f->edx)};
    uint8_t lines = low(f->eax), page = data8(DATA_PAGE);
    bool all;

    w.bottom = w.bottom < ROWS ? w.bottom : ROWS - 1;
    w.right = w.right < COLUMNS ? w.right : COLUMNS - 1;
    if (w.top > w.bottom || w.left > w.right)
        return;
    all = lines == 0 || lines > w.bottom - w.top;
    if (all && w.top == 0 && w.left == 0 && w.bottom == ROWS - 1 &&
        w.right == COLUMNS - 1)
        serial_clear();
    if (all)
        clear(&w, page, high(f->ebx));
    else if (high(f->eax) == 0x06)
        scroll_up(&w, page, lines, high(f->ebx));
    else
        scroll_down(&w, page, lines, high(f->ebx));
}

static void write_cells(struct frame *f, bool with_attribute)
{
    uint8_t page = high(f->ebx) % PAGES, character = low(f->eax);
    uint16_t at = cursor(page);
    uint16_t place = cell(page, high(at), low(at));
    uint16_t count = (uint16_t)f->ecx;
    uint8_t attribute;

    for (uint16_t i = 0; i < count && i < ROWS * COLUMNS; i++) {
        uint16_t here = (uint16_t)(place + 2 * i);

        if (here >= (page + 1) * PAGE_BYTES)
            break;
        poke8(TEXT_SEGMENT, here, character);
        if (with_attribute)
            poke8(TEXT_SEGMENT, (uint16_t)(here + 1), low(f->ebx));
        attribute = peek8(TEXT_SEGMENT, (uint16_t)(here + 1));
        if (page == data8(DATA_PAGE) && low(at) + i < COLUMNS)
            serial_show(high(at), (uint8_t)(low(at) + i), character, attribute);
    }
}

/* AH=13h: ES:BP, CX characters from DX; AL bit 1: attributes between them. */
static void write_string(struct frame *f)
{
    uint8_t page = high(f->ebx) % PAGES, mode = low(f->eax);
    uint16_t saved = cursor(page), from = (uint16_t)f->ebp;

    set_cursor(page, high(f->edx), low(f->edx));
    for (uint16_t left = (uint16_t)f->ecx; left > 0; left--) {
        uint8_t character = peek8(f->es, from++);
        uint8_t attribute = mode & 2 ? peek8(f->es, from++) : low(f->ebx);
        uint16_t at = cursor(page);

        if (character >= ' ')
            poke8(TEXT_SEGMENT, (uint16_t)(cell(page, high(at), low(at)) + 1),
                  attribute);
        teletype(page, character);
    }
    if (!(mode & 1))
        set_cursor(page, high(saved), low(saved));
}

static void tell_cursor(struct frame *f)
{
    set_word(&f->edx, cursor(high(f->ebx)));
    set_word(&f->ecx, data16(DATA_CURSOR_SHAPE));
}

static void set_shape(struct frame *f)
{
    poke16(DATA_SEGMENT, DATA_CURSOR_SHAPE, (uint16_t)f->ecx);
    crt_write(CRT_SHAPE, (uint16_t)f->ecx);
}

static void tell_cell(struct frame *f)
{
    uint8_t page = high(f->ebx) % PAGES;
    uint16_t at = cursor(page);

    set_word(&f->eax, peek16(TEXT_SEGMENT, cell(page, high(at), low(at))));
}

static void tell_mode(struct frame *f)
{
    set_low(&f->eax, data8(DATA_MODE));
    set_high(&f->eax, (uint8_t)data16(DATA_COLUMNS));
    set_high(&f->ebx, data8(DATA_PAGE));
}

/* AH=11h, AL=30h: the font's rows; AH=12h, BL=10h: an EGA with colours. */
static void tell_adapter(struct frame *f)
{
    if (high(f->eax) == 0x11 && low(f->eax) == 0x30) {
        set_word(&f->ecx, 16);
        set_low(&f->edx, ROWS - 1);
    } else if (high(f->eax) == 0x12 && low(f->ebx) == 0x10) {
        set_word(&f->ebx, 0x0003);
        set_word(&f->ecx, 0x0009);
    } else if (high(f->eax) == 0x1a && low(f->eax) == 0) {
        set_low(&f->eax, 0x1a);
        set_word(&f->ebx, 0x0008); /* a VGA with a colour monitor */
    }
}

void handle_10_video(struct frame *f)
{
    switch (high(f->eax)) {
    case 0x00:
        set_mode(f);
        break;
    case 0x01:
        set_shape(f);
        break;
    case 0x02:
        set_cursor(high(f->ebx), high(f->edx), low(f->edx));
        break;
    case 0x03:
        tell_cursor(f);
        break;
    case 0x05:
        set_page(f);
        break;
    case 0x06:
    case 0x07:
        scroll(f);
        break;
    case 0x08:
        tell_cell(f);
        break;
    case 0x09:
    case 0x0a:
        write_cells(f, high(f->eax) == 0x09);
        break;
    case 0x0e:
        teletype(high(f->ebx) % PAGES, low(f->eax));
        break;
    case 0x0f:
        tell_mode(f);
        break;
    case 0x13:
        write_string(f);
        break;
    default:
        tell_adapter(f);
        break;
    }
}
