# src/local.mk: the program and its library.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

bin_PROGRAMS += src/socketpipe
noinst_LIBRARIES += src/libsocketpipe.a

our_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src

# Automake puts CFLAGS after these, so the user has the last word.  CFLAGS,
# CPPFLAGS and LDFLAGS are his: nothing in this package sets them, and so the
# hardening flags of a distribution stay as they are.  gnulib's files do without
# our warnings, for they have their own.
our_CFLAGS = $(WARN_CFLAGS) $(WERROR_CFLAGS)

# Everything but main is in the library, so that tests can link it.
src_libsocketpipe_a_CPPFLAGS = $(our_CPPFLAGS)
src_libsocketpipe_a_CFLAGS = $(our_CFLAGS)
src_libsocketpipe_a_SOURCES =			\
  src/address.c					\
  src/address.h					\
  src/adjust.c					\
  src/adjust.h					\
  src/agent-begin.c				\
  src/agent-run.h				\
  src/agent.c					\
  src/agent.h					\
  src/amount.c					\
  src/amount.h					\
  src/ask.c					\
  src/ask.h					\
  src/attempt.c					\
  src/attempt.h					\
  src/bottleneck.c				\
  src/bottleneck.h				\
  src/carrier-receiver.c			\
  src/carrier-receiver.h			\
  src/carrier-sender.c				\
  src/carrier-sender.h				\
  src/carrier.c					\
  src/carrier.h					\
  src/channel-judge.c				\
  src/channel-judge.h				\
  src/channel-watch.c				\
  src/channel-watch.h				\
  src/channel.c					\
  src/channel.h					\
  src/compat-begin.c				\
  src/compat-end.c				\
  src/compat-run.h				\
  src/compat-serve.c				\
  src/compat.c					\
  src/compat.h					\
  src/control.c					\
  src/control.h					\
  src/diagnose.c				\
  src/diagnose.h				\
  src/early.c					\
  src/early.h					\
  src/dscp.c					\
  src/dscp.h					\
  src/encryption.c				\
  src/encryption.h				\
  src/endpoint.c				\
  src/endpoint.h				\
  src/escort.c					\
  src/escort.h					\
  src/events.c					\
  src/events.h					\
  src/flow.c					\
  src/flow.h					\
  src/foreground.c				\
  src/foreground.h				\
  src/guard.c					\
  src/guard.h					\
  src/hkdf.c					\
  src/hkdf.h					\
  src/joint.c					\
  src/joint.h					\
  src/json.c					\
  src/json.h					\
  src/line.c					\
  src/line.h					\
  src/listener.c				\
  src/listener.h				\
  src/local-begin.c				\
  src/local-hear.c				\
  src/local-run.h				\
  src/local-stats.c				\
  src/local.c					\
  src/local.h					\
  src/login.c					\
  src/login.h					\
  src/lookup.c					\
  src/lookup.h					\
  src/message.c					\
  src/message.h					\
  src/meter.c					\
  src/meter.h					\
  src/options-check.c				\
  src/options-parse.h				\
  src/options-value.c				\
  src/options.c					\
  src/options.h					\
  src/order.c					\
  src/order.h					\
  src/pace.c					\
  src/pace.h					\
  src/preamble.c				\
  src/preamble.h				\
  src/probe-advice.c				\
  src/probe-agent.c				\
  src/probe-agent.h				\
  src/probe-carry.c				\
  src/probe-carry.h				\
  src/probe-host.c				\
  src/probe-host.h				\
  src/probe-link.c				\
  src/probe-link.h				\
  src/probe-measure.c				\
  src/probe-measure.h				\
  src/probe-report.c				\
  src/probe-report.h				\
  src/probe-scout.c				\
  src/probe-scout.h				\
  src/probe.c					\
  src/probe.h					\
  src/progress-line.c				\
  src/progress.c				\
  src/progress.h				\
  src/proof.c					\
  src/proof.h					\
  src/receive-buffer.c				\
  src/receive-buffer.h				\
  src/record-relay.h				\
  src/record-size.h				\
  src/record.h					\
  src/relay-ends.c				\
  src/relay.c					\
  src/relay.h					\
  src/rendezvous.c				\
  src/rendezvous.h				\
  src/report.c					\
  src/report.h					\
  src/route.c					\
  src/route.h					\
  src/run.h					\
  src/secure-keys.c				\
  src/secure.h					\
  src/send-queue.c				\
  src/send-queue.h				\
  src/session.c					\
  src/session.h					\
  src/signals.c					\
  src/signals.h					\
  src/stage.c					\
  src/stage.h					\
  src/stats-json.c				\
  src/stats-text.c				\
  src/stats.c					\
  src/stats.h					\
  src/supervisor-end.c				\
  src/supervisor-leave.c			\
  src/supervisor-meet.c				\
  src/supervisor-part.h				\
  src/supervisor.c				\
  src/supervisor.h				\
  src/system.h					\
  src/tuning-relays.c				\
  src/tuning.c					\
  src/tuning.h					\
  src/usage.c					\
  src/verdict.c					\
  src/verdict.h					\
  src/view.c					\
  src/view.h

# With GnuTLS or without it.
if HAVE_GNUTLS
src_libsocketpipe_a_SOURCES +=			\
  src/record-relay.c				\
  src/record.c					\
  src/secure-library.c				\
  src/secure-library.h				\
  src/secure.c
else
src_libsocketpipe_a_SOURCES += src/secure-none.c
endif

src_socketpipe_CPPFLAGS = $(our_CPPFLAGS)
src_socketpipe_CFLAGS = $(our_CFLAGS)
src_socketpipe_SOURCES = src/socketpipe.c
src_socketpipe_LDFLAGS = $(AM_LDFLAGS) $(BIND_NOW_LDFLAGS)
src_socketpipe_LDADD = $(our_LIBS)

# What every program of ours is linked with.  The system libraries are those
# that gnulib found necessary for the functions that we use; on GNU/Linux all
# of them are empty.
our_LIBS =					\
  src/libsocketpipe.a				\
  lib/libgnu.a					\
  $(GETADDRINFO_LIB)				\
  $(GETHOSTNAME_LIB)				\
  $(HOSTENT_LIB)				\
  $(INET_NTOP_LIB)				\
  $(INET_PTON_LIB)				\
  $(SERVENT_LIB)				\
  $(LIBDL)					\
  $(LIBSOCKET)					\
  $(LIB_CLOCK_GETTIME)				\
  $(LIB_GETRANDOM)				\
  $(LIB_HARD_LOCALE)				\
  $(LIB_MBRTOWC)				\
  $(LIB_POLL)					\
  $(LIB_SELECT)					\
  $(LIB_SETLOCALE_NULL)				\
  $(LIBTHREAD)
