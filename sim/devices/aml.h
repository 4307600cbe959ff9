/*
 * aml.h - writes ACPI machine language: what our tables need of it.
 *
 * Hardware  ACPI 6.4, "ACPI Machine Language (AML) Specification" and
 *           "Resource Data Types for ACPI".
 * Model     an object that holds others is opened and closed; its length,
 *           which stands in front of it, is put there when it is closed.
 */
#ifndef SIM_DEVICES_AML_H
#define SIM_DEVICES_AML_H
#include <stddef.h>
#include <stdint.h>

#include "sim/devices/blob.h"

/* Opens an object; the value is what aml_close() wants. */
size_t aml_scope(struct blob *b, const char *path);
size_t aml_device(struct blob *b, const char *name);
size_t aml_method(struct blob *b, const char *name, unsigned arguments);
size_t aml_package(struct blob *b, unsigned elements);
void aml_close(struct blob *b, size_t open);

/* Name (name, what follows). */
void aml_name(struct blob *b, const char *name);

void aml_integer(struct blob *b, uint64_t value);
void aml_string(struct blob *b, const char *text);
/* A compressed identifier: three letters, four hexadecimal digits. */
void aml_eisa_id(struct blob *b, const char *id);
void aml_name_integer(struct blob *b, const char *name, uint64_t value);

/* A path of up to 4 letters a segment: "_SB_", "\\_S5_", "PCI0". */
void aml_path(struct blob *b, const char *path);

/* Store (Arg0, name); If (name) { Return (yes) }; Return (no). */
void aml_store_argument(struct blob *b, const char *name);
void aml_return_either(struct blob *b, const char *name, const char *yes,
                       const char *no);

/* Name (_CRS, ResourceTemplate () { ... }). */
size_t aml_resources(struct blob *b);
void aml_close_resources(struct blob *b, size_t open);
void aml_io(struct blob *b, uint16_t first, uint8_t bytes);
void aml_irq(struct blob *b, unsigned irq); /* ISA: edge, active high */
void aml_memory(struct blob *b, uint32_t first, uint32_t bytes);
/* An interrupt of the I/O APIC: level-triggered, active high. */
void aml_interrupt(struct blob *b, uint32_t gsi);
/* What a bridge passes on: both ends are within. */
void aml_window_bus(struct blob *b, uint16_t first, uint16_t last);
void aml_window_io(struct blob *b, uint16_t first, uint16_t last);
void aml_window_memory(struct blob *b, uint32_t first, uint32_t last);

#endif
