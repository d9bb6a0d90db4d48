/* Which processes have an open socket or pipe.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation, for Linux

   /proc/PID/fd/N is a link that reads "socket:[INODE]".  All sockets of a
   kernel are in one file system, so the number says which it is.  Pipes are in
   another one, as "pipe:[INODE]".  A stat would say the same, but of another
   kind of file it may wait for a dead server.

   A look at the descendants begins with our own children.  Of each process
   first the descriptors are read, and then its children: what it forks after
   that has no more than what it had itself.  What remains is a process that
   forks and ends between its parent's list and its own; its children come to
   us, whose list has been read.  So there is a second look, and a look in which
   a process was gone when its turn came, or has begun to end since the one
   before, or closed what we were to look at, does not count as one.  Where this
   does not come to rest in time, the answer is the one that is not to be
   relied on for long.

   A process whose descriptors we may not read is seen in two ways: there is
   its directory, but it does not open; or, with the mount option hidepid, there
   is none, but a signal would find it.  A zombie may look the same, so that its
   state has to be read.

   The threads of a process have the same descriptors as a rule, but need not;
   and when the first thread has ended, they are to be seen in the others
   only.  */

#include <config.h>

#include "stream-holders.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#if HAVE_PROC_FD_LINKS
# include <dirent.h>
# include <fcntl.h>
# include <limits.h>
# include <unistd.h>

# include "child-subreaper.h"
# include "monotonic.h"

/* Names in /proc/PID/task/TID; a test lets them be absent, as they are in a
   kernel without CONFIG_PROC_CHILDREN.  */
# ifndef CHILDREN_FILE
#  define CHILDREN_FILE "children"
# endif

enum
{
  SETTLE_US = 20000,            /* of looks while processes come and go */
  DESCENDANTS_MAX = 1 << 20,
  LINK_SIZE = 32,                /* "socket:[" and a number */
  PATH_SIZE = 80
};

/* What is known of a process.  */
enum sight
{
  SIGHT_HAS,                    /* it has the stream */
  SIGHT_NOT,                    /* it does not */
  SIGHT_EMPTY,                  /* it has no descriptor at all */
  SIGHT_REFUSED,                /* we may not look into it */
  SIGHT_ENDED,                  /* it is a zombie, or will be presently */
  SIGHT_GONE                    /* there is no such process */
};

struct look
{
  char link[LINK_SIZE];          /* what the link to the stream reads */
  size_t link_length;
  pid_t const *except;
  size_t except_count;
  struct stream_holder *holder; /* where to put the first, or NULL: all */
  int sig;                      /* what to send to all of them */
  size_t found;                 /* how many, without those refused */
  size_t refused;               /* descendants we may not look into */
  bool moved;                   /* one changed while we looked */
  pid_t mover;                  /* the last that did, or that ends */
  uintmax_t ended;              /* the sum of the numbers of those that end,
                                   or seem to */
  bool failed;                  /* for a reason of our own */
};

/* The processes of a look at the descendants, in the order of their turns.
   Kept from look to look, as is the other, for kernels that do not list
   children.  */
static pid_t *queue;
static size_t queue_size, queue_count;

struct kin
{
  pid_t pid, parent;
};
static struct kin *kins;
static size_t kins_size, kins_count;

/* Write to TEXT what a link to the stream IDENTITY reads.  Return its
   length.  */
static size_t
stream_link (char *text, struct stream_identity const *identity)
{
  return snprintf (text, LINK_SIZE, "%s:[%ju]",
                   identity->pipe ? "pipe" : "socket",
                   (uintmax_t) identity->inode);
}

/* Let *ARRAY, which has *SIZE elements of ELEMENT bytes, have more than COUNT.
   Return false if it cannot.  */
static bool
have_room (void *array, size_t *size, size_t count, size_t element)
{
  void **memory = array;
  if (count < *size)
    return true;
  if (DESCENDANTS_MAX <= count)
    return false;
  size_t more = *size == 0 ? 256 : 2 * *size;
  void *larger = realloc (*memory, more * element);
  if (larger == NULL)
    return false;
  *memory = larger;
  *size = more;
  return true;
}

/* Read up to SIZE - 1 bytes of the file NAME to TEXT, and end them.  Return
   false, with errno set, if it cannot be read.  */
static bool
read_file (char const *name, char *text, size_t size)
{
  int fd = open (name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  ssize_t got = read (fd, text, size - 1);
  int saved = errno;
  close (fd);
  errno = saved;
  if (got < 0)
    return false;
  text[got] = '\0';
  return true;
}

/* What /proc/PID/stat says.  */
struct state
{
  pid_t parent;
  long threads;
  bool ended;                   /* the first of them has */
};

/* Return false if it cannot be read.  */
static bool
read_state (pid_t pid, struct state *state)
{
  char name[PATH_SIZE], text[512];
  snprintf (name, sizeof name, "/proc/%jd/stat", (intmax_t) pid);
  if (!read_file (name, text, sizeof text))
    return false;
  /* Its second field is a name in parentheses that may contain any.  */
  char *at = strrchr (text, ')');
  if (at == NULL || at[1] != ' ' || at[2] == '\0')
    return false;
  state->ended = at[2] == 'Z' || at[2] == 'X';
  char *end;
  state->parent = strtol (at + 3, &end, 10);
  if (end == at + 3)
    return false;
  /* The parent is the fourth field.  The twenty-third is the size of the
     memory, and 0 already while a process ends: first its memory goes, then
     its descriptors.  In between they seem to be root's.  */
  long fields[24] = { 0 };
  for (int i = 5; i < 24; i++)
    fields[i] = strtoul (end, &end, 10);
  state->threads = fields[20];
  state->ended |= fields[23] == 0;
  return true;
}

/* Return what is known of the process PID whose descriptors cannot be seen:
   SIGHT_REFUSED: it lives; SIGHT_ENDED or SIGHT_GONE.  */
static enum sight
fate (pid_t pid)
{
  struct state state;
  if (read_state (pid, &state))
    return state.ended && state.threads <= 1 ? SIGHT_ENDED : SIGHT_REFUSED;
  if (kill (pid, 0) != 0 && errno == ESRCH)
    return SIGHT_GONE;
  /* Hidden from us.  A signal finds a zombie as well, but of those that are
     not our children we cannot know.  */
  siginfo_t info;
  info.si_pid = 0;
  return (waitid (P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
          && info.si_pid == pid ? SIGHT_ENDED : SIGHT_REFUSED);
}

static bool
lives (pid_t pid)
{
  return fate (pid) == SIGHT_REFUSED;
}

static bool
out_of_resources (int error)
{
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

/* Return the number that NAME is, or -1 for another name.  */
static long
number (char const *name)
{
  char *end;
  if (*name < '0' || '9' < *name)
    return -1;
  long value = strtol (name, &end, 10);
  return *end == '\0' ? value : -1;
}

/* Return whether the link NAME in the directory DIR is to the stream: 1 or 0,
   or -1 with errno set.  */
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
      look->failed |= out_of_resources (errno);
      return errno == EACCES || errno == EPERM ? SIGHT_REFUSED : SIGHT_GONE;
    }
  enum sight sight = SIGHT_EMPTY;
  struct dirent const *entry;
  while (errno = 0, (entry = readdir (dir)) != NULL)
    {
      long descriptor = number (entry->d_name);
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
      /* Just closed; it may have been that of the stream, and a duplicate may
         be among those that we have seen, or in a child.  */
      look->moved |= is < 0;
    }
  if (entry == NULL && errno != 0)
    sight = SIGHT_GONE;
  closedir (dir);
  return sight;
}

/* Return the number of threads that the process PID has, 0 when that is not
   known.  */
static long
count_threads (pid_t pid)
{
  char name[PATH_SIZE];
  struct stat status;
  snprintf (name, sizeof name, "/proc/%jd/task", (intmax_t) pid);
  return stat (name, &status) == 0 ? (long) status.st_nlink - 2 : 0;
}

/* Look into the threads of the process PID but the first.  Return whether one
   has the stream; *HOLDER is which.  */
static bool
look_at_threads (struct look *look, pid_t pid, struct stream_holder *holder)
{
  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/task", (intmax_t) pid);
  DIR *tasks = opendir (name);
  if (tasks == NULL)
    {
      look->failed |= out_of_resources (errno);
      return false;
    }
  bool has = false;
  struct dirent const *entry;
  while (!has && (entry = readdir (tasks)) != NULL)
    {
      holder->pid = number (entry->d_name);
      if (holder->pid < 0 || holder->pid == pid)
        continue;
      snprintf (name, sizeof name, "/proc/%jd/task/%jd/fd", (intmax_t) pid,
                (intmax_t) holder->pid);
      has = look_at_table (look, name, &holder->fd) == SIGHT_HAS;
    }
  closedir (tasks);
  return has;
}

/* Look into the process PID.  SIGHT_HAS: *HOLDER is who has it.  */
static enum sight
look_into (struct look *look, pid_t pid, struct stream_holder *holder)
{
  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/fd", (intmax_t) pid);
  enum sight sight = look_at_table (look, name, &holder->fd);
  if (sight != SIGHT_HAS && sight != SIGHT_GONE && count_threads (pid) != 1
      && look_at_threads (look, pid, holder))
    return SIGHT_HAS;
  holder->pid = pid;
  return sight;
}

/* Return which of SIGHT_EMPTY, SIGHT_REFUSED and SIGHT_GONE a descendant PID
   deserves that seems to.  */
static enum sight
tell_apart (pid_t pid, enum sight sight)
{
  struct state state;
  if (sight == SIGHT_GONE || !read_state (pid, &state))
    return fate (pid);
  if (!state.ended)
    return sight;
  /* Its other threads have been looked into.  */
  return 1 < state.threads ? SIGHT_NOT : SIGHT_ENDED;
}

/* Return whether the process PID is one of ours, which are not looked at.  */
static bool
is_ours (struct look const *look, pid_t pid)
{
  for (size_t i = 0; i < look->except_count; i++)
    if (look->except[i] == pid)
      return true;
  return pid == getpid ();
}

/* Put the process PID into the queue.  */
static void
enqueue (struct look *look, pid_t pid)
{
  if (is_ours (look, pid))
    return;
  if (have_room (&queue, &queue_size, queue_count, sizeof *queue))
    queue[queue_count++] = pid;
  else
    look->failed = true;
}

/* Put those that the thread TASK of the process PID has forked into the queue.
   Return false, with errno set, if they are not listed.  */
static bool
enqueue_forked (struct look *look, pid_t pid, pid_t task)
{
  char text[4096];
  snprintf (text, sizeof text, "/proc/%jd/task/%jd/" CHILDREN_FILE,
            (intmax_t) pid, (intmax_t) task);
  int fd = open (text, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  /* Numbers, each with a blank behind it.  */
  pid_t child = 0;
  ssize_t got;
  while (0 < (got = read (fd, text, sizeof text)))
    for (ssize_t i = 0; i < got; i++)
      if ('0' <= text[i] && text[i] <= '9')
        child = 10 * child + (text[i] - '0');
      else
        {
          if (child != 0)
            enqueue (look, child);
          child = 0;
        }
  close (fd);
  return true;
}

/* Put the children of the process PID into the queue.  Return false if the
   kernel lists none.  */
static bool
enqueue_children (struct look *look, pid_t pid)
{
  if (kins_count != 0)
    {
      for (size_t i = 0; i < kins_count; i++)
        if (kins[i].parent == pid)
          enqueue (look, kins[i].pid);
      return true;
    }
  if (count_threads (pid) == 1)
    return enqueue_forked (look, pid, pid);

  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/task", (intmax_t) pid);
  DIR *tasks = opendir (name);
  if (tasks == NULL)
    {
      look->failed |= out_of_resources (errno);
      return false;
    }
  bool listed = false;
  struct dirent const *entry;
  while ((entry = readdir (tasks)) != NULL)
    {
      pid_t task = number (entry->d_name);
      if (0 < task)
        listed |= enqueue_forked (look, pid, task);
    }
  closedir (tasks);
  return listed;
}

/* Read the parents of all processes.  Return false if this cannot be done, or
   may leave out some.  */
static bool
read_kins (void)
{
  DIR *proc = opendir ("/proc");
  if (proc == NULL)
    return false;
  bool all = true;
  struct dirent const *entry;
  struct state state;
  while (all && (entry = readdir (proc)) != NULL)
    {
      pid_t pid = number (entry->d_name);
      if (pid <= 0 || !read_state (pid, &state))
        continue;
      all = have_room (&kins, &kins_size, kins_count, sizeof *kins);
      if (all)
        kins[kins_count++] = (struct kin) { pid, state.parent };
    }
  closedir (proc);
  /* With hidepid those of others are not there, and so not the first.  */
  return all && read_state (1, &state);
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

/* Return whether LOOK has found what it is for.  */
static bool
is_over (struct look const *look)
{
  return look->holder != NULL && 0 < look->found;
}

static void
look_at_descendants (struct look *look)
{
  look->moved = false;
  look->refused = 0;
  look->ended = 0;
  kins_count = queue_count = 0;
  if (!enqueue_children (look, getpid ()))
    {
      /* Processes that are hidden from us, if there are any, may have it.  */
      bool all = read_kins ();
      if (kins_count != 0)
        enqueue_children (look, getpid ());
      look->failed |= !all;
    }
  /* The last are those that have just come to us.  They are the most likely
     ones, and may end while we look at what is left of those before them.  */
  for (size_t i = 0; i < queue_count / 2; i++)
    {
      pid_t pid = queue[i];
      queue[i] = queue[queue_count - 1 - i];
      queue[queue_count - 1 - i] = pid;
    }
  for (size_t i = 0; i < queue_count && !is_over (look); i++)
    {
      struct stream_holder holder;
      bool had_moved = look->moved;
      enum sight sight = look_into (look, queue[i], &holder);
      if (!had_moved && look->moved)
        look->mover = queue[i];
      if (sight != SIGHT_HAS && sight != SIGHT_NOT)
        sight = tell_apart (queue[i], sight);
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
          look->ended += queue[i];
          look->mover = queue[i];
          break;
        case SIGHT_GONE:
          look->moved = true;
          look->mover = queue[i];
          break;
        case SIGHT_NOT:
          break;
        }
      /* One that ends may still have children.  */
      if (!is_over (look) && !enqueue_children (look, queue[i])
          && sight != SIGHT_ENDED)
        {
          look->moved = true;
          look->mover = queue[i];
        }
    }
}

static bool
is_queued (pid_t pid)
{
  for (size_t i = 0; i < queue_count; i++)
    if (queue[i] == pid)
      return true;
  return false;
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
      pid_t pid = number (entry->d_name);
      struct stream_holder holder;
      if (0 < pid && !is_ours (look, pid)
          && look_into (look, pid, &holder) == SIGHT_HAS && !is_queued (pid))
        take (look, &holder, false);
    }
  closedir (proc);
}

/* Prepare LOOK for IDENTITY.  Return false if nothing can be told.  */
static bool
look_begin (struct look *look, struct stream_identity const *identity,
            pid_t const *except, size_t except_count)
{
  memset (look, 0, sizeof *look);
  look->except = except;
  look->except_count = except_count;
  look->link_length = stream_link (look->link, identity);

  /* It may be that of another name space of processes, whose numbers are not
     ours.  */
  char text[LINK_SIZE];
  ssize_t length = readlink ("/proc/self", text, sizeof text - 1);
  if (identity->inode == 0 || length < 0)
    return false;
  text[length] = '\0';
  return number (text) == getpid ();
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
  /* See whether the links read as they should.  */
  struct look look;
  char name[PATH_SIZE];
  look.link_length = stream_link (look.link, &found);
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
  look.link_length = stream_link (look.link, identity);
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

bool
process_name (pid_t pid, char *text, size_t size)
{
  char name[PATH_SIZE];
  snprintf (name, sizeof name, "/proc/%jd/comm", (intmax_t) pid);
  if (size == 0)
    return false;
  if (!read_file (name, text, size))
    *text = '\0';
  text[strcspn (text, "\n")] = '\0';
  for (char *at = text; *at != '\0'; at++)
    if (*at < ' ' || '~' < *at)
      *at = '?';
  return *text != '\0';
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
  if (kill (holder->pid, 0) != 0 && errno == ESRCH)
    return false;
# if HAVE_WAITID
  siginfo_t info;
  info.si_pid = 0;
  return ! (waitid (P_PID, holder->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
            && info.si_pid == holder->pid);
# else
  return true;
# endif
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

bool
process_name (pid_t pid, char *text, size_t size)
{
  (void) pid;
  if (0 < size)
    *text = '\0';
  return false;
}

#endif
