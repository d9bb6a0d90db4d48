/* Test who is found to have a socket.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "stream-holders.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
# include <grp.h>
# include <sched.h>
# include <sys/mount.h>
# include <sys/prctl.h>
# include <sys/syscall.h>
#endif

#include "child-subreaper.h"
#include "monotonic.h"
#include "base/system.h"
#include "test-macros.h"

enum { EXIT_SKIPPED = 77, NOBODY = 65534, LIMIT_MS = 60000 };

#ifdef CHILDREN_FILE
enum { LISTS_CHILDREN = false };
#else
enum { LISTS_CHILDREN = true };
#endif

static int64_t const no_limit = INT64_MAX;

/* The socket at hand, and the pipe by which processes tell their number when
   they are where they should be.  */
static int held;
static struct stream_identity identity;
static int ready[2];

/* Be a process that has what it has, for as long as it is let.  */
static void
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
             /* Nobody reads from it any more.  */
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

/* PEER is the local socket by which an unrelated process waits for what it is
   to have, and UNRELATED its number.  */
static void
check_unrelated (int peer, pid_t unrelated)
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
  NEED (sendmsg (peer, &message, 0) == 1);
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
be_unrelated (int peer)
{
  int fd;
  union { char bytes[CMSG_SPACE (sizeof fd)]; struct cmsghdr align; } space;
  char byte;
  struct iovec where = { &byte, 1 };
  struct msghdr message = { .msg_iov = &where, .msg_iovlen = 1,
    .msg_control = &space, .msg_controllen = sizeof space };
  alarm (LIMIT_MS / 1000);
  if (recvmsg (peer, &message, 0) == 1 && message.msg_controllen != 0)
    be_there ();
  _exit (EXIT_FAILURE);
}

/* A pipe is found like a socket.  */
static void
check_pipe (void)
{
  int ends[2];
  struct stream_identity piped;
  struct stream_holder holder = { 0, 0 };
  row_is ("a pipe");
  NEED (pipe (ends) == 0);
  CHECK (stream_identify (ends[0], &piped) == 0);
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    {
      alarm (LIMIT_MS / 1000);
      pause ();
      _exit (EXIT_FAILURE);
    }
  CHECK_NUMBER (stream_holders_look (&piped, NULL, 0, 0, &holder),
                HOLDERS_SOME);
  CHECK_NUMBER (holder.pid, pid);
  CHECK (stream_holder_has (&holder, &piped));
  CHECK_NUMBER (stream_holders_signal (&piped, NULL, 0, 0, SIGKILL), 1);
  NEED (waitpid (pid, NULL, 0) == pid);
  CHECK_NUMBER (stream_holders_look (&piped, NULL, 0, 0, &holder),
                HOLDERS_NONE);
  close (ends[0]);
  close (ends[1]);
}

static void
check_edges (void)
{
  struct stream_identity none;
  struct stream_holder holder;
  row_is ("neither socket nor pipe");
  int null = open ("/dev/null", O_RDONLY);
  NEED (0 <= null);
  CHECK (stream_identify (null, &none) == -1 && errno == EINVAL);
  close (null);
  CHECK_NUMBER (stream_holders_look (&none, NULL, 0, 0, &holder),
                HOLDERS_UNKNOWN);
  holder = (struct stream_holder) { getpid (), 0 };
  CHECK (stream_holder_has (&holder, &none));
  row_is ("no descriptor");
  CHECK (stream_identify (-1, &none) == -1 && errno == EBADF);

  row_is ("names");
  char text[64], five[5];
  CHECK (process_name (getpid (), text, sizeof text));
  CHECK (strncmp (text, "test-holders", 12) == 0);
  CHECK (process_name (getpid (), five, sizeof five));
  CHECK_NUMBER (strlen (five), 4);
  pid_t child = fork_or_fail ();
  if (child == 0)
    _exit (EXIT_SUCCESS);
  NEED (waitpid (child, NULL, 0) == child);
  CHECK (!process_name (child, text, sizeof text));
  CHECK_TEXT (text, "");
}

#ifdef __linux__

static char stack[65536];

/* *FORKS: it has a child that has the socket.  */
static int
be_thread (void *forks)
{
  if (*(bool *) forks)
    {
      if (fork () == 0)
        be_there ();
      close (held);
    }
  be_there ();
  return 0;
}

/* Threads of which libraries know nothing.  */
static void
start_thread (int flags, bool forks)
{
  static bool argument;
  argument = forks;
  NEED (0 < clone (be_thread, stack + sizeof stack,
                   CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | flags,
                   &argument));
}

static void
check_threads (void)
{
  struct stream_holder holder;
  row_is ("a thread with descriptors of its own");
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      start_thread (0, false);
      is_there ();
      close (held);
      be_there ();
    }
  NEED (is_there () == child);
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK_NUMBER (holder.fd, held);
  CHECK (stream_holder_has (&holder, &identity));
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, 0, SIGKILL), 1);
  NEED (waitpid (child, NULL, 0) == child);
  CHECK (!stream_holder_has (&holder, &identity));
  check_none ();

  row_is ("a process whose first thread has ended");
  child = fork_or_fail ();
  if (child == 0)
    {
      start_thread (CLONE_FILES, false);
      syscall (SYS_exit, 0);
    }
  NEED (is_there () == child);
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK (stream_holder_has (&holder, &identity));
  end (child);
  CHECK (!stream_holder_has (&holder, &identity));
  check_none ();

  row_is ("a child of a thread that is not the first");
  child = fork_or_fail ();
  if (child == 0)
    {
      start_thread (CLONE_FILES, true);
      for (;;)
        pause ();
    }
  is_there (), is_there ();
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK (holder.pid != child);
  NEED (kill (child, SIGKILL) == 0);
  kill (holder.pid, SIGKILL);
  while (0 < wait (NULL))
    continue;
}

/* A process of another user, seen by a process that is not root, with /proc
   mounted as it is or, if HIDDEN, so that processes of others are not to be
   seen.  */
static void
be_user (bool hidden)
{
  row_is (hidden ? "another user's, hidden" : "another user's");
  child_subreaper ();
  test_failures = 0;
  if (hidden && (unshare (CLONE_NEWNS) != 0
                 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
                 || mount ("proc", "/proc", "proc", 0, "hidepid=invisible")))
    {
      fprintf (stderr, "skipped: no /proc with hidepid\n");
      exit (EXIT_SUCCESS);
    }
  int go[2];
  NEED (pipe (go) == 0);
  pid_t child = fork_or_fail ();
  if (child == 0)
    {
      char byte;
      pid_t self = getpid ();
      close (go[1]);
      close (held);
      alarm (LIMIT_MS / 1000);
      if (write (ready[1], &self, sizeof self) == sizeof self
          && read (go[0], &byte, 1) == 0)
        _exit (EXIT_SUCCESS);
      _exit (EXIT_FAILURE);
    }
  NEED (is_there () == child);
  NEED (setgroups (0, NULL) == 0);
  NEED (setgid (NOBODY) == 0 && setuid (NOBODY) == 0);

  /* Whether it has the socket we cannot know.  */
  check_some (child, -1);
  struct stream_holder guess = { child, held };
  CHECK (stream_holder_has (&guess, &identity));
  CHECK (!process_name (child, (char[16]) { 0 }, 16) == hidden);
  struct stream_holder holder;
  CHECK_NUMBER (stream_holders_look (&identity, &child, 1, no_limit, &holder),
                HOLDERS_NONE);

  row_is (hidden ? "two, one hidden" : "two, one of another user");
  pid_t parent = fork_or_fail ();
  if (parent == 0)
    {
      /* As an exec would.  */
      prctl (PR_SET_DUMPABLE, 1, 0, 0, 0);
      if (fork () == 0)
        be_there ();
      /* Be met before it, as the other one is.  */
      close (held);
      be_there ();
    }
  pid_t own = is_there (), second = is_there ();
  if (own == parent)
    own = second;
  CHECK_NUMBER (look (&holder), HOLDERS_SOME);
  CHECK_NUMBER (holder.pid, own);
  CHECK_NUMBER (stream_holders_signal (&identity, NULL, 0, 0, 0), 2);
  end (parent);
  end (own);

  row_is (hidden ? "a hidden zombie" : "another user's zombie");
  close (go[1]);
  siginfo_t info;
  NEED (waitid (P_PID, child, &info, WEXITED | WNOWAIT) == 0);
  check_none ();
  CHECK (!stream_holder_has (&guess, &identity));
  exit (test_result ());
}

static void
check_users (void)
{
  if (geteuid () != 0)
    {
      fprintf (stderr, "skipped: other users, for want of root\n");
      return;
    }
  for (int hidden = 0; hidden < 2; hidden++)
    {
      /* Without a list of children nothing can be told then.  */
      if (hidden && !LISTS_CHILDREN)
        continue;
      pid_t child = fork_or_fail ();
      if (child == 0)
        be_user (hidden);
      int status;
      NEED (waitpid (child, &status, 0) == child);
      CHECK_NUMBER (status, 0);
    }
}

#else

static void
check_threads (void)
{
}

static void
check_users (void)
{
}

#endif

int
main (void)
{
  /* Its parent is this process: no descendant of what looks.  */
  int peers[2], pair[2];
  struct stream_holder holder;
  NEED (pipe (ready) == 0);
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, peers) == 0);
  pid_t unrelated = fork_or_fail ();
  if (unrelated == 0)
    be_unrelated (peers[0]);
  pid_t looking = fork_or_fail ();
  if (looking == 0)
    {
      NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0);
      held = pair[0];
      if (stream_identify (held, &identity) != 0)
        {
          CHECK_NUMBER (errno, ENOTSUP);
          CHECK_NUMBER (look (&holder), HOLDERS_UNKNOWN);
          exit (test_failures == 0 ? EXIT_SKIPPED : EXIT_FAILURE);
        }
      row_is ("no subreaper");
      CHECK_NUMBER (look (&holder), HOLDERS_UNKNOWN);
      child_subreaper ();
      NEED (child_is_subreaper ());
      row_is ("no other process");
      check_none ();
      check_child ();
      check_close ();
      check_orphan ();
      check_signal ();
      check_chain ();
      check_threads ();
      check_users ();
      check_pipe ();
      check_edges ();
      check_unrelated (peers[1], unrelated);
      exit (test_result ());
    }
  int status;
  NEED (waitpid (looking, &status, 0) == looking);
  kill (unrelated, SIGKILL);
  waitpid (unrelated, NULL, 0);
  return WIFEXITED (status) ? WEXITSTATUS (status) : EXIT_FAILURE;
}
