# SPDX-License-Identifier: GPL-2.0
# The BPF programs and the skeleton through which the loader holds them. Types
# come from one kernel, whichever is measured, so that each gets the same bytes:
# it has LLFree, which the policies need, and CO-RE fits an object to any other.

BPF_VMLINUX ?= $(BUILD)/obj/vm/vmlinux
BPF_CFLAGS  := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter

$(BUILD)/obj/vm/vmlinux: kernel-vm
	@test -e $@

$(BUILD)/bpf/vmlinux.h: $(BPF_VMLINUX)
	@mkdir -p $(@D)
	$(Q)bpftool btf dump file $< format c >$@

$(BUILD)/bpf/frameshift.bpf.o: bpf/frameshift.bpf.c bpf/frameshift.h $(BUILD)/bpf/vmlinux.h
	$(Q)clang $(BPF_CFLAGS) -I$(@D) -Ibpf -c -o $@ $<
	$(Q)llvm-strip -g $@

# Compaction policies, each an object of its own
BPF_POLICIES := $(patsubst bpf/policies/%.bpf.c,$(BUILD)/bpf/policies/%.bpf.o,$(wildcard bpf/policies/*.bpf.c))

$(BUILD)/bpf/policies/%.bpf.o: bpf/policies/%.bpf.c bpf/policies/policy.h $(BUILD)/bpf/vmlinux.h
	@mkdir -p $(@D)
	$(Q)clang $(BPF_CFLAGS) -I$(BUILD)/bpf -Ibpf/policies -c -o $@ $<
	$(Q)llvm-strip -g $@

TOOLS += $(BPF_POLICIES)

$(BUILD)/bpf/frameshift.skel.h: $(BUILD)/bpf/frameshift.bpf.o
	$(Q)bpftool gen skeleton $< name frameshift_bpf >$@
