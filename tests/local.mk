# tests/local.mk: the test suite.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# To add a test, put its name into one of these two lists, in order.

# Shell scripts: tests/FOLDER/NAME.sh over tests/init.sh.
shell_tests =					\
  tests/compat/serve-ends.sh			\
  tests/compat/serve.sh				\
  tests/compat/ssh.sh				\
  tests/deaths/agent.sh				\
  tests/deaths/dead-network.sh			\
  tests/deaths/guard.sh				\
  tests/deaths/local.sh				\
  tests/deaths/login.sh				\
  tests/deaths/setup.sh				\
  tests/deaths/stages.sh			\
  tests/deaths/stuck-login.sh			\
  tests/encrypt/encrypt-attacks.sh		\
  tests/encrypt/encrypt.sh			\
  tests/encrypt/refused.sh			\
  tests/net/dead-login-path.sh			\
  tests/net/deaths.sh				\
  tests/net/fallback.sh				\
  tests/net/families.sh				\
  tests/net/firewall.sh				\
  tests/net/flood.sh				\
  tests/net/go-between.sh			\
  tests/net/idle.sh				\
  tests/net/jump.sh				\
  tests/net/link.sh				\
  tests/net/loss.sh				\
  tests/net/lost-choice.sh			\
  tests/net/mixed-routes.sh			\
  tests/net/mtu.sh				\
  tests/net/nat.sh				\
  tests/net/net-encrypt.sh			\
  tests/net/net-multipath.sh			\
  tests/net/net-probe.sh			\
  tests/net/net-strangers.sh			\
  tests/net/port-scan.sh			\
  tests/net/ports.sh				\
  tests/net/several-dead-network.sh		\
  tests/net/several-deaths.sh			\
  tests/net/several-hosts.sh			\
  tests/net/steering.sh				\
  tests/run/adjust-places.sh			\
  tests/run/arguments.sh			\
  tests/run/batch.sh				\
  tests/run/bench-smoke.sh			\
  tests/run/block-size.sh			\
  tests/run/buffer.sh				\
  tests/run/carried-rest.sh			\
  tests/run/carried-uncounted.sh		\
  tests/run/classic-backup.sh			\
  tests/run/classic-compress.sh			\
  tests/run/classic-restore.sh			\
  tests/run/closed-early.sh			\
  tests/run/counted-by-relay.sh			\
  tests/run/cut-input.sh			\
  tests/run/descriptors.sh			\
  tests/run/exec-logins.sh			\
  tests/run/filter-in-kernel.sh			\
  tests/run/filter.sh				\
  tests/run/floods.sh				\
  tests/run/full-disk.sh			\
  tests/run/help-version.sh			\
  tests/run/hostile-agent.sh			\
  tests/run/left-behind-ended.sh		\
  tests/run/left-behind-no-proc.sh		\
  tests/run/left-behind-sudo.sh			\
  tests/run/left-behind.sh			\
  tests/run/line-buffered-login.sh		\
  tests/run/login-failures.sh			\
  tests/run/login-leaves.sh			\
  tests/run/login-terminal.sh			\
  tests/run/message-count.sh			\
  tests/run/multipath.sh			\
  tests/run/nested.sh				\
  tests/run/no-delay.sh				\
  tests/run/one-end-without.sh			\
  tests/run/one-login.sh			\
  tests/run/output-without-o.sh			\
  tests/run/probe-ssh.sh			\
  tests/run/probe.sh				\
  tests/run/progress-terminal.sh		\
  tests/run/progress.sh				\
  tests/run/prompt.sh				\
  tests/run/protocol-document.sh		\
  tests/run/quiet-run.sh			\
  tests/run/rate-limit.sh			\
  tests/run/reader-ends-early.sh		\
  tests/run/relay-fails.sh			\
  tests/run/rsh-login.sh			\
  tests/run/secrets.sh				\
  tests/run/several.sh				\
  tests/run/shared-output.sh			\
  tests/run/shell-level.sh			\
  tests/run/signals.sh				\
  tests/run/splice-fails.sh			\
  tests/run/ssh-connection.sh			\
  tests/run/stats-json.sh			\
  tests/run/stats.sh				\
  tests/run/status-sigpipe.sh			\
  tests/run/status-table.sh			\
  tests/run/stdin-input-only.sh			\
  tests/run/stop-continue.sh			\
  tests/run/strangers.sh			\
  tests/run/strict.sh				\
  tests/run/uncounting-kernel.sh		\
  tests/run/usage.sh				\
  tests/run/wait-for-writers.sh			\
  tests/run/wrong-listener.sh

# C programs for a single module: tests/unit/test-NAME.c, linked with the
# library.
unit_tests =					\
  tests/unit/test-address			\
  tests/unit/test-adjust			\
  tests/unit/test-adjust-line			\
  tests/unit/test-bottleneck			\
  tests/unit/test-channel			\
  tests/unit/test-channel-cut			\
  tests/unit/test-children			\
  tests/unit/test-control			\
  tests/unit/test-control-opening		\
  tests/unit/test-early				\
  tests/unit/test-end				\
  tests/unit/test-events			\
  tests/unit/test-facts				\
  tests/unit/test-flow				\
  tests/unit/test-guard				\
  tests/unit/test-hkdf				\
  tests/unit/test-holders			\
  tests/unit/test-holders-kin			\
  tests/unit/test-holders-others		\
  tests/unit/test-interfaces			\
  tests/unit/test-lookup			\
  tests/unit/test-lookup-child			\
  tests/unit/test-message			\
  tests/unit/test-message-bounds		\
  tests/unit/test-message-frames		\
  tests/unit/test-message-nested		\
  tests/unit/test-message-queue			\
  tests/unit/test-meter				\
  tests/unit/test-multipath			\
  tests/unit/test-mux				\
  tests/unit/test-mux-ends			\
  tests/unit/test-mux-forward			\
  tests/unit/test-mux-frames			\
  tests/unit/test-offer				\
  tests/unit/test-options			\
  tests/unit/test-outcome			\
  tests/unit/test-plan				\
  tests/unit/test-probe-link			\
  tests/unit/test-process-state			\
  tests/unit/test-progress			\
  tests/unit/test-proof				\
  tests/unit/test-proof-strangers		\
  tests/unit/test-relay				\
  tests/unit/test-relay-chain			\
  tests/unit/test-relay-errors			\
  tests/unit/test-relay-reader			\
  tests/unit/test-relay-states			\
  tests/unit/test-rendezvous			\
  tests/unit/test-rendezvous-listen		\
  tests/unit/test-rendezvous-path		\
  tests/unit/test-report			\
  tests/unit/test-report-channel		\
  tests/unit/test-signals			\
  tests/unit/test-socket-half			\
  tests/unit/test-stage				\
  tests/unit/test-task				\
  tests/unit/test-worker

# Likewise, for modules that are there with GnuTLS only.
if HAVE_GNUTLS
gnutls_tests =					\
  tests/unit/test-record			\
  tests/unit/test-secure			\
  tests/unit/test-secure-peers
endif

# Shell scripts that need a kernel with TLS in it.  'make check' leaves them
# out; 'make check-ktls' runs them on one of its own (see HACKING).
ktls_tests =					\
  tests/ktls/copy.sh				\
  tests/ktls/cuts.sh				\
  tests/ktls/ends.sh				\
  tests/ktls/facts.sh				\
  tests/ktls/pipes.sh				\
  tests/ktls/replay.sh				\
  tests/ktls/tail.sh				\
  tests/ktls/tampering.sh

# Those for a kernel from 6.5 on: 'make check-ktls-qemu'.
ktls_qemu_tests =				\
  tests/ktls/facts.sh				\
  tests/ktls/pipes.sh				\
  tests/ktls/tail.sh

# Programs that scripts use, found through PATH.
test_helpers =					\
  tests/helper

# The program as it would be with a kernel that cannot do all, or on a system
# where something fails; and with a command line for several remote hosts.
other_builds =					\
  tests/faulty					\
  tests/one-host				\
  tests/several					\
  tests/uncounting				\
  tests/without

# The same for scripts that need a kernel with TLS in it.
ktls_helpers =					\
  tests/ktls-facts

all_tests = $(unit_tests) $(gnutls_tests) $(shell_tests)
TESTS = $(all_tests)
check_PROGRAMS +=				\
  $(unit_tests) $(gnutls_tests) $(test_helpers) $(ktls_helpers) \
  $(other_builds)

# A unit test is made of the file of its name, unless it is listed here.
# Those with fuzz_files run a fuzzer on changed messages; see also 'make
# fuzz'.
fuzz_files =					\
  tests/fuzz/fuzz-run.c				\
  tests/fuzz/fuzz.h
tests_unit_test_adjust_line_SOURCES = tests/unit/test-adjust-line.c \
  tests/fuzz/fuzz-adjust.c $(fuzz_files)
tests_unit_test_control_SOURCES = tests/unit/test-control.c \
  tests/fuzz/fuzz-control.c $(fuzz_files)
tests_unit_test_control_opening_SOURCES = tests/unit/test-control-opening.c \
  tests/fuzz/fuzz-preamble.c $(fuzz_files)
tests_unit_test_message_SOURCES = tests/unit/test-message.c \
  tests/fuzz/fuzz-message.c $(fuzz_files)
tests_unit_test_meter_SOURCES = tests/unit/test-meter.c \
  tests/fuzz/fuzz-meter.c $(fuzz_files)
tests_unit_test_mux_frames_SOURCES = tests/unit/test-mux-frames.c \
  tests/fuzz/fuzz-mux.c $(fuzz_files)
tests_unit_test_options_SOURCES = tests/unit/test-options.c \
  tests/unit/options-errors.c tests/unit/options-flow.c \
  tests/unit/options-rows.h tests/unit/options-runs.c
tests_unit_test_probe_link_SOURCES = tests/unit/test-probe-link.c \
  tests/fuzz/fuzz-probe-link.c $(fuzz_files)
tests_unit_test_proof_strangers_SOURCES = \
  tests/unit/test-proof-strangers.c tests/fuzz/fuzz-proof.c $(fuzz_files)
tests_unit_test_record_SOURCES = tests/unit/test-record.c \
  tests/fuzz/fuzz-record.c $(fuzz_files)
tests_unit_test_task_SOURCES = tests/unit/test-task.c \
  tests/fuzz/fuzz-message.c $(fuzz_files)

# What splice says is made up.
tests_unit_test_mux_ends_SOURCES = tests/unit/test-mux-ends.c \
  tests/unit/fake-splice.c tests/unit/fake-splice.h
tests_unit_test_relay_SOURCES = tests/unit/test-relay.c \
  tests/unit/fake-splice.c tests/unit/fake-splice.h

tests_ktls_facts_SOURCES = tests/ktls/ktls-facts.c tests/ktls/ktls-route.h

tests_faulty_SOURCES = src/socketpipe.c tests/faulty.c
tests_one_host_SOURCES = src/socketpipe.c tests/one-host.c
tests_uncounting_SOURCES = src/socketpipe.c tests/uncounting.c
tests_without_SOURCES = src/socketpipe.c tests/without.c

# Plain POSIX, without gnulib: a helper must not share a fault with what it
# tests.
tests_helper_SOURCES =				\
  tests/helper-channel.c			\
  tests/helper-data.c				\
  tests/helper-messages.c			\
  tests/helper-mitm.c				\
  tests/helper-old.c				\
  tests/helper-process.c			\
  tests/helper-pty.c				\
  tests/helper-stuck.c				\
  tests/helper-tcp.c				\
  tests/helper.c				\
  tests/helper.h
# Empty lists keep AM_CPPFLAGS, and with it gnulib's headers, and LDADD away.
tests_helper_CPPFLAGS =
tests_helper_LDADD =

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
  tests/pipeline.sh				\
  tests/rsh.sh					\
  tests/sshd.sh					\
  tests/victims.sh

EXTRA_DIST +=					\
  $(ktls_qemu_tests)				\
  $(ktls_tests)					\
  $(shell_tests)				\
  $(test_libraries)				\
  tests/unit/caught-messages.h			\
  tests/unit/control-pipes.h			\
  tests/unit/helpers.h				\
  tests/unit/hex.h				\
  tests/unit/channel-pair.h			\
  tests/unit/holders.h				\
  tests/unit/mux-pair.h				\
  tests/unit/proof-pair.h			\
  tests/unit/rendezvous-ends.h			\
  tests/unit/loopback-pair.h			\
  tests/unit/relay-play.h			\
  tests/unit/report-words.h			\
  tests/unit/scratch.h				\
  tests/unit/test-macros.h

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

# One case only: make check-ktls ktls_tests=tests/ktls/NAME.sh
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
