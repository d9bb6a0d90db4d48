#!/bin/sh
# A run costs no more messages than it needs.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# A login that records what crosses it.
cat > bin/recording-login <<'EOS' && chmod +x bin/recording-login \
  || framework_failure_
#!/bin/sh
name=$1
shift
tee $name.sent | "$@" | tee $name.received
EOS

# messages_ FILE TYPE...: these are in FILE, in whatever order.  One of the
# type $may_ may be there, too.
may_=
messages_ ()
{
  file=$1
  shift
  helper message-types < $file > types || { fail=1; return; }
  awk -v may="$may_" '$0 != may || n++' types | sort > got
  printf '%s\n' "$@" | sort > exp
  compare exp got && return
  warn_ "in $file: $(tr '\n' ' ' < types)"
  fail=1
}

# A filter: what the agent has to do is one message, and it is not asked for
# anything; the ends of its two channels are all that it has to be told.
status_ 0 socketpipe -i { echo data } -l { recording-login one env } \
  -r { cat } -o { cat } > out || fail=1
messages_ one.sent TASK CHANNEL_END CHANNEL_END BYE
messages_ one.received HELLO OFFER TRIED STARTED CHANNEL_END CHANNEL_END \
  STAGE_END

# To our standard output; and one direction alone.
status_ 0 socketpipe -i { echo data } -l { recording-login one env } \
  -r { cat } > out || fail=1
messages_ one.sent TASK CHANNEL_END CHANNEL_END BYE
messages_ one.received HELLO OFFER TRIED STARTED CHANNEL_END CHANNEL_END \
  STAGE_END
status_ 0 socketpipe -l { recording-login one env } -r { echo data } \
  -o { cat } > out || fail=1
messages_ one.sent TASK CHANNEL_END BYE
messages_ one.received HELLO OFFER TRIED STARTED CHANNEL_END STAGE_END

# Through the login: in addition, what was tried at both ends, the routes, and
# what may be sent.  (The agent says what it tried when it is through, and
# when it chooses.)
status_ 0 socketpipe -q --listen=local -h 255.255.255.255 -i { echo data } \
  -l { recording-login one env } -r { cat } -o { cat } > out || fail=1
messages_ one.sent TASK TRIED CREDIT DATA CHANNEL_END CHANNEL_END BYE
messages_ one.received HELLO OFFER TRIED TRIED ROUTE ROUTE CREDIT STARTED \
  DATA CHANNEL_END CHANNEL_END STAGE_END

# Several hosts: for a link between two of them, each is sent the link and the
# other one's offer, and the end that does not decide is told once that the
# other one has decided.  What that tried may come to it, if this is faster
# than the news that they are connected.
status_ 0 several -i { echo data } -l { recording-login one env } -r { cat } \
  -l { recording-login two env } -r { cat } -o { cat } > out || fail=1
may_=TRIED
messages_ one.sent TASK LINK OFFER STARTED CHANNEL_END CHANNEL_END BYE
may_=
messages_ one.received HELLO OFFER OFFER TRIED TRIED CONNECTED STARTED \
  CHANNEL_END CHANNEL_END STAGE_END
messages_ two.sent TASK LINK OFFER CHANNEL_END CHANNEL_END BYE
messages_ two.received HELLO OFFER OFFER TRIED TRIED STARTED CHANNEL_END \
  CHANNEL_END STAGE_END

# The same for two channels of one link.
status_ 0 several -i { echo data } -l { recording-login one env } -r { cat } \
  -l { recording-login two env } -r { cat } --on 1 -r { cat } -o { cat } \
  > out || fail=1
may_=TRIED
messages_ one.sent TASK LINK OFFER STARTED CHANNEL_END CHANNEL_END \
  CHANNEL_END CHANNEL_END BYE
may_=
messages_ two.sent TASK LINK OFFER CHANNEL_END CHANNEL_END BYE
messages_ two.received HELLO OFFER TRIED STARTED CHANNEL_END CHANNEL_END \
  STAGE_END

no_process_left_ || fail=1

Exit $fail
