#!/bin/sh
# The agent is killed while the run is set up: it ends at once, and says so.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# A login that kills the agent after so many milliseconds.
cat > bin/killing-login <<'EOT' && chmod +x bin/killing-login \
  || framework_failure_
#!/bin/sh
delay=$1
shift
exec 3<&0
"$@" <&3 &
agent=$!
helper nap $delay
kill -KILL $agent
wait $agent
EOT

# From before the first word to after the start of the commands.
for delay in 0 1 2 3 4 5 6 8 10 15 25 50; do
  status_ 125 socketpipe -i { sh -c 'while echo x; do helper nap 50; done' } \
    -l { killing-login $delay } -r { helper read-whole got } \
    2> err || fail=1
  has_line_ err '^socketpipe: (lost contact with .*|the login command .* ended before the agent answered)' \
    || fail=1
  has_line_ err 'killing-login' || fail=1
  # The truncated stream did not look whole.
  test ! -f got || fail=1
  no_process_left_ || fail=1
done

Exit $fail
