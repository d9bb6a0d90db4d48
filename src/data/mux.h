/* Channels that go through the login, on the control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Where no connection between the hosts can be made, this takes the place of
   the socket that would be one.  What stages have instead is in stage-pipe.h.
   The mux moves the bytes from or to the control connection, by splice where
   there is such a thing, so that it copies none of them.

   Each channel has a window.  The reading end grants credit for so many bytes
   as it can hold; the writing end sends no more than that.  So the reading
   end can always take what comes, whether or not its stage reads: what the
   stage's socket has no room for waits in memory.  Neither channel, nor a
   message, ever waits for another channel's reader.

   The mux knows nothing of stages: whether a writer's end was a clean one
   is for the owner to say, who also tells the other end of it.  A reading
   stage gets its end of file by mux_end_reader and by nothing else; in any
   other case it meets an error, where stage_pipe_resets says so, or else has
   to be ended by the owner before its socket is closed (stage-pipe.h).  */

#ifndef MUX_H
# define MUX_H 1

# include <stdbool.h>
# include <stdint.h>

# include "data/mux-in.h"
# include "data/mux-out.h"
# include "wire/control.h"
# include "base/events.h"
# include "data/stage-pipe.h"
# include "wire/message.h"

/* A channel that is forwarded.  */
struct mux_route
{
  unsigned channel;
  struct mux *to;
  uint64_t allowed;             /* bytes that its reader has asked for */
  uint64_t bytes;               /* ... and has been sent */
};

struct mux
{
  struct control *control;
  struct mux_out out;
  struct mux_in in;
  bool carrying;                /* the control connection knows us */
  struct mux_route **routes;    /* of channels that are forwarded */
  size_t route_count;
  struct mux_route *forwarding; /* the one that bytes are to come of, or
                                   NULL */
  unsigned char *transit;       /* those that have come of DATA_MAX */
  size_t transit_length;
  size_t transit_left;          /* those to come */
};

/* Make *MUX one for CONTROL, which need not be open yet.  It carries nothing
   so far.  The hooks are those of mux-out.h, where they are described; FAILED
   is that of mux-in.h as well.  They may call any function here but
   mux_close.  */
extern void mux_init (struct mux *mux, struct control *control,
                          struct events *events,
                          struct mux_out_hooks const *hooks);

/* Open our end of CHANNEL for PIPE: make a pipe or a pair of sockets, and set
   *STAGE_FD to the stage's end, which is close-on-exec, blocking, and
   the caller's to close once the stage has been started.  A reading end
   grants its first credit: the other host must have been told before that
   the channel goes this way.  The control connection must be open.  Return 0,
   or -1 with errno set.  */
extern int mux_open (struct mux *mux, unsigned channel,
                         enum stage_pipe pipe, int *stage_fd);

/* Take the MESSAGE_CREDIT *MESSAGE.  Return whether it made sense.  It may
   come before the writing end is opened.  */
extern bool mux_credit (struct mux *mux,
                            struct message const *message);

/* Neither end of CHANNEL is on this host: what comes of it on the control
   connection of MUX goes out on that of TO, unread, as far as the reading end
   has granted credit; what is more ends the connection of MUX as garbled.
   Return false if CHANNEL is forwarded already.  */
extern bool mux_forward (struct mux *mux, unsigned channel, struct mux *to);

/* The reading end of a channel that comes from MUX and is forwarded grants
   credit by *MESSAGE.  Return whether that makes sense: it can have room for
   MUX_WINDOW bytes at a time.  */
extern bool mux_forward_credit (struct mux *mux,
                                struct message const *message);

/* Return whether the writer's end of file was seen: no process has the pipe
   of CHANNEL's stage any more, and all that was in it has been sent.  While
   there is no credit, this is not seen.  */
extern bool mux_closed (struct mux const *mux, unsigned channel);

/* The end of file of CHANNEL's writer, which need not have come yet, is the
   end of its stream: send all up to it, then close our end and call the hook
   DRAINED.  After mux_stop this does nothing.  */
extern void mux_end_writer (struct mux *mux, unsigned channel);

/* CHANNEL is going to be cut: send what is in the writer's pipe now, as the
   credit allows, whoever else may still write to it, then close our end and
   call the hook DRAINED.  It may come after mux_end_writer.  After mux_stop
   this does nothing.  */
extern void mux_flush_writer (struct mux *mux, unsigned channel);

/* All that CHANNEL's writer wrote has come, and its end was a clean one: give
   our reader the end of file when it has all.  After mux_stop, or when
   the stage has closed its standard input, this does nothing.  */
extern void mux_end_reader (struct mux *mux, unsigned channel);

/* Reader: all has come, and it is not the whole.  Stop it when the stage has
   been given all, so that it gets an error behind that.  */
extern void mux_cut_reader (struct mux *mux, unsigned channel);

/* Close our end of CHANNEL.  A writer meets SIGPIPE from now on, and nothing
   more is sent of what it wrote but what is under way.  A reader that has no
   end of file yet gets an error (see above); what comes for it is thrown
   away, and no credit is granted any more.  */
extern void mux_stop (struct mux *mux, unsigned channel);

/* Return whether no process reads any more what CHANNEL's reader is given;
   or, after its end of file, whether all of that has been read, or can be read
   no more, or the system cannot tell.  So it is after mux_stop.  */
extern bool mux_reader_gone (struct mux *mux, unsigned channel);

/* Return whether CHANNEL's reader, which is over, was given all, and its end
   of file, and (where the system tells) left nothing of it.  */
extern bool mux_delivered (struct mux *mux, unsigned channel);

/* Return how many bytes of CHANNEL were sent from here, or arrived here.  */
extern uint64_t mux_bytes (struct mux const *mux,
                               unsigned channel);

/* Return how many bytes of CHANNEL have arrived here and wait for their
   reader.  */
extern uint64_t mux_waiting (struct mux const *mux,
                                 unsigned channel);

/* Close all sockets and free what is held.  Close the control connection
   before this or right after it.  */
extern void mux_close (struct mux *mux);

#endif
