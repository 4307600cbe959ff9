# A guest in assembly for pictures of the views: $(BUILD)/guest/seat.
$(BUILD)/guest/seat: tests/guest/seat/seat.S tests/guest/seat/seat.lds
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -D__ASSEMBLY__ -I. -c -o $@.o $<
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,--build-id=none \
	    -Wl,-z,max-page-size=0x1000 -T tests/guest/seat/seat.lds -o $@ $@.o
