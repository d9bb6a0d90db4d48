#!/bin/sh
# Where the user came from is nobody's business on the other host.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe
require_program_ base64

# Addresses for documentation (RFC 5737): nothing is sent there.
SSH_CONNECTION='203.0.113.9 1111 203.0.113.8 22'
export SSH_CONNECTION

cat > bin/login <<'EOT' && chmod +x bin/login || framework_failure_
#!/bin/sh
env > login-environment
tee sent | "$@"
EOT
status_ 0 socketpipe -v -i { sh -c 'echo "$SSH_CONNECTION"' } -l { login } \
  -r { sh -c 'cat; env > remote-environment' } -o { cat } > out 2> err \
  || fail=1

# The user's own commands have it.
echo "$SSH_CONNECTION" > exp
compare exp out || fail=1

sed -n 2p sent | base64 -d > message || fail=1
test -s message || fail=1
for file in login-environment remote-environment message err; do
  grep -a -F 203.0.113. $file && { warn_ "in $file"; fail=1; }
done

no_process_left_ || fail=1

Exit $fail
