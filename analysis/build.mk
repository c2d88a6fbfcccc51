# SPDX-License-Identifier: GPL-2.0-or-later
# fsanalyze runs on the host: it reads what the guests left behind.

FSANALYZE_SOURCES := $(wildcard analysis/*.c)
FSANALYZE_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -Ianalysis
FSANALYZE_CHECKED = $(FSANALYZE_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all

ANALYSIS_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/analysis/test_*.c))

ANALYSIS_NEEDS_samples := analysis/stats.c
ANALYSIS_NEEDS_ratio := analysis/stats.c analysis/samples.c

$(BUILD)/bin/fsanalyze: $(FSANALYZE_SOURCES) $(wildcard analysis/*.h) | packages
	@mkdir -p $(@D)
	$(Q)$(CC) $(FSANALYZE_CFLAGS) -o $@ $(FSANALYZE_SOURCES) -ljson-c -lm

# The same under sanitizers, for the tests
$(BUILD)/tests/analysis/fsanalyze: $(FSANALYZE_SOURCES) $(wildcard analysis/*.h)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FSANALYZE_CHECKED) -o $@ $(FSANALYZE_SOURCES) -ljson-c -lm

$(BUILD)/tests/analysis/test_%: tests/analysis/test_%.c analysis/%.c analysis/%.h tests/core/check.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(FSANALYZE_CHECKED) -Itests -Itests/core -o $@ $(filter %.c,$^) analysis/util.c $(ANALYSIS_NEEDS_$*) -lm

HOST_TESTS += $(ANALYSIS_TESTS) tests/analysis/golden.sh:$(BUILD)/tests/analysis/fsanalyze \
	tests/analysis/goals.sh:$(BUILD)/tests/analysis/fsanalyze \
	tests/analysis/compare.sh:$(BUILD)/tests/analysis/fsanalyze \
	tests/analysis/report.sh:$(BUILD)/bin/fsanalyze \
	tests/analysis/study.sh:$(BUILD)/bin/fsanalyze tests/analysis/pool.sh:$(BUILD)/bin/fsanalyze
check-programs: $(ANALYSIS_TESTS) $(BUILD)/tests/analysis/fsanalyze $(BUILD)/bin/fsanalyze

# No more in it than the comparison needs: the image lies in the memory that is compared
COMPARE_PROGRAMS := $(addprefix $(BUILD)/bin/,hold frameshift pfnlayout churn folios)
$(BUILD)/compare.cpio: vm/mkimage vm/init $(COMPARE_PROGRAMS)
	$(Q)vm/mkimage --bare $@ $(COMPARE_PROGRAMS)

.PHONY: compare study compare-pool tables
compare study compare-pool: kernel $(BUILD)/bin/fsanalyze
compare study: $(BUILD)/compare.cpio
compare-pool: image
compare: ## run the comparison and print its tables: SEEDS ROWS WORKLOADS NAME ...
	$(Q)KERNEL="$(KERNEL)" analysis/compare
study: ## run the whole matrix, or go on with it, for hours: PARTS ROWS WORKLOADS SEEDS ...
	$(Q)KERNEL="$(KERNEL)" analysis/study

compare-pool: ## run policies on persistent pools, beside volatile memory: SEEDS LAYOUTS POLICIES ...
	$(Q)KERNEL="$(KERNEL)" analysis/pool

# The runs that the repository carries
POOL_RUNS = docs/data/pool.jsonl.xz
STUDIED = $(filter-out $(POOL_RUNS),$(wildcard docs/data/*.jsonl.gz docs/data/*.jsonl.xz))
tables: $(BUILD)/bin/fsanalyze ## make the tables of the runs in docs/data, in results/tables
	$(Q)[ -n "$(STUDIED)" ] || { echo "error: there is no docs/data/*.jsonl.gz or .xz" >&2; exit 1; }
	$(Q)for runs in $(STUDIED); do \
		name=$${runs##*/}; \
		analysis/tables "$(RESULTS)/tables/$${name%.jsonl.*}" "$$runs" || exit; \
	done

.PHONY: report
report: $(BUILD)/bin/fsanalyze ## write the study's report and its figures, docs/report, from docs/data
	$(Q)analysis/report/make docs/report docs/data/study.jsonl.xz $(POOL_RUNS)

# The policies on synthetic states of any size: the kernel's files in user space
SIMULATE_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -fno-strict-aliasing \
	-DLLFREE_PLATFORM='"platform_count.h"' -Ianalysis/simulate -Ianalysis -Itests -Itests/core -I$(LLFREE_DIR)
# What it shares with fsanalyze: bounds, and how to read a guest's run
SIMULATE_READS := $(addprefix analysis/,mixed.c util.c frames.c oracle.c json.c)
SIMULATE_SOURCES := $(wildcard analysis/simulate/*) $(wildcard $(LLFREE_DIR)/*.h) \
	tests/core/check.c tests/core/check.h tests/platform_user.h \
	$(SIMULATE_READS) $(SIMULATE_READS:.c=.h) \
	$(wildcard $(addprefix $(LLFREE_DIR)/,core.c sets.c policy*.c))
$(BUILD)/bin/simulate: $(SIMULATE_SOURCES) | packages
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIMULATE_CFLAGS) -o $@ $(filter %.c,$^) -ljson-c -lm
$(BUILD)/tests/analysis/simulate: $(SIMULATE_SOURCES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIMULATE_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ \
		$(filter %.c,$^) -ljson-c -lm
HOST_TESTS += tests/analysis/simulate.sh:$(BUILD)/tests/analysis/simulate:$(BUILD)/tests/analysis/fsanalyze
check-programs: $(BUILD)/tests/analysis/simulate

.PHONY: simulate
simulate: $(BUILD)/bin/simulate ## run the policies on synthetic states: BYTES POLICIES STATES TARGETS SEEDS SIMULATE_OPTIONS
	@mkdir -p $(RESULTS)
	$(Q)$< $(if $(BYTES),--bytes "$(BYTES)") $(if $(POLICIES),--policies "$(POLICIES)") \
		$(if $(STATES),--states "$(STATES)") $(if $(TARGETS),--targets "$(TARGETS)") \
		$(if $(SEEDS),--seeds "$(SEEDS)") $(SIMULATE_OPTIONS) --output $(RESULTS)/simulate.jsonl

# Runs of a comparison again, in the simulator: may it speak for the kernel?
.PHONY: admit
admit: $(BUILD)/bin/simulate $(BUILD)/bin/fsanalyze ## replay the runs of a comparison in the simulator: NAME
	$(Q)$(BUILD)/bin/simulate --replay $(if $(POLICIES),--policies "$(POLICIES)") \
		--output $(ADMIT_DIR)/replay.jsonl $(ADMIT_DIR)/runs/*/detail
	$(Q)$(BUILD)/bin/fsanalyze admit $(ADMIT_DIR)/runs.jsonl $(ADMIT_DIR)/replay.jsonl
ADMIT_DIR = $(RESULTS)/$(or $(NAME),compare)

TOOLS += $(BUILD)/bin/fsanalyze $(BUILD)/bin/simulate
