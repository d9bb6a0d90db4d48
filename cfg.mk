# Rules for those who work on socketpipe: maint.mk reads this.  GNU make only.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# maint.mk would look for gnulib below the sources.
GNULIB_SRCDIR ?= /usr/share/gnulib
gnulib_dir = $(GNULIB_SRCDIR)

# Rules of maint.mk that do not fit us:
#   bindtextdomain, unmarked_diagnostics: there are no translations
#   copyright_check, readme_link_copying, readme_link_install: wording of the
#       FSF's own packages
#   vulnerable_makefile_CVE-*: about automake versions that configure.ac
#       refuses
#   indent: GNU indent does not know C99
#   program_name: getprogname is enough
#   two_space_separator_in_usage: for help2man, which we do not use, and it
#       takes the braces after an option for its description
local-checks-to-skip =				\
  sc_bindtextdomain				\
  sc_copyright_check				\
  sc_indent					\
  sc_program_name				\
  sc_readme_link_copying			\
  sc_readme_link_install			\
  sc_two_space_separator_in_usage		\
  sc_unmarked_diagnostics			\
  sc_vulnerable_makefile_CVE-2009-4029		\
  sc_vulnerable_makefile_CVE-2012-3386

# A parameter in capitals repeats no word: "to TO".
ignore_doubled_word_match_RE_ = :(to TO|at AT)$$

# The GNU licence is as it is.
VC_LIST_ALWAYS_EXCLUDE_REGEX = ^COPYING$$

# A helper that is plain POSIX cannot include what gnulib makes.
exclude_file_name_regexp--sc_require_config_h = ^(tests/helper|bench/).*\.c$$
exclude_file_name_regexp--sc_require_config_h_first = ^(tests/helper|bench/).*\.c$$

# ----------------------------------------------------------------------
# Our own rules.

guest_tests = $(sort $(ktls_tests) $(ktls_qemu_tests))
guest_scripts = $(addprefix tests/guest/,boot get-kernel kernel make-initrd run)

src_c_files = $$($(VC_LIST) | grep -E '^src/.*\.[ch]$$')
our_c_files = $$($(VC_LIST) | grep -E '^(src|lib|tests|bench)/.*\.[ch]$$')

# say_if_any TEXT: fail if standard input has lines; show them, then TEXT.
define say_if_any
awk '{ print } END { exit NR != 0 }' ||				\
  { printf '%s: %s\n' '$(ME)' $(1) 1>&2; exit 1; }
endef

# A test that is in no list is never run.
sc_tests_list_consistency:
	@{ for t in $(sort $(all_tests) $(guest_tests)) $(test_libraries); do \
	     case $$t in						\
	       tests/init.sh) ;;					\
	       *.sh) echo "$$t" ;;					\
	       *) echo "$$t.c" ;;					\
	     esac;							\
	   done;							\
	   cd $(srcdir) && ls tests/*.sh tests/*/*.sh tests/unit/test-*.c \
	     | grep -v '^tests/init\.sh$$';				\
	 } | sort | uniq -u						\
	 | $(call say_if_any,'lists in tests/local.mk differ from tests/')

sc_tests_lists_sorted:
	@for list in '$(shell_tests)' '$(unit_tests)' '$(ktls_tests)'	\
	    '$(ktls_qemu_tests)'; do					\
	  printf '%s\n' $$list > .sc-list;				\
	  LC_ALL=C sort -c .sc-list || { rm -f .sc-list; exit 1; };	\
	done; rm -f .sc-list

# Lists of skips, and what a failed test left, know a test by its name alone.
sc_tests_names_unique:
	@printf '%s\n' $(sort $(all_tests) $(guest_tests))		\
	| sed 's|.*/||; s|\.sh$$||' | sort | uniq -d			\
	| $(call say_if_any,'tests in two folders have the same name')

sc_tests_executable:
	@cd $(srcdir) && for t in $(guest_tests) $(guest_scripts)	\
	    $(filter %.sh,$(shell_tests)); do				\
	  test -x $$t || echo $$t;					\
	done | $(call say_if_any,'tests must be executable')

# What differs between systems lives behind a shim in lib.
os_macros = __linux|__gnu_linux|__GLIBC__|__FreeBSD__|__NetBSD__|__OpenBSD__|__DragonFly__|__APPLE__|__sun|__CYGWIN__|_WIN32|_AIX|__hpux|BSD
sc_prohibit_os_if_in_src:
	@cd $(srcdir) && grep -nE					\
	    '^[[:blank:]]*#[[:blank:]]*(if|ifdef|ifndef|elif).*($(os_macros))' \
	    $(src_c_files)						\
	| $(call say_if_any,'src/ has no #if about systems; see lib/')

sc_prohibit_kernel_headers_in_src:
	@cd $(srcdir) && grep -nE '^ *# *include *<(linux|asm|mach)/'	\
	    $(src_c_files)						\
	| $(call say_if_any,'headers of one system belong into lib/')

# The folders of src/ are floors.  A file may include those of its own folder
# and of the floors below it.  run.h, what the user asked for, is for all.
floors = base cli wire crypto net data worker report leader probe compat
sc_floors:
	@cd $(srcdir) && awk -v floors='$(floors)' '				\
	  BEGIN {							\
	    n = split (floors, names);					\
	    for (i = 1; i <= n; i++) rank[names[i]] = i;		\
	  }								\
	  FNR == 1 {							\
	    k = split (FILENAME, path, "/");				\
	    own = k == 3 ? rank[path[2]] : n + 1;			\
	    if (!own) print FILENAME ": its folder is no floor";	\
	  }								\
	  /^ *# *include *"/ {						\
	    split ($$0, word, "\"");					\
	    k = split (word[2], path, "/");				\
	    if (k == 2)							\
	      there = path[1] in rank ? rank[path[1]] : 0;		\
	    else							\
	      there = word[2] ~ /^agent/ ? n + 1 : 0;			\
	    if (own < there)						\
	      print FILENAME ":" FNR ": " word[2] " is on a higher floor"; \
	  }' $(src_c_files)						\
	| $(call say_if_any,'src/ has floors: see doc/design')

# Nor is there a circle among the objects of the library: each can be read,
# and tested, with those below it alone.
NM = nm
sc_circles: all
	@$(NM) -A -P -g src/libsocketpipe.a >.sc-symbols && awk '		\
	  { sub (/^.*\[(libsocketpipe_a-)?/, "", $$1); sub (/\]:$$/, "", $$1) } \
	  $$3 ~ /^[Uwv]$$/ { user[++n] = $$1; used[n] = $$2; next }	\
	  { home[$$2] = $$1 }						\
	  END {								\
	    for (i = 1; i <= n; i++)					\
	     if (used[i] in home)					\
	       print user[i], home[used[i]];				\
	  }' .sc-symbols >.sc-uses;					\
	{ test -s .sc-uses || echo 'nm lists no object that uses another'; \
	  tsort .sc-uses 2>&1 >/dev/null;				\
	  rm -f .sc-symbols .sc-uses;					\
	} | $(call say_if_any,'objects use each other in a circle')

# Whatever is longer has more than one duty.
sc_long_files:
	@cd $(srcdir) && awk '						\
	  600 < FNR && !told[FILENAME]++ {				\
	    print FILENAME ": more than 600 lines" }'			\
	    $$($(VC_LIST) | grep -E '^(src|lib|tests|bench)/.*\.([ch]|sh|awk)$$') \
	| $(call say_if_any,'files are too long: cut them where a duty ends')

# A time that is enough here is too short elsewhere.  Where nothing can be
# waited for, say why in a comment that ends the line: "# sleep: why".
sc_prohibit_sleep_in_tests:
	@cd $(srcdir) && grep -nE '(^|[^_[:alnum:]-])sleep [0-9.$$]'	\
	    $(filter-out tests/init.sh,$(shell_tests) $(guest_tests)	\
	      $(test_libraries))					\
	    /dev/null | grep -vE '# sleep: |:[0-9]+: *#'			\
	| $(call say_if_any,'wait for an event instead; or say why: # sleep: WHY')

# A background job that outlives a failing test disturbs the next one.
sc_prohibit_background_without_cleanup:
	@cd $(srcdir) && for t in $(shell_tests) $(guest_tests); do	\
	  grep -E '[^&|>]&( *#.*)?$$' $$t >/dev/null			\
	    && ! grep -E 'cleanup_|at_exit_|lib\.sh' $$t >/dev/null	\
	    && echo "$$t";						\
	done | $(call say_if_any,'background jobs need cleanup_')

# A line of --help has its own end, which is not printed.
sc_long_lines:
	@cd $(srcdir) && LC_ALL=C awk '{ sub (/\\n\\$$/, "") }		\
	  79 < length {							\
	    print FILENAME ":" FNR ": " length " columns" }'		\
	    $(our_c_files)						\
	| $(call say_if_any,'lines are too long')

sc_prohibit_tabs_in_c:
	@cd $(srcdir) && grep -n '	' $(our_c_files)		\
	| $(call say_if_any,'tabs in C')

# Each own file in lib must escape the pattern that ignores gnulib's.
sc_own_lib_files_not_ignored:
	@cd $(srcdir) && if test -e .git; then				\
	  git check-ignore --no-index $(filter lib/%,			\
	    $(src_libsocketpipe_a_SOURCES)) m4/socketpipe-*.m4;	\
	fi | $(call say_if_any,'.gitignore hides these')

sc_shellcheck:
	@if command -v shellcheck >/dev/null; then			\
	  cd $(srcdir) && shellcheck -x -S warning bootstrap quickstart		\
	    scripts/changelog scripts/version .ci/run $(guest_scripts);	\
	fi

sc_man_lint:
	@cd $(srcdir) && if command -v mandoc >/dev/null; then		\
	  mandoc -T lint man/socketpipe.1 || exit 1;		\
	fi;								\
	if command -v groff >/dev/null; then				\
	  groff -t -man -ww -z man/socketpipe.1 2>&1			\
	  | $(call say_if_any,'groff complains');			\
	fi

# ----------------------------------------------------------------------
# Other builds of the suite: `make check-NAME' configures, builds and tests in
# build-NAME, below the current directory.  .ci/run does no more than that.

# Automake wants the sources unconfigured for that: call it in a build
# directory out of tree; or, in a tree that is built in place, after
# `make distdir', with source=$PWD/socketpipe-VERSION.
source = $(abs_top_srcdir)

# For each NAME what configure gets, and what the environment of the tests.
configurations = asan clang legacy musl
asan_arguments = CFLAGS='-g -O1 -fno-omit-frame-pointer		\
  -fsanitize=address,undefined -fno-sanitize-recover=undefined'
clang_arguments = CC=clang --enable-gcc-warnings=error
legacy_arguments = CONFIG_SITE='$(abs_top_srcdir)/.ci/legacy.site'
musl_arguments = CC=musl-gcc LDFLAGS=-static

# What a sanitizer finds goes to files, for there are processes whose status
# and output no test looks at.
asan_environment =							\
  ASAN_OPTIONS="exitcode=99:detect_stack_use_after_return=1:log_path=$$PWD/report" \
  UBSAN_OPTIONS="print_stacktrace=1:log_path=$$PWD/report"

other_checks = $(addprefix check-,$(configurations))
.PHONY: $(other_checks)
$(other_checks): check-%:
	$(AM_V_at)$(MKDIR_P) build-$* && cd build-$* && rm -f report.*	\
	  && { test -f Makefile						\
	    || $(source)/configure --quiet $($*_arguments); }		\
	  && $(MAKE) --no-print-directory all				\
	  && { SMALL_TESTS=yes $($*_environment)			\
	    $(MAKE) --no-print-directory -k check; status=$$?;		\
	    for report in report.*; do					\
	      test ! -s $$report || { status=1; head -n 100 $$report; };	\
	    done;							\
	    exit $$status; }

# ----------------------------------------------------------------------
# Fuzzing: what comes from the other host goes through these.  Each fuzzer
# runs for FUZZ_SECONDS and keeps what it learns in fuzz-work/NAME.

FUZZ_CC = clang
FUZZ_SECONDS = 30
fuzzers =							\
  fuzz-adjust							\
  fuzz-control							\
  fuzz-message							\
  fuzz-meter							\
  fuzz-mux							\
  fuzz-preamble							\
  fuzz-probe-link						\
  fuzz-proof							\
  fuzz-record
fuzz_flags = -g -O1 -fno-sanitize-recover=undefined		\
  -fsanitize=address,undefined
fuzz_compile = $(FUZZ_CC) $(DEFS) $(DEFAULT_INCLUDES) $(our_CPPFLAGS) \
  $(fuzz_flags)
fuzz_objects = $(patsubst %.c,fuzz-work/%.o,			\
  $(filter %.c,$(src_libsocketpipe_a_SOURCES)))
fuzz_programs = $(fuzzers:%=fuzz-work/%.bin)

# Their sources are found in each build, and all are compiled anew: what they
# include is not known here.
.PHONY: fuzz fuzz-again
fuzz-again:
$(fuzz_objects): fuzz-work/%.o: $(srcdir)/%.c fuzz-again lib/libgnu.a
	$(AM_V_CC)$(MKDIR_P) $(@D)					\
	  && $(fuzz_compile) -fsanitize=fuzzer-no-link -c -o $@ $<

$(fuzz_programs): fuzz-work/%.bin: $(srcdir)/tests/fuzz/%.c $(fuzz_objects)
	$(AM_V_CCLD)$(fuzz_compile) -fsanitize=fuzzer -o $@ $^		\
	  $(filter-out src/%,$(our_LIBS))

fuzz: $(fuzz_programs)
	@set -e; for f in $(fuzzers); do				\
	  $(MKDIR_P) fuzz-work/$$f;					\
	  echo "$(ME): $$f, $(FUZZ_SECONDS) s";				\
	  fuzz-work/$$f.bin -max_total_time=$(FUZZ_SECONDS)		\
	    -print_final_stats=1 -verbosity=0				\
	    -artifact_prefix=fuzz-work/$$f- fuzz-work/$$f;		\
	done

# ----------------------------------------------------------------------
# Releases.

# What 'make update-NEWS-hash' keeps: older entries do not change any more.
old_NEWS_hash = d41d8cd98f00b204e9800998ecf8427e
