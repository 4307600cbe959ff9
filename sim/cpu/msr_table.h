/*
 * msr_table.h - registers that are a field of struct cpu_state, or constant.
 *
 * Hardware  Intel SDM vol. 4, "Model-Specific Registers"; AMD APM vol. 2, "MSR
 *           Cross-Reference".
 */
#ifndef SIM_CPU_MSR_TABLE_H
#define SIM_CPU_MSR_TABLE_H
#include "sim/cpu/cpu_internal.h"

/* Which values a register takes. */
enum msr_rule {
    RULE_ANY,
    RULE_CANONICAL,
    RULE_32,
    RULE_TSC_AUX, /* 32 bits, if RDTSCP or RDPID is there */
    RULE_PAT,
    RULE_APIC,
    RULE_DEBUG,        /* IA32_DEBUGCTL */
    RULE_ZERO,         /* machine-check status, address, misc: 0 clears */
    RULE_MTRR_DEFAULT, /* type, fixed enable, enable */
    RULE_MTRR_TYPES,   /* eight types of fixed ranges */
    RULE_MTRR_RANGE,   /* even index: base and type; odd: mask and valid */
    RULE_XSS,          /* IA32_XSS: 0, if XSAVES is there */
    RULE_NONE,         /* read only */
    RULE_IGNORE,       /* writes are accepted and change nothing */
};

/* Whose CPUs have it. */
enum msr_vendor { MSR_OF_BOTH, MSR_OF_INTEL, MSR_OF_AMD };

/* count registers from index on, stride fields apart. */
struct msr_row {
    uint32_t index;
    uint16_t count, stride;
    uint16_t offset; /* of the first in struct cpu_state; MSR_CONSTANT: none */
    uint8_t rule;    /* enum msr_rule */
    uint8_t vendor;  /* enum msr_vendor */
    uint64_t constant;
};

enum { MSR_CONSTANT = UINT16_MAX };

/* NULL: this CPU has no such register in the table. */
const struct msr_row *msr_find(const struct cpu *c, uint32_t index);

/* Its value, and whether it would take another one. */
uint64_t msr_field(const struct cpu *c, const struct msr_row *row,
                   uint32_t index);
void msr_set_field(struct cpu *c, const struct msr_row *row, uint32_t index,
                   uint64_t value);
bool msr_takes(const struct cpu *c, const struct msr_row *row, uint32_t index,
               uint64_t value);

#endif
