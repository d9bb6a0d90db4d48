#!/bin/sh
# A login is any command that runs what stands after its own words.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

helper random 1M > data || framework_failure_

# transfer_ LOGIN...: move data there and back by way of LOGIN.
transfer_ ()
{
  status_ 0 socketpipe -i { cat data } -l { "$@" } -r { tr a-z b-za } \
    -o { tr b-za a-z } > out 2> err || fail=1
  cmp data out || fail=1
  compare /dev/null err || fail=1
}

transfer_ env
transfer_ env ONE=1 'TWO=a b'
transfer_ sh -c 'exec "$@"' sh
transfer_ sh -c '"$@"' sh
# As the daemons of ssh and rsh do it.
transfer_ sh -c 'sh -c "$*"' sh
transfer_ nice
transfer_ nohup
transfer_ helper setsid
transfer_ helper within 50

# A login with a script of its own, found through PATH.
printf '%s\n' '#!/bin/sh' 'host=$1; shift' \
  'test "$host" = "the host" && exec "$@"' 'exit 1' > bin/to-host \
  && chmod +x bin/to-host || framework_failure_
transfer_ to-host 'the host'

# What the login sets, the remote command has.
echo 'a b' > exp
status_ 0 socketpipe -l { env 'TWO=a b' } -r { printenv TWO } -o - \
  > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# A whole path where the other side's PATH does not have it.
status_ 0 socketpipe --remote-path="$(command -v socketpipe)" -i { cat data } \
  -l { env PATH=/usr/bin:/bin } -r { cat } -o - > out 2> err || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# Other name spaces, where this user may make them.
for options in '--mount' '--pid --fork' '--user --map-root-user' '--uts'; do
  if unshare $options true 2> /dev/null; then
    transfer_ unshare $options
  fi
done

# Another root directory, which has no more in it than the program needs.
if test "$(id -u)" = 0 && chroot / true 2> /dev/null; then
  transfer_ chroot /
  if ldd "$(command -v socketpipe)" > libraries 2> /dev/null; then :
  else : > libraries; fi
  mkdir -p jail/bin jail/dev || framework_failure_
  cp "$(command -v socketpipe)" "$(command -v helper)" jail/bin \
    || framework_failure_
  tr ' \t' '\n\n' < libraries | grep '^/' | while read -r library; do
    mkdir -p "jail${library%/*}" && cp "$library" "jail$library" \
      || framework_failure_
  done || Exit $?
  # Not everybody may make devices; a file does as well.
  : > jail/dev/null
  head -c 4096 /dev/urandom > jail/dev/urandom
  if chroot jail /bin/helper exit 0 2> /dev/null; then
    helper sum < data > exp
    jail_ ()
    {
      status_ 0 socketpipe --remote-path=/bin/socketpipe -i { cat data } \
        -l { chroot jail } -r { /bin/helper sum } -o - > out 2> err || fail=1
      compare exp out || fail=1
    }
    # Where the agent cannot know that it is on this host, it connects to
    # nothing here.
    boot=/proc/sys/kernel/random/boot_id
    jail_
    if test -f $boot && test -h /proc/self/ns/net; then
      one_line_ err || fail=1
      has_line_ err 'the data goes through the login' || fail=1
      mkdir -p jail/proc/self/ns jail${boot%/*} && cat $boot > jail$boot \
        && ln -s "$(readlink /proc/self/ns/net)" jail/proc/self/ns/net \
        || framework_failure_
      jail_
      compare /dev/null err || fail=1
    fi
  fi
fi

no_process_left_ || fail=1

Exit $fail
