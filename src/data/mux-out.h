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
# include "base/system.h"

struct sender_hooks
{
  void *context;
  /* What CHANNEL's stage had left when sender_end was called is on its way:
     messages that are sent from now on come after it.  Called once, maybe
     before sender_end returns; never after sender_stop.  It may call any
     function here but sender_close.  */
  void (*drained) (void *context, unsigned channel);
};

struct sending_end
{
  int fd;                       /* joined to the stage's; -1 = closed */
  bool socket;                  /* ... and so no pipe */
  bool ending;
  bool at_end;                  /* nobody has the stage's socket any more */
  uint64_t bytes;               /* sent */
  uint64_t allowed;             /* ... in all, by the reading end */
  size_t left;                  /* when ENDING: to be sent yet */
};

struct sender
{
  struct control *control;
  struct events *events;
  struct sender_hooks hooks;
  struct sending_end ends[CHANNELS_MAX];
  int staging[2];               /* a pipe with what is sent; -1 = copies */
  unsigned char *buffer;        /* DATA_MAX bytes, or NULL */
  unsigned next;                /* the channel whose turn it is */
};

/* Make *SENDER one for CONTROL, which need not be open yet.  */
extern void sender_init (struct sender *sender, struct control *control,
                         struct events *events,
                         struct sender_hooks const *hooks);

/* Make the pipe through which things go out, if it is of use.  The control
   connection must be open.  Without this, all is copied.  */
extern void sender_prepare (struct sender *sender);

/* Begin with CHANNEL: FD is our end of what its stage writes to, non-blocking,
   and belongs to the sender from now on; SOCKET says that it is no pipe.  */
extern void sender_open (struct sender *sender, unsigned channel, int fd,
                         bool socket);

/* Let the channels send, by turns, until the control connection is busy: to be
   called when it has room.  */
extern void sender_serve (struct sender *sender);

/* BYTES more of CHANNEL may be sent.  It need not be open yet.  Return whether
   that makes sense.  */
extern bool sender_credit (struct sender *sender, unsigned channel,
                           uint64_t bytes);

/* The stage that writes CHANNEL is over: send what it has left now, then close
   our end and call the hook DRAINED.  When it is not open, this does
   nothing.  */
extern void sender_end (struct sender *sender, unsigned channel);

/* Close our end of CHANNEL, if it is open.  The stage meets SIGPIPE, and
   nothing more is sent of what it wrote but what is under way.  */
extern void sender_stop (struct sender *sender, unsigned channel);

/* Return how many bytes of CHANNEL were sent.  */
extern uint64_t sender_bytes (struct sender const *sender, unsigned channel);

/* Do without splice from now on.  */
extern void sender_give_up_splice (struct sender *sender);

/* Close all and free what is held.  */
extern void sender_close (struct sender *sender);

#endif
