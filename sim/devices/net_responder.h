/*
 * net_responder.h - the only other host on the guest's network.
 *
 * Hardware      RFC 826 (ARP), RFC 791 (IPv4), RFC 792 (ICMP), RFC 768 (UDP),
 *               RFC 862 (Echo Protocol), RFC 1122 "Port Unreachable".
 * Model         a host at 10.0.2.2 that answers ARP requests for itself, ICMP
 *               echo requests and UDP datagrams to port 7; datagrams to other
 *               ports get "port unreachable".  It keeps no state: the answer
 *               follows from the frame alone.
 * NOT MODELLED  IP options in answers, fragments, TCP, DHCP, IPv6.
 */
#ifndef SIM_DEVICES_NET_RESPONDER_H
#define SIM_DEVICES_NET_RESPONDER_H
#include <stddef.h>
#include <stdint.h>

enum { NET_FRAME_MOST_BYTES = 1514 }; /* an Ethernet frame without its FCS */

/*
 * Writes the answer to a frame into answer (NET_FRAME_MOST_BYTES of room) and
 * returns its length; 0: there is none.
 */
size_t net_answer(const uint8_t *frame, size_t bytes, uint8_t *answer);

/* The Internet checksum (RFC 1071) of bytes, added to a sum so far. */
uint16_t net_checksum(const uint8_t *data, size_t bytes, uint32_t sum);

#endif
