/* The part of the helper that plays the client of socketpipe 1.10.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A stand-in, written from what 1.10 is known to do, and as careless where
   that matters: one IPv4 connection for both directions, whoever makes it;
   two logins, of which the first tells SSH_CLIENT; a wait in accept that
   nothing but -t ends; the status of the output command, or of the login where
   there is none.  What it starts on the other host is the program's -s.  */

#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct old
{
  char **input;
  char **login;
  char **remote;
  char **output;
  char const *host;
};

static int
usage_error (void)
{
  fputs ("usage: socketpipe [-b] [-h host] [-t timeout] [-i { command }]"
         " -l { command }\n\t-r { command } [-o { command }]\n", stderr);
  return 1;
}

/* Start ARGV with IN and OUT as its standard input and output, -1 for what it
   inherits.  */
static pid_t
start (char **argv, int in, int out)
{
  pid_t pid = fork ();
  if (pid < 0)
    fail (EXIT_HARD, "fork");
  if (pid != 0)
    return pid;
  if ((0 <= in && dup2 (in, STDIN_FILENO) < 0)
      || (0 <= out && dup2 (out, STDOUT_FILENO) < 0))
    fail (EXIT_HARD, "dup2");
  execute (argv);
  return -1;
}

static int
exit_status (int status)
{
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

/* The words of the command behind ARGV[*I], a lone "{"; *I becomes the place
   of its "}", which is overwritten.  */
static char **
take_block (int argc, char **argv, int *i)
{
  int depth = 0;
  int first = *i + 2;
  for (int j = *i + 1; j < argc; j++)
    {
      if (STREQ (argv[j], "{"))
        depth++;
      else if (STREQ (argv[j], "}") && --depth == 0)
        {
          argv[j] = NULL;
          *i = j;
          return argv + first;
        }
    }
  exit (usage_error ());
}

/* Run WORDS, a NULL-terminated list, at the end of LOGIN.  */
static pid_t
start_login (char **login, char **words, int in, int out)
{
  char *all[256];
  int n = 0;
  for (; *login && n < 255; login++)
    all[n++] = *login;
  for (; *words && n < 255; words++)
    all[n++] = *words;
  all[n] = NULL;
  return start (all, in, out);
}

/* The first login: which address of this host does the other one see?  */
static char *
ask_address (struct old const *old)
{
  static char answer[256];
  static char echo[] = "echo", variable[] = "$SSH_CLIENT";
  char *words[] = { echo, variable, NULL };
  int ends[2];
  if (pipe (ends) != 0)
    fail (EXIT_HARD, "pipe");
  pid_t pid = start_login (old->login, words, -1, ends[1]);
  close (ends[1]);
  size_t used = 0, n;
  while (used < sizeof answer - 1
         && (n = read_some (ends[0], answer + used,
                            sizeof answer - 1 - used)) != 0)
    used += n;
  close (ends[0]);
  wait_for (pid);
  answer[used] = '\0';
  answer[strcspn (answer, " \n")] = '\0';
  return answer;
}

static int
old_listen (char *port, size_t size)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, length) != 0
      || listen (fd, 1) != 0
      || getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    fail (EXIT_HARD, "listen");
  snprintf (port, size, "%d", ntohs (address.sin_port));
  return fd;
}

static int
old_client (struct old const *old)
{
  static char program[] = "socketpipe", serve[] = "-s";
  static char port[12];
  static char *words[200] = { program, serve, NULL, port };
  words[2] = old->host ? strdup (old->host) : ask_address (old);
  for (int n = 0; old->remote[n] && n < 190; n++)
    words[4 + n] = old->remote[n];

  int listener = old_listen (port, sizeof port);
  pid_t login = start_login (old->login, words, -1, -1);
  int fd = accept (listener, NULL, NULL);
  if (fd < 0)
    fail (1, "accept");
  close (listener);
  pid_t output = old->output ? start (old->output, fd, -1) : -1;
  if (old->input)
    {
      wait_for (start (old->input, -1, fd));
      shutdown (fd, SHUT_WR);
    }
  if (old->output)
    {
      int status = exit_status (wait_for (output));
      close (fd);
      wait_for (login);
      return status;
    }
  return exit_status (wait_for (login));
}

int
cmd_old_socketpipe (int argc, char **argv)
{
  struct old old = { .input = NULL };
  for (int i = 1; i < argc; i++)
    if (i + 1 < argc && STREQ (argv[i], "-h"))
      old.host = argv[++i];
    else if (i + 1 < argc && STREQ (argv[i], "-t"))
      alarm (number (argv[++i], 0, 3600));
    else if (i + 1 < argc && STREQ (argv[i], "-i"))
      old.input = take_block (argc, argv, &i);
    else if (i + 1 < argc && STREQ (argv[i], "-l"))
      old.login = take_block (argc, argv, &i);
    else if (i + 1 < argc && STREQ (argv[i], "-r"))
      old.remote = take_block (argc, argv, &i);
    else if (i + 1 < argc && STREQ (argv[i], "-o"))
      old.output = take_block (argc, argv, &i);
    else if (!STREQ (argv[i], "-b"))
      return usage_error ();
  if (!old.login || !old.remote || (!old.input && !old.output))
    return usage_error ();
  return old_client (&old);
}
