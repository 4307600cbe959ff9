# Random keys: what they are, and the terminal they are typed at.
objects_841-tui-random_keys := $(patsubst %.c,$(BUILD)/obj/%.o,\
    $(sort $(wildcard tests/fuzz/*.c)))
$(BUILD)/tests/841-tui-random_keys: | $(BUILD)/guest/seat
