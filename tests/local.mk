# tests/local.mk: the test suite.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# To add a test, put its name into one of these two lists, in order.

# Shell scripts: tests/NAME.sh over tests/init.sh.
shell_tests =					\
  tests/arguments.sh				\
  tests/batch.sh				\
  tests/bench-smoke.sh				\
  tests/block-size.sh				\
  tests/buffer.sh				\
  tests/carried-rest.sh				\
  tests/classic-backup.sh			\
  tests/classic-compress.sh			\
  tests/classic-restore.sh			\
  tests/compat-client.sh			\
  tests/compat-serve.sh				\
  tests/compat-ssh.sh				\
  tests/counted-by-relay.sh			\
  tests/cut-input.sh				\
  tests/dead-network.sh				\
  tests/deaths-agent.sh				\
  tests/deaths-guard.sh				\
  tests/deaths-local.sh				\
  tests/deaths-login.sh				\
  tests/deaths-setup.sh				\
  tests/deaths-stages.sh			\
  tests/descriptors.sh				\
  tests/encrypt-attacks.sh			\
  tests/encrypt-refused.sh			\
  tests/encrypt.sh				\
  tests/exec-logins.sh				\
  tests/filter.sh				\
  tests/full-disk.sh				\
  tests/help-version.sh				\
  tests/login-failures.sh			\
  tests/login-terminal.sh			\
  tests/multipath.sh				\
  tests/nested.sh				\
  tests/net-deaths.sh				\
  tests/net-encrypt.sh				\
  tests/net-fallback.sh				\
  tests/net-families.sh				\
  tests/net-firewall.sh				\
  tests/net-idle.sh				\
  tests/net-jump.sh				\
  tests/net-link.sh				\
  tests/net-loss.sh				\
  tests/net-mtu.sh				\
  tests/net-multipath.sh			\
  tests/net-nat.sh				\
  tests/net-ports.sh				\
  tests/net-probe.sh				\
  tests/net-steering.sh				\
  tests/net-strangers.sh			\
  tests/no-delay.sh				\
  tests/one-end-without.sh			\
  tests/one-login.sh				\
  tests/output-without-o.sh			\
  tests/probe-ssh.sh				\
  tests/probe.sh				\
  tests/progress-terminal.sh			\
  tests/progress.sh				\
  tests/prompt.sh				\
  tests/quiet-run.sh				\
  tests/rate-limit.sh				\
  tests/reader-ends-early.sh			\
  tests/rsh-login.sh				\
  tests/secrets.sh				\
  tests/shared-output.sh			\
  tests/signals.sh				\
  tests/stats-json.sh				\
  tests/stats.sh				\
  tests/status-sigpipe.sh			\
  tests/status-table.sh				\
  tests/stdin-input-only.sh			\
  tests/stop-continue.sh			\
  tests/strangers.sh				\
  tests/usage.sh				\
  tests/wrong-listener.sh

# C programs for a single module: tests/NAME.c, linked with the library.
unit_tests =					\
  tests/test-address				\
  tests/test-bottleneck				\
  tests/test-carrier				\
  tests/test-channel				\
  tests/test-control				\
  tests/test-early				\
  tests/test-events				\
  tests/test-flow				\
  tests/test-hkdf				\
  tests/test-message				\
  tests/test-meter				\
  tests/test-multipath				\
  tests/test-options				\
  tests/test-order				\
  tests/test-progress				\
  tests/test-proof				\
  tests/test-rendezvous				\
  tests/test-report				\
  tests/test-signals

# Likewise, for modules that are there with GnuTLS only.
if HAVE_GNUTLS
gnutls_tests =					\
  tests/test-record				\
  tests/test-secure				\
  tests/test-secure-peers
endif

# Shell scripts that need a kernel with TLS in it.  'make check' leaves them
# out; 'make check-ktls' runs them on one of its own (see HACKING).
ktls_tests =					\
  tests/ktls-copy.sh				\
  tests/ktls-cuts.sh				\
  tests/ktls-ends.sh				\
  tests/ktls-facts.sh				\
  tests/ktls-pipes.sh				\
  tests/ktls-replay.sh				\
  tests/ktls-tail.sh				\
  tests/ktls-tampering.sh

# Those for a kernel from 6.5 on: 'make check-ktls-qemu'.
ktls_qemu_tests =				\
  tests/ktls-facts.sh				\
  tests/ktls-pipes.sh				\
  tests/ktls-tail.sh

# Programs that scripts use, found through PATH.
test_helpers =					\
  tests/helper

# The program as it would be with a kernel that cannot do all.
other_builds =					\
  tests/without

# The same for scripts that need a kernel with TLS in it.
ktls_helpers =					\
  tests/ktls-facts

all_tests = $(unit_tests) $(gnutls_tests) $(shell_tests)
TESTS = $(all_tests)
check_PROGRAMS +=				\
  $(unit_tests) $(gnutls_tests) $(test_helpers) $(ktls_helpers) \
  $(other_builds)

tests_test_address_SOURCES = tests/test-address.c tests/test-macros.h
tests_test_address_CPPFLAGS = $(our_CPPFLAGS)
tests_test_address_CFLAGS = $(our_CFLAGS)
tests_test_address_LDADD = $(our_LIBS)

tests_test_bottleneck_SOURCES = tests/test-bottleneck.c tests/test-macros.h
tests_test_bottleneck_CPPFLAGS = $(our_CPPFLAGS)
tests_test_bottleneck_CFLAGS = $(our_CFLAGS)
tests_test_bottleneck_LDADD = $(our_LIBS)

tests_test_carrier_SOURCES = tests/test-carrier.c tests/test-macros.h
tests_test_carrier_CPPFLAGS = $(our_CPPFLAGS)
tests_test_carrier_CFLAGS = $(our_CFLAGS)
tests_test_carrier_LDADD = $(our_LIBS)

tests_test_channel_SOURCES = tests/test-channel.c tests/test-macros.h
tests_test_channel_CPPFLAGS = $(our_CPPFLAGS)
tests_test_channel_CFLAGS = $(our_CFLAGS)
tests_test_channel_LDADD = $(our_LIBS)

tests_test_control_SOURCES = tests/test-control.c tests/test-macros.h
tests_test_control_CPPFLAGS = $(our_CPPFLAGS)
tests_test_control_CFLAGS = $(our_CFLAGS)
tests_test_control_LDADD = $(our_LIBS)

tests_test_early_SOURCES = tests/test-early.c tests/test-macros.h
tests_test_early_CPPFLAGS = $(our_CPPFLAGS)
tests_test_early_CFLAGS = $(our_CFLAGS)
tests_test_early_LDADD = $(our_LIBS)

tests_test_events_SOURCES = tests/test-events.c tests/test-macros.h
tests_test_events_CPPFLAGS = $(our_CPPFLAGS)
tests_test_events_CFLAGS = $(our_CFLAGS)
tests_test_events_LDADD = $(our_LIBS)

tests_test_flow_SOURCES = tests/test-flow.c tests/test-macros.h
tests_test_flow_CPPFLAGS = $(our_CPPFLAGS)
tests_test_flow_CFLAGS = $(our_CFLAGS)
tests_test_flow_LDADD = $(our_LIBS)

tests_test_hkdf_SOURCES = tests/test-hkdf.c tests/test-macros.h
tests_test_hkdf_CPPFLAGS = $(our_CPPFLAGS)
tests_test_hkdf_CFLAGS = $(our_CFLAGS)
tests_test_hkdf_LDADD = $(our_LIBS)

# With a fuzzer, which is run on changed messages; see also 'make fuzz'.
tests_test_message_SOURCES =			\
  tests/fuzz/fuzz-message.c			\
  tests/fuzz/fuzz-run.c				\
  tests/fuzz/fuzz.h				\
  tests/test-macros.h				\
  tests/test-message.c
tests_test_message_CPPFLAGS = $(our_CPPFLAGS) -I$(top_srcdir)/tests
tests_test_message_CFLAGS = $(our_CFLAGS)
tests_test_message_LDADD = $(our_LIBS)

tests_test_meter_SOURCES = tests/test-meter.c tests/test-macros.h
tests_test_meter_CPPFLAGS = $(our_CPPFLAGS)
tests_test_meter_CFLAGS = $(our_CFLAGS)
tests_test_meter_LDADD = $(our_LIBS)

tests_test_multipath_SOURCES = tests/test-multipath.c tests/test-macros.h
tests_test_multipath_CPPFLAGS = $(our_CPPFLAGS)
tests_test_multipath_CFLAGS = $(our_CFLAGS)
tests_test_multipath_LDADD = $(our_LIBS)

tests_test_options_SOURCES = tests/test-options.c tests/test-macros.h
tests_test_options_CPPFLAGS = $(our_CPPFLAGS)
tests_test_options_CFLAGS = $(our_CFLAGS)
tests_test_options_LDADD = $(our_LIBS)

tests_test_order_SOURCES =			\
  tests/fuzz/fuzz-message.c			\
  tests/fuzz/fuzz-run.c				\
  tests/fuzz/fuzz.h				\
  tests/test-macros.h				\
  tests/test-order.c
tests_test_order_CPPFLAGS = $(our_CPPFLAGS) -I$(top_srcdir)/tests
tests_test_order_CFLAGS = $(our_CFLAGS)
tests_test_order_LDADD = $(our_LIBS)

tests_test_progress_SOURCES = tests/test-progress.c tests/test-macros.h
tests_test_progress_CPPFLAGS = $(our_CPPFLAGS)
tests_test_progress_CFLAGS = $(our_CFLAGS)
tests_test_progress_LDADD = $(our_LIBS)

tests_test_proof_SOURCES =			\
  tests/fuzz/fuzz-proof.c			\
  tests/fuzz/fuzz-run.c				\
  tests/fuzz/fuzz.h				\
  tests/test-macros.h				\
  tests/test-proof.c
tests_test_proof_CPPFLAGS = $(our_CPPFLAGS) -I$(top_srcdir)/tests
tests_test_proof_CFLAGS = $(our_CFLAGS)
tests_test_proof_LDADD = $(our_LIBS)

tests_test_record_SOURCES = tests/test-record.c tests/test-macros.h
tests_test_record_CPPFLAGS = $(our_CPPFLAGS)
tests_test_record_CFLAGS = $(our_CFLAGS)
tests_test_record_LDADD = $(our_LIBS)

tests_test_rendezvous_SOURCES = tests/test-rendezvous.c tests/test-macros.h
tests_test_rendezvous_CPPFLAGS = $(our_CPPFLAGS)
tests_test_rendezvous_CFLAGS = $(our_CFLAGS)
tests_test_rendezvous_LDADD = $(our_LIBS)

tests_test_report_SOURCES = tests/test-report.c tests/test-macros.h
tests_test_report_CPPFLAGS = $(our_CPPFLAGS)
tests_test_report_CFLAGS = $(our_CFLAGS)
tests_test_report_LDADD = $(our_LIBS)

tests_test_signals_SOURCES = tests/test-signals.c tests/test-macros.h
tests_test_signals_CPPFLAGS = $(our_CPPFLAGS)
tests_test_signals_CFLAGS = $(our_CFLAGS)
tests_test_signals_LDADD = $(our_LIBS)

tests_ktls_facts_SOURCES = tests/ktls-facts.c tests/test-macros.h
tests_ktls_facts_CPPFLAGS = $(our_CPPFLAGS)
tests_ktls_facts_CFLAGS = $(our_CFLAGS)
tests_ktls_facts_LDADD = $(our_LIBS)

tests_test_secure_SOURCES = tests/test-secure.c tests/test-macros.h
tests_test_secure_CPPFLAGS = $(our_CPPFLAGS)
tests_test_secure_CFLAGS = $(our_CFLAGS)
tests_test_secure_LDADD = $(our_LIBS)

tests_test_secure_peers_SOURCES = tests/test-secure-peers.c tests/test-macros.h
tests_test_secure_peers_CPPFLAGS = $(our_CPPFLAGS)
tests_test_secure_peers_CFLAGS = $(our_CFLAGS)
tests_test_secure_peers_LDADD = $(our_LIBS)

# Plain POSIX, without gnulib: a helper must not share a fault with what it
# tests.
tests_helper_SOURCES =				\
  tests/helper-channel.c			\
  tests/helper-data.c				\
  tests/helper-mitm.c				\
  tests/helper-old.c				\
  tests/helper-process.c			\
  tests/helper-pty.c				\
  tests/helper-tcp.c				\
  tests/helper.c				\
  tests/helper.h
# An empty list keeps AM_CPPFLAGS, and with it gnulib's headers, away.
tests_helper_CPPFLAGS =
tests_helper_CFLAGS = $(our_CFLAGS)

tests_without_SOURCES = src/socketpipe.c tests/without.c
tests_without_CPPFLAGS = $(our_CPPFLAGS)
tests_without_CFLAGS = $(our_CFLAGS)
tests_without_LDADD = $(our_LIBS)

TEST_EXTENSIONS = .sh

# A time limit for each script can be given:
#   make check TEST_TIMEOUT='timeout 300'
TEST_TIMEOUT =
SH_LOG_COMPILER = $(TEST_TIMEOUT) $(SHELL)
LOG_COMPILER = $(TEST_TIMEOUT)

# What the scripts source.
test_libraries =				\
  tests/attacks.sh				\
  tests/hosts.sh				\
  tests/init.sh					\
  tests/ktls.sh					\
  tests/lib.sh					\
  tests/meter.sh				\
  tests/rsh.sh					\
  tests/sshd.sh					\
  tests/victims.sh

EXTRA_DIST +=					\
  $(ktls_qemu_tests)				\
  $(ktls_tests)					\
  $(shell_tests)				\
  $(test_libraries)				\
  tests/fuzz/fuzz-control.c

# What runs test cases in a guest.
EXTRA_DIST +=					\
  tests/guest/boot				\
  tests/guest/get-kernel			\
  tests/guest/init				\
  tests/guest/kernel				\
  tests/guest/make-initrd			\
  tests/guest/results.awk			\
  tests/guest/run

# The built programs, socketpipe and helper, are the first in PATH.  The last
# word duplicates standard error to descriptor 9, where tests/init.sh says
# why a test was skipped: to the terminal, not into the log.
TESTS_ENVIRONMENT =				\
  unset LANGUAGE CDPATH POSIXLY_CORRECT TAR_OPTIONS; \
  export					\
  LC_ALL=C					\
  VERSION='$(VERSION)'				\
  SHELL='$(SHELL)'				\
  CONFIG_HEADER='$(abs_top_builddir)/config.h'	\
  srcdir='$(srcdir)'				\
  abs_top_srcdir='$(abs_top_srcdir)'		\
  abs_top_builddir='$(abs_top_builddir)'	\
  PATH='$(abs_top_builddir)/src$(PATH_SEPARATOR)$(abs_top_builddir)/tests$(PATH_SEPARATOR)'"$$PATH" \
  ; 9>&2

# One case only: make check-ktls ktls_tests=tests/ktls-NAME.sh
guest_helpers = $(test_helpers) $(ktls_helpers)
run_guest = $(TESTS_ENVIRONMENT) HELPERS='$(guest_helpers)' \
  $(SHELL) $(srcdir)/tests/guest/run

check-ktls: all
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(guest_helpers)
	$(AM_V_at)$(run_guest) uml $(ktls_tests)

check-ktls-qemu: all
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(guest_helpers)
	$(AM_V_at)$(run_guest) qemu $(ktls_qemu_tests)

clean-local: clean-guest
clean-guest:
	rm -rf guest-uml guest-qemu
.PHONY: check-ktls check-ktls-qemu clean-guest
