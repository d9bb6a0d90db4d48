# What the shell tests share.  Source it after init.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# Nothing of the user's may influence the tests: neither the terminal as
# standard input, nor the language, nor the user's own login here.
exec < /dev/null
LC_ALL=C
HISTFILE=/dev/null
export LC_ALL HISTFILE
unset LANGUAGE SSH_AGENT_PID SSH_ASKPASS SSH_AUTH_SOCK SSH_CLIENT \
  SSH_CONNECTION SSH_TTY DISPLAY ENV BASH_ENV TMPDIR
umask 022

# By hand, without make, too, the programs are those of this directory.
test -n "${abs_top_builddir-}" || path_prepend_ ./src ./tests

# Every process that a test starts, on either side, inherits this mark.
SOCKETPIPE_TEST_ID=${test_dir_##*/}
export SOCKETPIPE_TEST_ID

# Commands that only a test wants to find (a wrapper for ssh, say) go here.
mkdir bin || framework_failure_
path_prepend_ "$test_dir_/bin"

# Tests say `|| fail=1' and end with `Exit $fail'.
fail=0

# own_log_: what the functions below say about a failure goes to the present
# standard error, even where that of a single command goes to a file.
own_log_ ()
{
  exec 8>&2
}
own_log_

# trace_ FILE: from now on, write to FILE what the shell does, so that after a
# failure show_trace_ can tell what it was.  Only bash can write it elsewhere
# than to standard error.
trace_ ()
{
  if test -z "${BASH_VERSION-}"; then
    # VERBOSE=yes shows it; but it would get into files that are to have a
    # command's messages.
    case $- in
      *x*) { set +x; } 2> /dev/null ;;
    esac
    return 0
  fi
  PS4='+ ${BASH_SOURCE##*/}:$LINENO: '
  case $-,${BASH_XTRACEFD-} in
    # VERBOSE=yes shows it at once; but not in a file that is to have a
    # command's messages.
    *x*,) BASH_XTRACEFD=8; return 0 ;;
    *x*,8) return 0 ;;
  esac
  exec 7> "$1"
  BASH_XTRACEFD=7
  set -x
}

# show_trace_ FILE: what was done before each failure.
show_trace_ ()
{
  test ! -s "$1" || cut -c 1-300 "$1" | awk -v file="${1##"$test_dir_/"}" '
    # How something is said is no news.
    /^\++ init\.sh:/ { next }
    # A case has a trace of its own.
    file == "trace" && /^\++ hosts\.sh:.*: fail=1$/ { n = 0; next }
    { line[n++ % 10] = $0 }
    /^\++ [^ ]*: fail=1$/ {
      if (failures++ == 0)
        print "before each failure (" file "):"
      for (i = n < 10 ? 0 : n - 10; i < n; i++)
        print "  " line[i % 10]
      n = 0
      if (failures == 15)
        exit
    }' >&8
}
trace_ trace

# No run of socketpipe may take longer than this many seconds, on the slowest
# and busiest machine.
: "${run_limit_=120}"

# bounded_ COMMAND...: run COMMAND with a time limit: then end it and return
# 124.
bounded_ ()
{
  helper within "$run_limit_" "$@"
}

# status_ N COMMAND...: run COMMAND, bounded in time; succeed if it exits
# with N, otherwise tell what it did instead.
status_ ()
{
  expected_status_=$1
  shift
  bounded_ "$@"
  actual_status_=$?
  test $actual_status_ = "$expected_status_" && return 0
  warn_ "status $actual_status_ instead of $expected_status_: $*" 2>&8
  # Where its standard error goes, nearly always.
  test ! -s err || { echo "in the file err:"; sed 's/^/  /' err; } >&8
  shown_=yes
  return 1
}

# wait_for_ COMMAND...: wait for COMMAND to succeed.  Tests wait for events in
# this way instead of sleeping as long as the slowest machine needs.
wait_for_ ()
{
  tries_=0
  until "$@"; do
    tries_=$((tries_ + 1))
    test $tries_ -lt 1200 || { warn_ "waited in vain for: $*"; return 1; }
    helper nap 50
  done
}

# One line in FILE, and nothing else?
one_line_ ()
{
  test "$(wc -l < "$1")" -eq 1 && test "$(tail -c 1 "$1" | wc -l)" -eq 1 \
    && return 0
  warn_ "not one line in $1:"
  cat "$1" >&2
  return 1
}

# Does FILE have a line that matches the extended regular expression RE?
has_line_ ()
{
  grep -E -- "$2" "$1" > /dev/null && return 0
  warn_ "no line '$2' in $1:"
  cat "$1" >&2
  return 1
}

# cut_ FILE DATA: `helper read-whole FILE' came to no end of its input, and
# what it got is the beginning of the file DATA.  What it got is removed.
cut_ ()
{
  test ! -f "$1" || { warn_ "a cut stream looks whole: $1"; return 1; }
  test -f "$1.part" || return 0
  head -c "$(wc -c < "$1.part")" "$2" | cmp - "$1.part" && rm "$1.part" \
    && return 0
  warn_ "not the beginning of what was written: $1.part"
  return 1
}

# Can this build encrypt?
encrypts_ ()
{
  grep '^#define GNUTLS_LIBRARY' "$CONFIG_HEADER" > /dev/null
}

# encrypt_need_: skip the test in a build that cannot.
encrypt_need_ ()
{
  encrypts_ || skip_ "this build has no GnuTLS"
}

# Is this a user name space, whose root may not do what root's daemons do?
in_user_namespace_ ()
{
  test -r /proc/self/uid_map \
    && test "$(awk '{ print $1, $2, $3 }' /proc/self/uid_map)" \
            != '0 0 4294967295'
}

marked_processes_ ()
{
  helper marked "SOCKETPIPE_TEST_ID=$SOCKETPIPE_TEST_ID"
}

no_marked_process_ ()
{
  test -z "$(marked_processes_)"
}

# Has everything ended that the test started, on both sides?  What is on its
# way out gets the time for it.
no_process_left_ ()
{
  test -r /proc/self/environ || return 0
  wait_for_ no_marked_process_ && return 0
  marked_processes_ >&2
  return 1
}

# at_exit_ COMMAND: have COMMAND evaluated at the end of the test, the last
# one given first.
at_exit_commands_=
at_exit_ ()
{
  at_exit_commands_="$1
$at_exit_commands_"
}

cleanup_ ()
{
  { set +x; } 2> /dev/null
  test $fail = 0 || show_trace_ "$test_dir_/trace"
  eval "$at_exit_commands_"

  # After a failed test, too, nothing stays behind.
  test -r /proc/self/environ || return 0
  left_=$(marked_processes_ | sed 's/ .*//')
  test -z "$left_" || kill -KILL $left_ 2> /dev/null
}

# Make a directory tree $1 with all kinds of names and files, and with $2
# bytes of data that looks random in it.
make_tree_ ()
{
  mkdir -p "$1/deep/er/and/deeper" "$1/empty" "$1/a  b" "$1/-rf" \
    && helper random "$2" 7 > "$1/deep/random" \
    && : > "$1/no bytes" \
    && echo 'plain' > "$1/plain" \
    && echo 'run me' > "$1/a  b/it's \"quoted\" \$HOME *?[x]; \\" \
    && echo 'newline' > "$1/line
break" \
    && echo 'brace' > "$1/{" && echo 'other brace' > "$1/-rf/}" \
    && printf 'latin\n' > "$1/$(printf 'caf\303\251')" \
    && chmod 0640 "$1/plain" && chmod 0755 "$1/deep" \
    && ln "$1/plain" "$1/deep/hard link" \
    && ln -s ../plain "$1/deep/link" && ln -s nowhere "$1/dangling" \
    && ln -s /dev/null "$1/absolute" \
    && mkfifo "$1/a  b/fifo" \
    && touch -t 200102030405.06 "$1/plain" "$1/a  b" \
    || framework_failure_ "cannot make a tree"
}

# describe_tree_ DIRECTORY: print names, kinds, modes, links, owners, sizes,
# times, targets and contents of all that is in it.
describe_tree_ ()
{
  # What says how much room a directory takes is the file system's business.
  (cd "$1" && ls -alnR . \
     | sed -e '/^total /d' \
           -e 's/^\(d[^ ]*  *[0-9]*  *[0-9]*  *[0-9]*\)  *[0-9]*/\1/' \
           -e '/ \.\.$/d' \
     && find . -type f -exec cksum {} + | sort)
}
