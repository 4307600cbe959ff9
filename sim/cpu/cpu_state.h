/*
 * cpu_state.h - the architectural state of one x86 CPU: registers only.
 *
 * Hardware  Intel SDM vol. 1, "Basic Program Execution Registers"; vol. 3,
 *           "System Architecture Overview".
 * A vCPU that is not running is exactly one of these (plus its control).
 */
#ifndef SIM_CPU_CPU_STATE_H
#define SIM_CPU_CPU_STATE_H
#include <stdbool.h>
#include <stdint.h>

enum cpu_reg {
    REG_RAX,
    REG_RCX,
    REG_RDX,
    REG_RBX,
    REG_RSP,
    REG_RBP,
    REG_RSI,
    REG_RDI,
    REG_R8,
    REG_R9,
    REG_R10,
    REG_R11,
    REG_R12,
    REG_R13,
    REG_R14,
    REG_R15,
    REG_COUNT
};

/* Order of the instruction encoding. */
enum cpu_seg { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_COUNT };

/* A segment register with its hidden part. */
struct segment {
    uint16_t selector;
    uint16_t attributes; /* descriptor bits 40..55: type, S, DPL, P, L, D, G */
    uint32_t limit;      /* bytes - 1, granularity applied */
    uint64_t base;
};

struct table_register { /* GDTR, IDTR */
    uint64_t base;
    uint16_t limit;
};

union xmm {
    uint8_t u8[16];
    uint16_t u16[8];
    uint32_t u32[4];
    uint64_t u64[2];
    int8_t s8[16];
    int16_t s16[8];
    int32_t s32[4];
    int64_t s64[2];
    float f32[4];
    double f64[2];
};

/* x87 register image: 80 bits. */
struct x87_reg {
    uint64_t mantissa;
    uint16_t sign_exponent;
};

/* Memory type range registers (SDM vol. 3, "Memory Type Range Registers"). */
enum { MTRR_FIXED = 11, MTRR_VARIABLE = 8 };
struct mtrr_state {
    uint64_t default_type; /* IA32_MTRR_DEF_TYPE: type and enables */
    uint64_t fixed[MTRR_FIXED];
    uint64_t variable[2 * MTRR_VARIABLE]; /* base, mask, base, mask, ... */
};

/* Machine-check registers (SDM vol. 3, "Machine-Check Architecture"). */
enum { MCA_BANKS = 4 };
struct machine_check_state {
    uint64_t global_status, global_control;
    uint64_t bank[4 * MCA_BANKS]; /* control, status, address, misc, ... */
};

struct cpu_state {
    uint64_t gpr[REG_COUNT];
    uint64_t rip;
    uint64_t rflags; /* the lazy arithmetic flags are settled on every return
                        from cpu_run() */
    struct segment seg[SEG_COUNT];
    struct segment ldtr, tr;
    struct table_register gdtr, idtr;
    uint64_t cr0, cr2, cr3, cr4, cr8;
    uint64_t pdpte[4]; /* PAE paging: the PDPTE registers, loaded with CR3 */
    uint64_t dr[8];
    uint64_t efer, star, lstar, cstar, fmask;
    uint64_t kernel_gs_base; /* FS and GS bases are in seg[] */
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t apic_base, pat, tsc_aux, misc_enable;
    uint64_t feature_control, debug_control;
    uint64_t amd_hwcr, amd_syscfg, amd_de_cfg; /* vendor AuthenticAMD */
    union xmm xmm[16];
    uint32_t mxcsr;
    struct x87_reg x87[8];
    uint16_t fcw, fsw, fop;
    uint8_t ftw; /* abridged tag word, as FXSAVE stores it */
    uint64_t fip, fdp;
    uint64_t xcr0, xss; /* which state components XSAVE manages */
    uint64_t random;    /* RDRAND and RDSEED: SplitMix64 */
    uint32_t pkru;      /* rights by protection key */
    uint8_t cpl;
    bool halted;
    bool interrupt_shadow;  /* after STI or MOV SS: one instruction */
    bool mov_ss_shadow;     /* with it: MOV SS, which holds #DB and NMI too */
    uint64_t pending_debug; /* DR6 bits of a #DB to deliver before the next
                               instruction */
    bool nmi_blocked;       /* from the delivery of an NMI to the next IRET */
    bool wait_for_startup;  /* after INIT, until SIPI: nothing is executed */
    uint64_t tsc_base;      /* subtracted from the clock by RDTSC */
    struct mtrr_state mtrr;
    struct machine_check_state mca;
};

#define RFLAGS_CF    ((uint64_t)1 << 0)
#define RFLAGS_FIXED ((uint64_t)1 << 1)
#define RFLAGS_PF    ((uint64_t)1 << 2)
#define RFLAGS_AF    ((uint64_t)1 << 4)
#define RFLAGS_ZF    ((uint64_t)1 << 6)
#define RFLAGS_SF    ((uint64_t)1 << 7)
#define RFLAGS_TF    ((uint64_t)1 << 8)
#define RFLAGS_IF    ((uint64_t)1 << 9)
#define RFLAGS_DF    ((uint64_t)1 << 10)
#define RFLAGS_OF    ((uint64_t)1 << 11)
#define RFLAGS_IOPL  ((uint64_t)3 << 12)
#define RFLAGS_NT    ((uint64_t)1 << 14)
#define RFLAGS_RF    ((uint64_t)1 << 16)
#define RFLAGS_VM    ((uint64_t)1 << 17)
#define RFLAGS_AC    ((uint64_t)1 << 18)
#define RFLAGS_VIF   ((uint64_t)1 << 19)
#define RFLAGS_VIP   ((uint64_t)1 << 20)
#define RFLAGS_ID    ((uint64_t)1 << 21)

#define CR0_PE ((uint64_t)1 << 0)
#define CR0_MP ((uint64_t)1 << 1)
#define CR0_EM ((uint64_t)1 << 2)
#define CR0_TS ((uint64_t)1 << 3)
#define CR0_ET ((uint64_t)1 << 4)
#define CR0_NE ((uint64_t)1 << 5)
#define CR0_WP ((uint64_t)1 << 16)
#define CR0_AM ((uint64_t)1 << 18)
#define CR0_NW ((uint64_t)1 << 29)
#define CR0_CD ((uint64_t)1 << 30)
#define CR0_PG ((uint64_t)1 << 31)

#define CR4_TSD        ((uint64_t)1 << 2)
#define CR4_DE         ((uint64_t)1 << 3)
#define CR4_PSE        ((uint64_t)1 << 4)
#define CR4_PAE        ((uint64_t)1 << 5)
#define CR4_MCE        ((uint64_t)1 << 6)
#define CR4_PGE        ((uint64_t)1 << 7)
#define CR4_PCE        ((uint64_t)1 << 8)
#define CR4_OSFXSR     ((uint64_t)1 << 9)
#define CR4_OSXMMEXCPT ((uint64_t)1 << 10)
#define CR4_UMIP       ((uint64_t)1 << 11)
#define CR4_LA57       ((uint64_t)1 << 12)
#define CR4_FSGSBASE   ((uint64_t)1 << 16)
#define CR4_PCIDE      ((uint64_t)1 << 17)
#define CR4_OSXSAVE    ((uint64_t)1 << 18)
#define CR4_SMEP       ((uint64_t)1 << 20)
#define CR4_SMAP       ((uint64_t)1 << 21)
#define CR4_PKE        ((uint64_t)1 << 22)

#define EFER_SCE ((uint64_t)1 << 0)
#define EFER_LME ((uint64_t)1 << 8)
#define EFER_LMA ((uint64_t)1 << 10)
#define EFER_NXE ((uint64_t)1 << 11)

/* Exception vectors (SDM vol. 3, "Protected-Mode Exceptions"). */
enum exception_vector {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_BR = 5,
    VECTOR_UD = 6,
    VECTOR_NM = 7,
    VECTOR_DF = 8,
    VECTOR_TS = 10,
    VECTOR_NP = 11,
    VECTOR_SS = 12,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_MF = 16,
    VECTOR_AC = 17,
    VECTOR_MC = 18,
    VECTOR_XM = 19
};

#endif
