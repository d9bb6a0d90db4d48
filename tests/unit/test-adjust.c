/* Test --adjust: the socket of a run, and the command that connects to it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/adjust.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "full-write.h"
#include "base/events.h"
#include "scratch.h"
#include "test-macros.h"

static struct events events;
static struct adjust adjust;
static struct guard const no_guard = { .pid = -1, .fd = -1 };

/* The rates that the run was told, the last of them first.  */
static struct { int calls; uint64_t last; } rates;

static void
on_rate (void *context, uint64_t rate)
{
  CHECK (context == &rates);
  rates.calls++;
  rates.last = rate;
}

static void
on_readable (void *context, int fd, short ready)
{
  bool *readable = context;
  (void) fd, (void) ready;
  *readable = true;
}

/* Let the run go on, and read what FD brings up to its end into TEXT, which
   has SIZE bytes.  */
static void
read_all (int fd, char *text, size_t size)
{
  size_t length = 0;
  ssize_t got = 1;
  bool readable = false;
  events_watch (&events, fd, POLLIN, on_readable, &readable);
  while (got != 0)
    {
      while (!readable)
        events_step (&events);
      readable = false;
      got = read (fd, text + length, size - 1 - length);
      if (got < 0)
        {
          NEED (errno == ECONNRESET);
          got = 0;
        }
      length += got;
    }
  events_forget (&events, fd);
  text[length] = '\0';
}

/* What this process's socket is called.  */
static char *
socket_name (void)
{
  char *file = xasprintf ("socketpipe.%d", (int) getpid ());
  char *name = scratch_name (file);
  free (file);
  return name;
}

/* Make *ADDRESS that of the socket.  */
static void
fill_address (struct sockaddr_un *address)
{
  char *name = socket_name ();
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  NEED (strlen (name) < sizeof address->sun_path);
  strcpy (address->sun_path, name);
  free (name);
}

/* Connect to the run.  */
static int
connect_client (void)
{
  struct sockaddr_un address;
  fill_address (&address);
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  NEED (0 <= fd
        && connect (fd, (struct sockaddr *) &address, sizeof address) == 0);
  return fd;
}

static void
open_run (void)
{
  adjust_open (&adjust, &events, &no_guard, on_rate, &rates);
}


/* The run.  */

/* What a client sends, whether it half-closes its end then, the rate that the
   run gets by that, or 0, and what is answered.  */
static struct
{
  char const *sent;
  bool ends;
  uint64_t rate;
  char const *answer;
} const lines[] =
{
  { "rate 1\n", false, 1, "done\n" },
  { "rate 1000000\n", false, 1000000, "done\n" },
  { "rate 9223372036854775807\n", false, INT64_MAX, "done\n" },
  { "rate 1\n", true, 1, "done\n" },
  { "rate 0\n", false, 0, "it understands no such rate\n" },
  { "rate -1\n", false, 0, "it understands no such rate\n" },
  { "rate 9223372036854775808\n", false, 0, "it understands no such rate\n" },
  { "rate 99999999999999999999\n", false, 0,
    "it understands no such rate\n" },
  { "rate 1k\n", false, 0, "it understands no such rate\n" },
  { "rate \n", false, 0, "it understands no such rate\n" },
  { "rate x\n", false, 0, "it understands no such rate\n" },
  { "rate 1 \n", false, 0, "it understands no such rate\n" },
  { "rate\n", false, 0, "it knows no such change\n" },
  { "\n", false, 0, "it knows no such change\n" },
  { "Rate 1\n", false, 0, "it knows no such change\n" },
  { "speed 1\n", false, 0, "it knows no such change\n" },
  { "\001\377\n", false, 0, "it knows no such change\n" },
  /* Without a newline it is no line.  */
  { "", true, 0, "" },
  { "rate 1", true, 0, "" },
  /* 62 bytes and a newline; and 63 without one, which is too long.  */
  { "rate 000000000000000000000000000000000000000000000000000000007\n", false,
    7, "done\n" },
  { "rate 00000000000000000000000000000000000000000000000000000000071\n",
    false, 0, "" },
  { "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    false, 0, "" }
};

static void
check_lines (void)
{
  open_run ();
  for (size_t i = 0; i < SIZEOF (lines); i++)
    for (int bytewise = 0; bytewise < 2; bytewise++)
      {
        char const *sent = lines[i].sent;
        size_t length = strlen (sent);
        char text[200];
        row_is ("'%.20s', bytewise %d", sent, bytewise);
        rates.calls = 0;
        int fd = connect_client ();
        if (bytewise)
          for (size_t j = 0; j + 1 < length && j < 60; j++, sent++)
            {
              NEED (write (fd, sent, 1) == 1);
              /* It has connected first.  */
              if (j == 0)
                events_step (&events);
              events_step (&events);
            }
        length = strlen (sent);
        NEED (full_write (fd, sent, length) == length);
        if (lines[i].ends)
          NEED (shutdown (fd, SHUT_WR) == 0);
        read_all (fd, text, sizeof text);
        CHECK_TEXT (text, lines[i].answer);
        CHECK_NUMBER (rates.calls, lines[i].rate != 0);
        if (rates.calls == 1)
          CHECK (rates.last == lines[i].rate);
        close (fd);
      }

  char text[200];
  row_is ("a second line");
  rates.calls = 0;
  int fd = connect_client ();
  NEED (full_write (fd, "rate 5\nrate 6\n", 14) == 14);
  read_all (fd, text, sizeof text);
  CHECK_TEXT (text, "done\n");
  CHECK_NUMBER (rates.calls, 1);
  CHECK (rates.last == 5);
  close (fd);

  row_is ("a client that has gone before its answer");
  fd = connect_client ();
  NEED (full_write (fd, "rate 8\n", 7) == 7);
  close (fd);
  while (rates.last != 8)
    events_step (&events);

  /* A client that says nothing is dropped after some seconds, and the one
     that has connected behind it has its turn.  */
  row_is ("a client that is silent");
  rates.calls = 0;
  fd = connect_client ();
  int next = connect_client ();
  NEED (full_write (next, "rate 9\n", 7) == 7);
  read_all (fd, text, sizeof text);
  CHECK_TEXT (text, "");
  CHECK_NUMBER (rates.calls, 0);
  read_all (next, text, sizeof text);
  CHECK_TEXT (text, "done\n");
  CHECK_NUMBER (rates.calls, 1);
  close (fd);
  close (next);
  adjust_close (&adjust);
}

/* Return the kind of the file NAME, 0 if there is none.  */
static mode_t
kind_of (char const *name)
{
  struct stat status;
  return lstat (name, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

static void
check_socket (void)
{
  char *name = socket_name ();
  row_is ("the socket");
  CHECK_NUMBER (kind_of (name), 0);
  open_run ();
  CHECK (0 <= adjust.listener);
  CHECK_NUMBER (kind_of (name), S_IFSOCK);
  CHECK_NUMBER (fcntl (adjust.listener, F_GETFD), FD_CLOEXEC);
  int fd = connect_client ();
  events_step (&events);
  CHECK (0 <= adjust.fd);
  CHECK_NUMBER (fcntl (adjust.fd, F_GETFD), FD_CLOEXEC);
  adjust_close (&adjust);
  CHECK_NUMBER (adjust.listener, -1);
  CHECK_NUMBER (adjust.fd, -1);
  CHECK_NUMBER (kind_of (name), 0);
  adjust_close (&adjust);
  close (fd);

  row_is ("closed, and never opened");
  adjust_init (&adjust);
  adjust_close (&adjust);

  row_is ("a socket is left over");
  struct sockaddr_un address;
  fill_address (&address);
  int old = socket (AF_UNIX, SOCK_STREAM, 0);
  NEED (bind (old, (struct sockaddr *) &address, sizeof address) == 0);
  open_run ();
  CHECK (0 <= adjust.listener);
  rates.calls = 0;
  fd = connect_client ();
  NEED (full_write (fd, "rate 3\n", 7) == 7);
  while (rates.calls == 0)
    events_step (&events);
  close (fd);
  close (old);
  adjust_close (&adjust);

  row_is ("a symbolic link in its place");
  scratch_write ("target", "untouched", 0600);
  NEED (symlink ("target", name) == 0);
  open_run ();
  CHECK (0 <= adjust.listener);
  CHECK_NUMBER (kind_of (name), S_IFSOCK);
  adjust_close (&adjust);
  char *target = scratch_name ("target");
  struct stat status;
  CHECK (stat (target, &status) == 0 && S_ISREG (status.st_mode)
         && status.st_size == 9);
  free (target);

  row_is ("a directory in its place");
  NEED (mkdir (name, 0700) == 0);
  open_run ();
  CHECK_NUMBER (adjust.listener, -1);
  CHECK_NUMBER (kind_of (name), S_IFDIR);
  adjust_close (&adjust);
  NEED (rmdir (name) == 0);
  free (name);
}

/* Open a run with NAME for XDG_RUNTIME_DIR.  Return whether it listens, and
   close it.  */
static bool
listens_in (char const *name)
{
  NEED (setenv ("XDG_RUNTIME_DIR", name, 1) == 0);
  open_run ();
  bool listens = 0 <= adjust.listener;
  adjust_close (&adjust);
  NEED (setenv ("XDG_RUNTIME_DIR", scratch, 1) == 0);
  return listens;
}

/* A directory that others may enter, or that is another user's, holds no
   socket.  */
static void
check_directory (void)
{
  char *folder = scratch_name ("folder");
  char *link = scratch_name ("link");
  char *missing = scratch_name ("missing");
  static struct { mode_t mode; bool good; } const modes[] = {
    { 0700, true }, { 0710, false }, { 0701, false }, { 0720, false },
    { 0702, false }, { 0740, false }, { 0704, false }, { 0755, false },
    { 01777, false }
  };
  NEED (mkdir (folder, 0700) == 0 && symlink (folder, link) == 0);
  for (size_t i = 0; i < SIZEOF (modes); i++)
    {
      row_is ("a directory with mode %o", (unsigned) modes[i].mode);
      NEED (chmod (folder, modes[i].mode) == 0);
      CHECK (listens_in (folder) == modes[i].good);
    }
  NEED (chmod (folder, 0700) == 0);
  row_is ("a link to a directory");
  CHECK (!listens_in (link));
  row_is ("no directory");
  CHECK (!listens_in (missing));
  CHECK_NUMBER (kind_of (missing), 0);
  row_is ("a file");
  scratch_write ("file", "", 0600);
  char *file = scratch_name ("file");
  CHECK (!listens_in (file));
  row_is ("a name that is too long");
  char *longest = xasprintf ("%s/%0*d", scratch, 120, 0);
  NEED (mkdir (longest, 0700) == 0);
  CHECK (!listens_in (longest));
  NEED (rmdir (longest) == 0);
  if (geteuid () == 0)
    {
      row_is ("a directory of another user");
      NEED (chown (folder, 65534, 65534) == 0);
      CHECK (!listens_in (folder));
    }
  NEED (unlink (link) == 0 && rmdir (folder) == 0);
  free (folder);
  free (link);
  free (missing);
  free (file);
  free (longest);
}


/* The command.  */

/* Start 'socketpipe --adjust=PID --rate-limit=RATE', with *FD for its standard
   error.  */
static pid_t
start_command (pid_t run, uint64_t rate, int *fd)
{
  int ends[2];
  NEED (pipe (ends) == 0 && fcntl (ends[0], F_SETFD, FD_CLOEXEC) == 0);
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    {
      struct run const it = { .adjust = run, .rate_limit = rate };
      dup2 (ends[1], STDERR_FILENO);
      close (ends[0]);
      close (ends[1]);
      _exit (adjust_main (&it));
    }
  close (ends[1]);
  *fd = ends[0];
  return pid;
}

/* Wait for the command PID, and check its exit status, and that its standard
   error FD is one line with TEXT in it, or empty if that is NULL.  */
static void
check_command (pid_t pid, int fd, int wanted, char const *text)
{
  char said[1000];
  int status;
  read_all (fd, said, sizeof said);
  close (fd);
  NEED (waitpid (pid, &status, 0) == pid);
  CHECK (WIFEXITED (status));
  CHECK_NUMBER (WEXITSTATUS (status), wanted);
  char const *newline = strchr (said, '\n');
  if (text == NULL)
    CHECK_TEXT (said, "");
  else if (!CHECK (strstr (said, text) != NULL && newline != NULL
                   && newline[1] == '\0'))
    fprintf (stderr, "  said: %s\n", said);
}

static void
check_main (void)
{
  int fd;
  row_is ("the command");
  rates.calls = 0;
  open_run ();
  pid_t pid = start_command (getpid (), 123456789012, &fd);
  check_command (pid, fd, 0, NULL);
  CHECK_NUMBER (rates.calls, 1);
  CHECK (rates.last == 123456789012);

  row_is ("the command, and what the run refuses");
  rates.calls = 0;
  pid = start_command (getpid (), 0, &fd);
  check_command (pid, fd, EXIT_OWN_FAILURE, "refuses: it understands");
  CHECK_NUMBER (rates.calls, 0);
  adjust_close (&adjust);

  row_is ("the command without a run");
  pid = start_command (getpid (), 1, &fd);
  check_command (pid, fd, EXIT_OWN_FAILURE, "is no run of yours");

  row_is ("the command, and a run that was killed");
  struct sockaddr_un address;
  fill_address (&address);
  int other = socket (AF_UNIX, SOCK_STREAM, 0);
  NEED (bind (other, (struct sockaddr *) &address, sizeof address) == 0);
  close (other);
  pid = start_command (getpid (), 1, &fd);
  check_command (pid, fd, EXIT_OWN_FAILURE, "is no run of yours");
  NEED (unlink (address.sun_path) == 0);
}

/* A run that does not answer as one does.  */
static struct { char const *answer; char const *said; } const answers[] =
{
  { "", "does not answer" },
  { "done", "does not answer" },
  { "no\n", "refuses: no" },
  { "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
    "does not answer" }
};

static void
check_answers (void)
{
  struct sockaddr_un address;
  fill_address (&address);
  int listener = socket (AF_UNIX, SOCK_STREAM, 0);
  NEED (bind (listener, (struct sockaddr *) &address, sizeof address) == 0
        && listen (listener, 5) == 0);
  for (size_t i = 0; i <= SIZEOF (answers); i++)
    {
      bool hangs = i == SIZEOF (answers);
      row_is ("answer %zu", i);
      int fd;
      char line[64];
      pid_t pid = start_command (getpid (), 77, &fd);
      int peer = accept (listener, NULL, NULL);
      NEED (0 <= peer);
      ssize_t got = read (peer, line, sizeof line - 1);
      NEED (0 <= got);
      line[got] = '\0';
      CHECK_TEXT (line, "rate 77\n");
      if (!hangs)
        {
          size_t length = strlen (answers[i].answer);
          NEED (full_write (peer, answers[i].answer, length) == length);
          close (peer);
        }
      /* It gives up by itself.  */
      check_command (pid, fd, EXIT_OWN_FAILURE,
                     hangs ? "does not answer" : answers[i].said);
      if (hangs)
        close (peer);
    }
  close (listener);
  NEED (unlink (address.sun_path) == 0);
}

int
main (void)
{
  alarm (300);
  signal (SIGPIPE, SIG_IGN);
  scratch_make ();
  NEED (setenv ("XDG_RUNTIME_DIR", scratch, 1) == 0);
  events_init (&events);
  check_lines ();
  check_socket ();
  check_directory ();
  check_main ();
  check_answers ();
  events_free (&events);
  return test_result ();
}
