#!/bin/sh
# However many strangers knock, the other end gets in.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
. "$srcdir/tests/hosts.sh"
print_ver_ socketpipe
hosts_need_ networks
mkdir try || framework_failure_
echo 'a few words' > data || framework_failure_
port=40000 runs=50
# What anybody can say first: a first message without a secret behind it.
{ printf 'SockPip\002'; head -c 77 /dev/zero; } > hello || framework_failure_

# Strangers by the hundred, again and again, until the file "enough" is there:
# knock HOST MANNER SECONDS
cat > bin/knock <<END && chmod +x bin/knock || framework_failure_
#!/bin/sh
until test -f enough; do
  helper tcp-flood \$1 $port 300 \$2 \$3 < ../hello > tally.\$\$.new
  mv tally.\$\$.new tally.\$\$
done
END

# flood_ MANNER SECONDS [MOST] [OPTION]: this host listens, and the other one
# connects; at most that many runs may fail, or go through the login.
flood_ ()
{
  most=${3-0}
  host_ here
  host_ there
  cable_ here eth0 192.0.2.1/24 there eth0 192.0.2.2/24
  login='on there'
  for i in 1 2; do
    on there knock 192.0.2.1 $1 $2 &
    knockers="${knockers-} $!"
  done
  failed=0
  for i in $(seq $runs); do
    bounded_ on here socketpipe -v --port=$port --listen=local $4 \
      -i { cat ../data } -l { $login } -r { cat } -o { cat } > out 2> err
    if test $? != 0 || ! cmp ../data out; then
      failed=$((failed + 1))
      grep -v "dropped a stranger's" err | sed 's/^/  /'
    fi
    cat err >> all
  done
  : > enough
  wait $knockers
  grep -c "dropped a stranger's" all | sed 's/$/ strangers turned away/'
  grep -c 'too many at once' all | sed 's/$/ because there were too many/'
  echo "$failed of $runs runs failed"
  carried=$(grep -c 'no direct connection with' all)
  echo "$carried of $runs runs went through the login"
  test $((failed + carried)) -le $most || fail=1
}

start_case_ silent flood_ silent 1 0 --no-fallback
start_case_ close flood_ close 0 0 --no-fallback
start_case_ rubbish flood_ rubbish 1 0 --no-fallback
# These cannot be told from the other end before it has proved itself, so it may
# be the one that has to go, also when it has said its last word: that is a
# matter of chance, and such a run fails, and says so.
start_case_ words flood_ input 1 5
finish_cases_
no_process_left_ || fail=1

Exit $fail
