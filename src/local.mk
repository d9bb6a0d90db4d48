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
  src/agent.c					\
  src/agent.h					\
  src/run.c					\
  src/run.h					\
  src/base/amount.c				\
  src/base/amount.h				\
  src/base/children.c				\
  src/base/children.h				\
  src/base/diagnose.c				\
  src/base/diagnose.h				\
  src/base/events.c				\
  src/base/events.h				\
  src/base/guard.c				\
  src/base/guard.h				\
  src/base/json.c				\
  src/base/json.h				\
  src/base/process.c				\
  src/base/process.h				\
  src/base/signals.c				\
  src/base/signals.h				\
  src/base/system.h				\
  src/cli/dscp.c				\
  src/cli/dscp.h				\
  src/cli/options-check.c			\
  src/cli/options-parse.c			\
  src/cli/options-parse.h			\
  src/cli/options-value.c			\
  src/cli/options.c				\
  src/cli/options.h				\
  src/cli/usage.c				\
  src/compat/compat.h				\
  src/compat/duplex.c				\
  src/compat/duplex.h				\
  src/compat/serve.c				\
  src/crypto/encryption.c			\
  src/crypto/encryption.h			\
  src/crypto/hkdf.c				\
  src/crypto/hkdf.h				\
  src/crypto/proof.c				\
  src/crypto/proof.h				\
  src/crypto/record-size.h			\
  src/crypto/record.h				\
  src/crypto/secure-keys.c			\
  src/crypto/secure.h				\
  src/data/channel-judge.c			\
  src/data/channel-judge.h			\
  src/data/channel-watch.c			\
  src/data/channel-watch.h			\
  src/data/channel.c				\
  src/data/channel.h				\
  src/data/end-actions.c			\
  src/data/end-actions.h			\
  src/data/end-machine.h			\
  src/data/end-mux.c				\
  src/data/end-reader.c				\
  src/data/end-socket.c				\
  src/data/end-writer.c				\
  src/data/end.c				\
  src/data/end.h				\
  src/data/mux-in.c				\
  src/data/mux-in.h				\
  src/data/mux-out.c				\
  src/data/mux-out.h				\
  src/data/mux.c				\
  src/data/mux.h				\
  src/data/pace.c				\
  src/data/pace.h				\
  src/data/record-relay.h			\
  src/data/relay-chain.c			\
  src/data/relay-chain.h			\
  src/data/relay-ends.c				\
  src/data/relay.c				\
  src/data/relay.h				\
  src/data/stage-pipe.c				\
  src/data/stage-pipe.h				\
  src/data/tuning-relays.c			\
  src/data/tuning.c				\
  src/data/tuning.h				\
  src/leader/adjust.c				\
  src/leader/adjust.h				\
  src/leader/facts.c				\
  src/leader/facts.h				\
  src/leader/foreground.c			\
  src/leader/foreground.h			\
  src/leader/hosts.c				\
  src/leader/hosts.h				\
  src/leader/leader.c				\
  src/leader/leader.h				\
  src/leader/login.c				\
  src/leader/login.h				\
  src/leader/monitor.c				\
  src/leader/monitor.h				\
  src/leader/outcome.c				\
  src/leader/outcome.h				\
  src/leader/plan.c				\
  src/leader/plan.h				\
  src/leader/session.c				\
  src/leader/session.h				\
  src/leader/setup.c				\
  src/leader/setup.h				\
  src/leader/silence.c				\
  src/leader/silence.h				\
  src/leader/statistics.c			\
  src/leader/statistics.h			\
  src/leader/switch.c				\
  src/leader/switch.h				\
  src/net/address.c				\
  src/net/address.h				\
  src/net/attempt.c				\
  src/net/attempt.h				\
  src/net/connection.h				\
  src/net/early.c				\
  src/net/early.h				\
  src/net/endpoint.c				\
  src/net/endpoint.h				\
  src/net/gate.c				\
  src/net/gate.h				\
  src/net/listener.c				\
  src/net/listener.h				\
  src/net/lookup.c				\
  src/net/lookup.h				\
  src/net/offer.c				\
  src/net/offer.h				\
  src/net/rendezvous.c				\
  src/net/rendezvous.h				\
  src/net/same-host.c				\
  src/net/same-host.h				\
  src/probe/probe-advice.c			\
  src/probe/probe-advice.h			\
  src/probe/probe-agent.c			\
  src/probe/probe-agent.h			\
  src/probe/probe-carry.c			\
  src/probe/probe-carry.h			\
  src/probe/probe-host.c			\
  src/probe/probe-host.h			\
  src/probe/probe-link.c			\
  src/probe/probe-link.h			\
  src/probe/probe-measure.c			\
  src/probe/probe-measure.h			\
  src/probe/probe-print.c			\
  src/probe/probe-print.h			\
  src/probe/probe-report.c			\
  src/probe/probe-report.h			\
  src/probe/probe-scout.c			\
  src/probe/probe-scout.h			\
  src/probe/probe.c				\
  src/probe/probe.h				\
  src/report/bottleneck.c			\
  src/report/bottleneck.h			\
  src/report/flow.c				\
  src/report/flow.h				\
  src/report/progress-line.c			\
  src/report/progress.c				\
  src/report/progress.h				\
  src/report/stats-json.c			\
  src/report/stats-text.c			\
  src/report/stats.c				\
  src/report/stats.h				\
  src/report/verdict.c				\
  src/report/verdict.h				\
  src/wire/bound.c				\
  src/wire/bound.h				\
  src/wire/control.c				\
  src/wire/control.h				\
  src/wire/message-queue.c			\
  src/wire/message-queue.h			\
  src/wire/message.c				\
  src/wire/message.h				\
  src/wire/preamble.c				\
  src/wire/preamble.h				\
  src/wire/receive-buffer.c			\
  src/wire/receive-buffer.h			\
  src/wire/send-queue.c				\
  src/wire/send-queue.h				\
  src/worker/attach.c				\
  src/worker/attach.h				\
  src/worker/doom.c				\
  src/worker/doom.h				\
  src/worker/ends.c				\
  src/worker/ends.h				\
  src/worker/link.c				\
  src/worker/link.h				\
  src/worker/meter.c				\
  src/worker/meter.h				\
  src/worker/metering.c				\
  src/worker/metering.h				\
  src/worker/result.c				\
  src/worker/result.h				\
  src/worker/stage.c				\
  src/worker/stage.h				\
  src/worker/stages.c				\
  src/worker/stages.h				\
  src/worker/stop.c				\
  src/worker/task.c				\
  src/worker/task.h				\
  src/worker/watch.c				\
  src/worker/watch.h				\
  src/worker/worker-state.c			\
  src/worker/worker-state.h			\
  src/worker/worker.c				\
  src/worker/worker.h

# With GnuTLS or without it.
if HAVE_GNUTLS
src_libsocketpipe_a_SOURCES +=			\
  src/crypto/record.c				\
  src/crypto/secure-library.c			\
  src/crypto/secure-library.h			\
  src/crypto/secure.c				\
  src/data/record-relay.c
else
src_libsocketpipe_a_SOURCES +=			\
  src/crypto/secure-none.c			\
  src/data/record-none.c
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
