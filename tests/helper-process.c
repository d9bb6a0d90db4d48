/* The part of the helper that deals with processes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- What a command is given ---- */

static void
print_escaped (char const *text)
{
  putchar ('[');
  for (; *text; text++)
    {
      unsigned char c = *text;
      if (c < ' ' || 0x7e < c || c == '\\')
        printf ("\\%03o", c);
      else
        putchar (c);
    }
  puts ("]");
}

int
cmd_args (int argc, char **argv)
{
  printf ("%d\n", argc - 1);
  for (int i = 1; i < argc; i++)
    print_escaped (argv[i]);
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static char const *
socket_kind (int fd)
{
  struct sockaddr_storage addr;
  socklen_t len = sizeof addr;
  if (getsockname (fd, (struct sockaddr *) &addr, &len) != 0)
    return "socket";
  return addr.ss_family == AF_INET ? "tcp"
         : addr.ss_family == AF_INET6 ? "tcp6"
         : addr.ss_family == AF_UNIX ? "unix" : "socket";
}

static char const *
descriptor_kind (int fd, struct stat const *st)
{
  struct stat null;
  if (S_ISSOCK (st->st_mode))
    return socket_kind (fd);
  if (S_ISFIFO (st->st_mode))
    return "pipe";
  if (S_ISREG (st->st_mode))
    return "file";
  if (S_ISDIR (st->st_mode))
    return "directory";
  if (isatty (fd))
    return "terminal";
  if (stat ("/dev/null", &null) == 0 && null.st_rdev == st->st_rdev)
    return "null";
  return "other";
}

int
cmd_fds (int argc, char **argv)
{
  static char const *const access_mode[] = { "r", "w", "rw", "?" };
  long max = sysconf (_SC_OPEN_MAX);
  char report[4096];
  size_t used = 0;

  /* By fstat, not by a look at /proc/self/fd: that opens one itself.  */
  for (int fd = 0; fd < max && fd < 4096; fd++)
    {
      struct stat st;
      if (fstat (fd, &st) != 0)
        continue;
      int flags = fcntl (fd, F_GETFL);
      int mode = flags & O_ACCMODE;
      int n = snprintf (report + used, sizeof report - used, "%d %s %s%s\n",
                        fd, descriptor_kind (fd, &st),
                        access_mode[mode == O_RDONLY ? 0 : mode == O_WRONLY
                                    ? 1 : mode == O_RDWR ? 2 : 3],
                        flags & O_NONBLOCK ? " nonblocking" : "");
      if (sizeof report - used <= (size_t) n)
        fail_usage ("fds", "too many descriptors");
      used += n;
    }
  int out = STDOUT_FILENO;
  if (1 < argc
      && (out = open (argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666)) < 0)
    fail (EXIT_HARD, argv[1]);
  write_all (out, report, used);
  return EXIT_SUCCESS;
}

int
cmd_ids (int argc, char **argv)
{
  (void) argc, (void) argv;
  int tty = open ("/dev/tty", O_RDWR | O_NOCTTY);
  printf ("pid %ld\npgid %ld\nsid %ld\nterminal %s\nforeground %s\n",
          (long) getpid (), (long) getpgrp (), (long) getsid (0),
          tty < 0 ? "no" : "yes",
          0 <= tty && tcgetpgrp (tty) == getpgrp () ? "yes" : "no");
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- How a command ends ---- */

int
cmd_exit (int argc, char **argv)
{
  (void) argc;
  return number (argv[1], 0, 255);
}

int
cmd_die (int argc, char **argv)
{
  (void) argc;
  die_of (signal_number (argv[1]));
  return EXIT_HARD;
}

int
cmd_sit (int argc, char **argv)
{
  for (int i = 2; i < argc; i++)
    signal (signal_number (argv[i]), SIG_IGN);
  announce (argv[1], "", getpid ());
  for (;;)
    pause ();
}

int
cmd_defaults (int argc, char **argv)
{
  (void) argc;
  /* A shell without job control makes what it starts in the background
     ignore INT and QUIT, and cannot undo it.  */
  for (int sig = 1; sig < 32; sig++)
    if (sig != SIGKILL && sig != SIGSTOP)
      signal (sig, SIG_DFL);
  sigset_t none;
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  /* Nor any descriptor that it or its parent left open.  */
  long max = sysconf (_SC_OPEN_MAX);
  for (int fd = 3; fd < max && fd < 4096; fd++)
    close (fd);
  execute (argv + 1);
  return EXIT_HARD;
}

int
cmd_setsid (int argc, char **argv)
{
  (void) argc;
  pid_t child = fork ();
  if (child < 0)
    fail (EXIT_HARD, "fork");
  if (child == 0)
    {
      /* After a fork, so that it cannot be a group leader already.  */
      if (setsid () < 0)
        fail (EXIT_HARD, "setsid");
      execute (argv + 1);
    }
  end_like (wait_for (child));
  return EXIT_HARD;
}

/* ---- Bounds in time ---- */

int
cmd_nap (int argc, char **argv)
{
  (void) argc;
  /* Not every sleep command takes a fraction.  */
  pause_ms (number (argv[1], 0, 3600 * 1000));
  return EXIT_SUCCESS;
}

static volatile pid_t bounded;
static volatile sig_atomic_t out_of_time;

/* End the command itself: were this left to the main program, a signal just
   before its waitpid would be lost.  */
static void
end_bounded (int sig)
{
  int saved_errno = errno;
  if (sig != SIGALRM)
    kill (bounded, sig);
  else
    {
      kill (bounded, out_of_time ? SIGKILL : SIGTERM);
      kill (bounded, SIGCONT);
      out_of_time = 1;
      alarm (10);
    }
  errno = saved_errno;
}

static void
catch_for_bounded (int sig)
{
  struct sigaction act;
  memset (&act, 0, sizeof act);
  act.sa_handler = end_bounded;
  sigaction (sig, &act, NULL);
}

int
cmd_within (int argc, char **argv)
{
  char const *file = NULL;
  if (STREQ (argv[1], "-s"))
    {
      if (argc < 5)
        fail_usage ("within", "arguments missing");
      file = argv[2];
      argv += 2;
    }
  int seconds = number (argv[1], 1, 3600);

  /* The command stays in our process group, to be in the foreground where
     we are; so keyboard signals come to it without our help.  */
  sigset_t set, old;
  sigemptyset (&set);
  sigaddset (&set, SIGALRM);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGHUP);
  sigprocmask (SIG_BLOCK, &set, &old);
  bounded = fork ();
  if (bounded < 0)
    fail (EXIT_HARD, "fork");
  if (bounded == 0)
    {
      sigprocmask (SIG_SETMASK, &old, NULL);
      execute (argv + 2);
    }
  signal (SIGINT, SIG_IGN);
  signal (SIGQUIT, SIG_IGN);
  catch_for_bounded (SIGALRM);
  catch_for_bounded (SIGTERM);
  catch_for_bounded (SIGHUP);
  alarm (seconds);
  sigprocmask (SIG_SETMASK, &old, NULL);

  int status = wait_for (bounded);
  if (file && out_of_time)
    announce (file, "out of time ", seconds);
  else if (file && WIFSIGNALED (status))
    announce (file, "signal ", WTERMSIG (status));
  else if (file)
    announce (file, "exit ", WEXITSTATUS (status));
  if (out_of_time)
    {
      fprintf (stderr, "helper: %s: not ended after %d s\n", argv[2],
               seconds);
      return 124;
    }
  end_like (status);
  return EXIT_HARD;
}

/* Has process PID ended?  A zombie has: its parent may never reap it, where a
   container has no proper first process.  */
static bool
has_ended (pid_t pid)
{
  if (kill (pid, 0) != 0)
    return errno == ESRCH;

  char name[64];
  char text[512];
  snprintf (name, sizeof name, "/proc/%ld/stat", (long) pid);
  int fd = open (name, O_RDONLY);
  if (fd < 0)
    return false;
  ssize_t n = read (fd, text, sizeof text - 1);
  close (fd);
  if (n <= 0)
    return false;
  text[n] = '\0';
  char const *after_name = strrchr (text, ')');
  return after_name && strncmp (after_name, ") Z", 3) == 0;
}

int
cmd_wait_gone (int argc, char **argv)
{
  long long deadline = now_ms () + 1000 * number (argv[1], 0, 3600);
  for (int i = 2; i < argc; i++)
    {
      pid_t pid = number (argv[i], 1, INT_MAX);
      while (!has_ended (pid))
        {
          if (deadline <= now_ms ())
            {
              fprintf (stderr, "helper: process %ld is still there\n",
                       (long) pid);
              return EXIT_FAILURE;
            }
          pause_ms (10);
        }
    }
  return EXIT_SUCCESS;
}

/* ---- What is left behind ---- */

/* Read up to SIZE bytes of /proc/PID/WHAT into TEXT.  Return how many; 0
   when the process is gone or not for us to see.  */
static size_t
read_proc (char const *pid, char const *what, char *text, size_t size)
{
  char name[300];
  snprintf (name, sizeof name, "/proc/%s/%s", pid, what);
  int fd = open (name, O_RDONLY);
  if (fd < 0)
    return 0;
  size_t used = 0;
  ssize_t n;
  while (used < size && 0 < (n = read (fd, text + used, size - used)))
    used += n;
  close (fd);
  return used;
}

static bool
has_entry (char const *text, size_t size, char const *entry)
{
  size_t len = strlen (entry) + 1;
  for (char const *p = text; len <= (size_t) (text + size - p);)
    {
      if (memcmp (p, entry, len) == 0)
        return true;
      char const *end = memchr (p, '\0', text + size - p);
      if (!end)
        return false;
      p = end + 1;
    }
  return false;
}

int
cmd_marked (int argc, char **argv)
{
  (void) argc;
  static char text[256 * 1024];
  DIR *dir = opendir ("/proc");
  if (!dir || access ("/proc/self/environ", R_OK) != 0)
    fail_usage ("marked", "no /proc/PID/environ here");

  struct dirent const *entry;
  while ((entry = readdir (dir)))
    {
      char const *pid = entry->d_name;
      if (!isdigit ((unsigned char) *pid)
          || number (pid, 0, LONG_MAX) == getpid ()
          || !has_entry (text, read_proc (pid, "environ", text, sizeof text),
                         argv[1]))
        continue;
      size_t n = read_proc (pid, "cmdline", text, sizeof text - 1);
      for (size_t i = 0; i < n; i++)
        if (!isprint ((unsigned char) text[i]))
          text[i] = ' ';
      printf ("%s %.*s\n", pid, (int) n, text);
    }
  closedir (dir);
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- What is in memory ---- */

/* Look for the LENGTH bytes at WANTED in the memory MEM from START to END,
   the mapping NAME.  Return how often they are there.  */
static int
search_mapping (int mem, unsigned long long start, unsigned long long end,
                unsigned char const *wanted, size_t length, char const *name)
{
  static unsigned char block[256 * 1024];
  size_t kept = 0;
  int found = 0;
  while (start < end)
    {
      size_t size = sizeof block - kept;
      if (end - start < size)
        size = end - start;
      ssize_t got = pread (mem, block + kept, size, start);
      if (got <= 0)
        break;
      size_t have = kept + got;
      for (size_t i = 0; i + length <= have; i++)
        if (block[i] == *wanted && memcmp (block + i, wanted, length) == 0)
          {
            printf ("%llx in %s", start - kept + i, name);
            found++;
          }
      start += got;
      kept = have < length - 1 ? have : length - 1;
      memmove (block, block + have - kept, kept);
    }
  return found;
}

int
cmd_memory (int argc, char **argv)
{
  unsigned long long const shadow_size = 1ULL << 36;
  (void) argc;
  unsigned char wanted[1024];
  char name[300], line[1024];
  int fd = open (argv[2], O_RDONLY);
  if (fd < 0)
    fail (EXIT_HARD, argv[2]);
  size_t length = read_some (fd, wanted, sizeof wanted);
  close (fd);
  if (length == 0)
    fail_usage (argv[2], "empty");

  snprintf (name, sizeof name, "/proc/%s/maps", argv[1]);
  FILE *maps = fopen (name, "r");
  snprintf (name, sizeof name, "/proc/%s/mem", argv[1]);
  int mem = open (name, O_RDONLY);
  if (!maps || mem < 0)
    return 77;
  int found = 0;
  bool seen = false;
  while (fgets (line, sizeof line, maps))
    {
      char *at;
      char first;
      unsigned long long start = strtoull (line, &at, 16);
      if (*at != '-')
        continue;
      unsigned long long end = strtoull (at + 1, &at, 16);
      /* Only a sanitizer's shadow is that large, and never looked through.  */
      if (shadow_size <= end - start)
        return 77;
      if (strncmp (at, " r", 2) != 0)
        continue;
      seen = seen || pread (mem, &first, 1, start) == 1;
      found += search_mapping (mem, start, end, wanted, length, line);
    }
  fclose (maps);
  close (mem);
  if (fclose (stdout) != 0 || !seen)
    return seen ? EXIT_HARD : 77;
  return found == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
