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
#include <stdlib.h>
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

enum order_kind { ORDER_ADD, ORDER_REMOVE, ORDER_FILE };

/* Short enough for a pipe to take it whole (PIPE_BUF), also from several
   processes.  */
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

/* The processes and groups under guard, as kill takes them.  */
struct list
{
  pid_t *who;                   /* malloc'ed */
  size_t count, size;
};

/* Send SIG to each one on LIST.  Return whether any of them exists.  */
static bool
signal_all (struct list const *list, int sig)
{
  bool any = false;
  for (size_t i = 0; i < list->count; i++)
    if (kill (list->who[i], sig) == 0)
      any = true;
  return any;
}

static void
end_all (struct list const *list)
{
  if (!signal_all (list, SIGTERM))
    return;
  signal_all (list, SIGCONT);
  int64_t limit = monotonic_ms () + GRACE;
  while (signal_all (list, 0) && monotonic_ms () < limit)
    poll (NULL, 0, 20);
  signal_all (list, SIGKILL);
}

/* Put WHO on LIST.  Without memory it stays off: those on the list are still
   ended.  */
static void
put_on (struct list *list, pid_t who)
{
  if (list->count == list->size)
    {
      size_t size = list->size * 2 + 16;
      pid_t *more = reallocarray (list->who, size, sizeof *more);
      if (more == NULL)
        return;
      list->who = more;
      list->size = size;
    }
  list->who[list->count++] = who;
}

static void
take_off (struct list *list, pid_t who)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->who[i] == who)
      {
        list->who[i] = list->who[--list->count];
        return;
      }
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

  struct list list = { .who = NULL };
  struct order order, file;
  memset (&file, 0, sizeof file);
  while (full_read (3, &order, sizeof order) == sizeof order)
    switch (order.kind)
      {
      case ORDER_ADD:
        put_on (&list, order.who);
        break;
      case ORDER_REMOVE:
        take_off (&list, order.who);
        break;
      case ORDER_FILE:
        file = order;
        break;
      }
  remove_file (&file);
  end_all (&list);
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
