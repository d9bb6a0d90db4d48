# lib/local.mk: our own files in lib; gnulib's are in lib/gnulib.mk.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

src_libsocketpipe_a_SOURCES +=			\
  lib/child-subreaper.c				\
  lib/child-subreaper.h				\
  lib/child-usage.c				\
  lib/child-usage.h				\
  lib/close-from.c				\
  lib/close-from.h				\
  lib/host-identity.c				\
  lib/host-identity.h				\
  lib/interfaces.c				\
  lib/interfaces.h				\
  lib/ktls.c					\
  lib/ktls.h					\
  lib/monotonic.c				\
  lib/monotonic.h				\
  lib/multipath.c				\
  lib/multipath.h				\
  lib/process-state.c				\
  lib/process-state.h				\
  lib/process-tree.c				\
  lib/process-tree.h				\
  lib/shared-memory.c				\
  lib/shared-memory.h				\
  lib/socket-dscp.c				\
  lib/socket-dscp.h				\
  lib/socket-half.c				\
  lib/socket-half.h				\
  lib/socket-low-water.c			\
  lib/socket-low-water.h			\
  lib/socket-pace.c				\
  lib/socket-pace.h				\
  lib/socket-unread.c				\
  lib/socket-unread.h				\
  lib/splice-relay.c				\
  lib/splice-relay.h				\
  lib/stream-holders.c				\
  lib/stream-holders.h				\
  lib/stream-socket.c				\
  lib/stream-socket.h				\
  lib/tcp-abort.c				\
  lib/tcp-abort.h				\
  lib/tcp-congestion.c				\
  lib/tcp-congestion.h				\
  lib/tcp-features.c				\
  lib/tcp-features.h				\
  lib/tcp-keepalive.c				\
  lib/tcp-keepalive.h				\
  lib/tcp-meter.c				\
  lib/tcp-meter.h				\
  lib/tcp-no-delay.c				\
  lib/tcp-no-delay.h				\
  lib/tcp-segment.c				\
  lib/tcp-segment.h				\
  lib/terminal.c				\
  lib/terminal.h
