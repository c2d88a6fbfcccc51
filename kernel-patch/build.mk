# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel. Its own make knows what is out of date: always ask it.

.PHONY: kernel

kernel: | packages ## build the kernel of FLAVOUR (vm)
	$(Q)kernel-patch/build.sh $(FLAVOUR)
