# man/local.mk: the manual page, which is written by hand.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

dist_man_MANS += man/socketpipe.1
