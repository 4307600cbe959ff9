/*
 * pit_counter.h - one counter of an 8254.
 *
 * Time is in ticks of the counter's clock since power-on; every function is
 * told the tick it is.
 */
#ifndef SIM_DEVICES_PIT_COUNTER_H
#define SIM_DEVICES_PIT_COUNTER_H
#include <stdbool.h>
#include <stdint.h>

#define PIT_NEVER UINT64_MAX

enum pit_access { PIT_LOW = 1, PIT_HIGH = 2, PIT_BOTH = 3 };

struct pit_counter {
    uint8_t mode; /* 0 .. 5 */
    enum pit_access access;
    bool bcd;
    bool gate;
    bool active;         /* a count has been loaded, and triggered if need be */
    bool half_high;      /* mode 3: this half has OUT high */
    uint32_t count;      /* of the period that runs: 1 .. 65536 */
    uint32_t next_count; /* takes over at the period's end; 0: none */
    uint32_t armed;      /* modes 1, 5: waits for the trigger; 0: none */
    uint64_t start_tick; /* of the period (mode 3: of the half) */
    uint64_t held_ticks; /* how far it had come when the gate closed */
    uint64_t seen_tick;  /* rises of OUT up to here are told */

    bool write_high;   /* PIT_BOTH: the high byte comes next */
    uint8_t write_low; /* ... after this */
    bool read_high;    /* likewise for reads */
    uint8_t latches;   /* bytes of the latched count still to be read */
    uint16_t latched;  /* count */
    bool status_latched;
    uint8_t status;
};

void pit_counter_reset(struct pit_counter *c, bool gate);

/* Control word: access, mode and BCD bits. */
void pit_counter_control(struct pit_counter *c, uint8_t word, uint64_t tick);
void pit_counter_write(struct pit_counter *c, uint8_t value, uint64_t tick);
uint8_t pit_counter_read(struct pit_counter *c, uint64_t tick);
void pit_counter_latch(struct pit_counter *c, uint64_t tick);
void pit_counter_latch_status(struct pit_counter *c, uint64_t tick);
void pit_counter_set_gate(struct pit_counter *c, bool gate, uint64_t tick);

/* Level of OUT. */
bool pit_counter_out(struct pit_counter *c, uint64_t tick);

/* True if OUT rose since the last call. */
bool pit_counter_rose(struct pit_counter *c, uint64_t tick);

/* The first tick after tick at which OUT rises; PIT_NEVER: none. */
uint64_t pit_counter_next_rise(const struct pit_counter *c, uint64_t tick);

#endif
