/*
 * net_responder.c - answers to ARP, ICMP echo and UDP echo, frame by frame.
 *
 * Every length that a header claims is held against the length of the frame
 * before it is used; a frame that does not add up gets no answer.
 */
#include "sim/devices/net_responder.h"

#include <stdbool.h>
#include <string.h>

enum {
    ETHERNET_BYTES = 14,
    ETHERNET_SOURCE = 6,
    ETHERNET_TYPE = 12,
    MAC_BYTES = 6,
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    SHORTEST_FRAME_BYTES = 60,

    ARP_BYTES = 28,
    ARP_OPERATION = 6,
    ARP_SENDER_MAC = 8,
    ARP_SENDER_IP = 14,
    ARP_TARGET_MAC = 18,
    ARP_TARGET_IP = 24,

    IP_BYTES = 20, /* without options */
    IP_TOTAL = 2,
    IP_FRAGMENT = 6,
    IP_TTL = 8,
    IP_PROTOCOL = 9,
    IP_CHECKSUM = 10,
    IP_SOURCE = 12,
    IP_TARGET = 16,
    IP_TTL_VALUE = 64,
    PROTOCOL_ICMP = 1,
    PROTOCOL_UDP = 17,

    ICMP_BYTES = 8,
    ICMP_CHECKSUM = 2,
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_ECHO = 8,
    CODE_PORT = 3,
    QUOTED_BYTES = 8, /* of the datagram, behind its IP header */

    UDP_BYTES = 8,
    UDP_LENGTH = 4,
    UDP_CHECKSUM = 6,
    PORT_ECHO = 7,
};

static const uint8_t our_mac[MAC_BYTES] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};
static const uint8_t our_ip[4] = {10, 0, 2, 2};

/* An IPv4 packet: its header, and what it carries. */
struct packet {
    const uint8_t *header;
    size_t header_bytes;
    const uint8_t *data;
    size_t bytes;
};

static unsigned get16(const uint8_t *from)
{
    return (unsigned)from[0] << 8 | from[1];
}

static void put16(uint8_t *to, size_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

uint16_t net_checksum(const uint8_t *data, size_t bytes, uint32_t sum)
{
    for (size_t i = 0; i + 1 < bytes; i += 2)
        sum += get16(data + i);
    if (bytes % 2 != 0)
        sum += (uint32_t)data[bytes - 1] << 8;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Of the pseudo header that UDP's checksum covers. */
static uint32_t pseudo_header(const uint8_t *ip, size_t bytes)
{
    uint32_t sum = PROTOCOL_UDP + (uint32_t)bytes;

    for (unsigned i = IP_SOURCE; i < IP_BYTES; i += 2)
        sum += get16(ip + i);
    return sum;
}

static size_t put_ethernet(uint8_t *answer, const uint8_t *frame, unsigned type,
                           size_t bytes)
{
    memcpy(answer, frame + ETHERNET_SOURCE, MAC_BYTES);
    memcpy(answer + ETHERNET_SOURCE, our_mac, MAC_BYTES);
    put16(answer + ETHERNET_TYPE, type);
    bytes += ETHERNET_BYTES;
    if (bytes >= SHORTEST_FRAME_BYTES)
        return bytes;
    memset(answer + bytes, 0, SHORTEST_FRAME_BYTES - bytes);
    return SHORTEST_FRAME_BYTES;
}

static size_t answer_arp(const uint8_t *frame, size_t bytes, uint8_t *answer)
{
    static const uint8_t request[] = {0, 1, 8, 0, 6, 4, 0, 1};
    const uint8_t *arp = frame + ETHERNET_BYTES;
    uint8_t *reply = answer + ETHERNET_BYTES;

    if (bytes < ETHERNET_BYTES + ARP_BYTES ||
        memcmp(arp, request, sizeof request) != 0 ||
        memcmp(arp + ARP_TARGET_IP, our_ip, sizeof our_ip) != 0)
        return 0;
    memcpy(reply, request, sizeof request);
    put16(reply + ARP_OPERATION, 2);
    memcpy(reply + ARP_SENDER_MAC, our_mac, MAC_BYTES);
    memcpy(reply + ARP_SENDER_IP, our_ip, sizeof our_ip);
    memcpy(reply + ARP_TARGET_MAC, arp + ARP_SENDER_MAC, MAC_BYTES + 4);
    return put_ethernet(answer, frame, TYPE_ARP, ARP_BYTES);
}

/* False: not a whole IPv4 packet for us. */
static bool parse_ip(const uint8_t *frame, size_t bytes, struct packet *p)
{
    size_t total_bytes;

    p->header = frame + ETHERNET_BYTES;
    if (bytes < ETHERNET_BYTES + IP_BYTES || p->header[0] >> 4 != 4)
        return false;
    p->header_bytes = 4u * (p->header[0] & 15);
    total_bytes = get16(p->header + IP_TOTAL);
    if (p->header_bytes < IP_BYTES || total_bytes < p->header_bytes ||
        total_bytes > bytes - ETHERNET_BYTES ||
        (get16(p->header + IP_FRAGMENT) & 0x3fff) != 0 ||
        net_checksum(p->header, p->header_bytes, 0) != 0 ||
        memcmp(p->header + IP_TARGET, our_ip, sizeof our_ip) != 0)
        return false;
    p->data = p->header + p->header_bytes;
    p->bytes = total_bytes - p->header_bytes;
    return true;
}

/* The header in front of data_bytes that are in their place already. */
static size_t put_ip(uint8_t *answer, const uint8_t *frame,
                     const struct packet *p, unsigned protocol,
                     size_t data_bytes)
{
    uint8_t *ip = answer + ETHERNET_BYTES;

    memset(ip, 0, IP_BYTES);
    ip[0] = 4 << 4 | IP_BYTES / 4;
    put16(ip + IP_TOTAL, IP_BYTES + data_bytes);
    ip[IP_TTL] = IP_TTL_VALUE;
    ip[IP_PROTOCOL] = (uint8_t)protocol;
    memcpy(ip + IP_SOURCE, our_ip, sizeof our_ip);
    memcpy(ip + IP_TARGET, p->header + IP_SOURCE, sizeof our_ip);
    put16(ip + IP_CHECKSUM, net_checksum(ip, IP_BYTES, 0));
    return put_ethernet(answer, frame, TYPE_IPV4, IP_BYTES + data_bytes);
}

static size_t answer_icmp(const uint8_t *frame, const struct packet *p,
                          uint8_t *answer)
{
    uint8_t *icmp = answer + ETHERNET_BYTES + IP_BYTES;

    if (p->bytes < ICMP_BYTES || p->data[0] != ICMP_ECHO || p->data[1] != 0 ||
        net_checksum(p->data, p->bytes, 0) != 0)
        return 0;
    memcpy(icmp, p->data, p->bytes);
    icmp[0] = ICMP_ECHO_REPLY;
    put16(icmp + ICMP_CHECKSUM, 0);
    put16(icmp + ICMP_CHECKSUM, net_checksum(icmp, p->bytes, 0));
    return put_ip(answer, frame, p, PROTOCOL_ICMP, p->bytes);
}

/* Quotes the packet's header and the first bytes behind it. */
static size_t answer_unreachable(const uint8_t *frame, const struct packet *p,
                                 uint8_t *answer)
{
    uint8_t *icmp = answer + ETHERNET_BYTES + IP_BYTES;
    size_t bytes = ICMP_BYTES + p->header_bytes + QUOTED_BYTES;

    memset(icmp, 0, ICMP_BYTES);
    icmp[0] = ICMP_UNREACHABLE;
    icmp[1] = CODE_PORT;
    memcpy(icmp + ICMP_BYTES, p->header, p->header_bytes + QUOTED_BYTES);
    put16(icmp + ICMP_CHECKSUM, net_checksum(icmp, bytes, 0));
    return put_ip(answer, frame, p, PROTOCOL_ICMP, bytes);
}

static size_t answer_udp(const uint8_t *frame, const struct packet *p,
                         uint8_t *answer)
{
    uint8_t *udp = answer + ETHERNET_BYTES + IP_BYTES;
    size_t bytes, total;
    uint16_t sum;

    if (p->bytes < UDP_BYTES)
        return 0;
    bytes = get16(p->data + UDP_LENGTH);
    if (bytes < UDP_BYTES || bytes > p->bytes ||
        (get16(p->data + UDP_CHECKSUM) != 0 &&
         net_checksum(p->data, bytes, pseudo_header(p->header, bytes)) != 0))
        return 0;
    if (get16(p->data + 2) != PORT_ECHO)
        return answer_unreachable(frame, p, answer);
    memcpy(udp, p->data, bytes);
    memcpy(udp, p->data + 2, 2);
    memcpy(udp + 2, p->data, 2);
    put16(udp + UDP_CHECKSUM, 0);
    total = put_ip(answer, frame, p, PROTOCOL_UDP, bytes);
    sum =
        net_checksum(udp, bytes, pseudo_header(answer + ETHERNET_BYTES, bytes));
    put16(udp + UDP_CHECKSUM, sum == 0 ? 0xffff : sum);
    return total;
}

size_t net_answer(const uint8_t *frame, size_t bytes, uint8_t *answer)
{
    struct packet p;
    bool ours = bytes >= ETHERNET_BYTES &&
                (memcmp(frame, our_mac, 6) == 0 || (frame[0] & 1) != 0);

    if (!ours || bytes > NET_FRAME_MOST_BYTES)
        return 0;
    if (get16(frame + ETHERNET_TYPE) == TYPE_ARP)
        return answer_arp(frame, bytes, answer);
    if (get16(frame + ETHERNET_TYPE) != TYPE_IPV4 ||
        !parse_ip(frame, bytes, &p))
        return 0;
    if (p.header[IP_PROTOCOL] == PROTOCOL_ICMP)
        return answer_icmp(frame, &p, answer);
    return p.header[IP_PROTOCOL] == PROTOCOL_UDP ? answer_udp(frame, &p, answer)
                                                 : 0;
}
