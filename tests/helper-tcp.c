/* The part of the helper that plays network peers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A tiny inetd ---- */

enum { MAX_CHILDREN = 256 };
static pid_t children[MAX_CHILDREN];
static int n_children;

/* Written to by the signal handler, so that poll returns.  */
static int wakeup[2];
static volatile sig_atomic_t stopping;

static void
on_signal (int sig)
{
  int saved_errno = errno;
  if (sig != SIGCHLD)
    stopping = 1;
  ssize_t ignored = write (wakeup[1], "", 1);
  (void) ignored;
  errno = saved_errno;
}

static void
catch_signals (void)
{
  static int const signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
  struct sigaction act;
  memset (&act, 0, sizeof act);
  act.sa_handler = on_signal;
  act.sa_flags = SA_NOCLDSTOP;

  if (pipe (wakeup) != 0)
    fail (EXIT_HARD, "pipe");
  for (int i = 0; i < 2; i++)
    {
      fcntl (wakeup[i], F_SETFD, FD_CLOEXEC);
      fcntl (wakeup[i], F_SETFL, O_NONBLOCK);
    }
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaction (signals[i], &act, NULL);
}

/* Bind LISTENER to loopback, or to any address of the family; put what it was
   bound to into *ACTUAL_PORT.  Return 0, or -1 with errno set.  */
static int
bind_to_ipv4 (int listener, bool any, int port, int *actual_port)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof addr;
  memset (&addr, 0, sizeof addr);
  addr.sin_family = AF_INET;
  addr.sin_port = htons (port);
  addr.sin_addr.s_addr = htonl (any ? INADDR_ANY : INADDR_LOOPBACK);
  if (bind (listener, (struct sockaddr *) &addr, sizeof addr) != 0
      || getsockname (listener, (struct sockaddr *) &addr, &len) != 0)
    return -1;
  *actual_port = ntohs (addr.sin_port);
  return 0;
}

/* The same for any address of both families.  */
static int
bind_to_both (int listener, int port, int *actual_port)
{
  struct sockaddr_in6 addr;
  socklen_t len = sizeof addr;
  int zero = 0;
  memset (&addr, 0, sizeof addr);
  addr.sin6_family = AF_INET6;
  addr.sin6_port = htons (port);
  addr.sin6_addr = in6addr_any;
  if (setsockopt (listener, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero)
      || bind (listener, (struct sockaddr *) &addr, sizeof addr) != 0
      || getsockname (listener, (struct sockaddr *) &addr, &len) != 0)
    return -1;
  *actual_port = ntohs (addr.sin6_port);
  return 0;
}

static int
listen_on (bool any, int port, int *actual_port)
{
  int one = 1;
  int listener = any ? socket (AF_INET6, SOCK_STREAM, 0) : -1;
  bool both = 0 <= listener;
  if (!both)
    listener = socket (AF_INET, SOCK_STREAM, 0);
  if (listener < 0
      || setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)
      || (both ? bind_to_both (listener, port, actual_port)
          : bind_to_ipv4 (listener, any, port, actual_port)) != 0
      || listen (listener, 64) != 0)
    fail (EXIT_HARD, "cannot listen");
  fcntl (listener, F_SETFD, FD_CLOEXEC);
  fcntl (listener, F_SETFL, O_NONBLOCK);
  return listener;
}

/* Execute ARGV with the connection FD as its standard files.  */
static void
execute_connected (int fd, char **argv)
{
  static int const signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    signal (signals[i], SIG_DFL);
  /* Some systems let it inherit this from the listener.  */
  fcntl (fd, F_SETFL, 0);
  for (int i = 0; i <= 2; i++)
    if (dup2 (fd, i) < 0)
      _exit (EXIT_HARD);
  if (2 < fd)
    close (fd);
  execute (argv);
}

static void
accept_one (int listener, char **argv)
{
  int fd = accept (listener, NULL, NULL);
  if (fd < 0)
    return;
  if (n_children < MAX_CHILDREN)
    {
      pid_t child = fork ();
      if (child == 0)
        execute_connected (fd, argv);
      if (0 < child)
        children[n_children++] = child;
    }
  close (fd);
}

static void
reap (void)
{
  for (int i = n_children; 0 < i--;)
    if (waitpid (children[i], NULL, WNOHANG) != 0)
      children[i] = children[--n_children];
}

/* End what was started; force it after a while.  */
static void
end_children (void)
{
  long long force = now_ms () + 5000;
  for (int i = 0; i < n_children; i++)
    kill (children[i], SIGTERM);
  for (reap (); n_children; reap ())
    {
      if (force <= now_ms ())
        for (int i = 0; i < n_children; i++)
          kill (children[i], SIGKILL);
      pause_ms (10);
    }
}

int
cmd_tcp_serve (int argc, char **argv)
{
  int port = 0;
  bool any = STREQ (argv[1], "-a") && 4 < argc;
  if (any)
    argv++;
  int listener = listen_on (any, number (argv[1], 0, 65535), &port);
  catch_signals ();
  announce (argv[2], "", port);

  while (!stopping)
    {
      char buf[64];
      struct pollfd fds[2] = { { .fd = listener, .events = POLLIN },
                               { .fd = wakeup[0], .events = POLLIN } };
      if (poll (fds, 2, -1) < 0)
        continue;
      if (fds[1].revents && read (wakeup[0], buf, sizeof buf) < 0)
        continue;
      reap ();
      if (fds[0].revents)
        accept_one (listener, argv + 3);
    }
  close (listener);
  end_children ();
  return EXIT_SUCCESS;
}

/* ---- A listener that takes its time ---- */

/* Connect to *ADDRESS until the queue of its listener is full, and one more
   has to wait.  Return how many are in it.  */
static int
fill_queue (struct sockaddr_in const *address)
{
  enum { QUEUE_MAX = 300, FULL = 200 };
  int count = 0;
  for (; count < QUEUE_MAX; count++)
    {
      struct pollfd wait = { .fd = socket (AF_INET, SOCK_STREAM, 0),
                             .events = POLLOUT };
      if (wait.fd < 0)
        fail (EXIT_HARD, "socket");
      fcntl (wait.fd, F_SETFD, FD_CLOEXEC);
      fcntl (wait.fd, F_SETFL, O_NONBLOCK);
      if (connect (wait.fd, (struct sockaddr const *) address,
                   sizeof *address) != 0
          && (errno != EINPROGRESS || poll (&wait, 1, FULL) != 1))
        {
          close (wait.fd);
          break;
        }
    }
  return count;
}

int
cmd_tcp_late (int argc, char **argv)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  (void) argc;
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (listener < 0
      || bind (listener, (struct sockaddr *) &address, sizeof address) != 0
      || listen (listener, 0) != 0
      || getsockname (listener, (struct sockaddr *) &address, &length) != 0)
    fail (EXIT_HARD, "cannot listen");
  fcntl (listener, F_SETFD, FD_CLOEXEC);
  int before = fill_queue (&address);
  announce (argv[2], "", ntohs (address.sin_port));
  pause_ms (number (argv[1], 0, 60000));

  int fd = -1;
  for (int i = 0; i <= before; i++)
    {
      if (0 <= fd)
        close (fd);
      fd = accept (listener, NULL, NULL);
      if (fd < 0)
        fail (EXIT_HARD, "accept");
    }
  close (listener);
  execute_connected (fd, argv + 3);
  return EXIT_HARD;
}

/* ---- Many strangers at once ---- */

enum { MAX_STRANGERS = 1000 };
static struct pollfd strangers[MAX_STRANGERS];

static struct
{
  int connected;
  int closed;
  long long received;
} tally;

static int
connect_to (char const *host, char const *port)
{
  struct addrinfo hints;
  struct addrinfo *info;
  memset (&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  int error = getaddrinfo (host, port, &hints, &info);
  if (error)
    fail_usage (host, gai_strerror (error));

  int fd = socket (info->ai_family, info->ai_socktype, info->ai_protocol);
  if (0 <= fd && connect (fd, info->ai_addr, info->ai_addrlen) != 0)
    {
      close (fd);
      fd = -1;
    }
  freeaddrinfo (info);
  return fd;
}

static void
send_rubbish (int fd)
{
  /* Long enough to fill whatever reads it, and no line end in it.  */
  char rubbish[8192];
  memset (rubbish, 0xa5, sizeof rubbish);
  ssize_t ignored = send (fd, rubbish, sizeof rubbish, 0);
  (void) ignored;
}

/* What each stranger says in the manner "input".  */
static char words[64 * 1024];
static size_t words_length;

static void
read_words (void)
{
  size_t n;
  while (words_length < sizeof words
         && (n = read_some (STDIN_FILENO, words + words_length,
                            sizeof words - words_length)) != 0)
    words_length += n;
}

static void
send_input (int fd)
{
  ssize_t ignored = send (fd, words, words_length, 0);
  (void) ignored;
}

/* Take what the listener says on stranger I's connection; say it back if
   ECHO.  */
static void
hear (int i, bool echo)
{
  char buf[4096];
  ssize_t n = recv (strangers[i].fd, buf, sizeof buf, 0);
  if (0 < n)
    {
      tally.received += n;
      if (echo && send (strangers[i].fd, buf, n, 0) == n)
        return;
      if (!echo)
        return;
    }
  close (strangers[i].fd);
  strangers[i].fd = -1;
  tally.closed++;
}

int
cmd_tcp_flood (int argc, char **argv)
{
  (void) argc;
  int count = number (argv[3], 1, MAX_STRANGERS);
  char const *mode = argv[4];
  long long deadline = now_ms () + 1000 * number (argv[5], 0, 3600);
  if (!STREQ (mode, "silent") && !STREQ (mode, "rubbish")
      && !STREQ (mode, "echo") && !STREQ (mode, "close")
      && !STREQ (mode, "input"))
    fail_usage (mode, "unknown manner");

  if (STREQ (mode, "input"))
    read_words ();
  signal (SIGPIPE, SIG_IGN);
  for (int i = 0; i < count; i++)
    {
      int fd = connect_to (argv[1], argv[2]);
      strangers[i].fd = fd;
      strangers[i].events = POLLIN;
      if (fd < 0)
        continue;
      tally.connected++;
      if (STREQ (mode, "rubbish"))
        send_rubbish (fd);
      else if (STREQ (mode, "input"))
        send_input (fd);
      else if (STREQ (mode, "close"))
        {
          close (fd);
          strangers[i].fd = -1;
        }
    }
  /* A process that waits for the file can read it.  */
  printf ("connected %d\n", tally.connected);
  fflush (stdout);

  long long left;
  while (!STREQ (mode, "close") && tally.closed < tally.connected
         && 0 < (left = deadline - now_ms ()))
    if (0 < poll (strangers, count, left))
      for (int i = 0; i < count; i++)
        if (0 <= strangers[i].fd && strangers[i].revents)
          hear (i, STREQ (mode, "echo"));

  printf ("closed %d\nreceived %lld\n", tally.closed, tally.received);
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
