/*
 * Claim: a virtio device is found and driven as a PCI function as VIRTIO 1.1
 * says ("Virtio Over PCI Bus"): by its capabilities, through its structures
 * and through the configuration window; it interrupts by its pin, or by MSI-X
 * (PCI 3.0, "MSI-X Capability and Table Structure"), where masked messages
 * wait.  No programming of it breaks an invariant.
 */
#include <check.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "mmu/memory.h"
#include "sim/core/rng.h"
#include "sim/devices/pci.h"
#include "sim/devices/platform.h"
#include "sim/devices/virtio_pci.h"

/* After ours: its macros have names of our header. */
#include <linux/pci_regs.h>

enum {
    MEMORY_BYTES = 0x100000,
    SLOT = 6, /* the random source */
    NET_SLOT = 3,
    RINGS = 0x10000,
    AVAILABLE = RINGS + 0x200,
    USED = RINGS + 0x400,
    DATA = 0x20000,
    VECTOR = 0x51,
    LAPIC_SVR = 0x80f,
};

struct rig {
    struct memory dram;
    struct platform p;
    uint32_t common, isr, notify; /* guest-physical */
    uint32_t msix_table, msix_at, window_at;
};

static void port(struct rig *r, uint16_t at, unsigned bytes, bool in,
                 uint32_t *value)
{
    uint8_t data[4];

    memcpy(data, value, sizeof data);
    platform_port_access(&r->p, 0, r->p.bus.now_cycle,
                         &(struct port_access){.port = at,
                                               .in = in,
                                               .bytes = (uint8_t)bytes,
                                               .count = 1,
                                               .data = data});
    memcpy(value, data, sizeof data);
}

static uint32_t config_read(struct rig *r, unsigned slot, unsigned at,
                            unsigned bytes)
{
    uint32_t address = 0x80000000 | slot << 11 | (at & 0xfc), value = 0;

    port(r, 0xcf8, 4, false, &address);
    port(r, (uint16_t)(0xcfc + (at & 3)), bytes, true, &value);
    return value;
}

static void config_write(struct rig *r, unsigned slot, unsigned at,
                         unsigned bytes, uint32_t value)
{
    uint32_t address = 0x80000000 | slot << 11 | (at & 0xfc);

    port(r, 0xcf8, 4, false, &address);
    port(r, (uint16_t)(0xcfc + (at & 3)), bytes, false, &value);
}

static uint32_t mmio_read(struct rig *r, uint32_t at, unsigned bytes)
{
    uint8_t data[4] = {0};
    uint32_t value;

    platform_memory_access(
        &r->p, 0, r->p.bus.now_cycle,
        &(struct memory_access){gpa(at), false, bytes, data});
    memcpy(&value, data, sizeof value);
    return value;
}

static void mmio_write(struct rig *r, uint32_t at, unsigned bytes,
                       uint32_t value)
{
    uint8_t data[4];

    memcpy(data, &value, sizeof data);
    platform_memory_access(&r->p, 0, r->p.bus.now_cycle,
                           &(struct memory_access){gpa(at), true, bytes, data});
}

/* What a driver's probe does: the capability list. */
static void find_structures(struct rig *r, unsigned slot)
{
    unsigned at = config_read(r, slot, PCI_CAPABILITY_LIST, 1);

    ck_assert(config_read(r, slot, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
    for (unsigned n = 0; at != 0; n++) {
        uint32_t bar = config_read(r, slot, PCI_BASE_ADDRESS_0, 4) & ~15u;
        uint32_t offset = config_read(r, slot, at + 8, 4);
        unsigned type = config_read(r, slot, at + 3, 1);

        ck_assert_uint_lt(n, 10);
        if (config_read(r, slot, at, 1) == PCI_CAP_ID_MSIX) {
            r->msix_at = at;
            r->msix_table = config_read(r, slot, PCI_BASE_ADDRESS_1, 4) & ~15u;
            ck_assert_uint_eq(config_read(r, slot, at + 4, 4), 1);
        } else if (type == VIRTIO_PCI_CAP_COMMON_CFG) {
            r->common = bar + offset;
        } else if (type == VIRTIO_PCI_CAP_ISR_CFG) {
            r->isr = bar + offset;
        } else if (type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
            r->notify = bar + offset;
        } else if (type == VIRTIO_PCI_CAP_PCI_CFG) {
            r->window_at = at;
        }
        at = config_read(r, slot, at + 1, 1);
    }
}

static void rig_init(struct rig *r)
{
    struct platform_config c = {.profile = "pc", .tsc_khz = 1000000, .seed = 1};
    struct error e;

    memset(r, 0, sizeof *r);
    ck_assert_int_eq(memory_init(&r->dram, MEMORY_BYTES, &e), STATUS_OK);
    c.memory.dram = &r->dram;
    ck_assert(guest_memory_add(&c.memory, gpa(0), MEMORY_BYTES, hpa(0)));
    ck_assert_int_eq(platform_init(&r->p, &c, &e), STATUS_OK);
    find_structures(r, SLOT);
    ck_assert(r->common && r->isr && r->notify && r->msix_at && r->window_at);
}

static void rig_free(struct rig *r)
{
    platform_free(&r->p);
    memory_free(&r->dram);
}

static void put(struct rig *r, uint64_t at, const void *from, size_t bytes)
{
    ck_assert(memory_copy_in(&r->dram, hpa(at), from, bytes));
}

static void start_driver(struct rig *r)
{
    const uint32_t c = r->common;

    mmio_write(r, c + VIRTIO_PCI_COMMON_STATUS, 1, 0);
    mmio_write(r, c + VIRTIO_PCI_COMMON_STATUS, 1, 3);
    mmio_write(r, c + VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
    mmio_write(r, c + VIRTIO_PCI_COMMON_GF, 4, 1); /* VERSION_1 */
    mmio_write(r, c + VIRTIO_PCI_COMMON_STATUS, 1, 11);
    ck_assert_uint_eq(mmio_read(r, c + VIRTIO_PCI_COMMON_STATUS, 1), 11);
    mmio_write(r, c + VIRTIO_PCI_COMMON_Q_SELECT, 2, 0);
    mmio_write(r, c + VIRTIO_PCI_COMMON_Q_SIZE, 2, 8);
    mmio_write(r, c + VIRTIO_PCI_COMMON_Q_DESCLO, 4, RINGS);
    mmio_write(r, c + VIRTIO_PCI_COMMON_Q_AVAILLO, 4, AVAILABLE);
    mmio_write(r, c + VIRTIO_PCI_COMMON_Q_USEDLO, 4, USED);
    mmio_write(r, c + VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
    mmio_write(r, c + VIRTIO_PCI_COMMON_STATUS, 1, 15);
}

/* Asks for eight random bytes; how many requests are answered by now. */
static unsigned request(struct rig *r, uint16_t number)
{
    const struct vring_desc d = {DATA, 8, VRING_DESC_F_WRITE, 0};
    uint16_t used;

    put(r, RINGS, &d, sizeof d);
    put(r, AVAILABLE + 2, &number, sizeof number);
    mmio_write(r, r->notify, 2, 0);
    ck_assert(memory_copy_out(&r->dram, &used, hpa(USED + 2), 2));
    return used;
}

START_TEST(test_virtio_pci_identity)
{
    struct rig r;

    rig_init(&r);
    ck_assert_uint_eq(config_read(&r, SLOT, PCI_VENDOR_ID, 2), 0x1af4);
    ck_assert_uint_eq(config_read(&r, SLOT, PCI_DEVICE_ID, 2), 0x1044);
    ck_assert_uint_eq(config_read(&r, SLOT, PCI_REVISION_ID, 1), 1);
    ck_assert_uint_eq(config_read(&r, NET_SLOT, PCI_DEVICE_ID, 2), 0x1041);
    ck_assert_uint_eq(config_read(&r, NET_SLOT, 0x0a, 2), 0x0200);
    /* no disk was given, so there is no disk */
    ck_assert_uint_eq(config_read(&r, NET_SLOT + 1, PCI_VENDOR_ID, 2), 0xffff);
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_pci_interrupts_by_pin)
{
    struct rig r;
    unsigned line = pci_line(SLOT, 0, true);

    rig_init(&r);
    start_driver(&r);
    ck_assert(!bus_line_high(&r.p.bus, line));
    ck_assert_uint_eq(request(&r, 1), 1);
    ck_assert(bus_line_high(&r.p.bus, line));
    ck_assert_uint_eq(mmio_read(&r, r.isr, 1), 1);
    ck_assert(!bus_line_high(&r.p.bus, line));
    ck_assert_uint_eq(mmio_read(&r, r.isr, 1), 0);
    rig_free(&r);
}
END_TEST

static void enable_msix(struct rig *r, uint16_t control)
{
    ck_assert(platform_msr_write(&r->p, 0, 0, 0x1b, 0xfee00d00));
    ck_assert(platform_msr_write(&r->p, 0, 0, LAPIC_SVR, 0x1ff));
    mmio_write(r, r->msix_table + 16, 4, 0xfee00000); /* to APIC 0 */
    mmio_write(r, r->msix_table + 24, 4, VECTOR);
    mmio_write(r, r->msix_table + 28, 4, 0);
    config_write(r, SLOT, r->msix_at + 2, 2, control);
    mmio_write(r, r->common + VIRTIO_PCI_COMMON_Q_SELECT, 2, 0);
    mmio_write(r, r->common + VIRTIO_PCI_COMMON_Q_MSIX, 2, 1);
}

START_TEST(test_virtio_pci_interrupts_by_message)
{
    struct rig r;

    rig_init(&r);
    start_driver(&r);
    enable_msix(&r, PCI_MSIX_FLAGS_ENABLE);
    ck_assert_uint_eq(mmio_read(&r, r.common + VIRTIO_PCI_COMMON_Q_MSIX, 2), 1);
    ck_assert_int_eq(platform_interrupt(&r.p, 0), -1);
    ck_assert_uint_eq(request(&r, 1), 1);
    ck_assert_int_eq(platform_interrupt(&r.p, 0), VECTOR);
    ck_assert(!bus_line_high(&r.p.bus, pci_line(SLOT, 0, true)));
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_pci_masked_message_waits)
{
    struct rig r;

    rig_init(&r);
    start_driver(&r);
    enable_msix(&r, PCI_MSIX_FLAGS_ENABLE);
    if (_i == 0)
        mmio_write(&r, r.msix_table + 28, 4, 1); /* this vector */
    else
        config_write(&r, SLOT, r.msix_at + 2, 2,
                     PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    ck_assert_uint_eq(request(&r, 1), 1);
    ck_assert_int_eq(platform_interrupt(&r.p, 0), -1);
    ck_assert_uint_eq(mmio_read(&r, r.msix_table + 0x800, 4), 2);
    if (_i == 0)
        mmio_write(&r, r.msix_table + 28, 4, 0);
    else
        config_write(&r, SLOT, r.msix_at + 2, 2, PCI_MSIX_FLAGS_ENABLE);
    ck_assert_int_eq(platform_interrupt(&r.p, 0), VECTOR);
    ck_assert_uint_eq(mmio_read(&r, r.msix_table + 0x800, 4), 0);
    rig_free(&r);
}
END_TEST

START_TEST(test_virtio_pci_vector_too_high_not_mapped)
{
    struct rig r;

    rig_init(&r);
    mmio_write(&r, r.common + VIRTIO_PCI_COMMON_MSIX, 2, MSIX_VECTORS);
    ck_assert_uint_eq(mmio_read(&r, r.common + VIRTIO_PCI_COMMON_MSIX, 2),
                      VIRTIO_MSI_NO_VECTOR);
    mmio_write(&r, r.common + VIRTIO_PCI_COMMON_MSIX, 2, 3);
    ck_assert_uint_eq(mmio_read(&r, r.common + VIRTIO_PCI_COMMON_MSIX, 2), 3);
    mmio_write(&r, r.common + VIRTIO_PCI_COMMON_STATUS, 1, 0);
    ck_assert_uint_eq(mmio_read(&r, r.common + VIRTIO_PCI_COMMON_MSIX, 2),
                      VIRTIO_MSI_NO_VECTOR);
    rig_free(&r);
}
END_TEST

/* Number of queues, through nothing but configuration space. */
START_TEST(test_virtio_pci_window_reaches_structures)
{
    struct rig r;
    uint32_t data;

    rig_init(&r);
    data = r.window_at + 16;
    config_write(&r, SLOT, r.window_at + 4, 1, 0);
    config_write(&r, SLOT, r.window_at + 8, 4, VIRTIO_PCI_COMMON_NUMQ);
    config_write(&r, SLOT, r.window_at + 12, 4, 2);
    ck_assert_uint_eq(config_read(&r, SLOT, data, 2), 1);
    config_write(&r, SLOT, r.window_at + 8, 4, VIRTIO_PCI_COMMON_STATUS);
    config_write(&r, SLOT, r.window_at + 12, 4, 1);
    config_write(&r, SLOT, data, 1, 3);
    ck_assert_uint_eq(mmio_read(&r, r.common + VIRTIO_PCI_COMMON_STATUS, 1), 3);
    rig_free(&r);
}
END_TEST

static void hostile_step(struct rig *r, struct rng *g)
{
    unsigned slot = 3 + rng_below(g, 4), bytes = 1u << rng_below(g, 3);
    uint32_t value = (uint32_t)rng_next(g) >> rng_below(g, 32);
    uint32_t at = r->common + (rng_below(g, 0x18000) & ~(bytes - 1));

    switch (rng_below(g, 6)) {
    case 0:
        config_write(r, slot, rng_below(g, 256) & ~(bytes - 1), bytes, value);
        break;
    case 1:
        (void)config_read(r, slot, rng_below(g, 256) & ~(bytes - 1), bytes);
        break;
    case 2:
        (void)mmio_read(r, at - 0x10000, bytes);
        break;
    case 3:
        put(r, RINGS + (rng_below(g, 0x800) & ~3u), &value, sizeof value);
        break;
    case 4:
        mmio_write(r, at - 0x10000, bytes, value);
        break;
    default:
        mmio_write(r, r->common + rng_below(g, 0x38), bytes, value & 0xf);
        mmio_write(r, r->notify, 2, 0);
        break;
    }
}

START_TEST(test_virtio_pci_hostile_driver_contained)
{
    struct rng g;

    rng_init(&g, (uint64_t)_i);
    for (unsigned round = 0; round < 10; round++) {
        struct rig r;

        rig_init(&r);
        start_driver(&r);
        for (unsigned step = 0; step < 3000; step++)
            hostile_step(&r, &g);
        for (unsigned d = DEVICE_VIRTIO_PCI0; d <= DEVICE_VIRTIO_PCI3; d++) {
            const struct virtio_pci *p = r.p.states[d];

            if (p->v.ops)
                virtio_check(&p->v);
        }
        rig_free(&r);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("virtio-pci");
    TCase *t = tcase_create("pci");
    SRunner *runner;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_virtio_pci_identity);
    tcase_add_test(t, test_virtio_pci_interrupts_by_pin);
    tcase_add_test(t, test_virtio_pci_interrupts_by_message);
    tcase_add_loop_test(t, test_virtio_pci_masked_message_waits, 0, 2);
    tcase_add_test(t, test_virtio_pci_vector_too_high_not_mapped);
    tcase_add_test(t, test_virtio_pci_window_reaches_structures);
    tcase_add_loop_test(t, test_virtio_pci_hostile_driver_contained, 0, 5);
    suite_add_tcase(s, t);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
