/*
 * gdb_link.h - packets of GDB's remote serial protocol over a socket.
 *
 * Interface  GDB manual, "Remote Protocol": $DATA#SUM, acknowledged by + until
 *            QStartNoAckMode; 0x03 between packets interrupts.
 */
#ifndef SIM_MACHINE_GDB_LINK_H
#define SIM_MACHINE_GDB_LINK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"

enum { GDB_PACKET_BYTES = 16384 };

/*
 * Waits for a debugger at "[HOST]:PORT" (port 0: any that is free) or a path
 * with a slash (a Unix socket); says on stderr where.  *fd is its connection.
 */
enum status gdb_accept(const char *address, int *fd, struct error *e);

/*
 * The next packet's text, without frame, ended by a NUL.  An interrupt is
 * "\x03".  False: the debugger has gone.
 */
bool gdb_receive(int fd, bool acknowledge, char text[GDB_PACKET_BYTES],
                 size_t *length);

/* Sends length bytes as one packet; false if the debugger has gone. */
bool gdb_send(int fd, const char *text, size_t length);

/* Bytes as hexadecimal text, and back (false: not hexadecimal). */
void gdb_to_hex(char *out, const uint8_t *from, size_t bytes);
bool gdb_from_hex(uint8_t *out, const char *from, size_t bytes);

#endif
