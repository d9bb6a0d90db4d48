/* Which processes have an open socket or pipe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation, for Linux

   /proc/PID/fd/N is a link that reads "socket:[INODE]" or "pipe:[INODE]".  All
   sockets of a kernel are in one file system, and all pipes in another, so
   this says which it is.  A stat would show the same, but for another kind of
   file it may wait for a dead server.

   A look at the descendants begins with the children.  Of each process first
   the descriptors are read, and then its children: a child that is forked
   after that has no more descriptors than its parent had.  What remains is a
   process that forks and ends between its parent's list and its own; its
   children become this process's, whose list has been read.  So there is a
   second look, and a look does not count if a process was gone before its
   visit, or has begun to exit since the look before, or closed a descriptor
   during its visit.  Where two such looks do not succeed in time, the answer
   is the one that holds for a short time only.

   A process whose descriptors may not be read shows in two ways: its directory
   exists, but does not open; or, with the mount option hidepid, does not
   exist, but a signal finds the process.  A zombie may look the same, so its
   state has to be read.

   The threads of a process have the same descriptors as a rule, but need not;
   and when the first thread has ended, only the others show them.  */

#include <config.h>

#include "stream-holders.h"

#include <errno.h>
#include <string.h>

#include "process-state.h"

#if HAVE_PROC_FD_LINKS
# include <dirent.h>
# include <fcntl.h>
# include <limits.h>
# include <signal.h>
# include <stdio.h>
# include <sys/stat.h>
# include <unistd.h>

# include "child-subreaper.h"
# include "monotonic.h"
# include "process-tree.h"

enum
{
  SETTLE_US = 20000,            /* of looks while processes come and go */
  LINK_SIZE = 32,               /* "socket:[" and a number */
  PATH_SIZE = 80
};

/* The result of a visit to a process.  */
enum sight
{
  SIGHT_HAS,                    /* it has the stream */
  SIGHT_NOT,                    /* it does not */
  SIGHT_EMPTY,                  /* it has no descriptor at all */
  SIGHT_REFUSED,                /* its descriptors may not be read */
  SIGHT_ENDED,                  /* it is a zombie, or about to be one */
  SIGHT_GONE                    /* there is no such process */
};

struct look
{
  char link[LINK_SIZE];         /* what the link to it reads */
  size_t link_length;
  struct process_tree tree;     /* the process that is visited */
  struct stream_holder *holder; /* where to put the first; NULL = find all */
  int sig;                      /* the signal for all of them */
  size_t found;                 /* how many, without those refused */
  size_t refused;               /* descendants that may not be looked into */
  bool moved;                   /* one changed during the look */
  pid_t mover;                  /* the last that did, or that ends */
  uintmax_t ended;              /* the sum of the numbers of those that end,
                                   or seem to */
  bool failed;                  /* for lack of memory or descriptors */
};

/* Set in LOOK the text of a link to IDENTITY.  */
static void
look_for (struct look *look, struct stream_identity const *identity)
{
  look->link_length = snprintf (look->link, sizeof look->link, "%s:[%ju]",
                                identity->pipe ? "pipe" : "socket",
                                (uintmax_t) identity->inode);
}

static bool
lives (pid_t pid)
{
  return process_fate (pid) == PROCESS_LIVES;
}

/* Return whether the link NAME in the directory DIR is to the stream of LOOK:
   1 or 0, or -1 with errno set.  */
static int
is_link_to (struct look const *look, int dir, char const *name)
{
  char text[LINK_SIZE + 1];
  ssize_t length = readlinkat (dir, name, text, sizeof text);
  if (length < 0)
    return -1;
  return ((size_t) length == look->link_length
          && memcmp (text, look->link, length) == 0);
}

/* Look into the directory NAME, a process's or thread's "fd".  SIGHT_HAS: *FD
   is the descriptor.  */
static enum sight
look_at_table (struct look *look, char const *name, int *fd)
{
  DIR *dir = opendir (name);
  if (dir == NULL)
    {
      look->failed |= process_look_failed (errno);
      return errno == EACCES || errno == EPERM ? SIGHT_REFUSED : SIGHT_GONE;
    }
  enum sight sight = SIGHT_EMPTY;
  struct dirent const *entry;
  while (errno = 0, (entry = readdir (dir)) != NULL)
    {
      long descriptor = process_number (entry->d_name);
      if (descriptor < 0 || INT_MAX < descriptor)
        continue;
      sight = SIGHT_NOT;
      int is = is_link_to (look, dirfd (dir), entry->d_name);
      if (is == 1)
        {
          *fd = descriptor;
          sight = SIGHT_HAS;
          break;
        }
      if (is < 0 && (errno == EACCES || errno == EPERM))
        {
          sight = SIGHT_REFUSED;
          break;
        }
      /* Just closed; it may have been the stream's, and a duplicate may be
         among those already seen, or in a child.  */
      look->moved |= is < 0;
    }
  if (entry == NULL && errno != 0)
    sight = SIGHT_GONE;
  closedir (dir);
  return sight;
}

/* Look into the threads of the process PID except the first.  Return whether
   one has the stream, and set *HOLDER to it.  */
static bool
look_at_threads (struct look *look, pid_t pid, struct stream_holder *holder)
{
  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/task", (intmax_t) pid);
  DIR *tasks = opendir (name);
  if (tasks == NULL)
    {
      look->failed |= process_look_failed (errno);
      return false;
    }
  bool has = false;
  struct dirent const *entry;
  while (!has && (entry = readdir (tasks)) != NULL)
    {
      holder->pid = process_number (entry->d_name);
      if (holder->pid < 0 || holder->pid == pid)
        continue;
      snprintf (name, sizeof name, "/proc/%jd/task/%jd/fd", (intmax_t) pid,
                (intmax_t) holder->pid);
      has = look_at_table (look, name, &holder->fd) == SIGHT_HAS;
    }
  closedir (tasks);
  return has;
}

/* Look into the process PID.  SIGHT_HAS: set *HOLDER.  */
static enum sight
look_into (struct look *look, pid_t pid, struct stream_holder *holder)
{
  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/fd", (intmax_t) pid);
  enum sight sight = look_at_table (look, name, &holder->fd);
  if (sight != SIGHT_HAS && sight != SIGHT_GONE && process_threads (pid) != 1
      && look_at_threads (look, pid, holder))
    return SIGHT_HAS;
  holder->pid = pid;
  return sight;
}

/* SIGHT is how a descendant PID looks.  Return which of SIGHT_EMPTY,
   SIGHT_REFUSED, SIGHT_ENDED and SIGHT_GONE it is.  */
static enum sight
tell_apart (pid_t pid, enum sight sight)
{
  struct process_state state;
  if (sight == SIGHT_GONE || process_state_read (pid, &state) != 0)
    switch (process_fate (pid))
      {
      case PROCESS_LIVES:
        return SIGHT_REFUSED;
      case PROCESS_ENDED:
        return SIGHT_ENDED;
      default:
        return SIGHT_GONE;
      }
  if (!state.ended)
    return sight;
  /* Its other threads have been looked into.  */
  return 1 < state.threads ? SIGHT_NOT : SIGHT_ENDED;
}

/* Count one that has the stream, or is REFUSED, and treat it as LOOK says.  */
static void
take (struct look *look, struct stream_holder const *holder, bool refused)
{
  if (look->holder == NULL)
    {
      if (look->sig != 0)
        kill (holder->pid, look->sig);
    }
  else if (look->found == 0 && (!refused || look->refused == 0))
    *look->holder = *holder;
  look->found += !refused;
  look->refused += refused;
}

/* Return whether LOOK is complete.  */
static bool
is_over (struct look const *look)
{
  return look->holder != NULL && 0 < look->found;
}

static void
look_at_descendants (struct look *look)
{
  struct process_tree *tree = &look->tree;
  look->moved = false;
  look->refused = 0;
  look->ended = 0;
  process_tree_begin (tree);
  for (size_t i = 0; i < tree->count && !is_over (look); i++)
    {
      struct stream_holder holder;
      pid_t pid = tree->pids[i];
      bool had_moved = look->moved;
      enum sight sight = look_into (look, pid, &holder);
      if (!had_moved && look->moved)
        look->mover = pid;
      if (sight != SIGHT_HAS && sight != SIGHT_NOT)
        sight = tell_apart (pid, sight);
      switch (sight)
        {
        case SIGHT_HAS:
          take (look, &holder, false);
          break;
        case SIGHT_REFUSED:
          holder.fd = -1;
          take (look, &holder, true);
          break;
        case SIGHT_EMPTY:
        case SIGHT_ENDED:
          look->ended += pid;
          look->mover = pid;
          break;
        case SIGHT_GONE:
          look->moved = true;
          look->mover = pid;
          break;
        case SIGHT_NOT:
          break;
        }
      /* One that ends may still have children.  */
      if (!is_over (look) && !process_tree_descend (tree, pid)
          && sight != SIGHT_ENDED)
        {
          look->moved = true;
          look->mover = pid;
        }
    }
  look->failed |= tree->failed;
}

static void
look_at_others (struct look *look, int64_t budget)
{
  int64_t start = monotonic_us ();
  DIR *proc = opendir ("/proc");
  if (proc == NULL)
    return;
  struct dirent const *entry;
  while (!is_over (look) && monotonic_us () - start < budget
         && (entry = readdir (proc)) != NULL)
    {
      pid_t pid = process_number (entry->d_name);
      struct stream_holder holder;
      if (0 < pid && !process_tree_excepts (&look->tree, pid)
          && look_into (look, pid, &holder) == SIGHT_HAS
          && !process_tree_has (&look->tree, pid))
        take (look, &holder, false);
    }
  closedir (proc);
}

/* Prepare LOOK for IDENTITY.  Return false if the system cannot tell.  */
static bool
look_begin (struct look *look, struct stream_identity const *identity,
            pid_t const *except, size_t except_count)
{
  memset (look, 0, sizeof *look);
  look->tree.except = except;
  look->tree.except_count = except_count;
  look_for (look, identity);

  /* /proc may belong to another name space, which has other process
     numbers.  */
  char text[LINK_SIZE];
  ssize_t length = readlink ("/proc/self", text, sizeof text - 1);
  if (identity->inode == 0 || length < 0)
    return false;
  text[length] = '\0';
  return process_number (text) == getpid ();
}

int
stream_identify (int fd, struct stream_identity *identity)
{
  memset (identity, 0, sizeof *identity);
  struct stat status;
  if (fstat (fd, &status) != 0)
    return -1;
  if (!S_ISSOCK (status.st_mode) && !S_ISFIFO (status.st_mode))
    {
      errno = EINVAL;
      return -1;
    }
  struct stream_identity const found = {
    .device = status.st_dev, .inode = status.st_ino,
    .pipe = S_ISFIFO (status.st_mode)
  };
  /* Check that the links have the expected text.  That to a named pipe has
     not.  */
  struct look look;
  char name[PATH_SIZE];
  look_for (&look, &found);
  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  if (is_link_to (&look, AT_FDCWD, name) != 1)
    {
      errno = ENOTSUP;
      return -1;
    }
  *identity = found;
  return 0;
}

bool
stream_holder_has (struct stream_holder const *holder,
                   struct stream_identity const *identity)
{
  if (holder->fd < 0 || identity->inode == 0)
    return lives (holder->pid);
  struct look look;
  char name[PATH_SIZE];
  look_for (&look, identity);
  snprintf (name, sizeof name, "/proc/%jd/fd/%d", (intmax_t) holder->pid,
            holder->fd);
  int is = is_link_to (&look, AT_FDCWD, name);
  if (0 <= is)
    return is;
  if (errno == EACCES || errno == EPERM)
    return lives (holder->pid);
  /* Without the descriptor, or gone, or hidden.  */
  snprintf (name, sizeof name, "/proc/%jd", (intmax_t) holder->pid);
  return access (name, F_OK) != 0 && lives (holder->pid);
}

enum stream_holders
stream_holders_look (struct stream_identity const *identity,
                     pid_t const *except, size_t except_count, int64_t budget,
                     struct stream_holder *holder)
{
  struct look look;
  if (!look_begin (&look, identity, except, except_count))
    return HOLDERS_UNKNOWN;
  look.holder = holder;
  int64_t start = 0;
  for (int looks = 1; ; looks++)
    {
      uintmax_t ended = look.ended;
      look_at_descendants (&look);
      if (looks == 1 && 0 < budget && !is_over (&look))
        look_at_others (&look, budget);
      if (0 < look.found + look.refused)
        return HOLDERS_SOME;
      if (look.failed || !child_is_subreaper ())
        return HOLDERS_UNKNOWN;
      if (looks == 1)
        start = monotonic_us ();
      else if (!look.moved && look.ended == ended)
        return HOLDERS_NONE;
      else if (SETTLE_US < monotonic_us () - start)
        {
          *holder = (struct stream_holder) { look.mover, INT_MAX };
          return HOLDERS_SOME;
        }
    }
}

size_t
stream_holders_signal (struct stream_identity const *identity,
                       pid_t const *except, size_t except_count,
                       int64_t budget, int sig)
{
  struct look look;
  if (!look_begin (&look, identity, except, except_count))
    return 0;
  look.sig = sig;
  look_at_descendants (&look);
  if (0 < budget)
    look_at_others (&look, budget);
  return look.found + look.refused;
}

#else

int
stream_identify (int fd, struct stream_identity *identity)
{
  (void) fd;
  memset (identity, 0, sizeof *identity);
  errno = ENOTSUP;
  return -1;
}

bool
stream_holder_has (struct stream_holder const *holder,
                   struct stream_identity const *identity)
{
  (void) identity;
  return process_fate (holder->pid) == PROCESS_LIVES;
}

enum stream_holders
stream_holders_look (struct stream_identity const *identity,
                     pid_t const *except, size_t except_count, int64_t budget,
                     struct stream_holder *holder)
{
  (void) identity, (void) except, (void) except_count, (void) budget;
  (void) holder;
  return HOLDERS_UNKNOWN;
}

size_t
stream_holders_signal (struct stream_identity const *identity,
                       pid_t const *except, size_t except_count,
                       int64_t budget, int sig)
{
  (void) identity, (void) except, (void) except_count, (void) budget;
  (void) sig;
  return 0;
}

#endif
