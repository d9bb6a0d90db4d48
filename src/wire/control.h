/* The control connection: the login's standard input and output.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Each direction opens with a preamble (preamble.h); messages follow.  A
   heartbeat is sent whenever nothing else was for a while, which also keeps
   the login alive through firewalls.

   Where there is no other way, the connection carries the channels' bytes as
   well: each MESSAGE_DATA is a prefix and as many bytes as it says, which
   are moved from and to pipes of the mux and never parsed, and a newline.
   They are short enough not to keep messages waiting.  Once it carries,
   nothing is read beyond the end of a prefix.  */

#ifndef CONTROL_H
# define CONTROL_H 1

# include "base/events.h"
# include "wire/message.h"
# include "wire/preamble.h"
# include "wire/receive-buffer.h"
# include "wire/send-queue.h"

enum control_end
{
  CONTROL_EOF,                  /* the other end closed it */
  CONTROL_GARBLED,              /* protocol error: invalid or too long a
                                   message */
  CONTROL_TERMINAL              /* our own banner comes back: a terminal */
};

/* What the owner is told.  A hook must not call control_close.  */
struct control_hooks
{
  void *context;
  /* The other end's banner has come: it speaks MIN to MAX.  */
  void (*banner) (void *context, unsigned min, unsigned max,
                  char const *version);
  /* A message has come.  It is wiped after the call.  */
  void (*message) (void *context, struct message const *message);
  /* Nothing will come any more.  Called once.  */
  void (*end) (void *context, enum control_end why);
};

/* The carrier of channels' bytes.  A hook must not call control_close.  */
struct control_carriage
{
  void *context;
  /* There is room: this is the time for control_send_data or
     control_move_data.  */
  void (*room) (void *context);
  /* LENGTH bytes of CHANNEL, which may be any number, are next to come.
     Return whether that can be; if not, the connection ends as garbled.  */
  bool (*begin) (void *context, uint64_t channel, size_t length);
  /* LENGTH of them have come already: BYTES.  */
  void (*bytes) (void *context, unsigned char const *bytes, size_t length);
  /* Take some of the next LENGTH of them from FD, which is ready.  Return
     as read does.  */
  ssize_t (*take) (void *context, int fd, size_t length);
};

struct control
{
  struct events *events;
  struct control_hooks hooks;
  struct control_carriage carriage;     /* TAKE is NULL: carries nothing */
  struct preamble preamble;
  int in;                       /* -1 once ended */
  struct receive_buffer received;
  size_t data_to_come;          /* bytes of a channel before a message */
  bool last_to_come;            /* and the MESSAGE_LAST after them */
  size_t longest;               /* body that is taken */
  struct send_queue queue;
  int64_t heard;                /* events_now of the last byte in */
  int64_t heartbeat;            /* ms; 0 = none */
  struct timer timer;
  int64_t silence;              /* ms: the limit of control_watch */
  void (*silent) (void *context);
  void *silent_context;
  struct timer watch_timer;
};

/* Make *CONTROL one that is not open.  */
extern void control_init (struct control *control);

/* Begin on the descriptors IN and OUT, which the control connection owns
   from now on and which stay as blocking as they are.  The local side (LOCAL)
   sends the other banner than the agent, shows noise, and takes no longer
   messages than AGENT_MESSAGE_MAX.  */
extern void control_open (struct control *control, struct events *events,
                          int in, int out, bool local,
                          struct control_hooks const *hooks);

/* Send the message in *BUILDER, which is finished, wiped and freed.  After
   the end of the connection it is only wiped.  */
extern void control_send (struct control *control,
                          struct message_builder *builder);

/* Send the local side's first message in the same way, as a line.  */
extern void control_send_first (struct control *control,
                                struct message_builder *builder);

/* Send a heartbeat after each MS milliseconds without another message.  */
extern void control_heartbeat (struct control *control, int64_t ms);

/* Call SILENT with CONTEXT, once, when nothing has arrived for MS
   milliseconds.  */
extern void control_watch (struct control *control, int64_t ms,
                           void (*silent) (void *context), void *context);

/* Return for how many ms nothing has arrived.  */
extern int64_t control_silence (struct control const *control);

/* Return whether the other end's banner has come.  */
extern bool control_has_banner (struct control const *control);

/* Return the descriptor that all is sent to, or -1 once it is closed.  */
extern int control_output (struct control const *control);

/* Do not show the user what comes before the other end's banner.  */
extern void control_hide_noise (struct control *control);

/* Carry bytes of channels from now on, by CARRIAGE.  What comes of them
   before ends the connection as garbled.  */
extern void control_carry (struct control *control,
                           struct control_carriage const *carriage);

/* Return whether nothing is left to be sent but the end of a message, and
   something can be.  */
extern bool control_has_room (struct control const *control);

/* Send the LENGTH (1 to DATA_MAX) bytes of CHANNEL at BYTES.  There must be
   room.  */
extern void control_send_data (struct control *control, unsigned channel,
                               void const *bytes, size_t length);

/* Likewise, but move them from PIPE, where they already are and which belongs
   to the mux.  The sending direction must be one that splice_move_now
   can move to.  */
extern void control_move_data (struct control *control, unsigned channel,
                               int pipe, size_t length);

/* Close the sending direction once all is sent.  */
extern void control_finish (struct control *control);

/* Close both directions now and free what is held.  */
extern void control_close (struct control *control);

#endif
