/*
 * cpu.h - one x86 pCPU: cpu_run() executes until something that it cannot
 * settle by itself, and returns that as an event.
 *
 * Hardware  Intel SDM vols. 1-3; AMD APM vols. 1-3 where they differ.
 * Model     Zydis decodes; decoded blocks are cached by physical address;
 *           one small function per instruction executes; the timing model
 *           (window or fast) keeps this pCPU's clock and charges the ledger.
 * NOT MODELLED  branch misprediction, store-to-load forwarding delays, SMM.
 *
 * Nothing here calls upward: devices, the hypervisor and the run loop see
 * events and answer with the functions below.
 */
#ifndef SIM_CPU_CPU_H
#define SIM_CPU_CPU_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu.h"
#include "sim/core/status.h"
#include "sim/cpu/cpu_config.h"
#include "sim/cpu/cpu_rest.h"
#include "sim/cpu/cpu_state.h"
#include "sim/cpu/cpu_stops.h"
#include "sim/cpu/guest_control.h"
#include "sim/record/counters.h"
#include "sim/record/ledger.h"

enum cpu_event_kind {
    CPU_EVENT_BUDGET,   /* a limit of struct cpu_budget was reached */
    CPU_EVENT_WINDOW,   /* budget.want_interrupt, and it can be taken now */
    CPU_EVENT_HALT,     /* HLT retired (VIRT_NONE, or not intercepted) */
    CPU_EVENT_WAIT,     /* MWAIT retired, likewise: event.wait */
    CPU_EVENT_PRIORITY, /* CR8 was written: the local APIC's TPR must follow */
    CPU_EVENT_PORT,     /* IN/OUT/INS/OUTS: answer with cpu_complete_port() */
    CPU_EVENT_MSR,      /* MSR of a device: answer with cpu_complete_msr() */
    CPU_EVENT_DEVICE,   /* memory access outside DRAM: event.device */
    CPU_EVENT_EXIT,     /* VM exit: event.exit (VIRT_GUEST) */
    CPU_EVENT_TRAP,     /* exception or SYSCALL (VIRT_DEPRIVED): event.trap */
    CPU_EVENT_SHUTDOWN, /* triple fault (VIRT_NONE) */
    CPU_EVENT_STOP,     /* the next instruction is in budget.stops, or the
                           last one touched what they watch */
};

/*
 * One port access.  String forms move up to one page in one event:
 * count elements; for OUTS the CPU has read the data into data[], for INS the
 * answer fills it.  In an exit count may be 0: the memory operand faults.
 */
enum { CPU_PORT_DATA_BYTES = 4096 };
struct cpu_port {
    uint16_t port;
    uint8_t bytes; /* 1, 2 or 4 per element */
    bool in;
    bool string;
    uint32_t count; /* elements; 1 unless string */
    uint8_t *data;  /* little-endian elements, owned by the CPU; for in, the
                       answerer writes bytes * count */
};

/*
 * An access of an instruction to memory that is not DRAM.  A read comes before
 * its instruction changes anything: answer with cpu_complete_device().  A
 * write is posted: its instruction has retired, and nothing need be answered.
 * A fetch cannot be answered: there is no code outside DRAM.
 */
enum { CPU_DEVICE_BYTES = 64 };
struct cpu_device {
    gva_t gva;
    gpa_t gpa;
    uint8_t bytes; /* 1 .. CPU_DEVICE_BYTES, within one page */
    bool write, fetch;
    uint8_t data[CPU_DEVICE_BYTES]; /* little-endian: of a write; the answer */
};

struct cpu_msr {
    uint32_t index;
    bool write;
    uint64_t value; /* of a write */
};

/*
 * A VM exit (SDM vol. 3, "VM-Exit Information Fields").  State is as before
 * the instruction; hypervisors that emulate it call cpu_skip().
 */
struct cpu_exit {
    enum vmexit reason;
    uint64_t qualification; /* as the SDM's table for the reason; for #PF the
                               faulting address; for CR_ACCESS see below */
    gva_t gva;              /* valid for EPT violations with EPTQ_GVA_VALID */
    gpa_t gpa;              /* EPT violation or misconfiguration */
    uint32_t instruction_info; /* the SDM's field of that name */
    uint8_t length;            /* bytes of the instruction */
    bool trap;                 /* it has retired: state is that behind it */
    bool nmi_unblocking;       /* an IRET, which ended the blocking of NMIs */
    uint8_t vector;            /* EXCEPTION */
    bool has_error;
    uint32_t error_code;
    /* CR_ACCESS: number, direction and the general register. */
    uint8_t cr, gpr;
    bool cr_write;
    /* Event that was being delivered when the exit hit: inject it again. */
    bool vectoring_valid;
    uint8_t vectoring_vector;
    uint8_t vectoring_kind;
    bool vectoring_has_error;
    uint32_t vectoring_error;
    struct cpu_port port; /* IO */
    struct cpu_msr msr;   /* MSR_READ, MSR_WRITE */
};

enum cpu_trap_kind { TRAP_EXCEPTION, TRAP_SOFTWARE, TRAP_SYSCALL };

/* A trip of a de-privileged guest into the hypervisor. */
struct cpu_trap {
    enum cpu_trap_kind kind;
    uint8_t vector; /* TRAP_EXCEPTION, TRAP_SOFTWARE (INT n) */
    bool has_error;
    uint32_t error_code;
    uint64_t cr2;   /* #PF */
    uint8_t length; /* bytes of the instruction, if it was decoded */
};

struct cpu_event {
    enum cpu_event_kind kind;
    union {
        struct cpu_port port;
        struct cpu_msr msr;
        struct cpu_exit exit;
        struct cpu_trap trap;
        struct cpu_device device;
        struct cpu_wait wait;
    };
};

/* Run until one of these; UINT64_MAX means no limit. */
struct cpu_budget {
    uint64_t until_cycle;
    uint64_t until_instruction; /* exact: retired count, see cpu_retired() */
    bool want_interrupt;        /* return CPU_EVENT_WINDOW once interruptible */
    bool want_nmi;              /* likewise for an NMI */
    bool stop_at_user; /* return CPU_EVENT_BUDGET before the first CPL 3
                          instruction (VIRT_NONE and VIRT_GUEST) */
    /*
     * Debugging.  transparent: a stop changes nothing that follows.  A block
     * that until_instruction or stops cut is gone on with where it was left,
     * so the caller must not deliver anything while cpu_in_block(); a REP
     * instruction may retire more iterations than until_instruction asks.
     */
    bool transparent;
    const struct cpu_stops *stops; /* NULL: none; needs transparent; must stay
                                      until the next cpu_run() */
};

/* Kind of an event that a hypervisor injects (SDM "Interruption Type"). */
enum cpu_inject_kind {
    INJECT_INTERRUPT = 0,
    INJECT_NMI = 2,
    INJECT_EXCEPTION = 3,
    INJECT_SOFTWARE = 4, /* INT n: length bytes are skipped, here and below */
    INJECT_PRIVILEGED_SOFTWARE = 5, /* INT1: no gate is too privileged */
    INJECT_SOFTWARE_EXCEPTION = 6,  /* INT3, INTO */
};

struct cpu;

struct cpu *cpu_new(const struct cpu_config *config, struct mmu *mmu,
                    struct memory *dram, struct error *e);
/*
 * Another CPU of the machine that first belongs to: they share what they have
 * decoded, and their time stamps never go back from one to the other.
 */
struct cpu *cpu_new_beside(struct cpu *first, const struct cpu_config *config,
                           struct mmu *mmu, struct error *e);
void cpu_free(struct cpu *c);

/* Power-on state (SDM "Processor State After Reset"), real mode. */
void cpu_reset(struct cpu *c);

/*
 * For a machine that was reset: a new CPU's clock and count go on from those of
 * the one before; charges what the clock advances to nobody in particular.
 */
void cpu_continue(struct cpu *c, uint64_t now_cycle, uint64_t retired);

/*
 * Another vCPU comes onto this CPU: which of how many its CPUID says it is, and
 * what its last instruction left.  Its registers: cpu_state(), cpu_control().
 */
void cpu_set_identity(struct cpu *c, uint32_t apic_id, uint32_t logical_cpus);
struct cpu_rest cpu_rest_peek(const struct cpu *c);
void cpu_set_rest(struct cpu *c, const struct cpu_rest *rest);

/* Posted writes to devices are under way: the next cpu_run() returns one, and
   runs nothing.  No time to take the vCPU away. */
bool cpu_posts(const struct cpu *c);

/* Where events are counted and cycles charged from now on (vCPU switch). */
void cpu_set_record(struct cpu *c, struct counters *counters,
                    struct ledger *ledger);

/*
 * Registers and control are edited in place between runs; call cpu_sync()
 * afterwards: it recomputes the paging regime and the decode mode, and flushes
 * nothing.
 */
struct cpu_state *cpu_state(struct cpu *c);
const struct cpu_state *cpu_state_peek(const struct cpu *c);
struct guest_control *cpu_control(struct cpu *c);
void cpu_sync(struct cpu *c);
struct mmu *cpu_mmu(struct cpu *c);

/* Format of the page tables that this CPU walks in the mode that it is in. */
const struct pt_geom *cpu_page_table_geom(const struct cpu *c);

/* What the CPU was made with: costs for a hypervisor's own instructions. */
const struct cpu_config *cpu_config_peek(const struct cpu *c);

/*
 * Runs until the budget ends or an event arises.  On return the state is
 * exact: an instruction is retired whole or not begun (REP: between
 * iterations).
 */
struct cpu_event cpu_run(struct cpu *c, const struct cpu_budget *budget);

/* True between a transparent stop inside a block and the next cpu_run(). */
bool cpu_in_block(const struct cpu *c);

/*
 * Behind CPU_EVENT_BUDGET of a transparent run: would these limits have ended
 * it here, too?  Then it goes on inside no block, as behind any end.
 */
bool cpu_limit_reached(struct cpu *c, const struct cpu_budget *limits);

/*
 * What has touched a watched address since this was asked last: the one before
 * a CPU_EVENT_STOP, or one that another event came out of or completed.
 */
struct cpu_watch_hit cpu_take_watch_hit(struct cpu *c);

/* Has the line that MWAIT waits for changed? */
bool cpu_wait_over(const struct memory *dram, const struct cpu_wait *w);

/* Finishes the instruction behind CPU_EVENT_PORT / _MSR / their exits. */
void cpu_complete_port(struct cpu *c, const struct cpu_port *port);
void cpu_complete_msr(struct cpu *c, const struct cpu_msr *msr);

/*
 * The answer to a CPU_EVENT_DEVICE read: runs its instruction, and that one
 * alone.  Returns the next event: CPU_EVENT_BUDGET if it retired, another
 * CPU_EVENT_DEVICE, or why it could not.
 */
struct cpu_event cpu_complete_device(struct cpu *c,
                                     const struct cpu_device *answer);

/*
 * For a hypervisor: for the next instruction the page of gva is the device page
 * of gpa although it does not translate, for reads, or writes too.  Returns how
 * many pages are open with it; 0: it would be one too many, or is open already,
 * so that the access is none of data.
 */
enum { CPU_DEVICE_WINDOWS = 8 };
unsigned cpu_open_device(struct cpu *c, gva_t at, gpa_t device, bool write);
unsigned cpu_devices_open(const struct cpu *c);

/*
 * Runs the next instruction, and that one alone, with the pages that are open.
 * Returns as cpu_complete_device() does.  After CPU_EVENT_EXIT the pages are
 * still open, and what was read is known: more may be opened, and the
 * instruction run again.
 */
struct cpu_event cpu_run_device(struct cpu *c);
void cpu_close_device(struct cpu *c);

/* Advances rip over an instruction that the hypervisor emulated. */
void cpu_skip(struct cpu *c, unsigned bytes);

/*
 * Delivers an interrupt or exception through the guest's IDT at once.  May
 * itself fault or exit: the event of that is returned, CPU_EVENT_BUDGET if
 * all went well.
 */
struct cpu_event cpu_deliver(struct cpu *c, enum cpu_inject_kind kind,
                             uint8_t vector, bool has_error,
                             uint32_t error_code);

/* True if a maskable interrupt could be delivered now. */
bool cpu_interruptible(const struct cpu *c);

/*
 * True if an NMI has to wait: one is being handled (until its IRET), or an
 * instruction after MOV SS or STI has not run yet.  cpu_deliver() with
 * INJECT_NMI delivers it.
 */
bool cpu_nmi_blocked(const struct cpu *c);

/*
 * A machine check: cpu_deliver() of VECTOR_MC after this has filled a bank.
 * Without CR4.MCE it shuts the CPU down.
 */
void cpu_machine_check(struct cpu *c, unsigned bank, uint64_t status,
                       uint64_t address);

/*
 * INIT: the state that SDM vol. 3, table "IA-32 and Intel 64 Processor States
 * Following Power-up, Reset, or INIT" has in its last column; caches, MSRs, x87
 * and vector registers stay.  The bootstrap processor (IA32_APIC_BASE) begins
 * again at 0xfffffff0; an application processor waits
 * (cpu_state.wait_for_startup) for cpu_startup(): SIPI, real mode at
 * vector << 12.
 */
void cpu_init_signal(struct cpu *c);
void cpu_startup(struct cpu *c, uint8_t vector);

/* The clock, and the retired-instruction count, of this pCPU. */
uint64_t cpu_now(const struct cpu *c);
uint64_t cpu_retired(const struct cpu *c);

/*
 * Drains the window, advances the clock and charges row: for hypervisor,
 * devices, idle time.  The only other writers of the clock are cpu_run() and
 * cpu_stretch().
 */
void cpu_charge(struct cpu *c, enum ledger_row row, uint64_t cycles);

/*
 * The same, but what is in flight stays so: as if the last cycles had been
 * longer.  Not where cycles are instructions (TIMING_COUNT).
 */
void cpu_stretch(struct cpu *c, enum ledger_row row, uint64_t cycles);

/* Writes by others than this CPU (DMA, hypervisor) into frames with code. */
void cpu_code_written(struct cpu *c, hfn_t frame);

/*
 * Guest memory as an instruction of the guest would see it (no cycles, no
 * faults delivered).  False if any byte does not translate.
 */
bool cpu_peek_memory(const struct cpu *c, gva_t va, void *to, unsigned bytes);

/* The same, written (a debugger's change). */
bool cpu_poke_memory(struct cpu *c, gva_t va, const void *from, unsigned bytes);

/* Executes CPUID for leaf/subleaf: out[0..3] = EAX, EBX, ECX, EDX. */
void cpu_cpuid(const struct cpu *c, uint32_t leaf, uint32_t subleaf,
               uint32_t out[4]);

#endif
