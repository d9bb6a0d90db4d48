/* Test relays in series, with this process as the command, the supervisor and
   the other end of the channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay-chain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ignore-value.h"
#include "minmax.h"
#include "test-macros.h"

enum { PATTERN = 65521 };
static unsigned char pattern[PATTERN];

static struct guard guard;

/* What is said goes to the one, and what the test has to say to the other.  */
static int said_fd, own_fd;

struct play
{
  struct relay_chain chain;
  int stage;                    /* the command's; -1 = closed */
  int far;                      /* other end of the channel; -1 = closed */
  uint64_t come;                /* bytes there */
  char last[4];                 /* of them */
  bool come_all;                /* and the end of file */
  bool come_error;
};

/* Begin to listen to what is said, or cease.  */
static void
listen_to (bool said)
{
  NEED (dup2 (said ? said_fd : own_fd, STDERR_FILENO) == STDERR_FILENO);
}

static void
reap (struct relay_chain *chain)
{
  listen_to (true);
  chain_reap (chain, &guard, "NAME");
  listen_to (false);
}

/* Start CHAIN as chain_start does.  */
static void
start (struct relay_chain *chain, enum stage_pipe pipe, int socket,
       int *stage_fd)
{
  listen_to (true);
  int result = chain_start (chain, &guard, pipe, socket, stage_fd);
  listen_to (false);
  NEED (result == 0);
}

static void
nap (int ms)
{
  struct timespec const pause = { .tv_nsec = ms * 1000000L };
  nanosleep (&pause, NULL);
}

/* Check what has been said since the last time: one line with TEXT in it, or
   nothing if that is NULL.  */
static void
check_said (char const *text)
{
  char bytes[1024];
  ssize_t got = pread (said_fd, bytes, sizeof bytes - 1, 0);
  NEED (0 <= got && ftruncate (said_fd, 0) == 0
        && lseek (said_fd, 0, SEEK_SET) == 0);
  bytes[got] = '\0';
  char *newline = strchr (bytes, '\n');
  if (text == NULL)
    CHECK_TEXT (bytes, "");
  else if (!CHECK (strstr (bytes, text) != NULL && newline != NULL
                   && newline[1] == '\0'))
    fprintf (stderr, "  said: %s\n", bytes);
}

/* Like relay_pass, but it marks the end of the stream.  */
static enum relay_end
relay_mark (struct relay_ends *ends, void *context)
{
  enum relay_end end = relay_pass (ends, context);
  if (end == RELAY_DONE && !relay_is_cut (ends))
    end = relay_give (ends, "END", 3);
  return end;
}

/* Ends well, though nothing has ended.  */
static enum relay_end
relay_hasty (struct relay_ends *ends, void *context)
{
  (void) ends, (void) context;
  return RELAY_DONE;
}

/* Meets an error of no meaning.  */
static enum relay_end
relay_ill (struct relay_ends *ends, void *context)
{
  (void) context;
  errno = ENOBUFS;
  return relay_give_failed (ends);
}

/* Begin with COUNT relays, the last of which is LAST, and a stage joined as
   PIPE says.  */
static void
begin (struct play *play, unsigned count, relay_fn *last, enum stage_pipe pipe)
{
  int channel[2];
  *play = (struct play) { .stage = -1 };
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, channel) == 0);
  play->far = channel[1];
  NEED (fcntl (play->far, F_SETFL, O_NONBLOCK) == 0);
  NEED (fcntl (play->far, F_SETFD, FD_CLOEXEC) == 0);
  chain_init (&play->chain);
  for (unsigned i = 0; i < count; i++)
    chain_add (&play->chain, i + 1 == count ? "last" : "other",
               i + 1 == count ? last : relay_pass, NULL);
  start (&play->chain, pipe, channel[0], &play->stage);
  close (channel[0]);
}

static void
finish (struct play *play)
{
  chain_kill (&play->chain);
  while (chain_runs (&play->chain))
    reap (&play->chain);
  chain_close (&play->chain);
  if (0 <= play->stage)
    close (play->stage);
  if (0 <= play->far)
    close (play->far);
}

/* Take what has come at the other end of the channel.  */
static void
take_far (struct play *play)
{
  char bytes[PATTERN];
  while (0 <= play->far && !play->come_all && !play->come_error)
    {
      ssize_t got = read (play->far, bytes, sizeof bytes);
      if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
      play->come_all = got == 0;
      play->come_error = got < 0;
      for (ssize_t i = MAX (0, got - 3); i < got; i++)
        {
          memmove (play->last, play->last + 1, 2);
          play->last[2] = bytes[i];
        }
      play->come += MAX (got, 0);
    }
}

/* Let things happen.  */
static void
step (struct play *play)
{
  take_far (play);
  int fd = chain_report_fd (&play->chain);
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  if (poll (&wait, 1, 5) == 1)
    chain_take_report (&play->chain);
  reap (&play->chain);
}

/* Wait until the chain is in another state than that of running.  */
static enum chain_state
await (struct play *play)
{
  while (play->chain.state == CHAIN_RUNNING || chain_runs (&play->chain))
    step (play);
  take_far (play);
  return play->chain.state;
}

static void
write_stage (struct play *play, size_t length)
{
  NEED (write (play->stage, pattern, length) == (ssize_t) length);
}

static void
close_stage (struct play *play)
{
  close (play->stage);
  play->stage = -1;
}

/* The end of file is reported, and is the end of the stream only after the
   word.  */
static void
check_end (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("end of file, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 50000);
  for (int i = 0; i < 10; i++)
    step (&play);
  CHECK (!play.chain.at_end && 0 <= chain_report_fd (&play.chain));
  CHECK_NUMBER (play.come, 50000);
  close_stage (&play);
  while (!play.chain.at_end)
    step (&play);
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  for (int i = 0; i < 10; i++)
    step (&play);
  CHECK (play.chain.state == CHAIN_RUNNING && !play.come_all);
  CHECK_NUMBER (play.come, 50000);
  chain_finish (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK_NUMBER (play.come, 50003);
  CHECK_TEXT (play.last, "END");
  CHECK_NUMBER (play.chain.passed, 50000);
  CHECK (play.come_all);
  check_said (NULL);
  finish (&play);
}

/* The word comes while there is a writer.  */
static void
check_finish (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("finish, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 1000);
  chain_finish (&play.chain);
  for (int i = 0; i < 10; i++)
    step (&play);
  CHECK (play.chain.state == CHAIN_RUNNING && !play.chain.at_end);
  write_stage (&play, 1000);
  close_stage (&play);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK (play.chain.at_end);
  CHECK_NUMBER (play.come, 2003);
  CHECK_TEXT (play.last, "END");
  check_said (NULL);
  finish (&play);
}

/* The stream is to be cut, while another process writes on and on.  */
static void
check_flush (unsigned count, enum stage_pipe pipe, bool after_finish)
{
  struct play play;
  row_is ("flush, %u relays, %d, %d", count, (int) pipe, after_finish);
  begin (&play, count, relay_mark, pipe);
  pid_t pid = fork ();
  if (pid == 0)
    {
      signal (SIGPIPE, SIG_DFL);
      while (0 < write (play.stage, pattern, PATTERN))
        continue;
      if (errno == EPIPE)
        ignore_value (write (play.stage, pattern, PATTERN));
      _exit (1);
    }
  NEED (0 < pid);
  close_stage (&play);
  while (play.come < 10 * PATTERN)
    step (&play);
  if (after_finish)
    chain_finish (&play.chain);
  chain_flush (&play.chain);
  chain_finish (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK_NUMBER (play.chain.passed, play.come);
  CHECK (play.come_all && !STREQ (play.last, "END") && !play.chain.at_end);
  int status;
  NEED (waitpid (pid, &status, 0) == pid);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE);
  check_said (NULL);
  finish (&play);
}

/* All that was there is passed on, be it a lot or nothing; and a writer that
   does not write does not matter.  */
static void
check_flush_rest (unsigned count, enum stage_pipe pipe, size_t length)
{
  struct play play;
  row_is ("flush of %d bytes, %u relays, %d", (int) length, count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  if (0 < length)
    write_stage (&play, length);
  chain_flush (&play.chain);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK_NUMBER (play.come, length);
  CHECK (play.come_all && !STREQ (play.last, "END"));
  CHECK (write (play.stage, "late", 4) == -1 && errno == EPIPE);
  check_said (NULL);
  finish (&play);
}

/* Relay number VICTIM of COUNT is killed: it is no end of the stream, be the
   word given or not.  */
static void
check_killed (unsigned count, unsigned victim, bool told)
{
  struct play play;
  row_is ("%u relays, number %u killed, %d", count, victim, told);
  begin (&play, count, relay_mark, STAGE_PIPE_WRITER);
  write_stage (&play, 1000);
  while (play.come < 1000)
    step (&play);
  if (told)
    chain_finish (&play.chain);
  kill (play.chain.relays[victim].pid, SIGKILL);
  nap (50);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  CHECK (!STREQ (play.last, "END"));
  CHECK_NUMBER (play.come, 1000);
  check_said (victim + 1 == count
              ? "the last relay of the NAME channel was killed by signal 9"
              : "the other relay of the NAME channel was killed by signal 9");
  CHECK (write (play.stage, "", 1) == -1 && errno == EPIPE);
  finish (&play);
}

/* A relay ends before its time, well or not.  */
static void
check_hasty (relay_fn *fn, char const *text)
{
  struct play play;
  row_is ("%s", text);
  begin (&play, 2, fn, STAGE_PIPE_WRITER);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  check_said (text);
  finish (&play);
}

/* The supervisor is gone.  */
static void
check_alone (unsigned count)
{
  struct play play;
  row_is ("no more words, %u relays", count);
  begin (&play, count, relay_mark, STAGE_PIPE_WRITER);
  write_stage (&play, 1000);
  close_stage (&play);
  for (unsigned i = 0; i < count; i++)
    {
      close (play.chain.relays[i].word);
      play.chain.relays[i].word = -1;
    }
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  CHECK (!STREQ (play.last, "END"));
  check_said (NULL);
  finish (&play);
}

/* The reader leaves.  */
static void
check_left (unsigned count, enum stage_pipe pipe)
{
  struct play play;
  row_is ("left, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_mark, pipe);
  write_stage (&play, 1000);
  while (play.come < 1000)
    step (&play);
  close (play.far);
  play.far = -1;
  write_stage (&play, 1000);
  while (write (play.stage, pattern, 1000) == 1000)
    step (&play);
  CHECK_NUMBER (await (&play), CHAIN_LEFT);
  CHECK (write (play.stage, "", 1) == -1 && errno == EPIPE);
  check_said (NULL);
  finish (&play);
}

/* What it writes to takes nothing.  */
static void
check_full (void)
{
  struct play play = { .far = -1 };
  row_is ("a full disk");
  int full = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0)
    return;
  chain_init (&play.chain);
  chain_add (&play.chain, "last", relay_pass, NULL);
  start (&play.chain, STAGE_PIPE_WRITER, full, &play.stage);
  close (full);
  write_stage (&play, 10);
  CHECK_NUMBER (await (&play), CHAIN_FAILED);
  check_said ("last relay of the outgoing channel: cannot write: ");
  finish (&play);
}

/* What a stage reads from the chain, and when it has gone.  */
static void
check_reader (enum stage_pipe pipe, unsigned count)
{
  bool tells = pipe == STAGE_PIPE_READER;
#ifndef __linux__
  tells = false;
#endif
  struct play play;
  char bytes[2000];
  row_is ("reader, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_pass, pipe);
  NEED (write (play.far, pattern, 1000) == 1000);
  CHECK_NUMBER (read (play.stage, bytes, 500), 500);
  CHECK (!chain_reader_gone (&play.chain));
  CHECK_NUMBER (chain_report_fd (&play.chain), -1);
  NEED (shutdown (play.far, SHUT_WR) == 0);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  CHECK (!chain_reader_gone (&play.chain));
  CHECK_NUMBER (play.chain.passed, 1000);
  chain_end_reader (&play.chain);
  CHECK (chain_reader_gone (&play.chain) == !tells);
  CHECK_NUMBER (read (play.stage, bytes, sizeof bytes), 500);
  CHECK (chain_reader_gone (&play.chain));
  CHECK_NUMBER (read (play.stage, bytes, sizeof bytes), 0);
  close_stage (&play);
  CHECK (chain_reader_gone (&play.chain) && chain_delivered (&play.chain));
  finish (&play);

  row_is ("reader that closes, %u relays, %d", count, (int) pipe);
  begin (&play, count, relay_pass, pipe);
  int other = dup (play.stage);
  NEED (write (play.far, pattern, 1000) == 1000);
  CHECK_NUMBER (read (play.stage, bytes, 500), 500);
  close_stage (&play);
  CHECK (!chain_reader_gone (&play.chain));
  close (other);
  bool told = pipe != STAGE_PIPE_BLOCKS || stage_pipe_tells ();
  CHECK (chain_reader_gone (&play.chain) == told);
  /* Each relay learns it from the next one.  */
  while (play.chain.state == CHAIN_RUNNING)
    {
      ignore_value (write (play.far, pattern, 1000));
      step (&play);
    }
  CHECK_NUMBER (await (&play), CHAIN_LEFT);
  CHECK (chain_reader_gone (&play.chain) == told);
  check_said (NULL);
  finish (&play);

  if (pipe != STAGE_PIPE_READER)
    return;
  row_is ("reader that leaves the rest, %u relays", count);
  begin (&play, count, relay_pass, pipe);
  NEED (write (play.far, pattern, 1000) == 1000);
  NEED (shutdown (play.far, SHUT_WR) == 0);
  CHECK_NUMBER (await (&play), CHAIN_DONE);
  chain_end_reader (&play.chain);
  CHECK (chain_reader_gone (&play.chain) == !tells);
  close_stage (&play);
  CHECK (chain_reader_gone (&play.chain));
  CHECK (chain_reader_gone (&play.chain));
  CHECK (chain_delivered (&play.chain) == !stage_pipe_resets ());
  finish (&play);
}

/* Make a connection between hosts, here.  */
static void
connect_pair (int pair[2])
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  NEED (bind (listener, (struct sockaddr *) &address, sizeof address) == 0
        && listen (listener, 1) == 0
        && getsockname (listener, (struct sockaddr *) &address, &length) == 0);
  pair[0] = socket (AF_INET, SOCK_STREAM, 0);
  NEED (connect (pair[0], (struct sockaddr *) &address, sizeof address) == 0);
  pair[1] = accept (listener, NULL, NULL);
  NEED (0 <= pair[1]);
  close (listener);
}

/* What an errno says, where: of a pipe, a local socket, a connection.  */
struct error_row
{
  int error;
  char const *name;
  bool reads[3];                /* the other side's doing */
  bool writes[3];
};

#define ERROR_ROW(Error) Error, #Error
static struct error_row const error_rows[] =
{
  { ERROR_ROW (EPIPE), { false, false, false }, { true, true, true } },
  { ERROR_ROW (ECONNRESET), { true, true, true }, { true, true, true } },
  { ERROR_ROW (ETIMEDOUT), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ECONNABORTED), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ENOTCONN), { false, false, true }, { false, false, true } },
  { ERROR_ROW (EHOSTUNREACH), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ENETUNREACH), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ENETDOWN), { false, false, true }, { false, false, true } },
  { ERROR_ROW (EBADMSG), { false, false, true }, { false, false, false } },
  { ERROR_ROW (EMSGSIZE), { false, false, true }, { false, false, false } },
  { ERROR_ROW (EIO), { false, false, true }, { false, false, false } },
  { ERROR_ROW (ENOBUFS), { false, false, false }, { false, false, false } },
  { ERROR_ROW (ENOMEM), { false, false, false }, { false, false, false } },
  { ERROR_ROW (EINVAL), { false, false, false }, { false, false, false } },
  { ERROR_ROW (ENOSPC), { false, false, false }, { false, false, false } }
};

static void
check_errors (void)
{
  int pairs[3][2];
  NEED (pipe (pairs[0]) == 0);
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, pairs[1]) == 0);
  connect_pair (pairs[2]);
  for (size_t i = 0; i < SIZEOF (error_rows); i++)
    for (int where = 0; where < 3; where++)
      {
        struct error_row const *row = &error_rows[i];
        row_is ("%s, %d", row->name, where);
        CHECK_NUMBER (relay_read_error (pairs[where][0], row->error),
                      row->reads[where] ? RELAY_READ_FAILED : RELAY_FAILED);
        CHECK_NUMBER (relay_write_error (pairs[where][1], row->error),
                      row->writes[where] ? RELAY_WRITE_FAILED : RELAY_FAILED);
      }

  /* A connection that is lost is one still.  */
  row_is ("a connection that was reset");
  struct linger const reset = { .l_onoff = 1 };
  char byte;
  NEED (setsockopt (pairs[2][0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset)
        == 0 && close (pairs[2][0]) == 0);
  CHECK (read (pairs[2][1], &byte, 1) == -1 && errno == ECONNRESET);
  CHECK_NUMBER (relay_read_error (pairs[2][1], ETIMEDOUT), RELAY_READ_FAILED);
  for (int where = 0; where < 3; where++)
    for (int i = where == 2; i < 2; i++)
      close (pairs[where][i]);
}

/* The other end is reset: what came is not the whole.  */
static void
check_reset (void)
{
  struct play play;
  int pair[2];
  row_is ("a reader's connection that is reset");
  connect_pair (pair);
  play = (struct play) { .far = pair[1] };
  chain_init (&play.chain);
  chain_add (&play.chain, "last", relay_pass, NULL);
  start (&play.chain, STAGE_PIPE_READER, pair[0], &play.stage);
  close (pair[0]);
  struct linger const reset = { .l_onoff = 1 };
  NEED (setsockopt (pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset)
        == 0 && close (pair[1]) == 0);
  play.far = -1;
  CHECK_NUMBER (await (&play), CHAIN_CUT);
  check_said (NULL);
  finish (&play);
}

int
main (void)
{
  alarm (300);
  signal (SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < PATTERN; i++)
    pattern[i] = i;
  NEED (guard_start (&guard) == 0);
  FILE *said = tmpfile ();
  NEED (said != NULL);
  said_fd = fileno (said);
  own_fd = dup (STDERR_FILENO);
  NEED (0 <= own_fd);
  check_errors ();
  for (unsigned count = 1; count <= CHAIN_RELAYS_MAX; count++)
    {
      for (int i = 0; i < 2; i++)
        {
          enum stage_pipe pipe = i ? STAGE_PIPE_FILTER : STAGE_PIPE_WRITER;
          check_end (count, pipe);
          check_finish (count, pipe);
          check_flush (count, pipe, false);
          check_flush (count, pipe, true);
          check_flush_rest (count, pipe, 0);
          check_flush_rest (count, pipe, 60000);
          check_left (count, pipe);
        }
      for (unsigned victim = 0; victim < count; victim++)
        {
          check_killed (count, victim, false);
          check_killed (count, victim, true);
        }
      check_alone (count);
      check_reader (STAGE_PIPE_READER, count);
      check_reader (STAGE_PIPE_BLOCKS, count);
    }
  check_hasty (relay_hasty,
               "the last relay of the NAME channel ended too early");
  check_hasty (relay_ill,
               "last relay of the outgoing channel: cannot write: ");
  check_full ();
  check_reset ();
  guard_stop (&guard);
  return test_result ();
}
