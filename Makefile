# Ringside: one Makefile, out of tree, dependencies generated.
#
#   make            build/ringside, the minikernel and the guest programs
#   make demo       install what is missing, build, run the main job, show it
#   make test       install what is missing, build, run the tests
#   make check      everything CI checks beyond that: two compilers,
#                   sanitizers, headers alone, layers, sizes, format
#   make check-long what takes hours: random instructions, QEMU beside us
#   make bench      speed and figures, as ratios in one run
#   make install    PREFIX=/usr/local DESTDIR=
#
#   BUILD=dir  CC=clang  SAN=address,undefined  V=1

BUILD ?= build
CC = gcc
SAN ?=
V ?= 0
PREFIX ?= /usr/local
Q := $(if $(filter 1,$(V)),,@)

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion \
    -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
    -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef -Wvla \
    -Wimplicit-fallthrough -Wformat=2 -Wcast-qual
OPT ?= -O2
CFLAGS = -std=c17 $(OPT) -g $(WARN) -fno-common -ffp-contract=off \
    -fno-strict-aliasing -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
    -I. -I$(BUILD)/gen \
    $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
LDFLAGS = $(if $(SAN),-fsanitize=$(SAN))
LDLIBS = $(if $(wildcard visualizer),-lncursesw -ltinfo -ldw -lelf) -lZydis -ljansson -lconfig -lmd -lz -llzma -llz4 -lzstd -lm

# Layers, bottom first (tests/layers.txt).  Each is a library of all its .c.
LAYERS := sim/core sim/record mmu sim/cpu sim/devices workloads/load \
    hypervisor-model sim/machine $(wildcard visualizer)
layer_sources = $(filter-out sim/machine/main.c,$(shell find $(1) -name '*.c' | LC_ALL=C sort))
layer_lib = $(BUILD)/lib/$(subst /,-,$(1)).a
# Static libraries in link order: top first.
LIBS_TOP_FIRST := $(foreach l,$(wildcard visualizer) sim/machine hypervisor-model workloads/load \
    sim/devices sim/cpu mmu sim/record sim/core,$(call layer_lib,$(l)))

all: $(BUILD)/ringside

define layer_rule
$(call layer_lib,$(1)): $(patsubst %.c,$(BUILD)/obj/%.o,$(call layer_sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar rcsD $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  CC    $<")
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# Parts with rules of their own.
-include workloads/kernel/kernel.mk
-include workloads/programs/programs.mk
-include workloads/init/init.mk
-include workloads/bios/bios.mk
-include sim/machine/machine.mk
-include tests/tests.mk

$(BUILD)/ringside: $(BUILD)/obj/sim/machine/main.o $(LIBS_TOP_FIRST)
	@echo "  LINK  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The two commands that a newcomer types: they install what is missing.
DEMO = $(BUILD)/ringside compare --plot out/demo -- \
    busybox sort -u /usr/share/common-licenses/GPL-3

JOBS = -j$(shell getconf _NPROCESSORS_ONLN)

demo:
	@.ci/packages build
	@$(MAKE) --no-print-directory $(JOBS) all
	@echo '$$ $(DEMO)'
	@$(DEMO) >/dev/null
	@echo "Figures, with their data (.csv) and scripts (.gp):"
	@ls out/demo

test:
	@.ci/packages test
	@$(MAKE) --no-print-directory $(JOBS) all unit-programs
	@BUILD=$(BUILD) tests/run.sh

# Beyond the tests: what keeps the code as it is.
check:
	@.ci/packages check
	@BUILD=$(BUILD) tests/lint/check.sh

# Hours rather than minutes: the instruction forms against the host's processor
# with many seeds, the whole permission matrix, hostile page tables, random keys
# at the screen under sanitizers, and the minikernel in QEMU beside our own
# machine.
LONG_SEEDS ?= 1 2 3 4 5 6 7 8 9 10 11 12
check-long: all unit-programs
	@.ci/packages long
	@for seed in $(LONG_SEEDS); do \
	    echo "seed $$seed"; \
	    CK_DEFAULT_TIMEOUT=3600 RINGSIDE_TRIALS=500 RINGSIDE_SEED=$$seed \
	        RINGSIDE_SEQUENCES=80000 \
	        $(BUILD)/tests/350-host-differential || exit 1; \
	    RINGSIDE_ROUNDS=5 RINGSIDE_BYTES=30000 RINGSIDE_SEED=$$seed \
	        $(BUILD)/tests/355-host-opcodes || exit 1; \
	done
	RINGSIDE_MATRIX=full $(BUILD)/tests/214-walk-matrix
	RINGSIDE_MATRIX=full $(BUILD)/tests/215-walk-nested_matrix
	RINGSIDE_MATRIX=full $(BUILD)/tests/640-shadow-matrix
	@for seed in $(LONG_SEEDS); do \
	    RINGSIDE_SEED=$$seed $(BUILD)/tests/250-mmu-hostile || exit 1; \
	done
	BUILD=$(BUILD) RINGSIDE_LONG=1 tests/run.sh 855 860 868 873 876 877 879
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-san SAN=address,undefined \
	    OPT=-O1 all $(BUILD)-san/tests/841-tui-random_keys
	BUILD=$(BUILD)-san RINGSIDE_FUZZ_SECONDS=600 \
	    $(BUILD)-san/tests/841-tui-random_keys
	@$(MAKE) --no-print-directory kernel-check

bench: all
	@BUILD=$(BUILD) tests/bench/bench.sh

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: all clean demo test check check-long bench
