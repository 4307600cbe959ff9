# The built-in guest programs: one static Linux executable, always built by
# gcc, so that results do not depend on the compiler of the simulator.

GUEST_CC ?= gcc
PROGRAM_SOURCES := $(sort $(wildcard workloads/programs/*.c))
PROGRAM_OBJECTS := $(patsubst %.c,$(BUILD)/guest/obj/%.o,$(PROGRAM_SOURCES))

$(BUILD)/guest/obj/workloads/programs/%.o: workloads/programs/%.c
	@mkdir -p $(@D)
	@echo "  GUEST $<"
	$(Q)$(GUEST_CC) -std=c17 -O2 -g $(WARN) -D_DEFAULT_SOURCE -I. -MMD -MP \
	    -ffile-prefix-map=$(CURDIR)/= -c -o $@ $<

$(BUILD)/guest/programs: $(PROGRAM_OBJECTS)
	@echo "  GUEST $@"
	$(Q)$(GUEST_CC) -static -s -o $@ $^

# Names of its functions and lines of its source, for the screen: the same link,
# of which only the symbol table and the debugging information are kept.
$(BUILD)/guest/programs.names: $(PROGRAM_OBJECTS)
	@echo "  GUEST $@"
	$(Q)$(GUEST_CC) -static -o $@.whole $^
	$(Q)objcopy --only-keep-debug $@.whole $@
	$(Q)rm $@.whole

programs: $(BUILD)/guest/programs
.PHONY: programs
-include $(PROGRAM_OBJECTS:.o=.d)
