# Unit tests: tests/NNN-unit-behaviour.c, one Check program a file.  The
# hundreds digit names the component, and with it what the test links:
# 1 core and record, 2 mmu, 3 cpu, 4 workloads, 5 exits and nested, 6 shadow,
# 7 pv, 8 machine and command line, 9 fixed issues.
# make test-2 runs the tests 2xx.

UNIT_SOURCES := $(sort $(wildcard tests/[0-9][0-9][0-9]-*.c))
UNIT_PROGRAMS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))

core_libs := $(call layer_lib,sim/record) $(call layer_lib,sim/core)
mmu_libs := $(call layer_lib,mmu) $(core_libs)
cpu_libs := $(call layer_lib,sim/cpu) $(mmu_libs)
load_libs := $(call layer_lib,workloads/load) $(core_libs)
hv_libs := $(call layer_lib,hypervisor-model) $(call layer_lib,workloads/load) \
    $(call layer_lib,sim/devices) $(cpu_libs)
libs_1 := $(core_libs)
libs_2 := $(mmu_libs)
libs_3 := $(call layer_lib,sim/devices) $(cpu_libs)
libs_4 := $(load_libs)
libs_5 := $(hv_libs)
libs_6 := $(hv_libs)
libs_7 := $(LIBS_TOP_FIRST)
libs_8 := $(LIBS_TOP_FIRST)
libs_9 := $(LIBS_TOP_FIRST)

include tests/host/host.mk
include tests/guest/nano/nano.mk
include tests/guest/smp/smp.mk
include tests/guest/modes/modes.mk
include tests/guest/seat/seat.mk
include tests/guest/bios/bios.mk
include tests/bench/integer/integer.mk
include tests/bench/seat/seat.mk
include tests/guest/system/system.mk
include tests/fuzz/fuzz.mk

define unit_rule
$(BUILD)/tests/$(1): $(BUILD)/obj/tests/$(1).o $(objects_$(1)) $(libs_$(shell echo $(1) | cut -c1))
	@mkdir -p $$(@D)
	$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ -lcheck -lsubunit -lrt -lpthread $$(LDLIBS)
test-$(1): $(BUILD)/tests/$(1)
	$(Q)$(BUILD)/tests/$(1)
endef
$(foreach t,$(notdir $(UNIT_SOURCES:.c=)),$(eval $(call unit_rule,$(t))))

define digit_rule
test-$(1): $(filter $(BUILD)/tests/$(1)%,$(UNIT_PROGRAMS))
	$(Q)for t in $$(sort $$^); do $$$$t || exit 1; done
endef
$(foreach d,1 2 3 4 5 6 7 8 9,$(eval $(call digit_rule,$(d))))

# Guests that shell tests start: tests run side by side, and none should find
# anything to make.
SHELL_GUESTS := $(addprefix $(BUILD)/guest/,seat resets nano smp services)

unit-programs: $(UNIT_PROGRAMS) $(SHELL_GUESTS) system-images

# Guests that unit tests start.
$(BUILD)/tests/766-real-smp: | $(BUILD)/guest/smp
$(BUILD)/tests/771-real-lock_cures: | $(BUILD)/guest/smp $(BUILD)/guest/contend
$(BUILD)/tests/769-real-kvm_pv: | $(BUILD)/guest/kvm
$(BUILD)/tests/776-real-kvm_kernel: | $(BUILD)/guest/contend
$(BUILD)/tests/830-seat-travel: | $(BUILD)/guest/random
$(BUILD)/tests/843-seat-controls: | $(BUILD)/guest/seat

$(BUILD)/guest/contend: tests/guest/programs/contend.c
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -std=gnu17 -O2 $(filter-out -Wpedantic,$(WARN)) -static -o $@ $<
