#!/bin/sh
# What --stats=json prints is as the manual says, and names the command that
# everything else waited for.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/meter.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
command -v jq > /dev/null || skip_ "jq is not installed"
sshd_start_

helper random 20000000 3 > data || framework_failure_

# The shape of it, whatever it says.
cat > schema <<'EOF2'
def number_or_null: type == "number" or type == "null";
def string_or_null: type == "string" or type == "null";
def whole: . == null or (type == "number" and . == floor and 0 <= .);
def time: . == null or (type == "number" and 0 <= .);
def port: . == null or (whole and 0 < . and . < 65536);
def waits: ["network", "reader", "send_buffer", "writer"];

(keys == ["bottleneck", "channels", "exit_status", "format", "set_up",
          "stages", "time", "version"])
and .format == 1
and (.version | type == "string")
and (.exit_status | type == "number" and whole)
and (.time | type == "number" and 0 <= .)
and (.set_up | keys == ["login", "rendezvous", "start"] and all(.[]; time))
and (.stages | type == "array" and 2 <= length and length <= 3)
and ([.stages[].stage] == [range(1; 1 + (.stages | length))])
and ([.stages[].role] == ["input", "remote", "output"][3 - (.stages | length):])
and all(.stages[];
  (keys == ["command", "error", "exit_status", "host", "peak_memory", "role",
            "signal", "stage", "system", "user", "wall"])
  and (.command | . == null
       or (type == "array" and 0 < length and all(.[]; type == "string")))
  and (.host | string_or_null) and (.error | string_or_null)
  and all(.exit_status, .signal, .peak_memory; whole)
  and (.exit_status == null or .signal == null)
  and all(.wall, .user, .system; time))
and (.channels | type == "array")
and ((.channels | length) + 1 == (.stages | length))
and ([.channels[].channel] == [range(1; 1 + (.channels | length))])
and all(.channels[];
  (keys == ["bytes", "channel", "encryption", "from", "rate",
            "reader_address", "reader_port", "retransmitted", "round_trip",
            "route", "time", "to", "waited", "writer_address",
            "writer_port"])
  and .from == .channel and .to == .channel + 1
  and (.route | . == null or . == "remote-to-local"
       or . == "local-to-remote" or . == "login")
  and all(.writer_address, .reader_address, .encryption; string_or_null)
  and all(.writer_port, .reader_port; port)
  and all(.bytes, .retransmitted, .rate; whole)
  and all(.time, .round_trip; time)
  and (.waited | . == null
       or (keys == waits and all(.[]; type == "number" and 0 <= .))))
and (.bottleneck | . == null
     or (keys == ["channel", "share", "stage", "text", "waited_for"]
         and (.channel | whole) and (.stage | whole)
         and (.share | type == "number" and 0 <= . and . <= 1)
         and (.text | type == "string")
         and ([.waited_for] | inside(waits))))
EOF2

# json_ FILTER: does it hold of what was written last?
json_ ()
{
  jq -e "$1" file > result && return 0
  warn_ "this does not hold: $1"
  cat file >&2
  return 1
}

# run_ ARGUMENT...: run it, and see whether what it tells has the right shape.
run_ ()
{
  rm -f file
  status_ 0 socketpipe --stats=json --stats-file=file "$@" 2> err || fail=1
  jq -e -f schema file > result || { cat file; fail=1; }
}

all_counted='all(.channels[]; .bytes == 20000000 and 0 < .time and 0 < .rate)'

# The remote command takes its time to read.
run_ -i { cat data } -l { ssh remotehost } \
  -r { sh -c 'helper slow 1000k 60 > "$0"' "$test_dir_/copy" }
json_ '.exit_status == 0 and .stages[0].command == ["cat", "data"]' || fail=1
json_ '.stages[1].host == "'"$(uname -n)"'" and .stages[2].command == null' \
  || fail=1
json_ 'all(.stages[]; .exit_status == 0 and .wall != null)' || fail=1
json_ '.set_up | 0 < .login and 0 < .rendezvous + .start' || fail=1
json_ 'all(.channels[]; .route != "login" and .encryption == "none"
                        and .writer_port != null)' || fail=1
json_ '.channels[0].bytes == 20000000 and .channels[1].bytes == 0' || fail=1
if accounts_; then
  json_ '.bottleneck | .stage == 2 and .channel == 1
         and .waited_for == "reader" and 0.5 < .share' || fail=1
  json_ '.bottleneck.text | test("^[0-9]+ % of the time channel 1 waited " +
           "for the remote command .sh -c helper slow 1000k 60 .* to read$")' || fail=1
  json_ '.channels[0] | .round_trip != null and .retransmitted != null' \
    || fail=1
else
  json_ '.bottleneck == null and all(.channels[]; .waited == null)' || fail=1
fi
cmp data copy || fail=1

# The input command takes its time to write.
run_ -i { sh -c 'helper slow 1000k 60 < data' } -l { ssh remotehost } \
  -r { cat } -o { sh -c 'cat > copy' }
json_ "$all_counted" || fail=1
if accounts_; then
  json_ '.bottleneck | .stage == 1 and .channel == 1
         and .waited_for == "writer" and 0.5 < .share' || fail=1
fi
cmp data copy || fail=1

# The output command does, and the remote one has to wait for it.
run_ -i { cat data } -l { ssh remotehost } -r { cat } \
  -o { sh -c 'helper slow 1000k 60 > copy' }
json_ "$all_counted" || fail=1
if accounts_; then
  json_ '.bottleneck | .stage == 3 and .channel == 2
         and .waited_for == "reader" and 0.5 < .share' || fail=1
fi
cmp data copy || fail=1

# The remote command reads all, thinks, and writes.
run_ -i { cat data } -l { ssh remotehost } \
  -r { sh -c 'cd "$0"; cat > kept; helper nap 2500; cat kept' "$test_dir_" } \
  -o { sh -c 'cat > copy' }
json_ "$all_counted" || fail=1
if accounts_; then
  json_ '.bottleneck.stage == 2' || fail=1
fi
cmp data copy || fail=1

# Without -i: two stages.
run_ -l { ssh remotehost } -r { cat "$test_dir_/data" } -o { sh -c 'cat > copy' }
json_ '(.stages | length) == 2 and .stages[0].role == "remote"' || fail=1
json_ "$all_counted" || fail=1
cmp data copy || fail=1

# What is encrypted is counted as it was before, to the byte.
if encrypts_; then
  run_ -e -i { cat data } -l { ssh remotehost } -r { cat } \
    -o { sh -c 'cat > copy' }
  json_ "$all_counted" || fail=1
  json_ 'all(.channels[]; .encryption != "none")' || fail=1
  cmp data copy || fail=1
fi

# What the login carries is counted, and nothing else is known of it.
run_ -i { cat data } -l { ssh remotehost } -r { cat } \
  -o { sh -c 'cat > copy' } -q --listen=local -h 255.255.255.255
json_ 'all(.channels[]; .route == "login" and .bytes == 20000000)' || fail=1
json_ 'all(.channels[]; .encryption == null and .writer_address == null
       and .round_trip == null and .retransmitted == null
       and .waited == null)' || fail=1
json_ '.bottleneck == null' || fail=1
cmp data copy || fail=1

# However it ends, on standard error.
odd=$(printf 'a"b\\c\nd\377')
socketpipe -q --stats=json -i { cat data } -l { ssh remotehost } \
  -r { sh -c 'exit 3' "$odd" } 2> file
test $? = 3 || fail=1
jq -e -f schema file > result || { cat file; fail=1; }
json_ '.exit_status == 3 and .stages[1].exit_status == 3' || fail=1
json_ '.stages[1].command[3] == "a\"b\\c\nd\ufffd"' || fail=1
socketpipe -q --stats=json --stats-file=file -i { cat data } \
  -l { ssh remotehost } -r { no-such-command } 2> err
test $? = 127 || fail=1
jq -e -f schema file > result || { cat file; fail=1; }
json_ '.stages[1] | .error != null and .exit_status == null' || fail=1
socketpipe -q --stats=json --stats-file=file -i { cat data } \
  -l { false } -r { cat } 2> err
test $? = 125 || fail=1
jq -e -f schema file > result || { cat file; fail=1; }
json_ '.set_up == {login: null, rendezvous: null, start: null}
       and .exit_status == 125' || fail=1

no_process_left_ || fail=1

Exit $fail
