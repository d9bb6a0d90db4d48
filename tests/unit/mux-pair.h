/* Two ends of a control connection that carries channels, in one process,
   which also plays the stages.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MUX_PAIR_H
# define MUX_PAIR_H 1

# include <errno.h>
# include <fcntl.h>
# include <poll.h>
# include <sys/socket.h>
# include <unistd.h>

# include "attribute.h"
# include "data/mux.h"
# include "minmax.h"
# include "test-macros.h"

/* Which side, and how the sides are joined: as a login does it, and without
   splice where there is one.  */
enum { LOCAL, AGENT, SIDES };
enum { PIPES, SOCKETS, COPIES, JOINTS };
MAYBE_UNUSED static char const *const stage_pipe_names[]
  = { "pipes", "sockets", "copies" };

/* What the stages write: any piece of it tells where it belongs.  */
enum { PATTERN = 65521 };
static unsigned char pattern[2 * PATTERN];

static inline void
make_pattern (void)
{
  uint32_t state = 1;
  for (size_t i = 0; i < PATTERN; i++)
    {
      state = state * 1103515245 + 12345;
      pattern[i] = pattern[PATTERN + i] = state >> 16 & 0xff;
    }
}

/* The channels of a pair.  */
enum { CHANNELS_MAX = 2 };

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

static inline void
hear_banner (void *context, unsigned min, unsigned max, char const *version)
{
  struct side *side = context;
  (void) min, (void) max, (void) version;
  side->ready = side == &side->pair->sides[LOCAL];
}

static inline void
send_number (struct side *side, enum message_type type, unsigned channel)
{
  struct message_builder message;
  message_begin (&message, type);
  message_add_number (&message, KEY_CHANNEL, channel);
  control_send (&side->control, &message);
}

static inline void
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

static inline void
hear_end (void *context, enum control_end why)
{
  struct side *side = context;
  CHECK (side->end == NULL);
  side->end = why == CONTROL_EOF ? "eof" : "garbled";
}

static inline void
hear_closed (void *context, unsigned channel)
{
  struct side *side = context;
  CHECK (mux_closed (&side->mux, channel));
  side->closed[channel]++;
}

static inline void
hear_failed (void *context, unsigned channel, int error)
{
  struct side *side = context;
  CHECK (side->failed == 0 && channel == 0);
  side->failed = error;
}

static inline void
hear_drained (void *context, unsigned channel)
{
  struct side *side = context;
  side->drained[channel]++;
  send_number (side, MESSAGE_CHANNEL_END, channel);
}

static inline void
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
static inline void
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

static inline void
end (struct pair *pair)
{
  for (int i = 0; i < SIDES; i++)
    {
      control_close (&pair->sides[i].control);
      mux_close (&pair->sides[i].mux);
    }
  events_free (&pair->events);
}

static inline void
finish_stage (struct stage_play *stage)
{
  if (stage->fd < 0)
    return;
  events_forget (stage->events, stage->fd);
  close (stage->fd);
  stage->fd = -1;
}

static inline void
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

static inline void
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

static inline void
go_on (struct stage_play *stage)
{
  events_watch (stage->events, stage->fd, stage->writer ? POLLOUT : POLLIN,
                stage->writer ? stage_writes : stage_reads, stage);
}

static inline void
pause_stage (struct stage_play *stage)
{
  events_forget (stage->events, stage->fd);
}

/* No byte of a channel is read together with a message once the connection
   carries channels.  */
static inline void
no_bytes (void *context, unsigned char const *bytes, size_t length)
{
  (void) context, (void) bytes, (void) length;
  CHECK (false);
}

/* Open our end of CHANNEL at SIDE, and begin to play the stage there.  A
   writer writes TOTAL bytes, and both at most CHUNK bytes at once.  */
static inline void
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

static inline void
begin_stream (struct stream *stream, struct pair *pair, unsigned channel,
              int from, uint64_t total, size_t chunk)
{
  begin_stage (&stream->writer, &pair->sides[from], channel, true, total,
               chunk);
  begin_stage (&stream->reader, &pair->sides[!from], channel, false, total,
               PATTERN);
}

/* All that was written has come, and then the end.  */
static inline void
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

static inline bool
stream_goes_on (struct stream const *stream)
{
  return (0 <= stream->reader.fd && stream->writer.side->end == NULL
          && stream->reader.side->end == NULL);
}

/* Step while anything happens within MS milliseconds.  */
static inline void
ring (void *context)
{
  *(bool *) context = true;
}

static inline void
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

#endif
