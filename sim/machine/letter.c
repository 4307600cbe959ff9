#include "sim/machine/letter.h"

#include <errno.h>
#include <unistd.h>

bool letter_send(int fd, const void *letter, size_t bytes)
{
    const char *at = letter;

    while (bytes > 0) {
        ssize_t put = write(fd, at, bytes);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        bytes -= (size_t)put;
    }
    return true;
}

bool letter_receive(int fd, void *letter, size_t bytes)
{
    char *at = letter;

    while (bytes > 0) {
        ssize_t got = read(fd, at, bytes);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}
