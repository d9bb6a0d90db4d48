/* The part of the helper that plays a terminal and its user.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int
open_master (void)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt (master) != 0 || unlockpt (master) != 0)
    fail (EXIT_HARD, "cannot make a terminal");
  return master;
}

/* Neither echo nor carriage returns: tests compare what is printed.  What is
   typed after ^C or ^Z must not be lost with what was typed before.  */
static void
set_mode (int tty)
{
  struct termios mode;
  if (tcgetattr (tty, &mode) != 0)
    fail (EXIT_HARD, "tcgetattr");
  mode.c_lflag &= ~ECHO;
  mode.c_lflag |= NOFLSH;
  mode.c_oflag &= ~OPOST;
  if (tcsetattr (tty, TCSANOW, &mode) != 0)
    fail (EXIT_HARD, "tcsetattr");
}

/* Become the leader of a session on the terminal NAME and execute ARGV.  */
static void
execute_on (char const *name, char **argv)
{
  if (setsid () < 0)
    fail (EXIT_HARD, "setsid");
  int tty = open (name, O_RDWR);
  if (tty < 0)
    fail (EXIT_HARD, name);
#ifdef TIOCSCTTY
  /* BSD: opening it is not enough.  */
  ioctl (tty, TIOCSCTTY, 0);
#endif

  for (int fd = 0; fd <= 2; fd++)
    if (dup2 (tty, fd) < 0)
      fail (EXIT_HARD, "dup2");
  if (2 < tty)
    close (tty);
  execute (argv);
}

/* Copy what can be read from FROM at once to TO.  Return false at the end:
   some systems give EIO there when the last user of a terminal is gone.  */
static bool
copy_once (int from, int to)
{
  char buf[4096];
  ssize_t n = read (from, buf, sizeof buf);
  if (n < 0 && errno == EINTR)
    return true;
  if (n <= 0)
    return false;
  write_all (to, buf, n);
  return true;
}

/* Copy what is ready within TIMEOUT milliseconds.  Return whether anything
   came from the terminal, or may come yet.  */
static bool
serve (int master, bool *typing, int timeout)
{
  struct pollfd fds[2] = { { .fd = master, .events = POLLIN },
                           { .fd = *typing ? STDIN_FILENO : -1,
                             .events = POLLIN } };
  int ready = poll (fds, 2, timeout);
  if (ready <= 0)
    return ready < 0;
  if (fds[1].revents && !copy_once (STDIN_FILENO, master))
    *typing = false;
  return !fds[0].revents || copy_once (master, STDOUT_FILENO);
}

int
cmd_pty (int argc, char **argv)
{
  (void) argc;
  int master = open_master ();
  char const *name = ptsname (master);
  /* Held open while the command starts, so that the terminal does not look
     hung up before it is used.  */
  int slave = open (name, O_RDWR | O_NOCTTY);
  if (slave < 0)
    fail (EXIT_HARD, name);
  set_mode (slave);

  pid_t child = fork ();
  if (child < 0)
    fail (EXIT_HARD, "fork");
  if (child == 0)
    {
      close (master);
      close (slave);
      execute_on (name, argv + 1);
    }

  int status;
  pid_t ended;
  bool typing = true;
  while ((ended = waitpid (child, &status, WNOHANG)) == 0
         || (ended < 0 && errno == EINTR))
    serve (master, &typing, 20);

  /* What it printed last.  What it left behind in the background is hung up
     when the terminal goes with us.  */
  typing = false;
  while (serve (master, &typing, 20))
    continue;
  end_like (status);
  return EXIT_HARD;
}
