/* Test the start, the signals and the end of stages, whose command is this
   program.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child-subreaper.h"
#include "close-from.h"
#include "full-read.h"
#include "full-write.h"
#include "base/children.h"
#include "base/signals.h"
#include "helpers.h"
#include "scratch.h"
#include "test-macros.h"

static char *self;              /* this program */
static struct guard guard;


/* The stages.  */

/* What a stage finds when it runs; it writes this to its output.  */
struct facts
{
  pid_t pid, group, session;
  int descriptors;              /* open ones above 2 */
  bool in_null;
  dev_t in_device;
  ino_t in_number;
  bool blocks;                  /* a signal is blocked */
  bool ignores_hup, ignores_pipe, ignores_usr1, ignores_others;
  bool caught;                  /* a signal has a handler */
  char level[32];               /* SHLVL */
};

static bool
is_ignored (int sig, bool *caught)
{
  struct sigaction action;
  NEED (sigaction (sig, NULL, &action) == 0);
  if (action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL)
    *caught = true;
  return action.sa_handler == SIG_IGN;
}

/* Be a stage: write struct facts to OUT.  Return the exit status.  */
static int
tell_facts (int in, int out)
{
  enum { STATUS = 7 };
  struct facts facts;
  struct stat status, null;
  sigset_t mask;
  memset (&facts, 0, sizeof facts);
  facts.pid = getpid ();
  facts.group = getpgrp ();
  facts.session = getsid (0);
  for (int fd = 3; fd < 256; fd++)
    facts.descriptors += 0 <= fcntl (fd, F_GETFD);
  NEED (fstat (in, &status) == 0 && stat ("/dev/null", &null) == 0);
  facts.in_null = S_ISCHR (status.st_mode) && status.st_rdev == null.st_rdev;
  facts.in_device = status.st_dev;
  facts.in_number = status.st_ino;
  NEED (sigprocmask (SIG_BLOCK, NULL, &mask) == 0);
  static int const signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGTSTP };
  for (size_t i = 0; i < SIZEOF (signals); i++)
    {
      facts.blocks |= sigismember (&mask, signals[i]) == 1;
      if (is_ignored (signals[i], &facts.caught))
        facts.ignores_others = true;
    }
  facts.ignores_hup = is_ignored (SIGHUP, &facts.caught);
  facts.ignores_pipe = is_ignored (SIGPIPE, &facts.caught);
  facts.ignores_usr1 = is_ignored (SIGUSR1, &facts.caught);
  char const *level = getenv ("SHLVL");
  snprintf (facts.level, sizeof facts.level, "%s", level ? level : "none");
  if (full_write (out, &facts, sizeof facts) != sizeof facts)
    return EXIT_SET_UP;
  return STATUS;
}

static int
wait_for_signal (int in, int out)
{
  (void) in, (void) out;
  alarm (60);
  while (true)
    pause ();
  return 0;
}

/* Be a stage: leave a process behind, and write its number to OUT.  */
static int
leave_behind (int in, int out)
{
  pid_t pid = fork ();
  if (pid == 0)
    wait_for_signal (in, out);
  return full_write (out, &pid, sizeof pid) == sizeof pid ? 0 : EXIT_SET_UP;
}

static struct { char const *name; int (*fn) (int in, int out); } const acts[] =
{
  { "facts", tell_facts },
  { "wait", wait_for_signal },
  { "leave-behind", leave_behind }
};

/* Become the act NAME.  */
static int
act (char const *name)
{
  for (size_t i = 0; i < SIZEOF (acts); i++)
    if (STREQ (name, acts[i].name))
      return acts[i].fn (STDIN_FILENO, STDOUT_FILENO);
  return EXIT_SET_UP;
}


/* The worker.  */

/* Wait until the exec of STAGE has succeeded or failed, and take notice.  */
static void
await_exec (struct stage *stage)
{
  struct pollfd wait = { .fd = stage->exec_fd, .events = POLLIN };
  NEED (poll (&wait, 1, -1) == 1);
  stage_started (stage);
  CHECK_NUMBER (stage->exec_fd, -1);
}

/* Wait for the end of STAGE and reap it.  Return its wait status.  */
static int
await_end (struct stage *stage)
{
  siginfo_t info;
  NEED (waitid (P_PID, stage->pid, &info, WEXITED | WNOWAIT) == 0);
  CHECK (stage_reap (stage, &guard));
  CHECK_NUMBER (stage->state, STAGE_ENDED);
  CHECK (!stage_reap (stage, &guard));
  return stage->wait_status;
}

/* Start STAGE, which is a command of ARGV or, if that is NULL, the relay
   RELAY, at PLACE.  */
static void
start (struct stage *stage, char **argv, int (*relay) (int, int),
       struct stage_place *place)
{
  *stage = (struct stage) { .role = "test", .argv = argv, .relay = relay };
  place->guard = &guard;
  CHECK (!stage_signal (stage, 0));
  NEED (stage_start (stage, place) == 0);
  CHECK_NUMBER (stage->state, STAGE_STARTING);
}

/* Start STAGE likewise, wait for its exec, and set the output in PLACE to a
   pipe.  Return the other end of that.  */
static int
start_heard (struct stage *stage, char **argv, int (*relay) (int, int),
             struct stage_place *place)
{
  int ends[2];
  NEED (pipe2 (ends, O_CLOEXEC) == 0);
  place->out = ends[1];
  start (stage, argv, relay, place);
  close (ends[1]);
  await_exec (stage);
  CHECK_NUMBER (stage->exec_errno, 0);
  CHECK_NUMBER (stage->state, STAGE_RUNNING);
  return ends[0];
}

/* Run a stage at PLACE and fill in *FACTS by what it finds.  RELAY says that
   it is a relay, not a command.  */
static void
find_facts (struct facts *facts, bool relay, struct stage_place *place)
{
  char *argv[] = { self, (char[]) { "facts" }, NULL };
  struct stage stage;
  int fd = start_heard (&stage, relay ? NULL : argv,
                        relay ? tell_facts : NULL, place);
  NEED (full_read (fd, facts, sizeof *facts) == sizeof *facts);
  close (fd);
  int status = await_end (&stage);
  CHECK (WIFEXITED (status) && WEXITSTATUS (status) == 7);
  CHECK_NUMBER (facts->pid, stage.pid);
  CHECK (0 <= stage.wall);
}

/* A command by a name, which FILE in the scratch directory stands for where
   there is one.  */
static struct { char const *file, *name; int check, exec; } const names[] =
{
  { NULL, "", ENOENT, ENOENT },
  { NULL, "no-such-command", ENOENT, ENOENT },
  { NULL, "sh", 0, 0 },
  { NULL, "tool", 0, 0 },
  { NULL, "plain", EACCES, EACCES },
  { NULL, "/", EACCES, EACCES },
  { "missing", NULL, ENOENT, ENOENT },
  { "folder", NULL, EACCES, EACCES },
  { "plain", NULL, EACCES, EACCES },
  { "plain/below", NULL, ENOTDIR, ENOTDIR },
  { "tool", NULL, 0, 0 },
  /* Only exec meets the interpreter.  */
  { "no-interpreter", NULL, 0, ENOENT }
};

static void
check_names (void)
{
  char const *path = getenv ("PATH");
  char *longer = xasprintf ("%s:%s", scratch, path ? path : "/bin:/usr/bin");
  char *old = xasprintf ("%s", path ? path : "/bin:/usr/bin");
  NEED (setenv ("PATH", longer, 1) == 0);
  for (size_t i = 0; i < SIZEOF (names); i++)
    for (int reap_first = 0; reap_first < 2; reap_first++)
      {
        char *name = (names[i].file ? scratch_name (names[i].file)
                      : xasprintf ("%s", names[i].name));
        char *argv[] = { name, (char[]) { "-c" }, (char[]) { "exit 7" },
                         NULL };
        struct stage stage;
        struct stage_place place
          = { .in = -1, .out = STDOUT_FILENO, .command = true };
        row_is ("command '%s', %d", name, reap_first);
        CHECK_NUMBER (stage_check (argv), names[i].check);
        start (&stage, argv, NULL, &place);
        if (!reap_first)
          {
            await_exec (&stage);
            CHECK_NUMBER (stage.state, names[i].exec ? STAGE_STARTING
                                                     : STAGE_RUNNING);
          }
        int status = await_end (&stage);
        CHECK_NUMBER (stage.exec_errno, names[i].exec);
        CHECK_NUMBER (stage.exec_fd, -1);
        CHECK (WIFEXITED (status));
        CHECK_NUMBER (WEXITSTATUS (status),
                      names[i].exec == 0 ? 7
                      : names[i].exec == ENOENT ? EXIT_NOT_FOUND
                      : EXIT_CANNOT_INVOKE);
        free (name);
      }
  NEED (setenv ("PATH", old, 1) == 0);
  free (longer);
  free (old);
}

static void
check_groups (void)
{
  for (int row = 0; row < 8; row++)
    {
      bool own_group = row & 1, own_session = row & 2, relay = row & 4;
      struct stage_place place = {
        .in = -1, .own_group = own_group, .own_session = own_session,
        .command = true
      };
      struct facts facts;
      row_is ("group %d, session %d, relay %d", own_group, own_session, relay);
      find_facts (&facts, relay, &place);
      CHECK_NUMBER (facts.group, own_group || own_session ? facts.pid
                                                          : getpgrp ());
      CHECK_NUMBER (facts.session, own_session ? facts.pid : getsid (0));
    }
}

static void
check_descriptors (void)
{
  struct facts facts;
  struct stat status;
  int ends[2];
  NEED (pipe2 (ends, O_CLOEXEC) == 0 && fstat (ends[0], &status) == 0);
  for (int relay = 0; relay < 2; relay++)
    {
      struct stage_place place = { .in = ends[0], .command = true };
      row_is ("descriptors, relay %d", relay);
      find_facts (&facts, relay, &place);
      CHECK_NUMBER (facts.descriptors, 0);
      CHECK (facts.in_device == status.st_dev
             && facts.in_number == status.st_ino && !facts.in_null);

      row_is ("no input, relay %d", relay);
      place.in = -1;
      find_facts (&facts, relay, &place);
      CHECK_NUMBER (facts.descriptors, 0);
      CHECK (facts.in_null);
    }

  row_is ("a relay, and what a library left open for all");
  struct stage_place place = { .in = -1 };
  int open_one = dup (ends[0]);
  NEED (0 <= open_one);
  find_facts (&facts, true, &place);
  CHECK_NUMBER (facts.descriptors, 0);
  close (open_one);

  row_is ("the standard descriptors as they are");
  int saved_in = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  NEED (dup2 (ends[0], STDIN_FILENO) == STDIN_FILENO);
  place = (struct stage_place) { .in = STDIN_FILENO, .command = true };
  find_facts (&facts, false, &place);
  CHECK_NUMBER (facts.descriptors, 0);
  CHECK (facts.in_number == status.st_ino);
  /* Where the test itself was started without one.  */
  if (0 <= saved_in)
    dup2 (saved_in, STDIN_FILENO);
  else
    close (STDIN_FILENO);
  close (saved_in);
  close (ends[0]);
  close (ends[1]);
}

static void
check_signals_in_child (void)
{
  for (int row = 0; row < 3; row++)
    {
      struct stage_place place = { .in = -1, .command = row != 1 };
      struct facts facts;
      bool relay = row == 2;
      row_is ("signals of a %s", row == 0 ? "command" : row == 1 ? "login"
              : "relay");
      find_facts (&facts, relay, &place);
      CHECK (!facts.blocks);
      CHECK (!facts.caught && !facts.ignores_others);
      CHECK (facts.ignores_hup);
      CHECK (!facts.ignores_pipe);
      CHECK (facts.ignores_usr1 == relay);
    }
  sigset_t mask;
  row_is ("signals of the parent");
  NEED (sigprocmask (SIG_BLOCK, NULL, &mask) == 0);
  CHECK (sigismember (&mask, SIGTERM) == 0);
}

/* SHLVL here, and in a command.  */
static struct { char const *here, *there; } const levels[] =
{
  { NULL, "1" }, { "", "1" }, { "0", "1" }, { "000", "1" }, { "-1", "1" },
  { "x", "1" }, { "1x", "1" }, { " 1", "1" }, { "999", "1" }, { "1000", "1" },
  { "4294967297", "1" }, { "99999999999999999999", "1" },
  { "1", "1" }, { "2", "2" }, { "007", "007" }, { "998", "998" },
  { "0000000998", "0000000998" }
};

static void
check_shell_level (void)
{
  for (size_t i = 0; i < SIZEOF (levels); i++)
    for (int command = 0; command < 2; command++)
      {
        struct stage_place place = { .in = -1, .command = command };
        struct facts facts;
        char const *here = levels[i].here;
        row_is ("SHLVL %s, command %d", here ? here : "unset", command);
        NEED (here ? setenv ("SHLVL", here, 1) == 0
              : unsetenv ("SHLVL") == 0);
        find_facts (&facts, false, &place);
        CHECK_TEXT (facts.level, command ? levels[i].there
                                 : here ? here : "none");
        char const *now = getenv ("SHLVL");
        CHECK_TEXT (now, here);
      }
  NEED (setenv ("SHLVL", "1", 1) == 0);
}

static void
check_signalling (void)
{
  char *waits[] = { self, (char[]) { "wait" }, NULL };
  char *leaves[] = { self, (char[]) { "leave-behind" }, NULL };
  for (int group = 0; group < 2; group++)
    {
      struct stage stage;
      struct stage_place place
        = { .in = -1, .own_group = group, .command = true };
      row_is ("a signal, group %d", group);
      close (start_heard (&stage, waits, NULL, &place));
      CHECK (!stage_reap (&stage, &guard));
      CHECK (stage_signal (&stage, 0));
      CHECK (stage_signal (&stage, SIGTERM));
      int status = await_end (&stage);
      CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGTERM);
      CHECK (!stage_signal (&stage, SIGTERM));

      row_is ("a signal just behind the fork, group %d", group);
      place.out = STDOUT_FILENO;
      start (&stage, waits, NULL, &place);
      CHECK (stage_signal (&stage, SIGKILL));
      status = await_end (&stage);
      CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);

      row_is ("a signal to what is left behind, group %d", group);
      int fd = start_heard (&stage, leaves, NULL, &place);
      pid_t left;
      char byte;
      NEED (full_read (fd, &left, sizeof left) == sizeof left);
      await_end (&stage);
      CHECK (stage_signal (&stage, SIGTERM) == group);
      if (!group)
        kill (left, SIGTERM);
      /* It has the pipe until it ends.  */
      CHECK_NUMBER (read (fd, &byte, 1), 0);
      close (fd);
      /* As a subreaper, this process has to reap it.  */
      while (kill (left, 0) == 0)
        {
          waitpid (left, NULL, WNOHANG);
          poll (NULL, 0, 5);
        }
      CHECK (!stage_signal (&stage, SIGTERM));
    }
}

/* A stage is a registered child from its start until it is reaped.  */
static void
check_registered (void)
{
  char *waits[] = { self, (char[]) { "wait" }, NULL };
  for (int command = 0; command < 2; command++)
    {
      struct stage stage;
      struct stage_place place = { .in = -1, .command = command };
      row_is ("registered, command %d", command);
      close (start_heard (&stage, waits, NULL, &place));
      CHECK (is_helper (stage.pid) == !command);
      CHECK (stage_signal (&stage, SIGKILL));
      siginfo_t info;
      NEED (waitid (P_PID, stage.pid, &info, WEXITED | WNOWAIT) == 0);
      /* It is reaped by nothing else.  */
      children_reap_orphans ();
      CHECK (WIFSIGNALED (await_end (&stage)));
      CHECK (!is_helper (stage.pid));
    }
}

/* No descriptor is left for the pipe that tells of exec.  */
static void
check_no_start (void)
{
  struct rlimit old, few;
  struct stage_place place
    = { .in = -1, .out = STDOUT_FILENO, .command = true, .guard = &guard };
  char *argv[] = { self, (char[]) { "facts" }, NULL };
  struct stage stage = { .role = "test", .argv = argv };
  row_is ("no descriptor left");
  int lowest = dup (STDERR_FILENO);
  NEED (0 <= lowest && close (lowest) == 0
        && getrlimit (RLIMIT_NOFILE, &old) == 0);
  few = old;
  few.rlim_cur = lowest;
  NEED (setrlimit (RLIMIT_NOFILE, &few) == 0);
  int result = stage_start (&stage, &place);
  int error = errno;
  NEED (setrlimit (RLIMIT_NOFILE, &old) == 0);
  CHECK_NUMBER (result, -1);
  CHECK_NUMBER (error, EMFILE);
  CHECK_NUMBER (stage.state, STAGE_ENDED);
  CHECK_NUMBER (stage.exec_errno, EMFILE);
  CHECK_NUMBER (stage.exec_fd, -1);
  CHECK (!stage_signal (&stage, SIGTERM));
  CHECK (!stage_reap (&stage, &guard));
}

int
main (int argc, char **argv)
{
  if (argc == 2)
    return act (argv[1]);
  alarm (300);
  self = argv[0];
  /* make passes descriptors of its own on.  */
  close_from (3);
  static int const ours[]
    = { SIGINT, SIGTERM, SIGQUIT, SIGTSTP, SIGCHLD, SIGUSR1, SIGPIPE };
  for (size_t i = 0; i < SIZEOF (ours); i++)
    signal (ours[i], SIG_DFL);
  signal (SIGHUP, SIG_IGN);
  child_subreaper ();
  NEED (guard_start (&guard) == 0);
  NEED (0 <= signals_open ());
  scratch_make ();
  scratch_write ("plain", "#!/bin/sh\nexit 7\n", 0644);
  scratch_write ("tool", "#!/bin/sh\nexit 7\n", 0755);
  scratch_write ("no-interpreter", "#!/no/such/interpreter\n", 0755);
  char *folder = scratch_name ("folder");
  NEED (mkdir (folder, 0755) == 0);
  free (folder);
  check_names ();
  check_groups ();
  check_descriptors ();
  check_signals_in_child ();
  check_shell_level ();
  check_signalling ();
  check_registered ();
  check_no_start ();
  guard_stop (&guard);
  return test_result ();
}
