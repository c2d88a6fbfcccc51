# SPDX-License-Identifier: GPL-2.0-or-later
# Fixed buffers of io_uring's against moves.
poolring || fail "fixed buffers and moves"
