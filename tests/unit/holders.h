/* Shared by the tests of a stream's holders.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The program itself has no child but the process that looks, which it is
   parent of, so that there can be others that are no descendants of what
   looks.  */

#ifndef HOLDERS_H
# define HOLDERS_H 1

# include "stream-holders.h"

# include <errno.h>
# include <poll.h>
# include <signal.h>
# include <sys/socket.h>
# include <sys/wait.h>
# include <unistd.h>

# include "child-subreaper.h"
# include "base/system.h"
# include "test-macros.h"

enum { EXIT_SKIPPED = 77, LIMIT_MS = 60000 };

/* What is looked for.  */
enum kind { KIND_SOCKET, KIND_WRITER, KIND_READER, KINDS };
static char const *const kind_names[KINDS] = {
  "a socket", "the writing end of a pipe", "the reading end of a pipe"
};

/* What is at hand, and the pipe by which processes tell their number when
   they are where they should be.  */
static int held;
static struct stream_identity identity;
static int ready[2];

/* A thread with a stack that libraries know nothing of calls these, and an
   address sanitizer would warn of that.  */
#if defined __GNUC__
# define ON_ANY_STACK __attribute__ ((__no_sanitize_address__))
#else
# define ON_ANY_STACK
#endif

/* Be a process that has what it has, for as long as it is let.  */
ON_ANY_STACK static void
be_there (void)
{
  pid_t self = getpid ();
  alarm (LIMIT_MS / 1000);
  if (write (ready[1], &self, sizeof self) == sizeof self)
    for (;;)
      pause ();
  _exit (EXIT_FAILURE);
}

/* Return the number of the process that is there next.  */
static pid_t
is_there (void)
{
  struct pollfd now = { .fd = ready[0], .events = POLLIN };
  pid_t pid = 0;
  NEED (poll (&now, 1, LIMIT_MS) == 1);
  NEED (read (ready[0], &pid, sizeof pid) == sizeof pid);
  return pid;
}

static pid_t
fork_or_fail (void)
{
  pid_t pid = fork ();
  NEED (0 <= pid);
  return pid;
}

static void
end (pid_t pid)
{
  NEED (kill (pid, SIGKILL) == 0);
  NEED (waitpid (pid, NULL, 0) == pid);
}

static enum stream_holders
look (struct stream_holder *holder)
{
  *holder = (struct stream_holder) { 0, 0 };
  return stream_holders_look (&identity, NULL, 0, 0, holder);
}

static void
check_none (void)
{
  struct stream_holder holder;
  CHECK_NUMBER (look (&holder), HOLDERS_NONE);
  CHECK_NUMBER (look (&holder), HOLDERS_NONE);
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, 0, 0), 0);
}

/* Check that the process PID has it as descriptor FD.  */
static void
check_some (pid_t pid, int fd)
{
  struct stream_holder holder;
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK_NUMBER (holder.pid, pid);
  CHECK_NUMBER (holder.fd, fd);
  CHECK (stream_holder_has (&holder, &identity));
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, 0, 0), 1);
}

/* Make what is HELD, of KIND.  */
static void
make_held (enum kind kind)
{
  int pair[2];
  NEED ((kind == KIND_SOCKET ? socketpair (AF_UNIX, SOCK_STREAM, 0, pair)
         : pipe (pair)) == 0);
  held = pair[kind == KIND_WRITER];
  /* Both ends of a pipe are the same to /proc.  */
  if (kind != KIND_SOCKET)
    close (pair[kind != KIND_WRITER]);
}

/* Be the process that looks for what is of KIND: CHECK does.  */
static _Noreturn void
be_looking (enum kind kind, void (*check) (enum kind kind))
{
  struct stream_holder holder;
  make_held (kind);
  if (stream_identify (held, &identity) != 0)
    {
      CHECK_NUMBER (errno, ENOTSUP);
      CHECK_NUMBER (look (&holder), HOLDERS_UNKNOWN);
      exit (test_failures == 0 ? EXIT_SKIPPED : EXIT_FAILURE);
    }
  CHECK_NUMBER (identity.pipe, kind != KIND_SOCKET);
  row_is ("no subreaper");
  CHECK_NUMBER (look (&holder), HOLDERS_UNKNOWN);
  child_subreaper ();
  NEED (child_is_subreaper ());
  row_is ("no other process");
  check_none ();
  check (kind);
  if (test_failures != 0)
    fprintf (stderr, "that was %s\n", kind_names[kind]);
  exit (test_result ());
}

/* Let CHECK look for what is of KIND, in a process of its own.  Return its
   exit status.  READY has to be there.  */
static int
check_kind (enum kind kind, void (*check) (enum kind kind))
{
  pid_t looking = fork_or_fail ();
  if (looking == 0)
    be_looking (kind, check);
  int status;
  NEED (waitpid (looking, &status, 0) == looking);
  return WIFEXITED (status) ? WEXITSTATUS (status) : EXIT_FAILURE;
}

#endif
