#include "sim/machine/gdb_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/machine/letter.h"

static enum status bad_address(struct error *e, const char *address,
                               const char *why)
{
    return error_set(e, STATUS_USAGE,
                     "--gdb %s: %s (use :PORT, HOST:PORT, or the path of a "
                     "socket with a slash in it)",
                     address, why);
}

/* What a run that was killed left behind: a socket on which nobody listens. */
static void remove_stale(const struct sockaddr_un *at)
{
    struct stat st;
    int fd;

    if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 &&
        errno == ECONNREFUSED)
        unlink(at->sun_path);
    if (fd >= 0)
        close(fd);
}

static enum status listen_path(const char *path, int *fd, struct error *e)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof at.sun_path)
        return bad_address(e, path, "the path is too long");
    strcpy(at.sun_path, path);
    remove_stale(&at);
    *fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&at, sizeof at) != 0) {
        enum status s = bad_address(e, path, strerror(errno));

        if (*fd >= 0)
            close(*fd);
        *fd = -1; /* what is at the path is not ours */
        return s;
    }
    if (listen(*fd, 1) != 0)
        return bad_address(e, path, strerror(errno));
    fprintf(stderr, "ringside: waiting for `target remote %s`\n", path);
    return STATUS_OK;
}

static int listen_at(const struct addrinfo *a)
{
    int one = 1, fd = socket(a->ai_family, SOCK_STREAM, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1) == 0)
        return fd;
    close(fd);
    return -1;
}

static void say_where(int fd, const char *host)
{
    struct sockaddr_storage at;
    socklen_t bytes = sizeof at;
    char port[16] = "?";

    if (getsockname(fd, (struct sockaddr *)&at, &bytes) == 0)
        getnameinfo((struct sockaddr *)&at, bytes, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV);
    fprintf(stderr, "ringside: waiting for `target remote %s:%s`\n", host,
            port);
}

static enum status listen_port(const char *address, int *fd, struct error *e)
{
    const char *colon = strrchr(address, ':');
    struct addrinfo *list, hints = {.ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICSERV};
    char host[256];
    int error;

    if (!colon || colon[1] == '\0')
        return bad_address(e, address, "there is no port in it");
    if (strtoul(colon + 1, NULL, 10) > UINT16_MAX)
        return bad_address(e, address, "a port is at most 65535");
    snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    if (host[0] == '\0')
        snprintf(host, sizeof host, "127.0.0.1");
    error = getaddrinfo(host, colon + 1, &hints, &list);
    if (error)
        return bad_address(e, address, gai_strerror(error));
    *fd = listen_at(list);
    freeaddrinfo(list);
    if (*fd < 0)
        return bad_address(e, address, strerror(errno));
    say_where(*fd, host);
    return STATUS_OK;
}

enum status gdb_accept(const char *address, int *fd, struct error *e)
{
    bool path = strchr(address, '/') != NULL;
    int listener = -1;
    enum status s = path ? listen_path(address, &listener, e)
                         : listen_port(address, &listener, e);

    *fd = -1;
    if (s == STATUS_OK) {
        do
            *fd = accept(listener, NULL, NULL);
        while (*fd < 0 && errno == EINTR);
        if (*fd < 0)
            s = bad_address(e, address, strerror(errno));
    }
    if (path && listener >= 0)
        unlink(address);
    if (listener >= 0)
        close(listener);
    return s;
}

static int read_byte(int fd)
{
    uint8_t byte;
    ssize_t n;

    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1 ? byte : -1;
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* After the $: text and checksum.  1: good, 0: damaged, -1: gone. */
static int read_body(int fd, char text[GDB_PACKET_BYTES], size_t *length)
{
    uint8_t sum = 0;
    int c, high, low;

    *length = 0;
    while ((c = read_byte(fd)) >= 0 && c != '#') {
        sum = (uint8_t)(sum + c);
        if (*length < GDB_PACKET_BYTES - 1)
            text[(*length)++] = (char)c;
    }
    text[*length] = '\0';
    high = hex_digit(read_byte(fd));
    low = hex_digit(read_byte(fd));
    if (c < 0)
        return -1;
    return high >= 0 && low >= 0 && (high << 4 | low) == sum;
}

bool gdb_receive(int fd, bool acknowledge, char text[GDB_PACKET_BYTES],
                 size_t *length)
{
    for (;;) {
        int c = read_byte(fd), good;

        if (c < 0)
            return false;
        if (c == 3) {
            memcpy(text, "\x03", 2);
            *length = 1;
            return true;
        }
        if (c != '$')
            continue;
        good = read_body(fd, text, length);
        if (good < 0)
            return false;
        if (acknowledge && !letter_send(fd, good ? "+" : "-", 1))
            return false;
        if (good)
            return true;
    }
}

bool gdb_send(int fd, const char *text, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum = 0;
    char end[3];

    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + (uint8_t)text[i]);
    end[0] = '#';
    end[1] = digits[sum >> 4];
    end[2] = digits[sum & 15];
    return letter_send(fd, "$", 1) && letter_send(fd, text, length) &&
           letter_send(fd, end, 3);
}

void gdb_to_hex(char *out, const uint8_t *from, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes; i++) {
        out[2 * i] = digits[from[i] >> 4];
        out[2 * i + 1] = digits[from[i] & 15];
    }
    out[2 * bytes] = '\0';
}

bool gdb_from_hex(uint8_t *out, const char *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit((uint8_t)from[2 * i]), low;

        if (high < 0)
            return false;
        low = hex_digit((uint8_t)from[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
