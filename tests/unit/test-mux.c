/* Test channels that go through the login: two ends of a control connection
   in one process, which also plays the stages.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/mux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake-splice.h"
#include "ignore-value.h"
#include "minmax.h"
#include "../fuzz/fuzz.h"
#include "test-macros.h"

/* Which side, and how the sides are joined: as a login does it, and without
   splice where there is one.  */
enum { LOCAL, AGENT, SIDES };
enum { PIPES, SOCKETS, COPIES, JOINTS };
static char const *const stage_pipe_names[] = { "pipes", "sockets", "copies" };

/* What the stages write: any piece of it tells where it belongs.  */
enum { PATTERN = 65521 };
static unsigned char pattern[2 * PATTERN];

static void
make_pattern (void)
{
  uint32_t state = 1;
  for (size_t i = 0; i < PATTERN; i++)
    {
      state = state * 1103515245 + 12345;
      pattern[i] = pattern[PATTERN + i] = state >> 16 & 0xff;
    }
}

/* One of the two hosts.  */
struct side
{
  struct control control;
  struct mux mux;
  struct pair *pair;
  bool ready;                   /* the other side's word has come */
  bool open_on_text;            /* open channel 0 for reading at a message */
  int opened;
  char const *end;              /* how the control connection ended */
  int closed[CHANNELS_MAX];
  int drained[CHANNELS_MAX];
  int failed;                   /* an errno */
  int texts;                    /* messages of another kind that came */
};

/* A stage: writes or reads TOTAL bytes.  */
struct stage_play
{
  struct events *events;
  struct side *side;
  unsigned channel;
  bool writer;
  int fd;
  uint64_t total;
  uint64_t done;
  size_t chunk;
  bool at_end;
  bool refused;                 /* EPIPE */
  bool wrong;
};

struct pair
{
  struct events events;
  struct side sides[SIDES];
  int joined;
};

static void
hear_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct side *side = context;
  (void) min, (void) max, (void) version;
  side->ready = side == &side->pair->sides[LOCAL];
}

static void
send_number (struct side *side, enum message_type type, unsigned channel)
{
  struct message_builder message;
  message_begin (&message, type);
  message_add_number (&message, KEY_CHANNEL, channel);
  control_send (&side->control, &message);
}

static void
hear_message (void *context, struct message const *message)
{
  struct side *side = context;
  uint64_t channel = 0;
  message_number (message, KEY_CHANNEL, &channel);
  switch (message->type)
    {
    case MESSAGE_TASK:
      side->ready = true;
      break;
    case MESSAGE_CREDIT:
      CHECK (mux_credit (&side->mux, message));
      break;
    case MESSAGE_CHANNEL_END:
      mux_end_reader (&side->mux, channel);
      break;
    case MESSAGE_STOP:
      mux_stop (&side->mux, channel);
      break;
    default:
      side->texts++;
      if (side->open_on_text)
        NEED (mux_open (&side->mux, 0, STAGE_PIPE_READER,
                            &side->opened) == 0);
      side->open_on_text = false;
    }
}

static void
hear_end (void *context, enum control_end why)
{
  struct side *side = context;
  CHECK (side->end == NULL);
  side->end = why == CONTROL_EOF ? "eof" : "garbled";
}

static void
hear_closed (void *context, unsigned channel)
{
  struct side *side = context;
  CHECK (mux_closed (&side->mux, channel));
  side->closed[channel]++;
}

static void
hear_failed (void *context, unsigned channel, int error)
{
  struct side *side = context;
  CHECK (side->failed == 0 && channel == 0);
  side->failed = error;
}

static void
hear_drained (void *context, unsigned channel)
{
  struct side *side = context;
  side->drained[channel]++;
  send_number (side, MESSAGE_CHANNEL_END, channel);
}

static void
open_side (struct pair *pair, int which, int in, int out)
{
  struct side *side = &pair->sides[which];
  struct control_hooks const hooks = {
    .context = side, .banner = hear_banner, .message = hear_message,
    .end = hear_end
  };
  struct mux_out_hooks const mux_hooks = {
    .context = side, .closed = hear_closed, .drained = hear_drained,
    .failed = hear_failed
  };
  *side = (struct side) { .pair = pair, .opened = -1 };
  control_open (&side->control, &pair->events, in, out, which == LOCAL,
                &hooks);
  mux_init (&side->mux, &side->control, &pair->events,
                &mux_hooks);
}

/* Join two sides, and let them greet each other.  */
static void
begin (struct pair *pair, int joined)
{
  int there[2], back[2];
  *pair = (struct pair) { .joined = joined };
  events_init (&pair->events);
  if (joined == SOCKETS)
    {
      int socks[2];
      NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, socks) == 0);
      there[0] = socks[1];
      there[1] = socks[0];
      back[0] = dup (socks[0]);
      back[1] = dup (socks[1]);
      NEED (0 <= back[0] && 0 <= back[1]);
    }
  else
    NEED (pipe (there) == 0 && pipe (back) == 0);
  open_side (pair, LOCAL, back[0], there[1]);
  open_side (pair, AGENT, there[0], back[1]);
  struct message_builder message;
  message_begin (&message, MESSAGE_TASK);
  control_send_first (&pair->sides[LOCAL].control, &message);
  while (!pair->sides[LOCAL].ready || !pair->sides[AGENT].ready)
    events_step (&pair->events);
}

static void
end (struct pair *pair)
{
  for (int i = 0; i < SIDES; i++)
    {
      control_close (&pair->sides[i].control);
      mux_close (&pair->sides[i].mux);
    }
  events_free (&pair->events);
}

static void
finish_stage (struct stage_play *stage)
{
  if (stage->fd < 0)
    return;
  events_forget (stage->events, stage->fd);
  close (stage->fd);
  stage->fd = -1;
}

static void
stage_writes (void *context, int fd, short ready)
{
  struct stage_play *stage = context;
  (void) ready;
  size_t size = MIN (stage->chunk, stage->total - stage->done);
  ssize_t done = write (fd, pattern + stage->done % PATTERN, size);
  if (done < 0 && errno == EAGAIN)
    return;
  if (done < 0)
    {
      stage->refused = errno == EPIPE;
      finish_stage (stage);
      return;
    }
  stage->done += done;
  if (stage->done == stage->total)
    {
      stage->at_end = true;
      finish_stage (stage);
      mux_end_writer (&stage->side->mux, stage->channel);
    }
}

static void
stage_reads (void *context, int fd, short ready)
{
  static unsigned char bytes[PATTERN];
  struct stage_play *stage = context;
  (void) ready;
  ssize_t got = read (fd, bytes, MIN (stage->chunk, PATTERN));
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0)
    {
      stage->at_end = got == 0;
      finish_stage (stage);
      return;
    }
  if (memcmp (bytes, pattern + stage->done % PATTERN, got) != 0)
    stage->wrong = true;
  stage->done += got;
}

static void
go_on (struct stage_play *stage)
{
  events_watch (stage->events, stage->fd, stage->writer ? POLLOUT : POLLIN,
                stage->writer ? stage_writes : stage_reads, stage);
}

static void
pause_stage (struct stage_play *stage)
{
  events_forget (stage->events, stage->fd);
}

/* No byte of a channel is read together with a message once the connection
   carries channels.  */
static void
no_bytes (void *context, unsigned char const *bytes, size_t length)
{
  (void) context, (void) bytes, (void) length;
  CHECK (false);
}

/* Open our end of CHANNEL at SIDE, and begin to play the stage there.  A
   writer writes TOTAL bytes, and both at most CHUNK bytes at once.  */
static void
begin_stage (struct stage_play *stage, struct side *side, unsigned channel,
             bool writer, uint64_t total, size_t chunk)
{
  *stage = (struct stage_play) {
    .events = &side->pair->events, .side = side, .channel = channel,
    .writer = writer, .total = total, .chunk = chunk
  };
  /* Each way to be joined gets its turn.  */
  enum stage_pipe joined = (!writer ? STAGE_PIPE_READER
                            : chunk % 2 ? STAGE_PIPE_FILTER
                            : STAGE_PIPE_WRITER);
  NEED (mux_open (&side->mux, channel, joined, &stage->fd) == 0);
  side->control.carriage.bytes = no_bytes;
  int flags = fcntl (stage->fd, F_GETFL);
  CHECK ((flags & O_NONBLOCK) == 0);
  CHECK (fcntl (stage->fd, F_GETFD) & FD_CLOEXEC);
  NEED (fcntl (stage->fd, F_SETFL, flags | O_NONBLOCK) == 0);
  if (side->pair->joined == COPIES)
    {
      side->mux.in.copies = true;
      mux_out_give_up_splice (&side->mux.out);
    }
  go_on (stage);
}

/* The stages at both ends of a channel.  */
struct stream { struct stage_play writer, reader; };

static void
begin_stream (struct stream *stream, struct pair *pair, unsigned channel,
              int from, uint64_t total, size_t chunk)
{
  begin_stage (&stream->writer, &pair->sides[from], channel, true, total,
               chunk);
  begin_stage (&stream->reader, &pair->sides[!from], channel, false, total,
               PATTERN);
}

/* All that was written has come, and then the end.  */
static void
check_whole (struct stream const *stream)
{
  struct stage_play const *writer = &stream->writer;
  struct stage_play const *reader = &stream->reader;
  unsigned channel = writer->channel;
  CHECK_NUMBER (writer->done, writer->total);
  CHECK_NUMBER (reader->done, writer->total);
  CHECK (reader->at_end && !reader->wrong);
  CHECK_NUMBER (writer->side->drained[channel], 1);
  CHECK (writer->side->failed == 0 && reader->side->failed == 0);
  CHECK (mux_delivered (&reader->side->mux, channel));
  CHECK_NUMBER (mux_bytes (&writer->side->mux, channel),
                writer->total);
  CHECK_NUMBER (mux_bytes (&reader->side->mux, channel),
                writer->total);
  CHECK (writer->side->end == NULL && reader->side->end == NULL);
}

static bool
stream_goes_on (struct stream const *stream)
{
  return (0 <= stream->reader.fd && stream->writer.side->end == NULL
          && stream->reader.side->end == NULL);
}

static void
check_both_ways (int joined, uint64_t total, size_t chunk)
{
  struct pair pair;
  struct stream there, back;
  row_is ("both ways, %s, %d bytes at once", stage_pipe_names[joined],
          (int) chunk);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, total, chunk);
  begin_stream (&back, &pair, 1, AGENT, total, chunk);
  while (stream_goes_on (&there) || stream_goes_on (&back))
    events_step (&pair.events);
  check_whole (&there);
  check_whole (&back);
  end (&pair);
}

/* Two channels in the same direction take turns.  */
static void
check_same_way (int joined)
{
  struct pair pair;
  struct stream one, two;
  row_is ("the same way, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&one, &pair, 0, LOCAL, 20000000, PATTERN);
  begin_stream (&two, &pair, 1, LOCAL, 20000000, PATTERN);
  while (stream_goes_on (&one) && stream_goes_on (&two))
    events_step (&pair.events);
  /* Neither was far ahead of the other.  */
  CHECK (15000000 < one.reader.done && 15000000 < two.reader.done);
  while (stream_goes_on (&one) || stream_goes_on (&two))
    events_step (&pair.events);
  check_whole (&one);
  check_whole (&two);
  end (&pair);
}

/* Step while anything happens within MS milliseconds.  */
static void
ring (void *context)
{
  *(bool *) context = true;
}

static void
settle (struct pair *pair, int64_t ms, uint64_t const *progress)
{
  uint64_t last;
  do
    {
      bool over = false;
      struct timer timer = { .set = false };
      last = *progress;
      timer_set (&pair->events, &timer, ms, ring, &over);
      while (!over)
        events_step (&pair->events);
    }
  while (last != *progress);
}

/* A reader that stops for a while stops its writer, in time, and nothing
   else.  */
static void
check_pause (int joined)
{
  struct pair pair;
  struct stream there, back;
  row_is ("a reader that pauses, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 30000000, PATTERN);
  pause_stage (&there.reader);
  settle (&pair, 100, &there.writer.done);
  CHECK (there.writer.done < there.writer.total);
  uint64_t sent = mux_bytes (&pair.sides[LOCAL].mux, 0);
  /* The window, and what the stage's socket had room for, which may be more
     than its size where big pages of a socket's are moved to it.  */
  CHECK (MUX_WINDOW <= sent && sent <= 4 * MUX_WINDOW);

  begin_stream (&back, &pair, 1, AGENT, 30000000, PATTERN);
  int texts = pair.sides[AGENT].texts;
  send_number (&pair.sides[LOCAL], MESSAGE_STARTED, 0);
  while (stream_goes_on (&back))
    events_step (&pair.events);
  check_whole (&back);
  CHECK_NUMBER (pair.sides[AGENT].texts, texts + 1);
  control_heartbeat (&pair.sides[LOCAL].control, 20);
  settle (&pair, 200, &there.writer.done);
  CHECK (control_silence (&pair.sides[AGENT].control) < 150);

  go_on (&there.reader);
  while (stream_goes_on (&there))
    events_step (&pair.events);
  check_whole (&there);
  end (&pair);
}

/* A reading stage that closes its standard input: the writer gets no more
   credit, and SIGPIPE when it is told to stop.  */
static void
check_reader_leaves (int joined)
{
  struct pair pair;
  struct stream there;
  row_is ("a reader that leaves, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 100000000, PATTERN);
  while (there.reader.done < 10000000)
    events_step (&pair.events);
  CHECK (!mux_reader_gone (&pair.sides[AGENT].mux, 0));
  finish_stage (&there.reader);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0));
  settle (&pair, 100, &there.writer.done);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0));
  CHECK (pair.sides[AGENT].failed == 0);
  CHECK (!there.writer.refused && 0 <= there.writer.fd);
  CHECK (!mux_delivered (&pair.sides[AGENT].mux, 0));
  CHECK (mux_bytes (&pair.sides[AGENT].mux, 0)
         <= there.reader.done + MUX_WINDOW + 1024 * 1024);

  mux_stop (&pair.sides[AGENT].mux, 0);
  send_number (&pair.sides[AGENT], MESSAGE_STOP, 0);
  while (0 <= there.writer.fd)
    events_step (&pair.events);
  CHECK (there.writer.refused);
  /* The writer's end is of no importance any more.  */
  mux_end_writer (&pair.sides[LOCAL].mux, 0);
  CHECK_NUMBER (pair.sides[LOCAL].drained[0], 0);
  mux_end_reader (&pair.sides[AGENT].mux, 0);
  CHECK (!mux_delivered (&pair.sides[AGENT].mux, 0));
  CHECK (pair.sides[LOCAL].end == NULL && pair.sides[AGENT].end == NULL);
  end (&pair);
}

/* Stop both ends in full flow, with all kinds of bytes under way; the other
   channel goes on.  */
static void
check_stop (int joined)
{
  struct pair pair;
  struct stream there, back;
  row_is ("stop, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 100000000, PATTERN);
  begin_stream (&back, &pair, 1, AGENT, 20000000, PATTERN);
  while (there.reader.done < 5000000)
    events_step (&pair.events);
  mux_stop (&pair.sides[AGENT].mux, 0);
  uint64_t before = mux_bytes (&pair.sides[AGENT].mux, 0);
  while (mux_bytes (&pair.sides[AGENT].mux, 0) == before)
    events_step (&pair.events);
  mux_stop (&pair.sides[LOCAL].mux, 0);
  while (stream_goes_on (&back) || 0 <= there.writer.fd
         || 0 <= there.reader.fd)
    events_step (&pair.events);
  CHECK (there.writer.refused);
  check_whole (&back);
  end (&pair);
}

/* Return whether this system resets a local socket whose other end is closed
   with something unread.  */
static bool
resets (void)
{
  int pair[2];
  char byte;
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0
        && write (pair[0], "", 1) == 1 && close (pair[1]) == 0);
  bool reset = read (pair[0], &byte, 1) == -1 && errno == ECONNRESET;
  close (pair[0]);
  return reset;
}

/* A reader whose input was cut meets an error, not the end of file: when the
   owner stops it, and when all that we have is closed at once.  */
static void
check_cut (int joined, bool die)
{
  struct pair pair;
  struct stream there;
  row_is ("%s, %s", die ? "sudden death" : "cut", stage_pipe_names[joined]);
  if (!resets ())
    return;
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 100000000, PATTERN);
  while (there.reader.done < 5000000)
    events_step (&pair.events);
  pause_stage (&there.reader);
  if (die)
    for (int i = 0; i < SIDES; i++)
      {
        control_close (&pair.sides[i].control);
        mux_close (&pair.sides[i].mux);
      }
  else
    mux_stop (&pair.sides[AGENT].mux, 0);
  /* Not by the loop: a poll that is made of select and recv, where there is
     none, takes the error for itself.  */
  char byte;
  ssize_t got;
  do
    got = read (there.reader.fd, &byte, 1);
  while (0 < got);
  CHECK (got == -1 && errno == ECONNRESET);
  CHECK (!mux_delivered (&pair.sides[AGENT].mux, 0));
  finish_stage (&there.reader);
  finish_stage (&there.writer);
  end (&pair);
}

/* Return whether this system tells what is unread in a local socket.  */
static bool
tells_unread (void)
{
#ifdef __linux__
  return true;
#else
  return false;
#endif
}

/* A reader that has its end of file is gone when it has read all.  */
static void
check_reads_all (int joined)
{
  struct pair pair;
  struct stream there;
  unsigned char got[2000];
  row_is ("a reader that reads all, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.reader);
  struct mux *mux = &pair.sides[AGENT].mux;
  while (!mux_delivered (mux, 0))
    events_step (&pair.events);
  CHECK (mux_reader_gone (mux, 0) == !tells_unread ());
  CHECK_NUMBER (read (there.reader.fd, got, 999), 999);
  CHECK (mux_reader_gone (mux, 0) == !tells_unread ());
  CHECK_NUMBER (read (there.reader.fd, got, sizeof got), 1);
  CHECK (mux_reader_gone (mux, 0));
  close (there.reader.fd);
  CHECK (mux_reader_gone (mux, 0));
  CHECK (mux_delivered (mux, 0));
  end (&pair);
}

/* A stage that ends with something unread is known to have left, though it
   could have read all and its end.  */
static void
check_unread (int joined)
{
  struct pair pair;
  struct stream there;
  row_is ("a reader that leaves the rest, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.reader);
  while (pair.sides[LOCAL].drained[0] == 0
         || !mux_delivered (&pair.sides[AGENT].mux, 0))
    events_step (&pair.events);
  CHECK_NUMBER (mux_bytes (&pair.sides[AGENT].mux, 0), 1000);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0) == !tells_unread ());
  finish_stage (&there.reader);
  CHECK (mux_reader_gone (&pair.sides[AGENT].mux, 0));
  CHECK (mux_delivered (&pair.sides[AGENT].mux, 0) == !resets ());
  CHECK (mux_delivered (&pair.sides[AGENT].mux, 0) == !resets ());
  end (&pair);
}

/* One that has its end of file keeps it, whatever is closed then.  */
static void
check_close_after_end (int joined)
{
  struct pair pair;
  struct stream there;
  unsigned char got[2000];
  row_is ("closed after the end, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.reader);
  while (!mux_delivered (&pair.sides[AGENT].mux, 0))
    events_step (&pair.events);
  end (&pair);
  CHECK_NUMBER (read (there.reader.fd, got, sizeof got), 1000);
  CHECK_NUMBER (read (there.reader.fd, got, sizeof got), 0);
  close (there.reader.fd);
}

/* Begin as a stage that has written LENGTH bytes, in any way that it can be
   joined, and goes on at the will of the test.  */
static void
begin_left (struct pair *pair, struct stream *there, int joined,
            size_t length, bool socket)
{
  begin (pair, joined);
  begin_stream (there, pair, 0, LOCAL, length, socket ? PATTERN : 1000);
  pause_stage (&there->writer);
  if (0 < length)
    NEED (write (there->writer.fd, pattern, length) == (ssize_t) length);
  there->writer.done = length;
}

/* The stage is over, but a descendant has its standard output still: what that
   writes belongs to the stream, which ends when it closes it.  */
static void
check_left_behind (int joined, size_t length, bool socket)
{
  struct pair pair;
  struct stream there;
  row_is ("%d bytes left in the pipe, %s, %d", (int) length,
          stage_pipe_names[joined], socket);
  begin_left (&pair, &there, joined, length, socket);
  struct side *side = &pair.sides[LOCAL];
  mux_end_writer (&side->mux, 0);
  while (there.reader.done < length)
    events_step (&pair.events);
  settle (&pair, 20, &there.reader.done);
  CHECK (side->drained[0] == 0 && side->closed[0] == 0
         && !mux_closed (&side->mux, 0) && 0 <= there.reader.fd);
  NEED (write (there.writer.fd, pattern + length % PATTERN, 4) == 4);
  there.writer.total = there.writer.done = length + 4;
  while (there.reader.done < length + 4)
    events_step (&pair.events);
  CHECK (side->drained[0] == 0 && 0 <= there.reader.fd);
  finish_stage (&there.writer);
  while (stream_goes_on (&there))
    events_step (&pair.events);
  check_whole (&there);
  CHECK_NUMBER (side->closed[0], 1);
  end (&pair);
}

/* A stream that is to be cut: what was written comes, whoever else may write
   on, who meets SIGPIPE then.  */
static void
check_flush (int joined, size_t length, bool socket, bool after_end)
{
  struct pair pair;
  struct stream there;
  row_is ("%d bytes to be flushed, %s, %d, %d", (int) length,
          stage_pipe_names[joined], socket, after_end);
  begin_left (&pair, &there, joined, length, socket);
  struct side *side = &pair.sides[LOCAL];
  if (after_end)
    mux_end_writer (&side->mux, 0);
  CHECK_NUMBER (side->drained[0], 0);
  uint64_t sent = mux_bytes (&side->mux, 0);
  mux_flush_writer (&side->mux, 0);
  mux_flush_writer (&side->mux, 0);
  /* With no credit yet, only the empty one can be through.  */
  CHECK_NUMBER (side->drained[0], length == sent);
  bool more = write (there.writer.fd, "late", 4) == 4;
  CHECK (more == (length != sent));
  while (stream_goes_on (&there))
    {
      if (0 <= there.writer.fd)
        ignore_value (write (there.writer.fd, "late", 4));
      events_step (&pair.events);
    }
  check_whole (&there);
  CHECK_NUMBER (side->closed[0], 0);
  CHECK (write (there.writer.fd, "late", 4) == -1 && errno == EPIPE);
  finish_stage (&there.writer);
  end (&pair);
}

/* A stage that reads from its standard output gets the end of file, and
   SIGPIPE when our end is closed while it waits in a write of SIZE bytes.  */
static void
check_filter (int joined, size_t size)
{
  struct pair pair;
  struct stream there;
  char byte;
  row_is ("a filter that writes %d bytes, %s", (int) size,
          stage_pipe_names[joined]);
  begin_left (&pair, &there, joined, 0, true);
  int fd = there.writer.fd;
  NEED (fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK) == 0);
  CHECK_NUMBER (read (fd, &byte, 1), 0);
  fflush (NULL);
  pid_t pid = fork ();
  if (pid == 0)
    {
      signal (SIGPIPE, SIG_DFL);
      while (0 < write (fd, pattern, size))
        continue;
      if (errno == EPIPE)
        ignore_value (write (fd, pattern, size));
      _exit (1);
    }
  NEED (0 < pid);
  /* It waits for room.  */
  struct timespec const pause = { .tv_nsec = 20000000 };
  ssize_t before, contents = -1;
  do
    {
      before = contents;
      nanosleep (&pause, NULL);
      contents = pipe_contents (pair.sides[LOCAL].mux.out.ends[0].fd);
    }
  while (contents == 0 || contents != before);
  mux_stop (&pair.sides[LOCAL].mux, 0);
  int status;
  NEED (waitpid (pid, &status, 0) == pid);
  CHECK (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE);
  end (&pair);
}

/* Let the writer's bytes meet a splice that works as HOW says; PIECES writes,
   with a pause for each to be read.  */
static void
check_splice (enum fake_splice how, bool socket)
{
  enum { PIECES = 10 };
  struct pair pair;
  struct stream there;
  row_is ("splice %u, %s", how, socket ? "a socket" : "a pipe");
  begin_left (&pair, &there, PIPES, 0, socket);
  struct side *side = &pair.sides[LOCAL];
  CHECK (0 <= side->mux.out.staging[0]);
  fake_splice (how, side->mux.out.ends[0].fd);
  mux_end_writer (&side->mux, 0);
  int steps = 0;
  for (int i = 0; i < PIECES && side->failed == 0; i++)
    {
      NEED (write (there.writer.fd, pattern + 1000 * i, 1000) == 1000);
      there.writer.total = there.writer.done += 1000;
      while (there.reader.done < there.writer.done && side->failed == 0
             && ++steps < 1000)
        events_step (&pair.events);
    }
  CHECK (0 < fake_splices () && steps < 20 * PIECES);
  if (how == SPLICE_FAILS)
    {
      CHECK_NUMBER (side->failed, ENOMEM);
      CHECK (side->drained[0] == 0 && side->closed[0] == 0);
      CHECK (write (there.writer.fd, "", 1) == -1 && errno == EPIPE);
      finish_stage (&there.writer);
      finish_stage (&there.reader);
    }
  else
    {
      finish_stage (&there.writer);
      while (stream_goes_on (&there) && ++steps < 2000)
        events_step (&pair.events);
      check_whole (&there);
    }
  fake_splice (SPLICE_REAL, -1);
  end (&pair);
}

/* A stage that closes its standard output and runs on: no end of file yet,
   and the loop has nothing to do.  */
static void
check_early_end (int joined)
{
  struct pair pair;
  struct stream there;
  row_is ("standard output closed, %s", stage_pipe_names[joined]);
  begin (&pair, joined);
  begin_stream (&there, &pair, 0, LOCAL, 1000, PATTERN);
  pause_stage (&there.writer);
  NEED (write (there.writer.fd, pattern, 1000) == 1000);
  there.writer.done = 1000;
  finish_stage (&there.writer);
  while (there.reader.done < 1000)
    events_step (&pair.events);
  int steps = 0;
  bool over = false;
  struct timer timer = { .set = false };
  timer_set (&pair.events, &timer, 100, ring, &over);
  while (!over)
    {
      events_step (&pair.events);
      steps++;
    }
  CHECK (steps < 10);
  CHECK (0 <= there.reader.fd && pair.sides[LOCAL].drained[0] == 0);
  CHECK (pair.sides[LOCAL].closed[0] == 1
         && mux_closed (&pair.sides[LOCAL].mux, 0));
  mux_end_writer (&pair.sides[LOCAL].mux, 0);
  mux_end_writer (&pair.sides[LOCAL].mux, 0);
  while (stream_goes_on (&there))
    events_step (&pair.events);
  check_whole (&there);
  end (&pair);
}

/* The local side, and what comes to it as bytes.  */
struct raw
{
  struct pair pair;
  struct stage_play reader, writer;
  int to;
  int from;
};

/* Channel 0 is for reading, and 1 for writing, if OPEN.  */
static void
begin_raw (struct raw *raw, bool open)
{
  char const banner[] = BANNER_AGENT "1 1 2.0\n";
  int in[2], out[2];
  NEED (pipe (in) == 0 && pipe (out) == 0);
  raw->pair = (struct pair) { .joined = PIPES };
  raw->to = in[1];
  raw->from = out[0];
  raw->reader.fd = raw->writer.fd = -1;
  events_init (&raw->pair.events);
  struct side *side = &raw->pair.sides[LOCAL];
  open_side (&raw->pair, LOCAL, in[0], out[1]);
  NEED (write (raw->to, banner, sizeof banner - 1)
        == (ssize_t) (sizeof banner - 1));
  while (!side->ready)
    events_step (&raw->pair.events);
  if (open)
    {
      begin_stage (&raw->reader, side, 0, false, 0, PATTERN);
      begin_stage (&raw->writer, side, 1, true, 1000, PATTERN);
      pause_stage (&raw->writer);
    }
}

static void
end_raw (struct raw *raw)
{
  struct side *side = &raw->pair.sides[LOCAL];
  control_close (&side->control);
  mux_close (&side->mux);
  if (0 <= raw->reader.fd)
    finish_stage (&raw->reader);
  if (0 <= raw->writer.fd)
    finish_stage (&raw->writer);
  if (0 <= side->opened)
    close (side->opened);
  events_free (&raw->pair.events);
  close (raw->to);
  close (raw->from);
}

static bool
is_readable (int fd)
{
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  return poll (&ready, 1, 0) == 1;
}

/* Give it the LENGTH bytes at BYTES, and let it read them.  */
static void
give (struct raw *raw, void const *bytes, size_t length)
{
  struct side *side = &raw->pair.sides[LOCAL];
  unsigned char const *at = bytes;
  while (0 < length && side->end == NULL)
    {
      size_t some = MIN (length, 4096);
      NEED (write (raw->to, at, some) == (ssize_t) some);
      while (0 <= side->control.in && is_readable (side->control.in))
        events_step (&raw->pair.events);
      at += some;
      length -= some;
    }
}

/* Write a message with LENGTH bytes from the pattern at OFFSET to BYTES.
   Return how many it is.  */
static size_t
put_data (unsigned char *bytes, uint64_t channel, size_t length,
          size_t offset)
{
  message_put_data (bytes, channel, length);
  for (size_t i = 0; i < length; i++)
    bytes[DATA_PREFIX + i] = pattern[(offset + i) % PATTERN];
  bytes[DATA_PREFIX + length] = MESSAGE_LAST;
  return DATA_PREFIX + length + 1;
}

static unsigned char frame[DATA_PREFIX + DATA_MAX + 1];

/* A prefix that makes the connection end as garbled.  */
struct refused_row
{
  char const *name;
  bool open;
  uint64_t channel;
  size_t length;
  unsigned place;               /* of a byte of the prefix ... */
  unsigned char change;         /* ... that is changed by this */
};

static struct refused_row const refused_rows[] =
{
  { "before anything is carried", false, 0, 100, 0, 0 },
  { "for a writing end", true, 1, 100, 0, 0 },
  { "for no channel", true, 2, 100, 0, 0 },
  { "for channel 2^32", true, (uint64_t) 1 << 32, 100, 0, 0 },
  { "for channel 2^63", true, (uint64_t) 1 << 63, 100, 0, 0 },
  { "without bytes", true, 0, 0, 0, 0 },
  { "too long", true, 0, DATA_MAX + 1, 0, 0 },
  { "another length of the body", true, 0, 100, 3, 1 },
  { "a long body", true, 0, 100, 0, 1 },
  { "another key for the channel", true, 0, 100, 6, 1 },
  { "another length of the channel", true, 0, 100, 10, 1 },
  { "another key for the bytes", true, 0, 100, 20, 1 },
  { "another length of the bytes", true, 0, 100, 24, 1 },
  { "a great length of the bytes", true, 0, 100, 21, 128 },
};

static void
check_refused (void)
{
  for (size_t i = 0; i < SIZEOF (refused_rows); i++)
    for (size_t cut = 0; cut <= DATA_PREFIX; cut++)
      {
        struct refused_row const *row = &refused_rows[i];
        struct raw raw;
        row_is ("refused: %s, cut at %d", row->name, (int) cut);
        begin_raw (&raw, row->open);
        put_data (frame, row->channel, MIN (row->length, 100), 0);
        message_put_data (frame, row->channel, row->length);
        frame[row->place] ^= row->change;
        give (&raw, frame, cut);
        give (&raw, frame + cut, DATA_PREFIX - cut);
        CHECK_TEXT (raw.pair.sides[LOCAL].end, "garbled");
        end_raw (&raw);
      }
}

/* More than the window is refused, and all of the window taken, while the
   stage reads nothing.  */
static void
check_window (void)
{
  struct raw raw;
  row_is ("more than the window");
  begin_raw (&raw, true);
  pause_stage (&raw.reader);
  struct side *side = &raw.pair.sides[LOCAL];
  uint64_t given = 0;
  while (side->end == NULL && given < 4 * (uint64_t) MUX_WINDOW)
    {
      uint64_t allowed = side->mux.in.ends[0].allowed;
      size_t length = put_data (frame, 0, DATA_MAX, given);
      give (&raw, frame, length);
      CHECK ((side->end == NULL) == (given + DATA_MAX <= allowed));
      if (side->end == NULL)
        given += DATA_MAX;
    }
  CHECK_TEXT (side->end, "garbled");
  CHECK_NUMBER (given, side->mux.in.ends[0].allowed);
  CHECK_NUMBER (mux_bytes (&side->mux, 0), given);
  /* Nothing of it is lost.  */
  go_on (&raw.reader);
  while (raw.reader.done < given)
    events_step (&raw.pair.events);
  CHECK (!raw.reader.wrong && !raw.reader.at_end);
  end_raw (&raw);
}

/* Frames cut anywhere, between other messages; and an end anywhere.  */
static void
check_cuts (void)
{
  unsigned char bytes[512];
  struct message_builder ping;
  size_t length = 0, good[2];
  for (int i = 0; i < 2; i++)
    {
      message_begin (&ping, i ? MESSAGE_STARTED : MESSAGE_PING);
      if (i)
        message_add_text (&ping, KEY_TEXT, "longer than a prefix, and so on");
      message_finish (&ping);
      memcpy (bytes + length, ping.bytes, ping.length);
      length += ping.length;
      message_wipe (&ping);
      length += put_data (bytes + length, 0, 1 + 99 * i, i);
      good[i] = length;
    }
  for (size_t cut = 0; cut <= length; cut++)
    {
      struct raw raw;
      struct side *side = &raw.pair.sides[LOCAL];
      row_is ("frames cut at %d", (int) cut);
      begin_raw (&raw, true);
      give (&raw, bytes, cut);
      give (&raw, bytes + cut, length - cut);
      while (raw.reader.done < 101)
        events_step (&raw.pair.events);
      CHECK (!raw.reader.wrong && side->end == NULL);
      CHECK_NUMBER (side->texts, 1);
      end_raw (&raw);

      row_is ("end after %d bytes of frames", (int) cut);
      begin_raw (&raw, true);
      give (&raw, bytes, cut);
      close (raw.to);
      raw.to = open ("/dev/null", O_WRONLY);
      while (side->end == NULL)
        events_step (&raw.pair.events);
      CHECK_TEXT (side->end, "eof");
      CHECK (0 <= raw.reader.fd && !raw.reader.at_end);
      uint64_t bytes_in = mux_bytes (&side->mux, 0);
      /* Of each message, the last byte is the newline.  */
      size_t last = length - 1, second = last - 100;
      CHECK (bytes_in == (cut < good[0] - 1 ? 0 : cut < second ? 1
                          : 1 + MIN (cut, last) - second));
      end_raw (&raw);
    }
}

/* What stands behind the bytes of a channel must be a newline.  */
static void
check_last (void)
{
  for (size_t cut = 0; cut <= 2; cut++)
    for (int last = 0; last < 256; last += last == '\n' - 1 ? 2 : 1)
      {
        struct raw raw;
        struct side *side = &raw.pair.sides[LOCAL];
        row_is ("byte %d behind the data, cut %zu before the end", last, cut);
        begin_raw (&raw, true);
        size_t length = put_data (frame, 0, 10, 0);
        frame[length - 1] = last;
        give (&raw, frame, length - cut);
        CHECK (cut == 0 || side->end == NULL);
        give (&raw, frame + length - cut, cut);
        CHECK_TEXT (side->end, "garbled");
        CHECK_NUMBER (mux_bytes (&side->mux, 0), 10);
        end_raw (&raw);
      }
}

/* All of a message is sent at once, the newline too, though nothing follows;
   and all of it once only, though something does.  */
static void
check_sent (void)
{
  struct raw raw;
  struct side *side = &raw.pair.sides[LOCAL];
  begin_raw (&raw, false);
  int stage;
  NEED (mux_open (&side->mux, 1, STAGE_PIPE_WRITER, &stage) == 0);
  NEED (mux_out_credit (&side->mux.out, 1, 1000));
  for (size_t round = 0; round < 3; round++)
    {
      unsigned char got[1024];
      row_is ("sent in round %d", (int) round);
      while (is_readable (raw.from)
             || send_queue_is_busy (&side->control.queue))
        {
          if (is_readable (raw.from))
            NEED (0 < read (raw.from, got, sizeof got));
          else
            events_step (&raw.pair.events);
        }
      NEED (write (stage, pattern, 10 + round) == (ssize_t) (10 + round));
      size_t length = put_data (frame, 1, 10 + round, 0);
      for (size_t have = 0; have < length; )
        {
          while (!is_readable (raw.from))
            events_step (&raw.pair.events);
          ssize_t some = read (raw.from, got + have, sizeof got - have);
          NEED (0 < some);
          have += some;
          CHECK (have <= length && memcmp (got, frame, have) == 0);
        }
    }
  close (stage);
  end_raw (&raw);
}

/* Frames that come right behind the message that opens the channel have been
   read with it.  */
static void
check_switch (void)
{
  static unsigned char bytes[4096];
  struct raw raw;
  struct side *side = &raw.pair.sides[LOCAL];
  struct message_builder started;
  row_is ("frames right behind the opening");
  message_begin (&started, MESSAGE_STARTED);
  message_finish (&started);
  size_t length = started.length;
  memcpy (bytes, started.bytes, length);
  message_wipe (&started);
  length += put_data (bytes + length, 0, 1000, 0);
  length += put_data (bytes + length, 0, 1000, 1000);
  length += put_data (bytes + length, 0, 500, 2000);
  begin_raw (&raw, false);
  side->open_on_text = true;
  give (&raw, bytes, length);
  NEED (0 <= side->opened);
  CHECK_NUMBER (mux_bytes (&side->mux, 0), 2500);
  unsigned char got[4096];
  CHECK_NUMBER (read (side->opened, got, sizeof got), 2500);
  CHECK (memcmp (got, pattern, 2500) == 0);
  CHECK (side->end == NULL);
  end_raw (&raw);
}

/* Nothing may follow the end.  */
static void
check_after_end (void)
{
  struct raw raw;
  struct side *side = &raw.pair.sides[LOCAL];
  row_is ("data after the end");
  begin_raw (&raw, true);
  mux_end_reader (&side->mux, 0);
  CHECK (mux_delivered (&side->mux, 0));
  size_t length = put_data (frame, 0, 10, 0);
  give (&raw, frame, length);
  CHECK_TEXT (side->end, "garbled");
  end_raw (&raw);

  /* But what was under way to a reader that was stopped is nothing bad.  */
  row_is ("data after the stop");
  begin_raw (&raw, true);
  mux_stop (&side->mux, 0);
  CHECK (!mux_delivered (&side->mux, 0));
  give (&raw, frame, length);
  CHECK (side->end == NULL);
  CHECK_NUMBER (mux_bytes (&side->mux, 0), 10);
  end_raw (&raw);
}

/* What mux_credit makes of channel and number.  */
struct credit_row
{
  char const *name;
  uint64_t channel;             /* 77: none */
  uint64_t bytes;               /* 77: none */
  bool good;
};

static struct credit_row const credit_rows[] =
{
  { "good", 1, 1000, true },
  { "nothing", 1, 0, true },
  { "no channel", 77, 1000, false },
  { "no number", 1, 77, false },
  { "a channel that there is not", 2, 1000, false },
  { "channel 2^32 + 1", ((uint64_t) 1 << 32) + 1, 1000, false },
  { "a reader", 0, 1000, false },
  { "more than anything", 1, UINT64_MAX, false },
  { "too much", 1, (uint64_t) INT64_MAX + 1, false },
  { "too much the second time", 1, INT64_MAX, true },
};

static void
check_credit (void)
{
  for (size_t i = 0; i < SIZEOF (credit_rows); i++)
    {
      struct credit_row const *row = &credit_rows[i];
      struct raw raw;
      struct mux *mux = &raw.pair.sides[LOCAL].mux;
      row_is ("credit: %s", row->name);
      begin_raw (&raw, true);
      struct message_builder builder;
      message_begin (&builder, MESSAGE_CREDIT);
      if (row->channel != 77)
        message_add_number (&builder, KEY_CHANNEL, row->channel);
      if (row->bytes != 77)
        message_add_number (&builder, KEY_BYTES, row->bytes);
      message_finish (&builder);
      struct message message;
      NEED (0 < message_parse (builder.bytes, builder.length, &message));
      CHECK (mux_credit (mux, &message) == row->good);
      CHECK_NUMBER (mux->out.ends[1].allowed,
                    row->good ? row->bytes : 0);
      CHECK (mux_credit (mux, &message)
             == (row->good && row->bytes != INT64_MAX));
      message_wipe (&builder);
      end_raw (&raw);
    }
}

/* No bytes make it go wrong; the fuzzer aborts where some do.  */
static void
check_any_bytes (void)
{
  row_is ("any bytes");
  unsigned char sample[256] = { 7 };
  size_t length = 1;
  length += put_data (sample + length, 0, 20, 0);
  struct message_builder credit;
  message_begin (&credit, MESSAGE_CREDIT);
  message_add_number (&credit, KEY_CHANNEL, 1);
  message_add_number (&credit, KEY_BYTES, 100);
  message_finish (&credit);
  memcpy (sample + length, credit.bytes, credit.length);
  length += credit.length;
  message_wipe (&credit);
  length += put_data (sample + length, 0, 30, 20);
  fuzz_run (sample, length, 5000, 1);
}

int
main (void)
{
  alarm (300);
  signal (SIGPIPE, SIG_IGN);
  make_pattern ();
  check_refused ();
  check_window ();
  check_cuts ();
  check_last ();
  check_sent ();
  check_switch ();
  check_after_end ();
  check_credit ();
  check_any_bytes ();
  for (int joined = 0; joined < JOINTS; joined++)
    {
      check_both_ways (joined, 100000000, PATTERN);
      check_both_ways (joined, 20000, 1);
      check_both_ways (joined, 1, 1);
      check_same_way (joined);
      check_pause (joined);
      check_reader_leaves (joined);
      check_stop (joined);
      check_cut (joined, false);
      check_cut (joined, true);
      check_unread (joined);
      check_close_after_end (joined);
      check_reads_all (joined);
      for (int socket = 0; socket < 2; socket++)
        {
          check_left_behind (joined, 0, socket);
          check_left_behind (joined, 1, socket);
          check_left_behind (joined, 60000, socket);
          for (int after_end = 0; after_end < 2; after_end++)
            {
              check_flush (joined, 0, socket, after_end);
              check_flush (joined, 1, socket, after_end);
              check_flush (joined, 60000, socket, after_end);
            }
        }
      check_filter (joined, PATTERN);
      check_filter (joined, 4096);
      check_filter (joined, 1);
      check_early_end (joined);
    }
#if HAVE_SPLICE
  for (int socket = 0; socket < 2; socket++)
    {
      check_splice (SPLICE_ZERO, socket);
      check_splice (SPLICE_AGAIN, socket);
      check_splice (SPLICE_FAILS, socket);
    }
#endif
  return test_result ();
}
