# The host-differential tests share the files of tests/host.
objects_350-host-differential := $(patsubst %.c,$(BUILD)/obj/%.o,\
    $(sort $(wildcard tests/host/*.c)))
