# SPDX-License-Identifier: GPL-2.0-or-later
# frameshift, static because the guest has no libraries, and the host tests of
# its parts that need no kernel.

FRAMESHIFT_OBJECTS := $(patsubst loader/%.c,$(BUILD)/loader/%.o,$(wildcard loader/*.c))
FRAMESHIFT_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -Ibpf -Iloader -I$(BUILD)/bpf

LOADER_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/loader/test_*.c))
LOADER_TESTED := $(addprefix loader/,util.c phases.c vmstat.c zones.c tracepoints.c \
	record_audit.c record_json.c)

$(BUILD)/bin/frameshift: $(FRAMESHIFT_OBJECTS)
	@mkdir -p $(@D)
	$(Q)$(CC) -static -o $@ $^ -lbpf -lelf -lz -ljson-c

$(BUILD)/loader/%.o: loader/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(FRAMESHIFT_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/loader/session.o: $(BUILD)/bpf/frameshift.skel.h

$(LOADER_TESTS): $(BUILD)/%: %.c $(LOADER_TESTED) $(wildcard loader/*.h tests/loader/*.h bpf/*.h)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FRAMESHIFT_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
		-o $@ $(filter %.c,$^) -lbpf -ljson-c

HOST_TESTS += $(LOADER_TESTS)
check-programs: $(LOADER_TESTS)

TOOLS += $(BUILD)/bin/frameshift
GUEST_PROGRAMS += $(BUILD)/bin/frameshift

-include $(FRAMESHIFT_OBJECTS:.o=.d)
