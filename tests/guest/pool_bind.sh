# SPDX-License-Identifier: GPL-2.0-or-later
# The memory goes, and comes back as it was or spoilt.
poolbind dax1.0 || fail "going and coming"
