/* The process that the login of a socketpipe 1.10 starts.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  "socketpipe -s HOST PORT COMMAND..." connects to PORT
   of HOST, where 1.10 listens, and runs COMMAND with the connection as its
   standard input and output.  When the command has ended, end of file is
   sent, and the exit status shows its result.  The connection carries the
   command's data and nothing else, so neither end is authenticated.

   1.10 waits in accept whatever happens here.  So this process connects first,
   and finds out only then whether the command can be run.  */

#include <config.h>

#include "compat/compat.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/address.h"
#include "base/diagnose.h"
#include "compat/duplex.h"
#include "minmax.h"
#include "monotonic.h"
#include "quote.h"
#include "base/process.h"
#include "base/children.h"
#include "base/signals.h"
#include "stream-socket.h"
#include "worker/result.h"
#include "worker/worker.h"
#include "base/system.h"
#include "tcp-abort.h"
#include "tcp-no-delay.h"

enum
{
  NEXT_ADDRESS = 5000,          /* ms for one address when there are more */
  DEAD_PEER = 120,              /* seconds; 1.10 has no way to ask for less */
  LOOK_SOON = 10,               /* ms */
  LOOK_LATER = 250
};

struct server
{
  struct process process;
  struct worker worker;
  struct line line;
  struct result result;         /* of the command, once it has ended */
  bool over;
  bool lost;
  int signal;                   /* that ends this process */
  int pause;                    /* ms to the next look at the line */
  struct timer look_timer;
};

/* Wait up to LIMIT ms (-1: as long as the system tries) until the socket FD is
   connected.  Return 0, or the errno of the failure.  */
static int
wait_connected (int fd, int limit)
{
  int64_t end = monotonic_ms () + limit;
  int ready;
  do
    {
      struct pollfd wait = { .fd = fd, .events = POLLOUT };
      int64_t left = end - monotonic_ms ();
      ready = poll (&wait, 1, limit < 0 ? -1 : MAX (0, left));
    }
  while (ready < 0 && (errno == EINTR || errno == EAGAIN));
  if (ready == 0)
    return ETIMEDOUT;
  int error;
  socklen_t length = sizeof error;
  if (ready < 0
      || getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
    return errno;
  return error;
}

/* Connect to *INFO within LIMIT ms (-1: as long as the system tries).
   Return the socket, or -1 with errno set.  */
static int
connect_one (struct addrinfo const *info, int limit)
{
  int fd = stream_socket (info->ai_family);
  if (fd < 0)
    return -1;
  tcp_no_delay (fd);
  int error = 0;
  /* Once 1.10 has the connection, an end of file is the end of the data to its
     reader, however this process ends.  So let that be a reset until all
     data has been written.  */
  if (tcp_abort_on_close (fd, true) != 0
      || connect (fd, info->ai_addr, info->ai_addrlen) != 0)
    error = errno;
  if (error == EINPROGRESS || error == EINTR)
    error = wait_connected (fd, limit);
  if (error == 0)
    return fd;
  close (fd);
  errno = error;
  return -1;
}

/* The attempts to connect.  */
struct tries
{
  size_t left;                  /* addresses that have not been tried */
  size_t used;                  /* of TRIED */
  char tried[1024];             /* which ones failed, and why */
};

/* Connect to one of those of LIST that are of FAMILY.  1.10 takes the first
   connection that comes, so there must never be two at a time.  */
static int
connect_family (struct addrinfo const *list, int family,
                struct tries *attempts)
{
  for (struct addrinfo const *i = list; i; i = i->ai_next)
    {
      if (i->ai_family != family)
        continue;
      int fd = connect_one (i, 0 < --attempts->left ? NEXT_ADDRESS : -1);
      if (0 <= fd)
        return fd;
      char where[ADDRESS_TEXT_MAX];
      int saved = errno;
      address_format (i->ai_addr, where);
      size_t room = sizeof attempts->tried - attempts->used;
      int more = snprintf (attempts->tried + attempts->used, room,
                           "%s%s: %s", 0 < attempts->used ? "; " : "",
                           where, strerror (saved));
      if (0 < more && (size_t) more < room)
        attempts->used += more;
    }
  return -1;
}

/* Connect to PORT of HOST.  Return the socket, or -1 after a message.  */
static int
connect_to (char const *host, char const *port)
{
  struct addrinfo hints, *list;
  struct tries attempts = { .left = 0 };
  memset (&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  int error = getaddrinfo (host, port, &hints, &list);
  if (error != 0)
    {
      complain ("cannot find port %s of host %s: %s", quote_n (0, port),
                quote_n (1, host), gai_strerror (error));
      return -1;
    }
  for (struct addrinfo const *i = list; i; i = i->ai_next)
    if (i->ai_family == AF_INET || i->ai_family == AF_INET6)
      attempts.left++;
  /* 1.10 listens on IPv4 alone.  */
  int fd = connect_family (list, AF_INET, &attempts);
  if (fd < 0)
    fd = connect_family (list, AF_INET6, &attempts);
  freeaddrinfo (list);
  if (fd < 0)
    complain ("cannot connect to %s: %s", quote (host),
              0 < attempts.used ? attempts.tried : "it has no address");
  return fd;
}

/* The command has ended: end when all that it wrote has arrived.  Closing the
   socket now would reset the connection, if there is unread input.  */
static void
leave_when_delivered (void *context)
{
  struct server *server = context;
  server->over = line_delivered (&server->line);
  if (server->over)
    return;
  server->pause = MIN (LOOK_LATER, MAX (LOOK_SOON, 2 * server->pause));
  timer_set (&server->process.events, &server->look_timer, server->pause,
             leave_when_delivered, server);
}

static void
on_stage_end (struct server *server, struct message const *message)
{
  result_get (&server->result, message);
  /* As on any other channel: what a killed command wrote is incomplete, and
     must not look complete to its reader.  */
  if (server->result.not_run || server->result.signal != 0)
    line_cut (&server->line);
  else
    line_send_end (&server->line);
  leave_when_delivered (server);
}

/* Take the worker's message in *BUILDER: this process is its leader.  */
static void
say (void *context, struct message_builder *builder)
{
  struct server *server = context;
  struct message message;
  message_finish (builder);
  if (0 < message_parse (builder->bytes, builder->length, &message)
      && message.type == MESSAGE_STAGE_END)
    on_stage_end (server, &message);
  message_wipe (builder);
}

static void
on_children (void *context)
{
  struct server *server = context;
  worker_reap (&server->worker);
  children_reap_orphans ();
}

static void
on_suspend (void *context, bool resumed)
{
  struct server *server = context;
  worker_suspend (&server->worker, resumed);
}

static void
on_signal (void *context, int sig)
{
  struct server *server = context;
  server->signal = sig;
  line_cut (&server->line);
  worker_end (&server->worker, sig, 0, true);
}

static void
take_lost (void *context, char const *why)
{
  struct server *server = context;
  complain ("lost contact with the other host: %s", why);
  server->lost = true;
  server->over = true;
  line_cut (&server->line);
  worker_end (&server->worker, SIGTERM, 0, true);
}

/* Report how the command NAME ended.  Return our status.  */
static int
report_end (struct server const *server, char const *name)
{
  struct result const *result = &server->result;
  if (server->signal != 0)
    return EXIT_SIGNAL_BASE + server->signal;
  if (server->lost || !result->ended)
    return EXIT_OWN_FAILURE;
  if (result->not_run)
    {
      complain ("cannot run command %s: %s", quote (name),
                result->error_text);
      return result->not_found ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
    }
  if (result->signal == 0)
    return result->status;
  /* SIGPIPE of a writer whose reader has enough is no failure.  */
  if (result->signal != SIGPIPE)
    complain ("command %s failed: killed by signal %d (%s)", quote (name),
              result->signal, result->signal_text);
  return EXIT_SIGNAL_BASE + result->signal;
}

/* Run the command ARGV on the line of *SERVER.  Return our status.  */
static int
run_command (struct server *server, char **argv)
{
  struct message_builder builder;
  struct message message;
  struct task_stage stage = {
    .role = (char *) "command", .argv = argv, .in = NO_CHANNEL,
    .out = NO_CHANNEL
  };
  struct task task = {
    .dead_peer = DEAD_PEER, .wait_for_writers = -1, .name_after = -1,
    .stages = &stage, .stage_count = 1
  };
  message_begin (&builder, MESSAGE_TASK);
  task_put (&task, &builder);
  message_finish (&builder);
  if (0 < message_parse (builder.bytes, builder.length, &message))
    worker_take (&server->worker, &message);
  message_wipe (&builder);
  while (!server->over || !worker_is_idle (&server->worker))
    events_step (&server->process.events);
  return report_end (server, argv[0]);
}

/* Run the command ARGV on the connection FD.  Return our status.  */
static int
serve (char **argv, int fd)
{
  struct server server = { .over = false };
  struct process_hooks const hooks = {
    .context = &server, .children = on_children, .suspend = on_suspend,
    .signal = on_signal
  };
  struct worker_lent lent = {
    .context = &server, .process = &server.process, .say = say
  };
  int status;
  process_open (&server.process, &hooks);
  server.process.own_groups = true;
  line_init (&server.line);
  if (line_take (&server.line, &server.process.events, fd, DEAD_PEER,
                 take_lost, &server) == 0)
    {
      lent.in = lent.out = server.line.channel.fd;
      worker_open (&server.worker, &lent);
      status = run_command (&server, argv);
      worker_close (&server.worker);
    }
  else
    {
      complain ("cannot prepare the connection: %s", strerror (errno));
      line_cut (&server.line);
      status = EXIT_OWN_FAILURE;
    }
  line_close (&server.line);
  result_free (&server.result);
  process_close (&server.process);
  return status;
}

int
compat_serve (int count, char **argv)
{
  struct utsname system;
  if (0 <= uname (&system))
    diagnose_host (system.nodename);
  if (count < 3)
    {
      complain ("-s is for a socketpipe 1.10 on another host: "
                "-s HOST PORT COMMAND...");
      return EXIT_OWN_FAILURE;
    }
  int fd = connect_to (argv[0], argv[1]);
  return fd < 0 ? EXIT_OWN_FAILURE : serve (argv + 2, fd);
}
