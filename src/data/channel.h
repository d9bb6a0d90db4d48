/* One end of a channel, once connected.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The worker keeps this duplicate of the socket beside the command's: by
   it, it sends end of file when the command is over, aborts, counts, and
   watches over the connection.  No byte of the data is ever read or written
   here.  */

#ifndef CHANNEL_H
# define CHANNEL_H 1

# include <stdbool.h>
# include <stdint.h>

# include "crypto/secure.h"
# include "net/connection.h"
# include "tcp-meter.h"
# include "wire/message.h"

/* The result of one end of a channel.  The numbers travel.  */
enum channel_outcome
{
  OUTCOME_OPEN,                 /* it is still on it */
  OUTCOME_CLEAN,                /* writer: end of file was sent */
  OUTCOME_READER_LEFT,          /* writer: the reader had gone before */
  OUTCOME_ABORTED,              /* writer: the reader gets an error */
  OUTCOME_COMPLETE,             /* reader: read up to the end of file */
  OUTCOME_EARLY,                /* reader: did not */
  OUTCOME_BROKEN,               /* reader: the connection had been reset */
  OUTCOME_FAILED,               /* a relay of ours failed, and has said so */
  OUTCOME_TAMPERED,             /* reader: what came was not from the writer */
  OUTCOMES                      /* one more than the last */
};

struct channel_end
{
  enum channel_outcome outcome;
  bool counted;
  uint64_t bytes;               /* written, or arrived, if COUNTED */
  bool sealed;                  /* the kernel encrypts, and counts */
  uint64_t records;             /* ... written, or opened */
  bool relayed;                 /* relays are next to the stage */
};

struct channel
{
  int fd;                       /* -1 = not connected, or closed */
  bool writer;                  /* our end is the writing one */
  bool multipath;               /* it may take several paths */
  bool carried;                 /* by the login, so FD is what the stage gets,
                                   and closed once that is started */
  bool aborted;
  uint64_t sent_before;
  uint64_t received_before;
  struct secure_keys keys;      /* likewise, until who needs them has them */
  enum secure_mode mode;        /* of encryption */
  uint64_t records_before;      /* those of the handshake */
  struct channel_end own;
  struct channel_end peer;
  int64_t trouble_since;        /* loop's clock; -1 = no trouble */
  int64_t broken_since;         /* likewise */
  int64_t cut_since;            /* likewise */
  int64_t quiet_since;          /* likewise */
  uint64_t moved;               /* bytes that had gone through then */
  /* For those who want to know how it went.  */
  bool accepted;                /* as in struct connection */
  char here[ADDRESS_TEXT_MAX];  /* empty if there was none */
  char there[ADDRESS_TEXT_MAX];
  int64_t begun;                /* monotonic_us when our stage started; 0 =
                                   it has not */
  int64_t over;                 /* ... and when it was over */
  struct tcp_meter meter_begin; /* the readings then */
  struct tcp_meter meter_end;
  bool metered;                 /* the latter could be taken */
};

/* Add *END, the result of the writing end or the other one, to a
   MESSAGE_CHANNEL_END, or take it from one.  Return false when that makes no
   sense, or is about the other kind of end.  */
extern void channel_end_put (struct channel_end const *end, bool writer,
                             struct message_builder *message);
extern bool channel_end_get (struct channel_end *end, bool writer,
                             struct message const *message);

/* Make *CHANNEL an end without a connection.  */
extern void channel_init (struct channel *channel, bool writer);

/* Take over CONNECTION: prepare the socket for the command, with keepalive
   so that a dead peer is found in about DEAD_PEER / 2 seconds, and, on the
   writing end, so that a sudden death of all who hold it resets it.  Return
   0, or -1 with errno set.  */
extern int channel_take (struct channel *channel,
                         struct connection const *connection, int dead_peer);

/* Writing end, whose command is over: send what the kernel holds back, where
   it encrypts; no end of file would do that.  Return false if there is no
   room for it, to be called again when the socket is ready for writing.  */
extern bool channel_flush (struct channel *channel);

/* The stage on this end starts now.  */
extern void channel_begin (struct channel *channel);

/* Take the last counts of the connection into CHANNEL->own, of bytes and,
   where the kernel encrypts, of records.  Return whether they show that a
   writer's reader is gone.  */
extern bool channel_count (struct channel *channel);

/* Writing end, from which all has been sent: end the stream.  */
extern void channel_finish (struct channel *channel);

/* Send no more: the other end meets its end of file, and who still writes
   here, SIGPIPE.  */
extern void channel_half_close (struct channel *channel);

/* Return how many bytes have been written here that the other end's kernel has
   not acknowledged; 0 as well where that is not known, or does not matter any
   more.  */
extern uint64_t channel_unacknowledged (struct channel const *channel);

/* Return whether relays encrypt the channel.  */
extern bool channel_is_relayed (struct channel const *channel);

/* Return how much data BYTES are, which the meter says have been sent, or have
   arrived, on the channel: where it is encrypted, they are more.  It may be
   an estimate as long as it is open.  */
extern uint64_t channel_data_bytes (struct channel const *channel,
                                    uint64_t bytes);

/* Return whether the reading end's command met, or would have met, an error
   instead of the end of its input.  */
extern bool channel_input_cut (struct channel const *channel);

/* Reading end: return whether the other end's end of file has arrived, as far
   as the kernel tells.  */
extern bool channel_has_end (struct channel const *channel);

/* Reading end: return whether nothing more can come that has not been read:
   the other end's end of file has arrived, or the connection is gone.  False
   where no meter tells.  */
extern bool channel_is_exhausted (struct channel const *channel);

/* Cut the channel: each end's command gets an error.  One that has its end
   of file already keeps it.  Return false where a reader would get the end of
   file instead, so that it has to be ended.  */
extern bool channel_abort (struct channel *channel);

/* The same, whatever has arrived: it has not been given to a command.  */
extern void channel_reset (struct channel *channel);

/* Close the worker's duplicate.  */
extern void channel_close (struct channel *channel);

#endif
