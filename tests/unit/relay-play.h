/* A relay chain, with this process as the command, the worker and the other
   end of the channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef RELAY_PLAY_H
# define RELAY_PLAY_H 1

# include <errno.h>
# include <fcntl.h>
# include <poll.h>
# include <signal.h>
# include <sys/socket.h>
# include <unistd.h>

# include "attribute.h"
# include "data/relay-chain.h"
# include "minmax.h"
# include "test-macros.h"

enum { PATTERN = 65521 };
static unsigned char pattern[PATTERN];

static struct guard guard;

/* Messages of the chain go to the first, those of the test to the other.  */
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

/* Catch messages if SAID, else let them through.  */
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

/* Check the messages since the last call: one line with TEXT in it, or none if
   that is NULL.  */
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
MAYBE_UNUSED static enum relay_end
relay_mark (struct relay_ends *ends, void *context)
{
  enum relay_end end = relay_pass (ends, context);
  if (end == RELAY_DONE && !relay_is_cut (ends))
    end = relay_give (ends, "END", 3);
  return end;
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

/* Read what has arrived at the other end of the channel.  */
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

/* One turn of the worker's loop.  */
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

MAYBE_UNUSED static void
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

/* Set up the test.  */
static void
play_set_up (void)
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
}

#endif
