# A real rsh daemon for the tests.  Source it after lib.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# rsh_start_ makes the command `rsh localhost' log in to a daemon of this
# test, on a port of its own.  The daemon believes that its user, who is root,
# has his home in a directory of the test, where a .rhosts lets him in, and
# only him.  It believes so in a private view of the file system: nothing
# changes for other processes.

# Prerequisites: rsh and in.rshd of rsh-redone, PAM with pam_rhosts, root,
# Linux's mount name spaces.

# What the tests need to know of this rsh.  Its exit status is 0 however the
# command on the other side ended, even when there was no login at all.  It
# does not show the command's standard error (it writes no bytes, again and
# again).  The daemon sets PATH itself, so socketpipe is not found by its name
# alone.

rsh_dir_=$test_dir_/rsh

rsh_require_ ()
{
  require_root_
  require_program_ rsh unshare mount
  rsh_daemon_=$(PATH=$PATH:/usr/sbin:/sbin command -v in.rshd) \
    || skip_ "in.rshd is not installed"
  rsh_client_=$(command -v rsh)
  test -f /etc/pam.d/rsh || skip_ "in.rshd has no PAM configuration"
  # Netkit's rsh takes no port.
  "$rsh_client_" -h 2>&1 | grep -e -p > /dev/null \
    || skip_ "rsh cannot be given a port"
  in_user_namespace_ && skip_ "rsh does not work in a user name space"
  unshare --mount true 2> /dev/null \
    || skip_ "private mounts are not allowed here"
}

# Write what the daemon is to see instead of the system's files.
rsh_configure_ ()
{
  rsh_user_=$(id -un)
  mkdir "$rsh_dir_" "$rsh_dir_/home" \
    && printf 'localhost %s\n127.0.0.1 %s\n' "$rsh_user_" "$rsh_user_" \
       > "$rsh_dir_/home/.rhosts" \
    && chmod 600 "$rsh_dir_/home/.rhosts" \
    && awk -F: -v OFS=: -v user="$rsh_user_" -v home="$rsh_dir_/home" \
       '$1 == user { $6 = home; $7 = "/bin/sh" } { print }' /etc/passwd \
       > "$rsh_dir_/passwd" \
    && cat > "$rsh_dir_/pam" <<END || framework_failure_
auth required pam_rhosts.so
auth required pam_env.so readenv=1 envfile=$rsh_dir_/env conffile=/dev/null
account required pam_permit.so
session required pam_permit.so
END
  for name_ in SOCKETPIPE_TEST_ID LC_ALL MALLOC_PERTURB_ \
      ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS QEMU_LD_PREFIX
  do
    eval "value_=\${$name_-} set_=\${$name_+set}"
    test -z "$set_" || printf '%s="%s"\n' "$name_" "$value_"
  done > "$rsh_dir_/env"
  cat > "$rsh_dir_/with-mounts" <<END
#!/bin/sh
mount --bind "$rsh_dir_/pam" /etc/pam.d/rsh \\
  && mount --bind "$rsh_dir_/passwd" /etc/passwd \\
  && exec "\$@"
END
  chmod +x "$rsh_dir_/with-mounts" || framework_failure_
}

rsh_start_ ()
{
  rsh_require_
  rsh_configure_
  at_exit_ rsh_stop_
  # Not marked as the test's: what the daemon runs for the logins is.
  env -i PATH="$PATH" unshare --mount "$rsh_dir_/with-mounts" \
    helper tcp-serve 0 "$rsh_dir_/port" "$rsh_daemon_" &
  rsh_pid_=$!
  wait_for_ test -f "$rsh_dir_/port" \
    || framework_failure_ "no listener for in.rshd"
  printf '#!/bin/sh\nexec "%s" -p %s "$@"\n' "$rsh_client_" \
    "$(cat "$rsh_dir_/port")" > "$test_dir_/bin/rsh" \
    && chmod +x "$test_dir_/bin/rsh" || framework_failure_
  # The shell may remember where the other one is.
  hash -r

  # A fault of the daemon must not count as one of the program.
  test "$(bounded_ rsh localhost 'echo it "works"')" = 'it works' \
    || framework_failure_ "cannot log in to an in.rshd of the test's own"
}

rsh_stop_ ()
{
  test -n "$rsh_pid_" || return 0
  kill "$rsh_pid_" 2> /dev/null
  wait "$rsh_pid_" 2> /dev/null
  rsh_pid_=
}
