/*
 * log.h - the kernel's own words, on the serial console.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

/* Knows %s %d %u %x %lu %lx %c %%.  klog is silenced by the option "quiet". */
void klog(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Always said. */
void kwarn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One line "minikernel: panic: ...", then the machine ends with 255. */
void panic(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
