# What the kernel tells of a connection.  Source it after lib.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# Does this build count the bytes of a connection?
counts_ ()
{
  grep -E '^#define HAVE_(LINUX|STRUCT)_TCP_INFO_.*BYTES_ACKED 1' \
    "$CONFIG_HEADER" > /dev/null
}

# Does it know what a connection waited for?
accounts_ ()
{
  grep '^#define HAVE_TCP_INFO_BUSY_TIME 1' "$CONFIG_HEADER" > /dev/null
}
