# The minikernel: one freestanding ELF, always built by gcc, so that what is
# simulated does not depend on the compiler of the simulator.
#
#   make kernel     $(BUILD)/guest/minikernel

GUEST_CC ?= gcc
KERNEL_CFLAGS := -std=gnu17 -O2 -g -ffreestanding -mno-red-zone -mcmodel=kernel \
    -mgeneral-regs-only -fno-pic -fno-pie -fno-stack-protector \
    -fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none \
    -fno-tree-loop-distribute-patterns \
    -ffile-prefix-map=$(CURDIR)/=
KERNEL_SOURCES := $(sort $(wildcard workloads/kernel/*.c workloads/kernel/*.S))
KERNEL_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/%.o,$(KERNEL_SOURCES))

$(BUILD)/guest/obj/workloads/kernel/%.c.o: workloads/kernel/%.c
	@mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  GUEST $<")
	$(Q)$(GUEST_CC) $(KERNEL_CFLAGS) $(filter-out -Wpedantic,$(WARN)) -I. \
	    -MMD -MP -c -o $@ $<

$(BUILD)/guest/obj/workloads/kernel/%.S.o: workloads/kernel/%.S
	@mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  GUEST $<")
	$(Q)$(GUEST_CC) -g -ffile-prefix-map=$(CURDIR)/= -D__ASSEMBLY__ -I. \
	    -MMD -MP -c -o $@ $<

$(BUILD)/guest/minikernel: $(KERNEL_OBJECTS) workloads/kernel/kernel.lds
	@$(if $(filter 1,$(V)),,echo "  GUEST $@")
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,-z,noexecstack \
	    -Wl,--build-id=none -Wl,-z,max-page-size=0x1000 \
	    -T workloads/kernel/kernel.lds -o $@ $(KERNEL_OBJECTS)

kernel: $(BUILD)/guest/minikernel
.PHONY: kernel
-include $(KERNEL_OBJECTS:.o=.d)

# The kernel tried in QEMU, without the simulator: programs that check it from
# the inside, and busybox commands compared with the host's.
GUEST_CHECK_SOURCES := $(sort $(wildcard tests/guest/checks/*.c))
$(BUILD)/guest/checks: $(GUEST_CHECK_SOURCES) tests/guest/checks/checks.h
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -std=gnu17 -O1 $(WARN) -I. -static -o $@ \
	    $(GUEST_CHECK_SOURCES)

kernel-check: $(BUILD)/guest/minikernel $(BUILD)/guest/checks
	$(Q)$(BUILD)/guest/checks
	$(Q)KERNEL=$(abspath $(BUILD)/guest/minikernel) tests/guest/qemu-run.sh \
	    -- $(abspath $(BUILD)/guest/checks)
	$(Q)KERNEL=$(abspath $(BUILD)/guest/minikernel) tests/guest/compare.sh
.PHONY: kernel-check
