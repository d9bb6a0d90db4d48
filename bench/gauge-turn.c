/* The part of the gauge that asks and answers, one byte each way.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

/* In a pipeline the first command has the way there, and the last one the way
   back.  So that a question follows an answer without a detour through another
   process, the first one ("give") passes its standard output to the last one
   ("turn"), and then only waits for its end.  */

#include "gauge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void
local_address (struct sockaddr_un *address, char const *name)
{
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (sizeof address->sun_path <= strlen (name))
    {
      fprintf (stderr, "gauge: this name is too long: %s\n", name);
      exit (EXIT_GAUGE);
    }
  strcpy (address->sun_path, name);
}

/* A message of one byte with a descriptor.  */
union control
{
  struct cmsghdr header;
  char bytes[CMSG_SPACE (sizeof (int))];
};

static void
prepare_message (struct msghdr *message, struct iovec *vec, char *byte,
                 union control *control)
{
  memset (message, 0, sizeof *message);
  memset (control, 0, sizeof *control);
  *vec = (struct iovec) { .iov_base = byte, .iov_len = 1 };
  message->msg_iov = vec;
  message->msg_iovlen = 1;
  message->msg_control = control->bytes;
  message->msg_controllen = sizeof control->bytes;
}

int
cmd_give (int argc, char **argv)
{
  (void) argc;
  struct sockaddr_un address;
  struct msghdr message;
  struct iovec vec;
  union control control;
  char byte = 0;
  int fd = STDOUT_FILENO;
  local_address (&address, argv[1]);
  int taker = socket (AF_UNIX, SOCK_STREAM, 0);
  if (taker < 0)
    fail ("socket");
  /* The receiver may not be there yet.  */
  struct timespec const nap = { .tv_nsec = 10 * 1000 * 1000 };
  for (int tries = 0; connect (taker, (struct sockaddr *) &address,
                               sizeof address) != 0; tries++)
    if (tries < 1000)
      nanosleep (&nap, NULL);
    else
      fail (argv[1]);

  prepare_message (&message, &vec, &byte, &control);
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  if (sendmsg (taker, &message, 0) != 1)
    fail ("sendmsg");
  /* Until its end of file.  */
  return read (taker, &byte, 1) == 0 ? 0 : EXIT_GAUGE;
}

/* Return the descriptor that "give" passes over the connection GIVER.  */
static int
take (int giver)
{
  struct msghdr message;
  struct iovec vec;
  union control control;
  char byte;
  int fd;
  prepare_message (&message, &vec, &byte, &control);
  if (recvmsg (giver, &message, 0) != 1)
    fail ("recvmsg");
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  if (!header || header->cmsg_type != SCM_RIGHTS)
    fail ("nothing was given");
  memcpy (&fd, CMSG_DATA (header), sizeof fd);
  return fd;
}

static int
compare_times (void const *a, void const *b)
{
  int64_t x = *(int64_t const *) a, y = *(int64_t const *) b;
  return (y < x) - (x < y);
}

/* Ask over OUT up to COUNT times, but for at most LIMIT ns, and put the time
   of each answer into TIMES.  Return how many were asked.  */
static int
ask (int out, int64_t *times, int count, int64_t limit)
{
  char byte = 'x';
  int64_t begin = now_ns (), end = begin;
  int n = 0;
  while (n < count && end - begin < limit)
    {
      int64_t asked = now_ns ();
      if (write (out, &byte, 1) != 1 || read (STDIN_FILENO, &byte, 1) != 1)
        fail ("no answer");
      end = now_ns ();
      times[n++] = end - asked;
    }
  return n;
}

int
cmd_turn (int argc, char **argv)
{
  (void) argc;
  struct sockaddr_un address;
  int count = number (argv[3], 1, 10000000);
  int64_t limit = number (argv[4], 1, 3600) * INT64_C (1000000000);
  int64_t *times = calloc (count, sizeof *times);
  if (!times)
    fail ("calloc");
  local_address (&address, argv[1]);
  int listener = socket (AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0
      || bind (listener, (struct sockaddr *) &address, sizeof address) != 0
      || listen (listener, 1) != 0)
    fail (argv[1]);
  int giver = accept (listener, NULL, NULL);
  if (giver < 0)
    fail ("accept");
  int out = take (giver);

  /* The first ones find all caches cold.  */
  int n = ask (out, times, count < 20 ? count : 20, limit);
  n = ask (out, times, count, limit);
  close (out);
  close (giver);
  qsort (times, n, sizeof *times, compare_times);
  FILE *file = fopen (argv[2], "w");
  if (!file)
    fail (argv[2]);
  fprintf (file, "turns %d\nmedian_ns %"PRId64"\nslowest_ns %"PRId64"\n",
           n, times[n / 2], times[n - 1]);
  free (times);
  return fclose (file) == 0 ? 0 : EXIT_GAUGE;
}

int
cmd_echo (int argc, char **argv)
{
  (void) argc, (void) argv;
  char byte;
  ssize_t n;
  while ((n = read (STDIN_FILENO, &byte, 1)) == 1)
    if (write (STDOUT_FILENO, &byte, 1) != 1)
      return 1;
  return n == 0 ? 0 : 1;
}
