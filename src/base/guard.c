/* The guard: a process of ours that ends what we started when we are gone.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "close-from.h"
#include "full-read.h"
#include "full-write.h"
#include "monotonic.h"
#include "base/children.h"
#include "base/signals.h"

/* How long, in ms, what is under guard may take to end by itself.  */
enum { GRACE = 2000 };

/* More processes at a time than a side ever has.  */
enum { GUARDED_MAX = 32 };

enum order_kind { ORDER_ADD, ORDER_REMOVE, ORDER_FILE };

/* Short enough for a pipe to take it whole (PIPE_BUF), with other writers.  */
struct order
{
  enum order_kind kind;
  pid_t who;
  bool directory;
  char name[GUARD_NAME];
};

static void
send_order (struct guard const *guard, struct order const *order)
{
  /* Without a guard there is nothing to be done but to go on.  */
  if (0 <= guard->pid
      && full_write (guard->fd, order, sizeof *order) != sizeof *order)
    return;
}

/* Send an order of KIND about WHO.  */
static void
send_who (struct guard const *guard, enum order_kind kind, pid_t who)
{
  struct order order;
  memset (&order, 0, sizeof order);
  order.kind = kind;
  order.who = who;
  send_order (guard, &order);
}

void
guard_add (struct guard const *guard, pid_t who)
{
  send_who (guard, ORDER_ADD, who);
}

void
guard_remove (struct guard const *guard, pid_t who)
{
  send_who (guard, ORDER_REMOVE, who);
}

void
guard_file (struct guard const *guard, char const *name, bool directory)
{
  struct order order;
  memset (&order, 0, sizeof order);
  order.kind = ORDER_FILE;
  order.directory = directory;
  if (name != NULL && strlen (name) < sizeof order.name)
    strcpy (order.name, name);
  send_order (guard, &order);
}

/* Send SIG to each of the COUNT processes and groups in LIST.  Return whether
   any of them exists.  */
static bool
signal_all (pid_t const *list, size_t count, int sig)
{
  bool any = false;
  for (size_t i = 0; i < count; i++)
    if (kill (list[i], sig) == 0)
      any = true;
  return any;
}

static void
end_all (pid_t const *list, size_t count)
{
  if (!signal_all (list, count, SIGTERM))
    return;
  signal_all (list, count, SIGCONT);
  int64_t limit = monotonic_ms () + GRACE;
  while (signal_all (list, count, 0) && monotonic_ms () < limit)
    poll (NULL, 0, 20);
  signal_all (list, count, SIGKILL);
}

/* Remove the file that the last ORDER_FILE names.  */
static void
remove_file (struct order *order)
{
  if (*order->name == '\0' || unlink (order->name) != 0 || !order->directory)
    return;
  *strrchr (order->name, '/') = '\0';
  rmdir (order->name);
}

/* Carry out ORDER on LIST and return its new length.  */
static size_t
carry_out (struct order const *order, pid_t *list, size_t count)
{
  if (order->kind == ORDER_ADD && count < GUARDED_MAX)
    list[count++] = order->who;
  if (order->kind == ORDER_REMOVE)
    for (size_t i = 0; i < count; i++)
      if (list[i] == order->who)
        {
          list[i] = list[--count];
          break;
        }
  return count;
}

static _Noreturn void
keep_guard (int fd)
{
  /* A group-wide signal, or one from the terminal, is not for us.  */
  setsid ();
  sigset_t all;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  int null = open ("/dev/null", O_RDWR);
  for (int i = 0; i <= 2; i++)
    if (0 <= null)
      dup2 (null, i);
    else
      close (i);
  dup2 (fd, 3);
  close_from (4);

  pid_t list[GUARDED_MAX];
  size_t count = 0;
  struct order order, file;
  memset (&file, 0, sizeof file);
  while (full_read (3, &order, sizeof order) == sizeof order)
    if (order.kind == ORDER_FILE)
      file = order;
    else
      count = carry_out (&order, list, count);
  remove_file (&file);
  end_all (list, count);
  _exit (0);
}

int
guard_start (struct guard *guard)
{
  int ends[2];
  guard->pid = guard->fd = -1;
  if (pipe2 (ends, O_CLOEXEC) != 0)
    return -1;
  sigset_t old;
  signals_block (&old);
  pid_t pid = fork ();
  if (pid == 0)
    {
      close (ends[1]);
      keep_guard (ends[0]);
    }
  int saved = errno;
  signals_unblock (&old);
  close (ends[0]);
  if (pid < 0)
    {
      close (ends[1]);
      errno = saved;
      return -1;
    }
  children_add (pid, true);
  guard->pid = pid;
  guard->fd = ends[1];
  return 0;
}

void
guard_stop (struct guard *guard)
{
  if (guard->pid < 0)
    return;
  close (guard->fd);
  while (waitpid (guard->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
  children_remove (guard->pid);
  guard->pid = guard->fd = -1;
}
