#!/bin/sh
# Commands behind sudo, into which an ordinary user may not look, have streams
# that end right; what they leave behind is waited for as long as it lives.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_root_
require_program_ setpriv setsid sudo unshare
in_user_namespace_ && skip_ "sudo does not work in a user name space"
grep '^#define HAVE_PROC_FD_LINKS 1' "$CONFIG_HEADER" > /dev/null \
  || skip_ "the system does not list the holders of a stream"

# The user nobody may become daemon, in a view of the file system that only
# this test has, with rules and a directory of its own.
cat > view <<'EOT' && chmod +x view || framework_failure_
#!/bin/sh
# view RULES SCRIPT COMMAND...
mount --bind "$1" /etc/sudoers \
  && mount -t tmpfs -o mode=755 tmpfs /mnt \
  && mkdir /mnt/bin && mkdir -m 777 /mnt/work \
  && cp "$(command -v socketpipe)" "$(command -v helper)" "$2" /mnt/bin \
  && cd /mnt/work || exit 99
shift 2
PATH=/mnt/bin:$PATH
export PATH
exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
EOT
for pty in '!use_pty' use_pty; do
  {
    echo "Defaults $pty, !syslog, !pam_session, !requiretty, !secure_path"
    echo 'Defaults lecture = never, env_keep += "SOCKETPIPE_TEST_ID PATH"'
    echo 'nobody ALL = (daemon) NOPASSWD: ALL'
  } > "rules-$pty" && chmod 440 "rules-$pty" || framework_failure_
done

# The user's part.  It reports failures on standard error.
cat > user <<'EOT' && chmod +x user || framework_failure_
#!/bin/sh
fail=0
other='sudo -n -u daemon'

# is_ FILE: the two lines have arrived there.
is_ ()
{
  printf 'early\nlate\n' | cmp - "$1" || { cat err; fail=1; }
}

run_ ()
{
  helper within 60 socketpipe $options "$@" 2> err \
    || { echo "status $?: $*"; cat err; fail=1; }
}

wait_for_ ()
{
  tries=0
  until "$@" 2> /dev/null; do
    tries=$((tries + 1))
    test $tries -lt 600 || { echo "in vain: $*"; fail=1; break; }
    helper nap 50
  done
}

both='echo early; helper nap 300; echo late'
behind="echo early; (helper nap 300; echo late) & exit 0"
beyond="echo early; setsid sh -c '(helper nap 300; echo late) &' & exit 0"
for options in '' '--buffer=1M' '-q --listen=local -h 255.255.255.255'; do
  # Writers.
  for script in "$both" "$behind" "$beyond"; do
    run_ -i { $other sh -c "$script" } -l { env } -r { cat } > out
    is_ out
    run_ -l { env } -r { $other sh -c "$script" } -o { cat } > out
    is_ out
  done

  # Readers.
  for script in 'cat > "$1"' \
      'exec 3<&0; (helper nap 300; cat <&3 > "$1") & exit 0'; do
    rm -rf got
    mkdir -m 777 got
    run_ -i { sh -c "$both" } -l { env } \
      -r { $other sh -c "$script" sh got/it }
    is_ got/it
    rm -rf got
    mkdir -m 777 got
    run_ -l { env } -r { sh -c "$both" } -o { $other sh -c "$script" sh got/it }
    is_ got/it
  done
done

# A process that may not be looked into, and has closed the stream: it is
# waited for until it ends, and named as one that may have it.
options=
for host in here there; do
  rm -rf got
  mkdir -m 777 got
  set -- $other sh -c 'echo early; echo late
    setsid sh -c "exec > got/log 2>&1; exec helper sit got/pid" & exit 0'
  case $host in
    here) set -- -i { "$@" } -l { env } -r { cat } ;;
    there) set -- -l { env } -r { "$@" } -o { cat } ;;
  esac
  helper within 60 socketpipe -v "$@" > out 2> err &
  run=$!
  wait_for_ test -s got/pid
  wait_for_ grep "waiting for process $(cat got/pid) (helper), which may" err
  kill -0 $run || { echo 'it has not waited'; fail=1; }
  $other kill "$(cat got/pid)"
  wait $run || { echo "status $?"; cat err; fail=1; }
  is_ out
done
exit $fail
EOT

for rules in 'rules-!use_pty' rules-use_pty; do
  unshare --mount ./view "$rules" "$test_dir_/user" sudo -n -u daemon true \
    > try 2>&1 || { cat try; skip_ "sudo does not work here"; }
  bounded_ unshare --mount ./view "$rules" "$test_dir_/user" /mnt/bin/user \
    >&2 || { warn_ "with $rules"; fail=1; }
done

no_process_left_ || fail=1

Exit $fail
