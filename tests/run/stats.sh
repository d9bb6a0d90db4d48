#!/bin/sh
# --stats tells how the data went, however the run ends, on standard error or
# in a file that is made sure of before anything starts.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/meter.sh"
print_ver_ socketpipe

helper random 5000000 3 > data || framework_failure_
host=$(uname -n)

cat > bin/login <<'END' && chmod +x bin/login || framework_failure_
#!/bin/sh
: > logged-in
exec "$@"
END

# A filter; what it takes of the processor is there as well.
status_ 0 socketpipe -q --stats -i { cat data } -l { login } \
  -r { sh -c 'helper slow 1000k 300' } -o { sh -c 'cat > out' } 2> err || fail=1
cmp data out || fail=1
time='[0-9]+\.[0-9]{3} s'
cat > lines <<END
^set-up      login $time, rendezvous $time, start $time\$
^stage 1     input command cat data on $host\$
^stage 2     remote command sh -c helper slow 1000k 300 on $host\$
^stage 3     output command sh -c cat > out on $host\$
^channel 1   stage 1 to 2, (remote-to-local|local-to-remote): [^ ]+ port [0-9]+ -> [^ ]+ port [0-9]+\$
^channel 2   stage 2 to 3, (remote-to-local|local-to-remote): [^ ]+ port [0-9]+ -> [^ ]+ port [0-9]+\$
^            4\.8 MiB \(5000000 bytes\) in $time, [0-9.]+ [KMG]iB/s\$
^            exit status 0; $time, processor $time user \+ $time system(, memory [0-9.]+ [KMG]iB)?\$
^            .*encryption: none\$
^total       $time, exit status 0\$
END
if accounts_; then
  cat >> lines <<'END'
^            round trip [0-9]+\.[0-9]{3} ms, .* retransmitted, encryption: none$
^            waited for writer [0-9]+ %, network [0-9]+ %, send buffer [0-9]+ %, reader [0-9]+ %$
^bottleneck  [0-9]+ % of the time channel [12] waited for the remote command 'sh -c helper slow 1000k 300' to (read|write)$
END
fi
while read -r line; do
  has_line_ err "$line" || fail=1
done < lines
test $(grep -c '^            exit status 0; ' err) -eq 3 || fail=1

# In a file, which says nothing of a run before.
helper random 100000 > file || framework_failure_
status_ 3 socketpipe --stats-file=file -i - -l { login } \
  -r { sh -c 'cat > out; exit 3' } < data 2> err || fail=1
one_line_ err || fail=1
cmp data out || fail=1
has_line_ file '^stage 1     standard input on ' || fail=1
has_line_ file '^stage 3     standard output on ' || fail=1
has_line_ file '^            exit status 3; ' || fail=1
has_line_ file '^total       .* s, exit status 3$' || fail=1
test $(wc -l < file) -lt 30 || fail=1

# When there is not much to tell, too.
status_ 125 socketpipe --stats-file=file -i { cat data } \
  -l { sh -c 'exit 9' } -r { cat } 2> err || fail=1
one_line_ err || fail=1
has_line_ file '^set-up      login unknown, rendezvous unknown, start unknown$' \
  || fail=1
has_line_ file '^            was not started$' || fail=1
has_line_ file '^channel 1   stage 1 to 2, not connected$' || fail=1
has_line_ file '^total       .* s, exit status 125$' || fail=1
status_ 127 socketpipe --stats-file=file -i { cat data } -l { login } \
  -r { no-such-command } 2> err || fail=1
has_line_ file '^            could not be run: ' || fail=1
status_ 143 socketpipe --stats-file=file -i { cat data } -l { login } \
  -r { sh -c 'kill -TERM $$' } 2> err || fail=1
has_line_ file '^            killed by signal 15 ' || fail=1
socketpipe --stats-file=file -i { sh -c 'kill -TERM $PPID; exec helper sit sitting' } \
  -l { login } -r { cat } 2> err
test $? = 143 || fail=1
has_line_ file '^total       .* s, exit status 143$' || fail=1

# A file that cannot be: nothing is started.
rm -f logged-in out
status_ 125 socketpipe --stats-file=none/file -i { sh -c ': > out' } \
  -l { login } -r { cat } 2> err || fail=1
one_line_ err || fail=1
has_line_ err "^socketpipe: cannot write statistics to 'none/file': " || fail=1
test ! -e logged-in || fail=1
test ! -e out || fail=1

# A file that is full when it comes to it.
if test -c /dev/full; then
  status_ 125 socketpipe --stats-file=/dev/full -i { cat data } -l { login } \
    -r { sh -c 'cat > out' } 2> err || fail=1
  one_line_ err || fail=1
  has_line_ err "^socketpipe: cannot write statistics to '/dev/full': " \
    || fail=1
  cmp data out || fail=1
fi

no_process_left_ || fail=1

Exit $fail
