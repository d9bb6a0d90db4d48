# A real sshd for the tests.  Source it after lib.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# sshd_start_ gives the test a host "remotehost" that the command `ssh
# remotehost' logs in to: with the configuration, the keys and the port of
# this test alone, as any user.  Each connection gets an sshd of its own from
# a listener of ours (sshd -i), because the listener can take whatever port
# is free, and sshd itself cannot.  hosts.sh has servers on hosts of their own.

# Prerequisites: sshd, ssh, ssh-keygen; a login shell that runs commands.

sshd_dir_=$test_dir_/sshd

# The full name of sshd, which wants to be called by it.
sshd_find_ ()
{
  (PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin:/usr/pkg/sbin
   export PATH
   command -v sshd)
}

# Without PAM, sshd refuses an account that is locked, as far as it sees that:
# only root can read the shadow file, but names may come from elsewhere.
sshd_use_pam_ ()
{
  case $(getent shadow "$sshd_user_" 2> /dev/null) in
    *:!*) echo yes ;;
    *) echo no ;;
  esac
}

# The environment of a session: what is to be found there is what is to be
# found here, and what checks the program here checks it there.  What the
# user's login shell does at each start is no part of it, and may take long.
sshd_session_environment_ ()
{
  printf 'SetEnv "PATH=%s" "HOME=%s"' "$PATH" "$sshd_dir_"
  for name_ in SOCKETPIPE_TEST_ID LC_ALL HISTFILE MALLOC_PERTURB_ \
      ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS QEMU_LD_PREFIX
  do
    eval "value_=\${$name_-} set_=\${$name_+set}"
    test -z "$set_" || printf ' "%s=%s"' "$name_" "$value_"
  done
  echo
}

# Write the server's configuration; $sshd_more_config_ is added by tests.
sshd_configure_ ()
{
  ssh-keygen -q -t ed25519 -N '' -C host -f "$sshd_dir_/host_key" \
    && ssh-keygen -q -t ed25519 -N '' -C user -f "$sshd_dir_/user_key" \
    && cp "$sshd_dir_/user_key.pub" "$sshd_dir_/authorized_keys" \
    || framework_failure_ "cannot make keys for ssh"
  {
    cat <<END
HostKey $sshd_dir_/host_key
AuthorizedKeysFile $sshd_dir_/authorized_keys
PidFile none
StrictModes no
UsePAM $(sshd_use_pam_)
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding no
X11Forwarding no
PermitUserRC no
PrintMotd no
PrintLastLog no
LogLevel VERBOSE
${sshd_more_config_-}
END
    sshd_session_environment_
  } > "$sshd_dir_/sshd_config"
}

# sshd_configure_client_ HOST PORT [ADDRESS]: make the command `ssh' know
# HOST, which may be "*".
sshd_configure_client_ ()
{
  printf 'remotehost %s\n' "$(cat "$sshd_dir_/host_key.pub")" \
    > "$sshd_dir_/known_hosts"
  cat > "$sshd_dir_/ssh_config" <<END
Host $1
  Port $2
  HostName ${3-%h}
  User $sshd_user_
  HostKeyAlias remotehost
  IdentityFile $sshd_dir_/user_key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $sshd_dir_/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ControlPath none
  ConnectTimeout 30
  LogLevel ERROR
END
  sshd_client_=$(command -v ssh)
  printf '#!/bin/sh\nexec "%s" -F "%s" "$@"\n' \
    "$sshd_client_" "$sshd_dir_/ssh_config" > "$test_dir_/bin/ssh" \
    && chmod +x "$test_dir_/bin/ssh" \
    || framework_failure_
  # The shell may remember where the other one is.
  hash -r
}

# Root's sshd needs a directory that only a system with a running sshd is
# sure to have.  Print what has to stand before its command line: a private
# view of the directory that this one is in, where that is allowed; otherwise
# make it as the system's own start script does.
sshd_with_directory_ ()
{
  missing_=$("$sshd_program_" -t -f "$sshd_dir_/sshd_config" 2>&1 \
             | sed -n 's/^Missing privilege separation directory: *//p' \
             | tr -d '\r')
  test -n "$missing_" || return 0
  parent_=${missing_%/*}
  case $test_dir_/ in
    "$parent_"/*) private_=no ;;
    *) if unshare --mount true 2> /dev/null; then private_=yes
       else private_=no; fi ;;
  esac
  if test $private_ = yes; then
    printf '%s\n' '#!/bin/sh' \
      "mount -t tmpfs -o mode=755 tmpfs '$parent_' && mkdir '$missing_' &&" \
      'exec "$@"' > "$sshd_dir_/with-directory" \
      && chmod +x "$sshd_dir_/with-directory" || framework_failure_
    echo "unshare --mount $sshd_dir_/with-directory"
  else
    mkdir -m 755 "$missing_" 2> /dev/null || test -d "$missing_" \
      || framework_failure_ "sshd needs $missing_"
  fi
}

# Make ready all that does not depend on where the server runs, or skip.
sshd_prepare_ ()
{
  sshd_program_=$(sshd_find_) || skip_ "sshd is not installed"
  sshd_user_=$(id -un) || skip_ "ssh needs a user with a name"
  command -v ssh > /dev/null || skip_ "ssh is not installed"
  mkdir "$sshd_dir_" || framework_failure_
  sshd_configure_
  sshd_prefix_=$(sshd_with_directory_) || Exit $?
}

sshd_start_ ()
{
  sshd_prepare_
  sshd_log_=$sshd_dir_/log

  # Not marked as the test's: what it runs for the sessions is.
  cat > "$sshd_dir_/serve" <<END
#!/bin/sh
exec "$sshd_program_" -i -f "$sshd_dir_/sshd_config" -E "$sshd_log_" \\
  2>> "$sshd_log_.errors"
END
  chmod +x "$sshd_dir_/serve" || framework_failure_
  at_exit_ sshd_stop_
  env -i PATH="$PATH" $sshd_prefix_ helper tcp-serve 0 "$sshd_dir_/port" \
    "$sshd_dir_/serve" &
  sshd_pid_=$!
  wait_for_ test -f "$sshd_dir_/port" \
    || framework_failure_ "no listener for sshd"
  sshd_configure_client_ remotehost "$(cat "$sshd_dir_/port")" 127.0.0.1
  sshd_try_ remotehost
  sshd_first_logins_=$(sshd_count_)
}

# sshd_try_ HOST [PREFIX]...: log in to HOST once, so that a fault of the
# server does not count as one of the program.
sshd_try_ ()
{
  host_=$1
  shift
  if bounded_ "$@" ssh "$host_" 'echo it "works"' \
      > "$sshd_dir_/try.out" 2> "$sshd_dir_/try.err" \
      && test "$(cat "$sshd_dir_/try.out")" = 'it works'
  then
    return
  fi
  cat "$sshd_dir_/try.out" "$sshd_dir_/try.err" >&2
  cat "$sshd_log_.errors" "$sshd_log_" >&2
  in_user_namespace_ && skip_ "sshd does not work in a user name space"
  grep 'currently not available' "$sshd_dir_/try.out" > /dev/null \
    && skip_ "$sshd_user_ has no login shell"
  framework_failure_ "cannot log in to an sshd of the test's own"
}

sshd_count_ ()
{
  grep -c '^Accepted publickey for ' "$sshd_log_"
}

# Print how many logins there were since the server was started.
sshd_logins_ ()
{
  expr "$(sshd_count_)" - "$sshd_first_logins_"
}

sshd_stop_ ()
{
  test -n "$sshd_pid_" || return 0
  kill "$sshd_pid_" 2> /dev/null
  wait "$sshd_pid_" 2> /dev/null
  sshd_pid_=
}
