# SPDX-License-Identifier: GPL-2.0-or-later
# Workloads: static programs, the same in every guest.

WORKLOAD_BINS := $(addprefix $(BUILD)/bin/,pfnlayout churn demand)
WORKLOAD_MAINS := workloads/pfnlayout.c workloads/churn.c workloads/pagedemand.c
WORKLOAD_LIB := $(filter-out $(WORKLOAD_MAINS),$(wildcard workloads/*.c))
WORKLOAD_HDRS := $(wildcard workloads/*.h)

$(BUILD)/bin/pfnlayout: workloads/pfnlayout.c
$(BUILD)/bin/churn: workloads/churn.c
$(BUILD)/bin/demand: workloads/pagedemand.c
$(WORKLOAD_BINS): $(WORKLOAD_LIB) $(WORKLOAD_HDRS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -static -ffunction-sections -Wl,--gc-sections -o $@ \
		$(filter %.c,$^)

TOOLS += $(WORKLOAD_BINS)
GUEST_PROGRAMS += $(WORKLOAD_BINS)

WORKLOAD_TESTS := $(patsubst tests/workloads/%.c,$(BUILD)/tests/workloads/%, \
	$(wildcard tests/workloads/test_*.c))

$(BUILD)/tests/workloads/%: tests/workloads/%.c tests/workloads/check.h $(WORKLOAD_LIB) \
		$(WORKLOAD_HDRS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -Iworkloads -fsanitize=address,undefined \
		-fno-sanitize-recover -o $@ $(filter %.c,$^)

HOST_TESTS += $(filter-out %/test_zones,$(WORKLOAD_TESTS)) \
	$(BUILD)/tests/workloads/test_zones:tests/workloads/zoneinfo.txt \
	tests/workloads/options.sh:$(BUILD)/bin
check-programs: $(WORKLOAD_TESTS) $(WORKLOAD_BINS)
