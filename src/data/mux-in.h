/* The reading ends of channels that go through the login.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What comes on the control connection is passed on to the stage's socket.
   What that has no room for waits in memory, and credit is granted for no
   more than there is place for.  So what comes can always be taken, whether or
   not the stage reads.  */

#ifndef MUX_IN_H
# define MUX_IN_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

# include "wire/control.h"
# include "base/events.h"

/* The most bytes of a channel that are under way, or wait at its reading
   end.  */
enum { MUX_WINDOW = 4 * 1024 * 1024 };

struct mux_in_hooks
{
  void *context;
  /* What has come for CHANNEL's stage cannot be given to it, for the reason
     ERROR, which is not that it has left.  The channel has been stopped.  It
     may call any function here but mux_in_close.  */
  void (*failed) (void *context, unsigned channel, int error);
};

struct receiving_end
{
  unsigned channel;
  int fd;                       /* joined to the stage's; -1 = closed */
  bool ending;
  bool cutting;                 /* to be stopped when the stage has all */
  bool delivered;               /* the stage has its end of file */
  uint64_t bytes;               /* arrived */
  uint64_t allowed;             /* ... in all, by us */
  unsigned char *waiting;       /* MUX_WINDOW bytes, a ring, or NULL */
  size_t waiting_start;
  size_t waiting_length;
};

struct mux_in
{
  struct control *control;
  struct events *events;
  struct mux_in_hooks hooks;
  struct receiving_end **ends;  /* of COUNT channels; each malloc'ed */
  size_t count;
  bool copies;                  /* what comes cannot be spliced */
  unsigned char *buffer;        /* DATA_MAX bytes, or NULL */
  struct receiving_end *arriving;       /* what bytes come for */
};

/* Make *IN one for CONTROL, which need not be open yet.  */
extern void mux_in_init (struct mux_in *in, struct control *control,
                         struct events *events,
                         struct mux_in_hooks const *hooks);

/* Begin with CHANNEL: FD is our end of what its stage reads from, a
   non-blocking pipe, and belongs to the in from now on.  Its first
   credit is granted.  */
extern void mux_in_open (struct mux_in *in, unsigned channel,
                           int fd);

/* Return whether CHANNEL has been opened here, be it closed since.  */
extern bool mux_in_has (struct mux_in const *in, unsigned channel);

/* LENGTH bytes of CHANNEL, which may be any number, are next to come.  Return
   whether that can be.  */
extern bool mux_in_begin (struct mux_in *in, uint64_t channel,
                            size_t length);

/* The LENGTH bytes at BYTES, of those, have come.  */
extern void mux_in_put (struct mux_in *in,
                          unsigned char const *bytes, size_t length);

/* Take some of the next LENGTH of those from FD, which is ready.  Return as
   read does.  */
extern ssize_t mux_in_take (struct mux_in *in, int fd,
                              size_t length);

/* All of CHANNEL has come: give the stage its end of file when it has all.
   When it was never open, this does nothing.  What comes for it afterwards
   is an error, also when it was closed before.  */
extern void mux_in_end (struct mux_in *in, unsigned channel);

/* Close our end of CHANNEL, if it is open.  A stage that has no end of file
   yet gets an error (stage-pipe.h); what comes for it is thrown away, and no
   credit is granted any more.  */
extern void mux_in_stop (struct mux_in *in, unsigned channel);

/* All of CHANNEL has come, and it is not the whole: mux_in_stop it when its
   stage has been given all.  */
extern void mux_in_cut (struct mux_in *in, unsigned channel);

/* Return whether no process reads what CHANNEL's stage is given: as
   stage_pipe_closed says, or a write has, or our end is closed again.  */
extern bool mux_in_reader_gone (struct mux_in const *in, unsigned channel);

/* Return whether CHANNEL's stage, which is over, was given all, and its end
   of file, and (where the system tells) left nothing of it.  */
extern bool mux_in_delivered (struct mux_in *in, unsigned channel);

/* Return how many bytes of CHANNEL have arrived.  */
extern uint64_t mux_in_bytes (struct mux_in const *in,
                                unsigned channel);

/* Return how many of them wait for the stage.  */
extern uint64_t mux_in_waiting (struct mux_in const *in,
                                  unsigned channel);

/* Close all and free what is held.  */
extern void mux_in_close (struct mux_in *in);

#endif
