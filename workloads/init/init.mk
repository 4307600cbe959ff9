# The first process of real kernels: static, no C library, always gcc; one for
# 64-bit kernels and one for 32-bit ones.  Linux' headers for both are those of
# the host's architecture.

INIT_SOURCES := $(sort $(wildcard workloads/init/*.c workloads/init/*.S))
INIT_CFLAGS := -std=c17 -O2 -ffreestanding -fno-pic -fno-stack-protector \
    -fcf-protection=none -fno-asynchronous-unwind-tables \
    -fno-tree-loop-distribute-patterns \
    -idirafter /usr/include/$(shell $(GUEST_CC) -print-multiarch)

# init_rule NAME OPTIONS: $(BUILD)/guest/NAME, compiled with OPTIONS.
define init_rule
$(1)_OBJECTS := $(patsubst workloads/init/%,$(BUILD)/guest/obj/$(1)/%.o,$(basename $(INIT_SOURCES)))

$(BUILD)/guest/obj/$(1)/%.o: workloads/init/%.c
	@mkdir -p $$(@D)
	@echo "  GUEST $$< $(2)"
	$$(Q)$$(GUEST_CC) $(2) $$(INIT_CFLAGS) $$(WARN) -I. -MMD -MP -c -o $$@ $$<

$(BUILD)/guest/obj/$(1)/%.o: workloads/init/%.S
	@mkdir -p $$(@D)
	@echo "  GUEST $$< $(2)"
	$$(Q)$$(GUEST_CC) $(2) -c -o $$@ $$<

$(BUILD)/guest/$(1): $$($(1)_OBJECTS)
	@echo "  GUEST $$@"
	$$(Q)$$(GUEST_CC) $(2) -static -nostdlib -no-pie -s \
	    -Wl,--build-id=none -Wl,-z,noexecstack -o $$@ $$^

-include $$($(1)_OBJECTS:.o=.d)
endef
$(eval $(call init_rule,init,-m64))
$(eval $(call init_rule,init32,-m32))
