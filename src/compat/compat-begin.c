/* Towards a host that has socketpipe 1.10: how a run begins.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "compat/compat-run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/address.h"
#include "base/diagnose.h"
#include "quote.h"
#include "stream-socket.h"
#include "base/system.h"
#include "tcp-no-delay.h"
#include "xalloc.h"

/* How long, in ms, to wait for a connection after the login's end.  */
enum { STRAGGLER = 500 };

void
compat_stop_listening (struct compat *c)
{
  timer_clear (&c->s.events, &c->limit_timer);
  if (c->listener < 0)
    return;
  events_forget (&c->s.events, c->listener);
  close (c->listener);
  c->listener = -1;
}

/* The connection FD is there: all can start.  */
static void
start_commands (struct compat *c, int fd)
{
  struct run const *run = c->run;
  /* A relay need not wait for our input when the remote command is over
     already.  */
  bool keep_input = (!(run->batch && isatty (STDIN_FILENO))
                     && (run->input || !compat_is_over (&c->login.stage)));
  c->phase = PHASE_RUNNING;
  compat_stop_listening (c);
  if (line_take (&c->line, &c->s.events, fd, run->dead_peer, compat_lost, c)
      != 0)
    {
      compat_fail (c, "cannot prepare the connection: %s", strerror (errno));
      return;
    }
  supervisor_start (&c->s, c->output, fd, STDOUT_FILENO);
  if (c->input)
    supervisor_start (&c->s, c->input, keep_input ? STDIN_FILENO : -1, fd);
  else
    line_send_end (&c->line);
}

static void
ready_to_accept (void *context, int listener, short ready)
{
  struct compat *c = context;
  (void) ready;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  struct sockaddr *any = (struct sockaddr *) &address;
  int fd = stream_accept (listener, any, &length);
  if (fd < 0)
    return;
  tcp_no_delay (fd);
  char here[ADDRESS_TEXT_MAX] = "?", there[ADDRESS_TEXT_MAX];
  address_format (any, there);
  length = sizeof address;
  if (getsockname (fd, any, &length) == 0)
    address_format (any, here);
  verbose ("both directions connected after %.3f s: %s -> %s "
           "(remote-to-local)", compat_seconds (c), there, here);
  start_commands (c, fd);
}

static void
no_connection (void *context)
{
  struct compat *c = context;
  compat_fail (c, "no connection from the other host to %s port %s in %d "
               "seconds: name this host as it is seen there with -h, let a "
               "firewall pass the connection (see --port), or give more time "
               "with -t", quote (c->host), c->port, c->run->timeout);
}

/* The login has ended, and nobody has connected.  */
static void
login_in_vain (void *context)
{
  struct compat *c = context;
  struct stage const *stage = &c->login.stage;
  char end[80];
  int status = (stage->exec_errno == 0 && WIFEXITED (stage->wait_status)
                ? WEXITSTATUS (stage->wait_status) : -1);
  if (stage->exec_errno != 0)
    {
      compat_fail (c, "cannot run login command %s: %s",
                   quote (c->login.argv[0]), strerror (stage->exec_errno));
      return;
    }
  describe_end (stage->wait_status, end, sizeof end);
  if (status == EXIT_NOT_FOUND || status == EXIT_CANNOT_INVOKE)
    compat_fail (c, "no %s could be run by the login command %s (%s): install "
                 "socketpipe there, or say where it is with --remote-path",
                 quote_n (0, c->login.remote_path),
                 quote_n (1, c->login.text), end);
  else
    compat_fail (c, "the login command %s ended (%s), and nobody has "
                 "connected to %s port %s: if that is not this host as it is "
                 "seen there, name it with -h; a firewall has to let the "
                 "connection pass (see --port)", quote_n (0, c->login.text),
                 end, quote_n (1, c->host), c->port);
}

void
compat_login_ended (struct compat *c)
{
  struct stage const *stage = &c->login.stage;
  line_note (&c->line);
  if (c->phase == PHASE_RUNNING && WIFSIGNALED (stage->wait_status))
    {
      char end[80];
      describe_end (stage->wait_status, end, sizeof end);
      compat_fail (c, "lost contact with the other host: the login command "
                   "%s ended: %s", quote (c->login.text), end);
    }
  else if (c->phase == PHASE_RUNNING)
    compat_release_input (c);
  else if (c->phase == PHASE_WAITING)
    timer_set (&c->s.events, &c->limit_timer, STRAGGLER, login_in_vain, c);
}

/* Listen on a port of the range.  Return whether it worked; if not, say
   so.  */
static bool
begin_listening (struct compat *c)
{
  struct run const *run = c->run;
  int port;
  c->listener = line_listen (c->family, run->port_low, run->port_high, &port);
  if (0 <= c->listener)
    {
      snprintf (c->port, sizeof c->port, "%d", port);
      events_watch (&c->s.events, c->listener, POLLIN, ready_to_accept, c);
    }
  else if (run->port_low == 0)
    complain ("cannot listen for connections: %s", strerror (errno));
  else
    complain ("cannot listen on a port from %d to %d: %s", run->port_low,
              run->port_high, strerror (errno));
  return 0 <= c->listener;
}

/* Start 1.10 on the other host.  */
static void
start_login (struct compat *c)
{
  struct run const *run = c->run;
  static char serve[] = "-s";
  size_t count = 0;
  while (run->remote[count])
    count++;
  char **words = xnmalloc (count + 4, sizeof *words);
  words[0] = serve;
  words[1] = c->host;
  words[2] = c->port;
  memcpy (words + 3, run->remote, (count + 1) * sizeof *words);
  login_init (&c->login, run, run->remote_path, words);
  free (words);

  /* What it prints is no data: show it like other noise of logins.  */
  int noise = 0 <= run->level ? STDERR_FILENO
              : open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (supervisor_start_login (&c->s, &c->login.stage, -1,
                              noise < 0 ? STDERR_FILENO : noise) != 0)
    compat_fail (c, "cannot start login command %s: %s",
                 quote (c->login.text), strerror (errno));
  if (STDERR_FILENO < noise)
    close (noise);
}

/* ADDRESS is this host's as seen there, or NULL after a message.  */
static void
take_address (void *context, char const *address)
{
  struct compat *c = context;
  if (c->phase != PHASE_ASKING)
    return;
  if (address == NULL)
    {
      c->failed = true;
      c->phase = PHASE_CLOSING;
      return;
    }
  c->host = xstrdup (address);
  c->phase = PHASE_WAITING;
  verbose ("this host is %s there, listening on port %s", quote (c->host),
           c->port);
  warn ("the connection from 1.10 is not proven: whoever connects to port "
        "%s first gets the data, and can send some", c->port);
  /* Typing a password takes as long as it did the first time.  */
  if (0 < c->run->timeout)
    timer_set (&c->s.events, &c->limit_timer,
               c->run->timeout * INT64_C (1000)
               + (events_now (&c->s.events) - c->started), no_connection, c);
  start_login (c);
}

bool
compat_begin (struct compat *c)
{
  if (!begin_listening (c))
    return false;
  if (c->run->host)
    take_address (c, c->run->host);
  else if (ask_start (&c->ask, &c->s, c->run, c->family, take_address, c)
           != 0)
    {
      complain ("cannot start login command %s: %s",
                quote (c->ask.login.text), strerror (errno));
      return false;
    }
  return true;
}
