/*
 * xen_io.c - output, and the end of the machine, under Xen.
 *
 * Source  Xen public io/console.h, xen.h (console_io), sched.h, physdev.h.
 *
 * log     console_io, Xen's emergency console
 * stdout  the console ring: bytes in a shared page, then one event
 * stderr  port 0xe8 by REP OUTSB, which Xen emulates for us once we have
 *         raised our I/O privilege level
 * The first domain of a real Xen has no ring and other ports: there all three
 * use console_io.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/xen_guest.h"

enum { PORT_STDERR = 0xe8, PORT_EXIT = 0xf4 };

void xen_io_init(void)
{
    const struct start_info *si = xen_guest.start;
    struct physdev_set_iopl iopl = {.iopl = 1};

    if (si->flags & SIF_INITDOMAIN)
        return;
    xen_guest.ring =
        (struct xencons_interface *)(KERNEL_BASE +
                                     (xen_machine_to_pfn(si->console.domU.mfn)
                                      << PAGE_BITS));
    xen_guest.ring_port = si->console.domU.evtchn;
    xen_call2p(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl);
}

static void notify_ring(void)
{
    struct evtchn_send send = {.port = xen_guest.ring_port};

    xen_call2p(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

static void write_ring(const char *data, size_t bytes)
{
    struct xencons_interface *ring = xen_guest.ring;

    while (bytes) {
        XENCONS_RING_IDX produced = ring->out_prod;
        size_t offset = MASK_XENCONS_IDX(produced, ring->out);
        size_t now = sizeof ring->out - offset;
        size_t room =
            sizeof ring->out -
            (produced - *(volatile XENCONS_RING_IDX *)&ring->out_cons);

        now = u64_min(u64_min(now, room), bytes);
        memcpy(ring->out + offset, data, now);
        __atomic_store_n(&ring->out_prod, produced + (XENCONS_RING_IDX)now,
                         __ATOMIC_RELEASE);
        data += now;
        bytes -= now;
        if (now == room || !bytes)
            notify_ring();
    }
}

static void write_port(uint16_t port, const char *data, size_t bytes)
{
    __asm__ volatile("rep outsb"
                     : "+S"(data), "+c"(bytes)
                     : "d"(port)
                     : "memory");
}

void xen_write(enum stream stream, const void *data, size_t bytes)
{
    if (stream == STREAM_LOG || !xen_guest.ring)
        xen_call3(__HYPERVISOR_console_io, CONSOLEIO_write, bytes,
                  (uint64_t)data);
    else if (stream == STREAM_OUT)
        write_ring(data, bytes);
    else
        write_port(PORT_STDERR, data, bytes);
}

void xen_shutdown(uint8_t status)
{
    struct sched_shutdown s = {.reason = SHUTDOWN_poweroff};

    if (xen_guest.ring)
        __asm__ volatile("outb %0, %1"
                         :
                         : "a"(status), "Nd"((uint16_t)PORT_EXIT));
    for (;;)
        xen_call2p(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &s);
}
