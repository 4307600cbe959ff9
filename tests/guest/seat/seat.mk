# Guests in assembly: $(BUILD)/guest/seat for pictures of the views,
# $(BUILD)/guest/random for programs that a seed makes.
$(BUILD)/guest/seat $(BUILD)/guest/random: $(BUILD)/guest/%: \
    tests/guest/seat/%.S tests/guest/seat/long_mode.S tests/guest/seat/seat.lds
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -D__ASSEMBLY__ -I. -c -o $@.o $<
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,--build-id=none \
	    -Wl,-z,max-page-size=0x1000 -T tests/guest/seat/seat.lds -o $@ $@.o
