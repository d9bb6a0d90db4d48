/* Verify what the program relies on when the kernel does TLS.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What is tested is the kernel, and what asks it (lib/ktls.h): keys are fixed,
   and what is on the wire can be seen, changed, and sent again.  Some of what
   the program guards against may be fixed in a later kernel; where that
   would do no harm it is told, not checked.

   Usage: ktls-facts                    all that needs one process only
          ktls-facts ulp                print how the ULP "tls" is refused on
                                        an unconnected socket, and what the
                                        program takes that for
          ktls-facts announce HOW       copy, and announce with each part that
                                        more will come; HOW is MSG_MORE or
                                        SPLICE_F_MORE
          ktls-facts pipe CIPHER LOWAT WRITER READER
                                        run the shell commands WRITER and
                                        READER, each owning an end  */

#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined __linux__ && HAVE_SPLICE

# include <fcntl.h>
# include <poll.h>
# include <signal.h>
# include <sys/socket.h>
# include <sys/wait.h>
# include <unistd.h>

# include "ktls.h"
# include "../unit/test-macros.h"
# include "ktls-route.h"

/* One record for each write of up to 16384 bytes; not readable on the wire;
   counted at both ends, also after the end.  */
static void
check_records (struct cipher const *cipher)
{
  struct route route;
  open_route (&route, cipher);
  size_t size = 0;
  for (int i = 0; i < 3; i++)
    size += take_record (&route, 100, size);
  CHECK_NUMBER (records (route.writer, TX, cipher), 3);
  CHECK_NUMBER (records (route.reader, RX, cipher), 0);
  CHECK (memmem (wire, size, data, 8) == NULL);
  CHECK_NUMBER (wire[0], APPLICATION_DATA);
  pass (&route, 0, size);

  static char got[sizeof data];
  CHECK_NUMBER (read_all (route.reader, got, 300), 300);
  CHECK (memcmp (got, data, 100) == 0 && memcmp (got + 200, data, 100) == 0);
  CHECK_NUMBER (records (route.reader, RX, cipher), 3);

  /* Three more, and the end.  */
  size = 40000 + 3 * RECORD_MORE;
  NEED (write (route.writer, data, 40000) == 40000);
  CHECK_NUMBER (shutdown (route.writer, SHUT_WR), 0);
  CHECK_NUMBER (read_all (route.near, wire, size + 1), size);
  CHECK_NUMBER (records (route.writer, TX, cipher), 6);
  pass (&route, 0, size);
  NEED (shutdown (route.far, SHUT_WR) == 0);
  CHECK_NUMBER (read_all (route.reader, got, sizeof got), 40000);
  CHECK (memcmp (got, data, 40000) == 0);
  CHECK_NUMBER (read (route.reader, got, 1), 0);
  CHECK_NUMBER (ktls_peek (route.reader), 0);
  CHECK_NUMBER (records (route.reader, RX, cipher), 6);
  CHECK_NUMBER (records (route.writer, TX, cipher), 6);
  close_route (&route);
}

/* A record that was not sent in this place is EBADMSG, permanently.  */
static void
check_tampering (struct cipher const *cipher)
{
  static char const *const ways[] = {
    "flip", "flip in the tag", "replay", "reorder", "leave out", "inject"
  };
  for (size_t i = 0; i < SIZEOF (ways); i++)
    {
      row_is ("%s: %s", cipher->name, ways[i]);
      struct route route;
      open_route (&route, cipher);
      size_t first = take_record (&route, 1000, 0);
      size_t second = take_record (&route, 1000, first);
      char buffer[1000];
      switch (i)
        {
        case 0:
          wire[500] ^= 4;
          pass (&route, 0, first);
          break;
        case 1:
          wire[first - 1] ^= 1;
          pass (&route, 0, first);
          break;
        case 2:
          pass (&route, 0, first);
          CHECK_NUMBER (read_all (route.reader, buffer, 1000), 1000);
          pass (&route, 0, first);
          break;
        case 3:
          pass (&route, first, second);
          pass (&route, 0, first);
          break;
        case 4:
          pass (&route, first, second);
          break;
        case 5:
          memset (wire + RECORD_HEADER, 'x', first - RECORD_HEADER);
          pass (&route, 0, first);
          break;
        }
      fails_for_ever (route.reader, EBADMSG);
      /* The numbers tell it as well.  */
      CHECK (records (route.reader, RX, cipher) < 2);
      close_route (&route);
    }
}

/* A cut is a clean end of file, also within a record; only the numbers tell
   it.  */
static void
check_cut (struct cipher const *cipher)
{
  for (int within = 0; within < 2; within++)
    {
      row_is ("%s: cut %s", cipher->name,
              within ? "within a record" : "between records");
      struct route route;
      open_route (&route, cipher);
      size_t first = take_record (&route, 1000, 0);
      size_t second = take_record (&route, 1000, first);
      pass (&route, 0, within ? first + second - 1 : first);
      NEED (shutdown (route.far, SHUT_WR) == 0);
      char buffer[2000];
      CHECK_NUMBER (read_all (route.reader, buffer, sizeof buffer), 1000);
      CHECK_NUMBER (read (route.reader, buffer, 1), 0);
      CHECK_NUMBER (ktls_peek (route.reader), 0);
      CHECK_NUMBER (records (route.writer, TX, cipher), 2);
      CHECK_NUMBER (records (route.reader, RX, cipher), 1);
      close_route (&route);
    }
}

/* Any alert, close_notify included, is a permanent error for a plain read,
   behind all data: so it cannot mark a clean end, but another one.  */
static void
check_alert (struct cipher const *cipher)
{
  row_is ("%s: alert", cipher->name);
  int fd[2];
  connect_pair (fd);
  start (fd[0], cipher);
  start (fd[1], cipher);
  NEED (write (fd[0], data, 1000) == 1000);
  CHECK_NUMBER (send_record (fd[0], ALERT, "\1", 2), 2);
  NEED (shutdown (fd[0], SHUT_WR) == 0);
  char got[1000];
  CHECK_NUMBER (read_all (fd[1], got, 1000), 1000);
  fails_for_ever (fd[1], EIO);
  close (fd[0]);
  close (fd[1]);
}

/* With one direction only, the other is in clear: so both are started before
   a command gets the socket.  */
static void
check_one_direction (struct cipher const *cipher)
{
  row_is ("%s: RX only", cipher->name);
  int fd[2];
  connect_pair (fd);
  NEED (start_ulp (fd[0]) == 0);
  NEED (start_direction (fd[0], RX, cipher) == 0);
  NEED (write (fd[0], data, 100) == 100);
  char got[100];
  CHECK_NUMBER (read_all (fd[1], got, 100), 100);
  CHECK (memcmp (got, data, 100) == 0);
  close (fd[0]);
  close (fd[1]);
}

/* How a writer announces that more will come.  */
enum announcement { BY_SEND, BY_SPLICE };
static char const *const announcement_name[] = { "MSG_MORE",
                                                 "SPLICE_F_MORE" };

/* Write SIZE bytes of data to FD.  */
static void
announce_more (int fd, enum announcement how, size_t size)
{
  if (how == BY_SEND)
    {
      NEED (send (fd, data, size, MSG_MORE) == (ssize_t) size);
      return;
    }
  int ends[2];
  NEED (pipe (ends) == 0);
  NEED (write (ends[1], data, size) == (ssize_t) size);
  NEED (splice (ends[0], NULL, fd, NULL, size, SPLICE_F_MORE)
        == (ssize_t) size);
  close (ends[0]);
  close (ends[1]);
}

/* Copy standard input to a socket in this way, as "pv" does.  */
static int
copy_announced (char const *name)
{
  enum announcement how
    = STREQ (name, announcement_name[BY_SEND]) ? BY_SEND : BY_SPLICE;
  NEED (STREQ (name, announcement_name[how]));
  for (;;)
    {
      ssize_t size = read_all (STDIN_FILENO, data, 10000);
      NEED (0 <= size);
      if (size == 0)
        return EXIT_SUCCESS;
      announce_more (STDOUT_FILENO, how, size);
    }
}

/* A tail that was announced not to be one is kept back; an empty record
   makes the kernel send it, and is nothing to the reader.  */
static void
check_tail (struct cipher const *cipher, enum announcement how)
{
  for (int mend = 0; mend < 2; mend++)
    {
      row_is ("%s: %s%s", cipher->name, announcement_name[how],
              mend ? ", mended" : "");
      int fd[2];
      connect_pair (fd);
      start (fd[0], cipher);
      start (fd[1], cipher);
      NEED (write (fd[0], data, 1000) == 1000);
      announce_more (fd[0], how, 1000);
      if (mend)
        {
          CHECK_NUMBER (ktls_flush (fd[0]), 0);
          /* Again: it does no harm.  */
          CHECK_NUMBER (ktls_flush (fd[0]), 0);
        }
      NEED (shutdown (fd[0], SHUT_WR) == 0);
      char got[3000];
      ssize_t size = read_all (fd[1], got, sizeof got);
      if (mend)
        {
          CHECK_NUMBER (size, 2000);
          CHECK (memcmp (got + 1000, data, 1000) == 0);
        }
      else
        printf ("%s: a tail sent with %s is %s\n", cipher->name,
                announcement_name[how],
                size == 2000 ? "sent" : size == 1000 ? "lost" : "torn");
      /* The numbers agree in any case: that a tail was lost cannot be seen
         from them.  */
      CHECK_NUMBER (records (fd[1], RX, cipher),
                    records (fd[0], TX, cipher));
      close (fd[0]);
      close (fd[1]);
    }
}

/* A record is spliced into a pipe that has not enough room for it.  The rest
   is silently lost, unless the kernel has been fixed.  */
static void
check_splice_read (struct cipher const *cipher)
{
  row_is ("%s: splice from the socket", cipher->name);
  enum { SIZE = 10000 };
  int fd[2], ends[2];
  connect_pair (fd);
  start (fd[0], cipher);
  start (fd[1], cipher);
  NEED (pipe (ends) == 0);
  NEED (0 < fcntl (ends[1], F_SETPIPE_SZ, 4096));
  NEED (write (fd[0], data, SIZE) == SIZE);
  NEED (shutdown (fd[0], SHUT_WR) == 0);

  static char got[SIZE];
  ssize_t size = 0;
  ssize_t some;
  do
    {
      some = splice (fd[1], NULL, ends[1], NULL, SIZE, 0);
      CHECK (0 <= some);
      if (0 < some)
        NEED (read_all (ends[0], got + size, some) == some);
      size += some;
    }
  while (0 < some);
  printf ("%s: what is spliced from the socket is %s\n", cipher->name,
          size == SIZE ? "whole" : "not whole");
  close (ends[0]);
  close (ends[1]);
  close (fd[0]);
  close (fd[1]);
}

/* Can a connection over several paths be handed over?  */
static void
print_multipath (void)
{
  enum { MPTCP = 262 };
  int fd = socket (AF_INET, SOCK_STREAM, MPTCP);
  if (fd < 0)
    return;
  int result = start_ulp (fd);
  printf ("TLS over several paths is %s\n",
          result == 0 || errno == ENOTCONN ? "possible" : strerror (errno));
  close (fd);
}

/* A connection is reset when its last holder closes it, if that was asked for
   before; whether it can be reset earlier depends on the kernel.  The reader
   gets what was there before, then the error.  */
static void
check_abort (struct cipher const *cipher)
{
  for (int disconnects = 0; disconnects < 2; disconnects++)
    {
      row_is ("%s: abort by %s", cipher->name,
              disconnects ? "disconnecting" : "closing");
      int fd[2];
      connect_pair (fd);
      start (fd[0], cipher);
      start (fd[1], cipher);
      NEED (write (fd[0], data, 1000) == 1000);
      char got[1000];
      CHECK_NUMBER (read_all (fd[1], got, 1000), 1000);
      struct linger linger = { .l_onoff = 1, .l_linger = 0 };
      CHECK_NUMBER (setsockopt (fd[0], SOL_SOCKET, SO_LINGER, &linger,
                                sizeof linger), 0);
      if (disconnects)
        {
          struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
          int result = connect (fd[0], &nowhere, sizeof nowhere);
          printf ("%s: disconnecting is %s\n", cipher->name,
                  result == 0 ? "possible" : strerror (errno));
        }
      close (fd[0]);
      CHECK_NUMBER (read (fd[1], got, 1), -1);
      CHECK_NUMBER (errno, ECONNRESET);
      close (fd[1]);
    }
}

/* A reader that ends early makes its writer die of SIGPIPE, if its supervisor
   has half-closed and then closes the last duplicate.  */
static void
check_reader_ends (struct cipher const *cipher)
{
  for (int unread = 0; unread < 2; unread++)
    {
      row_is ("%s: reader ends%s", cipher->name,
              unread ? " with data unread" : "");
      int fd[2];
      connect_pair (fd);
      start (fd[0], cipher);
      start (fd[1], cipher);
      NEED (shutdown (fd[1], SHUT_WR) == 0);
      char got[1000];
      NEED (write (fd[0], data, 1000) == 1000);
      NEED (read_all (fd[1], got, unread ? 10 : 1000) != -1);
      close (fd[1]);
      ssize_t result = 0;
      for (int i = 0; i < 100 && 0 <= result; i++)
        {
          result = write (fd[0], data, 1000);
          poll (NULL, 0, 10);
        }
      CHECK_NUMBER (result, -1);
      CHECK_NUMBER (errno, EPIPE);
      close (fd[0]);
    }
}

/* ---------------------------------------------------------------------- */

/* Run COMMAND with FD as its descriptor STANDARD, and as nothing else.  */
static pid_t
run (char const *command, int fd, int standard)
{
  pid_t pid = fork ();
  NEED (0 <= pid);
  if (pid == 0)
    {
      dup2 (fd, standard);
      signal (SIGPIPE, SIG_DFL);
      execl ("/bin/sh", "sh", "-c", command, (char *) NULL);
      _exit (127);
    }
  return pid;
}

static int
wait_for (pid_t pid)
{
  int status;
  NEED (waitpid (pid, &status, 0) == pid);
  return WIFEXITED (status) ? WEXITSTATUS (status)
         : 128 + WTERMSIG (status);
}

/* Let two commands own the ends of a connection, as the program does, and say
   how they ended.  */
static int
run_pipe (char const *cipher_name, int lowat, char const *writer,
          char const *reader)
{
  struct cipher const *cipher = ciphers;
  if (!STREQ (cipher_name, cipher->name))
    cipher++;
  NEED (STREQ (cipher_name, cipher->name));

  int fd[2];
  connect_pair (fd);
  struct timeval unlimited = { .tv_sec = 0 };
  NEED (setsockopt (fd[1], SOL_SOCKET, SO_RCVTIMEO, &unlimited,
                    sizeof unlimited) == 0);
  if (0 < lowat)
    NEED (setsockopt (fd[1], SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof lowat)
          == 0);
  start (fd[0], cipher);
  start (fd[1], cipher);
  pid_t writes = run (writer, fd[0], STDOUT_FILENO);
  pid_t reads = run (reader, fd[1], STDIN_FILENO);
  int write_status = wait_for (writes);
  CHECK_NUMBER (ktls_flush (fd[0]), 0);
  CHECK_NUMBER (shutdown (fd[0], SHUT_WR), 0);
  int read_status = wait_for (reads);
  CHECK_NUMBER (ktls_peek (fd[1]), 0);
  CHECK_NUMBER (records (fd[1], RX, cipher), records (fd[0], TX, cipher));
  CHECK_NUMBER (write_status, 0);
  CHECK_NUMBER (read_status, 0);
  return test_result ();
}

/* How is the ULP refused?  A kernel that has it says that there must be a
   connection first.  */
static int
print_ulp (void)
{
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  NEED (0 <= fd);
  NEED (start_ulp (fd) != 0);
  char const *refusal = (errno == ENOENT ? "missing"
                         : errno == ENOTCONN ? "there" : strerror (errno));
  enum ktls_support support = ktls_probe ();
  printf ("%s: %s\n", refusal,
          support == KTLS_READY ? "ready"
          : support == KTLS_NOT_LOADED ? "not loaded" : "none");
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = i * i / 251 ^ i;

  if (argc == 2 && STREQ (argv[1], "ulp"))
    return print_ulp ();
  if (argc == 3 && STREQ (argv[1], "announce"))
    return copy_announced (argv[2]);
  if (argc == 6 && STREQ (argv[1], "pipe"))
    return run_pipe (argv[2], strtol (argv[3], NULL, 10), argv[4], argv[5]);
  NEED (argc == 1);

  for (size_t i = 0; i < SIZEOF (ciphers); i++)
    {
      row_is ("%s", ciphers[i].name);
      check_records (&ciphers[i]);
      check_tampering (&ciphers[i]);
      check_cut (&ciphers[i]);
      check_alert (&ciphers[i]);
      check_one_direction (&ciphers[i]);
      check_tail (&ciphers[i], BY_SEND);
      check_tail (&ciphers[i], BY_SPLICE);
      check_splice_read (&ciphers[i]);
      check_abort (&ciphers[i]);
      check_reader_ends (&ciphers[i]);
    }
  print_multipath ();
  return test_result ();
}

#else

int
main (void)
{
  fputs ("skipped test: this system's kernel does no TLS as Linux does\n",
         stderr);
  return 77;
}

#endif
