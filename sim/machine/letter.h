/*
 * letter.h - whole messages of a known size between processes.
 */
#ifndef SIM_MACHINE_LETTER_H
#define SIM_MACHINE_LETTER_H
#include <stdbool.h>
#include <stddef.h>

/* False: the other side is gone. */
bool letter_send(int fd, const void *letter, size_t bytes);
bool letter_receive(int fd, void *letter, size_t bytes);

#endif
