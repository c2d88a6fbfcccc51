# SPDX-License-Identifier: GPL-2.0-or-later
# A line a step for cells.awk: the cell, its seed and perturbation, kernel, whether it is valid.
[([.workload, .mode, .demand, .regime, .memory_mib, .proactiveness, .allocator, .policy, .seed, .perturbation]
	| map(tostring) | join(" ")), .seed, .perturbation, .kernel_release // "-", .valid, .sources // "-", .icount] | @tsv
