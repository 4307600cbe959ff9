/*
 * Claim: 10.0.2.2 answers ARP requests (RFC 826), ICMP echo requests (RFC 792)
 * and UDP echo (RFC 862) with frames whose every checksum is right, tells the
 * sender of a datagram to another port so (RFC 1122, "Port Unreachable"), and
 * answers nothing that does not add up; the network card carries all that.
 */
#include "sim/core/macros.h"
#include "sim/core/rng.h"
#include "sim/devices/net_responder.h"
#include "tests/virtio_fixture.h"

enum { ETHERNET = 14, IP = 20, MOST = NET_FRAME_MOST_BYTES };

static const uint8_t guest_mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
static const uint8_t host_mac[6] = {0x52, 0x55, 0x0a, 0, 2, 2};
static const uint8_t guest_ip[4] = {10, 0, 2, 15}, host_ip[4] = {10, 0, 2, 2};

static void put_ethernet(uint8_t *f, const uint8_t *to, unsigned type)
{
    memcpy(f, to, 6);
    memcpy(f + 6, guest_mac, 6);
    f[12] = (uint8_t)(type >> 8);
    f[13] = (uint8_t)type;
}

static size_t put_ip(uint8_t *f, unsigned protocol, size_t data_bytes)
{
    uint8_t *ip = f + ETHERNET;
    size_t total = IP + data_bytes;
    uint16_t sum;

    put_ethernet(f, host_mac, 0x0800);
    memset(ip, 0, IP);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(total >> 8);
    ip[3] = (uint8_t)total;
    ip[8] = 64;
    ip[9] = (uint8_t)protocol;
    memcpy(ip + 12, guest_ip, 4);
    memcpy(ip + 16, host_ip, 4);
    sum = net_checksum(ip, IP, 0);
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    return ETHERNET + total;
}

static size_t put_ping(uint8_t *f, size_t payload)
{
    uint8_t *icmp = f + ETHERNET + IP;
    uint16_t sum;

    memset(icmp, 0, 8);
    icmp[0] = 8;
    icmp[5] = 7;
    for (size_t i = 0; i < payload; i++)
        icmp[8 + i] = (uint8_t)i;
    sum = net_checksum(icmp, 8 + payload, 0);
    icmp[2] = (uint8_t)(sum >> 8);
    icmp[3] = (uint8_t)sum;
    return put_ip(f, 1, 8 + payload);
}

static size_t put_datagram(uint8_t *f, unsigned port, const char *text)
{
    uint8_t *udp = f + ETHERNET + IP;
    size_t bytes = 8 + strlen(text);

    memset(udp, 0, 8); /* checksum 0: none */
    udp[0] = 0x80;
    udp[3] = (uint8_t)port;
    udp[5] = (uint8_t)bytes;
    memcpy(udp + 8, text, strlen(text));
    return put_ip(f, 17, bytes);
}

static size_t put_arp(uint8_t *f, const uint8_t *ip)
{
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, 1};
    static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};

    put_ethernet(f, all, 0x0806);
    memset(f + ETHERNET, 0, 28);
    memcpy(f + ETHERNET, head, sizeof head);
    memcpy(f + ETHERNET + 8, guest_mac, 6);
    memcpy(f + ETHERNET + 14, guest_ip, 4);
    memcpy(f + ETHERNET + 24, ip, 4);
    return ETHERNET + 28;
}

START_TEST(test_net_arp_answered_for_its_address_only)
{
    static const uint8_t other[4] = {10, 0, 2, 3};
    uint8_t f[MOST], a[MOST];

    ck_assert_uint_eq(net_answer(f, put_arp(f, other), a), 0);
    ck_assert_uint_eq(net_answer(f, put_arp(f, host_ip), a), 60);
    ck_assert_mem_eq(a, guest_mac, 6);
    ck_assert_mem_eq(a + 6, host_mac, 6);
    ck_assert_uint_eq(a[ETHERNET + 7], 2);
    ck_assert_mem_eq(a + ETHERNET + 8, host_mac, 6);
    ck_assert_mem_eq(a + ETHERNET + 14, host_ip, 4);
    ck_assert_mem_eq(a + ETHERNET + 18, guest_mac, 6);
    ck_assert_mem_eq(a + ETHERNET + 24, guest_ip, 4);
}
END_TEST

START_TEST(test_net_ping_echoed)
{
    uint8_t f[MOST], a[MOST];
    size_t bytes = put_ping(f, 1472);

    ck_assert_uint_eq(bytes, MOST);
    ck_assert_uint_eq(net_answer(f, bytes, a), MOST);
    ck_assert_uint_eq(net_checksum(a + ETHERNET, IP, 0), 0);
    ck_assert_uint_eq(net_checksum(a + ETHERNET + IP, 1480, 0), 0);
    ck_assert_uint_eq(a[ETHERNET + IP], 0);
    ck_assert_mem_eq(a + ETHERNET + 12, host_ip, 4);
    ck_assert_mem_eq(a + ETHERNET + 16, guest_ip, 4);
    ck_assert_mem_eq(a + 38, f + 38, MOST - 38);
}
END_TEST

START_TEST(test_net_udp_echoed_with_checksum)
{
    uint8_t f[MOST], a[MOST], pseudo[12 + 13];

    ck_assert_uint_eq(net_answer(f, put_datagram(f, 7, "hello"), a), 60);
    ck_assert_mem_eq(a + 42, "hello", 5);
    ck_assert_uint_eq(a[35], 7);
    ck_assert_uint_eq(a[36], 0x80);
    memcpy(pseudo, a + ETHERNET + 12, 8);
    memcpy(pseudo + 8, "\0\x11\0\x0d", 4);
    memcpy(pseudo + 12, a + ETHERNET + IP, 13);
    ck_assert_uint_eq(net_checksum(pseudo, sizeof pseudo, 0), 0);
    ck_assert(a[40] != 0 || a[41] != 0);
}
END_TEST

START_TEST(test_net_udp_other_port_unreachable)
{
    uint8_t f[MOST], a[MOST];

    ck_assert_uint_eq(net_answer(f, put_datagram(f, 9, "hello"), a), 70);
    ck_assert_uint_eq(a[ETHERNET + 9], 1);
    ck_assert_uint_eq(a[ETHERNET + IP], 3);
    ck_assert_uint_eq(a[ETHERNET + IP + 1], 3);
    ck_assert_uint_eq(net_checksum(a + ETHERNET + IP, 36, 0), 0);
    ck_assert_mem_eq(a + ETHERNET + IP + 8, f + ETHERNET, 28);
}
END_TEST

START_TEST(test_net_damaged_frames_not_answered)
{
    uint8_t f[MOST], a[MOST];
    size_t bytes = put_ping(f, 32);

    /* Any one bit of the headers and of what is echoed. */
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        bool source = bit / 8 >= 6 && bit / 8 < 12; /* nobody checks it */
        bool group = bit == 0;                      /* to many: us too */

        f[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!source && !group)
            ck_assert_uint_eq(net_answer(f, bytes, a), 0);
        f[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t shorter = 0; shorter < bytes; shorter++)
        ck_assert_uint_eq(net_answer(f, shorter, a), 0);
    ck_assert_uint_eq(net_answer(f, bytes, a), bytes);
}
END_TEST

START_TEST(test_net_random_frames_bounded)
{
    struct rng g;
    uint8_t f[MOST], a[MOST];

    rng_init(&g, 5);
    for (unsigned i = 0; i < 20000; i++) {
        size_t bytes = rng_below(&g, 2) ? put_ping(f, rng_below(&g, 1400))
                                        : put_datagram(f, 7, "x");

        for (unsigned n = rng_below(&g, 4); n > 0; n--)
            f[rng_below(&g, 60)] = (uint8_t)rng_next(&g);
        ck_assert_uint_le(net_answer(f, rng_below(&g, 2) ? bytes : MOST, a),
                          MOST);
    }
}
END_TEST

/* Header, frame; the answer comes into the buffer offered before. */
START_TEST(test_net_card_carries_ping_and_answer)
{
    const struct rig_part receive = {RIG_DATA, 2048, true};
    uint8_t f[MOST], expected[MOST];
    size_t bytes = put_ping(f, 56);
    const struct rig_part send[] = {
        {RIG_DATA + 0x1000, 12, false},
        {RIG_DATA + 0x2000, (uint32_t)bytes, false}};
    struct rig r;

    rig_init(&r, "net", NULL);
    rig_start(&r, (uint64_t)1 << 5);
    ck_assert_uint_eq(rig_read(&r, VIRTIO_MMIO_CONFIG), 0x12005452);
    rig_request(&r, 0, &receive, 1);
    rig_put(&r, RIG_DATA + 0x2000, f, bytes);
    rig_request(&r, 1, send, 2);
    ck_assert_uint_eq(rig_take(&r, 1), 0);
    ck_assert_uint_eq(rig_take(&r, 0), 12 + bytes);
    ck_assert_uint_eq(rig_get(&r, RIG_DATA + 10, 2), 1);
    ck_assert_uint_eq(net_answer(f, bytes, expected), bytes);
    ck_assert_mem_eq(r.dram.base + RIG_DATA + 12, expected, bytes);
    rig_free(&r);
}
END_TEST

START_TEST(test_net_card_keeps_answers_until_there_is_room)
{
    const struct rig_part receive = {RIG_DATA, 2048, true};
    uint8_t f[MOST];
    size_t bytes = put_ping(f, 56);
    const struct rig_part send[] = {
        {RIG_DATA + 0x1000, 12, false},
        {RIG_DATA + 0x2000, (uint32_t)bytes, false}};
    struct rig r;

    rig_init(&r, "net", NULL);
    rig_start(&r, 0);
    rig_put(&r, RIG_DATA + 0x2000, f, bytes);
    for (unsigned i = 0; i < 20; i++)
        rig_request(&r, 1, send, 2);
    for (unsigned i = 0; i < 16; i++) { /* as many as wait, no more */
        rig_request(&r, 0, &receive, 1);
        ck_assert_uint_eq(rig_take(&r, 0), 12 + bytes);
    }
    rig_request(&r, 0, &receive, 1);
    ck_assert_uint_eq(rig_take(&r, 0), UINT32_MAX);
    rig_free(&r);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("net");

    tcase_add_test(t, test_net_arp_answered_for_its_address_only);
    tcase_add_test(t, test_net_ping_echoed);
    tcase_add_test(t, test_net_udp_echoed_with_checksum);
    tcase_add_test(t, test_net_udp_other_port_unreachable);
    tcase_add_test(t, test_net_damaged_frames_not_answered);
    tcase_add_test(t, test_net_random_frames_bounded);
    tcase_add_test(t, test_net_card_carries_ping_and_answer);
    tcase_add_test(t, test_net_card_keeps_answers_until_there_is_room);
    return rig_main(t, "net-responder");
}
