#!/bin/sh
# What the login carries is whole only if the other host says how many bytes it
# was; and an agent that does not say that its command runs is not waited for
# for ever.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# A login that keeps some of what the agent says to itself.
cat > bin/login <<'EOT' && chmod +x bin/login || framework_failure_
#!/bin/sh
what=$1
shift
"$@" | helper without $what
EOT
carried='-q --listen=local -h 255.255.255.255'

# Nothing of it: all is well.
status_ 0 socketpipe $carried -i { echo data } -l { login 255 } -r { cat } \
  > out 2> err || fail=1
echo data > exp
compare exp out || fail=1

# The number of bytes (47) in the ends of channels (13), in each direction.
for command in '-i { echo data } -l { login "13 50" } -r { cat }' \
               '-l { login "13 50" } -r { echo data } -o { cat }' \
               '-i { echo data } -l { login "13 50" } -r { wc -l } -o { cat }'
do
  eval "status_ 125 socketpipe $carried $command" > out 2> err || fail=1
  has_line_ err '^socketpipe: channel truncated: it is not known whether ' \
    || fail=1
done

# That its command has started (11).
status_ 125 socketpipe -i { echo data } -l { login 11 } -r { cat } \
  > out 2> err || fail=1
has_line_ err '^socketpipe: lost contact with .* whether its command has' \
  || fail=1

no_process_left_ || fail=1

Exit $fail
