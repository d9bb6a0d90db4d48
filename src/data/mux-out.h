/* The writing ends of channels that go through the login.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What a stage writes to its pipe or socket is sent on the control
   connection, as far as the reading end has granted credit, and no sooner
   than the control connection has nothing else to send: so it is never queued
   in memory.  The channels send by turns.  */

#ifndef MUX_OUT_H
# define MUX_OUT_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "wire/control.h"
# include "base/events.h"

/* What the owner wants to hear.  Each may be called before the function
   returns by which it is caused, and may call any function here but
   mux_out_close.  None comes after mux_out_stop.  */
struct mux_out_hooks
{
  void *context;
  /* The pipe of CHANNEL's stage is at its end of file: each process that had
     it has closed it, and all that was in it has been sent.  This alone does
     not say that the stream is whole: the command may have been killed.
     Called once.  */
  void (*closed) (void *context, unsigned channel);
  /* What mux_out_end or mux_out_flush was to send is on its way, and our end
     of the pipe is closed: messages that are sent from now on come after it.
     Called once.  */
  void (*drained) (void *context, unsigned channel);
  /* What CHANNEL's stage writes cannot be taken, for the reason ERROR.  The
     channel has been stopped, and nothing else will be heard of it.  */
  void (*failed) (void *context, unsigned channel, int error);
};

struct sending_end
{
  unsigned channel;
  int fd;                       /* joined to the stage's; -1 = closed */
  bool socket;                  /* ... and so no pipe */
  bool at_end;                  /* nobody has the stage's end any more */
  bool told;                    /* this has been told */
  bool ending;                  /* up to there */
  bool flushing;                /* up to what was there at the time */
  int error;                    /* of reading, not told yet; or 0 */
  uint64_t bytes;               /* sent */
  uint64_t allowed;             /* ... in all, by the reading end */
  size_t left;                  /* when FLUSHING: to be sent yet */
};

struct mux_out
{
  struct control *control;
  struct events *events;
  struct mux_out_hooks hooks;
  struct sending_end **ends;    /* of COUNT channels; each malloc'ed */
  size_t count;
  int staging[2];               /* a pipe with what is sent; -1 = copies */
  unsigned char *buffer;        /* DATA_MAX bytes, or NULL */
  size_t next;                  /* the place in ENDS of the one whose turn it
                                   is */
};

/* Make *SENDER one for CONTROL, which need not be open yet.  */
extern void mux_out_init (struct mux_out *out, struct control *control,
                         struct events *events,
                         struct mux_out_hooks const *hooks);

/* Make the pipe through which things go out, if it is of use.  The control
   connection must be open.  Without this, all is copied.  */
extern void mux_out_prepare (struct mux_out *out);

/* Begin with CHANNEL: FD is our end of what its stage writes to, non-blocking,
   and belongs to the out from now on; SOCKET says that it is no pipe.  */
extern void mux_out_open (struct mux_out *out, unsigned channel, int fd,
                         bool socket);

/* Let the channels send, by turns, until the control connection is busy: to be
   called when it has room.  */
extern void mux_out_serve (struct mux_out *out);

/* BYTES more of CHANNEL may be sent.  It need not be open yet.  Return whether
   that makes sense.  */
extern bool mux_out_credit (struct mux_out *out, unsigned channel,
                           uint64_t bytes);

/* Send what CHANNEL's stage writes up to the end of file, then close our end
   and call the hook DRAINED.  When it is not open, this does nothing.  */
extern void mux_out_end (struct mux_out *out, unsigned channel);

/* The same, but only what is in the pipe now, whoever else may still write to
   it.  It may come after mux_out_end.  */
extern void mux_out_flush (struct mux_out *out, unsigned channel);

/* Return whether the hook CLOSED has been called for CHANNEL, or is about to
   be.  */
extern bool mux_out_closed (struct mux_out const *out, unsigned channel);

/* Close our end of CHANNEL, if it is open.  The stage meets SIGPIPE, and
   nothing more is sent of what it wrote but what is under way.  */
extern void mux_out_stop (struct mux_out *out, unsigned channel);

/* Return how many bytes of CHANNEL were sent.  */
extern uint64_t mux_out_bytes (struct mux_out const *out, unsigned channel);

/* Do without splice from now on.  */
extern void mux_out_give_up_splice (struct mux_out *out);

/* Close all and free what is held.  */
extern void mux_out_close (struct mux_out *out);

#endif
