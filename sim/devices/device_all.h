/*
 * device_all.h - every device that platform_rows.def may name.
 */
#ifndef SIM_DEVICES_DEVICE_ALL_H
#define SIM_DEVICES_DEVICE_ALL_H
#include "sim/devices/device.h"

extern const struct device_ops device_debug_ports;
extern const struct device_ops device_uart;

#endif
