#!/bin/sh
# A login that passes on whole lines only, in either direction, is good enough
# for any data, also where it carries the data.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

cat > bin/login <<'EOT' && chmod +x bin/login || framework_failure_
#!/bin/sh
# What the login held back before the end of the run is not there in time.
helper lines | { "$@"; echo $? > status; } | helper lines
exit $(cat status)
EOT

# Not one newline, and more than one message of it.
helper random 1500000 | tr -d '\n' > in || framework_failure_
carried='-q --listen=local -h 255.255.255.255'

for options in '' -e "$carried"; do
  test "$options" != -e || encrypts_ || continue
  for size in 1 1000 1500000; do
    head -c $size in > some || framework_failure_
    status_ 0 socketpipe $options -i { cat some } -l { login } -r { cat } \
      -o { cat } > out 2> err || fail=1
    compare some out || fail=1
  done

  # Each end is told at once of what the other one did: three bytes have to
  # come through while nothing follows them, each way.
  rm -f there back
  status_ 0 socketpipe $options \
    -i { sh -c 'printf abc
                until test -f back; do helper nap 20; done' } \
    -l { login } \
    -r { sh -c 'helper eat 3 && : > there && printf def
                helper drain end-there' } \
    -o { sh -c 'helper eat 3 && test -f there && : > back
                helper drain end-back' } 2> err || fail=1
  echo 'end 0' > exp
  compare exp end-there || fail=1
  compare exp end-back || fail=1

  # Statuses and errors come through too.
  status_ 3 socketpipe $options -l { login } -r { sh -c 'printf abc; exit 3' } \
    -o { cat } > out 2> err || fail=1
  printf abc > exp
  compare exp out || fail=1
  status_ 127 socketpipe $options -i { cat in } -l { login } \
    -r { ./no-such-command } 2> err || fail=1
done

no_process_left_ || fail=1

Exit $fail
