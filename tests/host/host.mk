# The tests against the host's processor share the files of tests/host.
host_objects := $(patsubst %.c,$(BUILD)/obj/%.o,\
    $(sort $(wildcard tests/host/*.c)))
objects_350-host-differential := $(host_objects)
objects_355-host-opcodes := $(host_objects)
