/* What the leader has been told of the stages and the channels of a run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef FACTS_H
# define FACTS_H 1

# include "crypto/secure.h"
# include "data/channel.h"
# include "leader/plan.h"
# include "run.h"
# include "wire/message.h"
# include "worker/result.h"

struct stage_facts
{
  struct result result;
  bool held;                    /* until the leader starts it */
  bool started;                 /* its command runs, or has run */
};

/* The ends of a channel.  */
enum { READER_END, WRITER_END };

struct channel_facts
{
  unsigned link;
  unsigned hosts[2];            /* of its ends */
  bool connected;
  bool carried;                 /* by logins */
  bool multipath;
  enum secure_mode mode;
  unsigned connector;           /* the host that made the connection */
  char address[2][ADDRESS_TEXT_MAX];    /* of the ends; empty if carried */
  bool counted[2];              /* its bytes, at that end */
  struct channel_end ends[2];   /* how they ended */
};

struct facts
{
  struct run const *run;
  struct stage_facts *stages;   /* by number, as in RUN */
  struct channel_facts *channels;
};

/* Make *FACTS those of RUN by PLAN, of which nothing has been told.  */
extern void facts_open (struct facts *facts, struct run const *run,
                        struct plan const *plan);

/* Take from MESSAGE, of the host HOST, what it says: MESSAGE_STARTED,
   MESSAGE_STAGE_END, MESSAGE_CONNECTED of the end that does not decide,
   MESSAGE_CHANNEL_END.  Return the
   number of the stage or the channel, or -1 when it makes no sense.  */
extern int facts_started (struct facts *facts, unsigned host,
                          struct message const *message);
extern int facts_stage_ended (struct facts *facts, unsigned host,
                              struct message const *message);
extern int facts_connected (struct facts *facts, unsigned host,
                            struct message const *message);
extern int facts_channel_ended (struct facts *facts, unsigned host,
                                struct message const *message);

/* Return the number of the channel in MESSAGE, if it has an end on HOST, and
   set *END to which; else return -1.  */
extern int facts_channel (struct facts const *facts, unsigned host,
                          struct message const *message, int *end);

/* Return the route of CHANNEL: "login" when logins carry it; else
   "remote-to-remote" between two remote hosts, or from which side of the login
   its connection was made; NULL if there is none.  */
extern char const *facts_route (struct channel_facts const *channel);

/* Return whether all channels are connected.  */
extern bool facts_all_connected (struct facts const *facts);

/* Return whether all stages that are not held run.  */
extern bool facts_all_started (struct facts const *facts);

/* Return whether all stages on HOST have ended, and with RUNNING, all its ends
   of channels as well.  */
extern bool facts_host_is_over (struct facts const *facts, unsigned host,
                                bool running);

/* Free what *FACTS holds.  */
extern void facts_close (struct facts *facts);

#endif
