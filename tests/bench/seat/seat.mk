# What a screen costs: $(BUILD)/tests/bench-seat.
$(BUILD)/tests/bench-seat: $(BUILD)/obj/tests/bench/seat/seat.o $(LIBS_TOP_FIRST)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
