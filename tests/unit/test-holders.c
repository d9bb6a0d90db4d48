/* Test which processes are found to have a socket, or an end of a pipe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "holders.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "monotonic.h"

#ifdef CHILDREN_FILE
enum { LISTS_CHILDREN = false };
#else
enum { LISTS_CHILDREN = true };
#endif

static int64_t const no_limit = INT64_MAX;

/* A process that is no descendant of what looks, and the local socket by which
   it waits for what it is to have.  */
static pid_t unrelated;
static int peers[2];

static void
check_child (void)
{
  row_is ("a child");
  pid_t child = fork_or_fail ();
  if (child == 0)
    be_there ();
  NEED (is_there () == child);
  check_some (child, held);

  row_is ("another descriptor of the child");
  struct stream_holder guess = { child, ready[1] };
  CHECK (!stream_holder_has (&guess, &identity));

  row_is ("a descriptor that the child does not have");
  guess.fd = 9999;
  CHECK (!stream_holder_has (&guess, &identity));

  row_is ("another socket");
  int other = socket (AF_INET, SOCK_STREAM, 0);
  struct stream_identity wrong;
  struct stream_holder holder;
  NEED (stream_identify (other, &wrong) == 0);
  CHECK_NUMBER (stream_holders_look (&wrong, NULL, 0, 0, &holder),
                HOLDERS_NONE);
  close (other);
  int pair[2];
  NEED (pipe (pair) == 0);
  NEED (stream_identify (pair[1], &wrong) == 0);
  CHECK_NUMBER (stream_holders_look (&wrong, NULL, 0, 0, &holder),
                HOLDERS_NONE);
  close (pair[0]);
  close (pair[1]);
  row_is ("one of the other kind with the same number");
  wrong = identity;
  wrong.pipe = !identity.pipe;
  CHECK_NUMBER (stream_holders_look (&wrong, NULL, 0, 0, &holder),
                HOLDERS_NONE);

  row_is ("one of ours");
  CHECK_NUMBER (stream_holders_look (&identity, &child, 1, no_limit, &holder),
                HOLDERS_NONE);

  row_is ("a zombie");
  NEED (kill (child, SIGKILL) == 0);
  siginfo_t info;
  NEED (waitid (P_PID, child, &info, WEXITED | WNOWAIT) == 0);
  check_none ();
  guess.fd = held;
  CHECK (!stream_holder_has (&guess, &identity));
  guess.fd = -1;
  CHECK (!stream_holder_has (&guess, &identity));
  row_is ("a zombie, which is still there to be waited for");
  CHECK (waitpid (child, NULL, 0) == child);

  row_is ("one that is no more");
  check_none ();
  CHECK (!stream_holder_has (&guess, &identity));
  guess.fd = held;
  CHECK (!stream_holder_has (&guess, &identity));
}

static void
check_close (void)
{
  row_is ("a descriptor above 1024");
  struct rlimit limit;
  rlim_t const high = 2000;
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= high
      && high < limit.rlim_max)
    {
      limit.rlim_cur = high + 1;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
  int go[2];
  NEED (pipe (go) == 0);
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      char byte;
      pid_t self = getpid ();
      close (go[1]);
      dup2 (held, high);
      close (held);
      if (write (ready[1], &self, sizeof self) != sizeof self
          || read (go[0], &byte, 1) != 0)
        _exit (EXIT_FAILURE);
      close (high);
      be_there ();
    }
  NEED (is_there () == child);
  if (high < limit.rlim_cur)
    check_some (child, high);
  row_is ("one that closes it");
  close (go[0]);
  close (go[1]);
  NEED (is_there () == child);
  struct stream_holder guess = { child, high };
  CHECK (!stream_holder_has (&guess, &identity));
  check_none ();
  end (child);
}

static void
check_orphan (void)
{
  row_is ("what is left behind by children of a child, in its own session");
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      setsid ();
      if (fork () == 0)
        {
          setsid ();
          if (fork () == 0)
            be_there ();
          _exit (EXIT_SUCCESS);
        }
      close (held);
      while (0 < wait (NULL))
        continue;
      _exit (EXIT_SUCCESS);
    }
  pid_t orphan = is_there ();
  siginfo_t info;
  NEED (waitid (P_PID, child, &info, WEXITED | WNOWAIT) == 0);
  check_some (orphan, held);
  NEED (waitpid (child, NULL, 0) == child);
  check_some (orphan, held);
  end (orphan);
  check_none ();

  row_is ("a child of one that has closed it");
  child = fork_or_fail ();
  if (child == 0)
    {
      if (fork () == 0)
        be_there ();
      close (held);
      be_there ();
    }
  pid_t two[2] = { is_there (), is_there () };
  pid_t grandchild = two[two[0] == child];
  check_some (grandchild, held);
  row_is ("a child of one of ours");
  struct stream_holder holder;
  CHECK_NUMBER (stream_holders_look (&identity, &child, 1, 0, &holder),
                HOLDERS_NONE);
  end (child);
  end (grandchild);
  check_none ();
}

static void
check_signal (void)
{
  row_is ("a signal to all");
  enum { COUNT = 3 };
  pid_t child[COUNT];
  for (int i = 0; i < COUNT; i++)
    {
      child[i] = fork_or_fail ();
      if (child[i] == 0)
        be_there ();
      NEED (is_there () == child[i]);
    }
  pid_t stranger = fork_or_fail ();
  if (stranger == 0)
    {
      close (held);
      be_there ();
    }
  NEED (is_there () == stranger);
  CHECK_NUMBER (stream_holders_signal (&identity, child, 1, no_limit, SIGTERM),
                COUNT - 1);
  for (int i = 1; i < COUNT; i++)
    {
      int status;
      NEED (waitpid (child[i], &status, 0) == child[i]);
      CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGTERM);
    }
  CHECK (waitpid (stranger, NULL, WNOHANG) == 0);
  check_some (child[0], held);
  end (child[0]);
  end (stranger);
  check_none ();
}

/* A process is handed on and on: each has a child and ends.  At no moment is
   there none.  */
static void
check_chain (void)
{
  enum { LOOKS = LISTS_CHILDREN ? 500 : 50 };
  struct stream_holder holder;
  row_is ("processes that fork and end, one after the other");
  int alive[2];
  NEED (pipe (alive) == 0);
  if (fork_or_fail () == 0)
    {
      close (alive[0]);
      int64_t start = monotonic_ms ();
      while (monotonic_ms () - start < LIMIT_MS && getppid () != 1
             /* It has no reader any more.  */
             && write (alive[1], "", 1) == 1)
        if (fork () != 0)
          break;
      _exit (EXIT_SUCCESS);
    }
  close (alive[1]);
  int missed = 0;
  for (int i = 0; i < LOOKS; i++)
    {
      missed += look (&holder) != HOLDERS_SOME;
      char bytes[4096];
      NEED (0 < read (alive[0], bytes, sizeof bytes));
      while (0 < waitpid (-1, NULL, WNOHANG))
        continue;
    }
  CHECK_NUMBER (missed, 0);
  close (alive[0]);
  while (0 < wait (NULL) || errno == EINTR)
    continue;
  check_none ();

  row_is ("processes that come and go, and do not have it");
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      close (held);
      alarm (LIMIT_MS / 1000);
      for (;;)
        if (fork () == 0)
          _exit (EXIT_SUCCESS);
        else
          wait (NULL);
    }
  struct stream_holder first = { child, held };
  while (stream_holder_has (&first, &identity))
    poll (NULL, 0, 1);
  /* To read the parents of all takes longer than such a process lives.  */
  int none = 0;
  for (int i = 0; i < LOOKS; i++)
    switch (look (&holder))
      {
      case HOLDERS_NONE:
        none++;
        break;
      case HOLDERS_SOME:
        CHECK (!stream_holder_has (&holder, &identity));
        break;
      default:
        CHECK (false);
      }
  CHECK (LISTS_CHILDREN <= none);
  end (child);
  while (0 < wait (NULL))
    continue;
}

static void
check_unrelated (void)
{
  row_is ("a process that was sent it");
  union { char bytes[CMSG_SPACE (sizeof held)]; struct cmsghdr align; } space;
  memset (&space, 0, sizeof space);
  struct iovec byte = { (void *) "", 1 };
  struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1,
    .msg_control = &space, .msg_controllen = sizeof space };
  struct cmsghdr *control = CMSG_FIRSTHDR (&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN (sizeof held);
  memcpy (CMSG_DATA (control), &held, sizeof held);
  NEED (sendmsg (peers[1], &message, 0) == 1);
  NEED (is_there () == unrelated);

  struct stream_holder holder;
  check_none ();
  CHECK_NUMBER (stream_holders_look (&identity, NULL, 0, no_limit, &holder),
                HOLDERS_SOME);
  CHECK_NUMBER (holder.pid, unrelated);
  CHECK (stream_holder_has (&holder, &identity));
  CHECK_NUMBER (stream_holders_look (&identity, &unrelated, 1, no_limit,
                                     &holder), HOLDERS_NONE);
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, no_limit, SIGTERM),
                1);
  int64_t start = monotonic_ms ();
  while (stream_holder_has (&holder, &identity)
         && monotonic_ms () - start < LIMIT_MS)
    poll (NULL, 0, 1);
  CHECK_NUMBER (stream_holders_look (&identity, NULL, 0, no_limit, &holder),
                HOLDERS_NONE);
}

static void
check_edges (void)
{
  struct stream_identity none;
  struct stream_holder holder;
  row_is ("neither a socket nor a pipe");
  int null = open ("/dev/null", O_RDONLY);
  CHECK (stream_identify (null, &none) == -1 && errno == EINVAL);
  close (null);
  CHECK_NUMBER (stream_holders_look (&none, NULL, 0, 0, &holder),
                HOLDERS_UNKNOWN);
  holder = (struct stream_holder) { getpid (), 0 };
  CHECK (stream_holder_has (&holder, &none));
  row_is ("a pipe with a name");
  char fifo[40];
  snprintf (fifo, sizeof fifo, "test-holders-%jd.fifo", (intmax_t) getpid ());
  NEED (mkfifo (fifo, 0600) == 0);
  int named = open (fifo, O_RDONLY | O_NONBLOCK);
  CHECK (stream_identify (named, &none) == -1 && errno == ENOTSUP);
  CHECK_NUMBER (stream_holders_look (&none, NULL, 0, 0, &holder),
                HOLDERS_UNKNOWN);
  close (named);
  unlink (fifo);
  row_is ("no descriptor");
  CHECK (stream_identify (-1, &none) == -1 && errno == EBADF);
}

static void
check (enum kind kind)
{
  check_child ();
  check_close ();
  check_orphan ();
  check_signal ();
  if (kind == KIND_SOCKET)
    check_chain ();
  check_edges ();
  check_unrelated ();
}

static _Noreturn void
be_unrelated (void)
{
  int fd;
  union { char bytes[CMSG_SPACE (sizeof fd)]; struct cmsghdr align; } space;
  char byte;
  struct iovec where = { &byte, 1 };
  struct msghdr message = { .msg_iov = &where, .msg_iovlen = 1,
    .msg_control = &space, .msg_controllen = sizeof space };
  alarm (LIMIT_MS / 1000);
  if (recvmsg (peers[0], &message, 0) == 1 && message.msg_controllen != 0)
    be_there ();
  _exit (EXIT_FAILURE);
}

int
main (void)
{
  int status = EXIT_SUCCESS;
  NEED (pipe (ready) == 0);
  for (int kind = 0; kind < KINDS && status == EXIT_SUCCESS; kind++)
    {
      NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, peers) == 0);
      unrelated = fork_or_fail ();
      if (unrelated == 0)
        be_unrelated ();
      status = check_kind (kind, check);
      kill (unrelated, SIGKILL);
      waitpid (unrelated, NULL, 0);
      close (peers[0]);
      close (peers[1]);
    }
  return status;
}
