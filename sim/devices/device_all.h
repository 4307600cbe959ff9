/*
 * device_all.h - every device that platform_rows.def may name.
 */
#ifndef SIM_DEVICES_DEVICE_ALL_H
#define SIM_DEVICES_DEVICE_ALL_H
#include "sim/devices/device.h"
#include "sim/devices/virtio_kinds.h"

extern const struct device_ops device_acpi_pm;
extern const struct device_ops device_debug_ports;
extern const struct device_ops device_host_files;
extern const struct device_ops device_uart;
extern const struct device_ops device_virtio_mmio;
extern const struct device_ops device_virtio_pci;
extern const struct device_ops device_i8042;
extern const struct device_ops device_ide;
extern const struct device_ops device_ioapic;
extern const struct device_ops device_pci_host;
extern const struct device_ops device_pic;
extern const struct device_ops device_pit;
extern const struct device_ops device_rtc;
extern const struct device_ops device_vga;

#endif
