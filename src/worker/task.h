/* What one host has to do in a run: its stages and its links.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The leader plans the tasks and sends each host its own as a MESSAGE_TASK; a
   MESSAGE_LINK has one more link, or a new limit for one.  Stages, links and
   channels have the same numbers on all hosts.  */

#ifndef TASK_H
# define TASK_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "crypto/proof.h"
# include "data/tuning.h"
# include "net/listener.h"
# include "run.h"
# include "wire/message.h"

enum
{
  NO_CHANNEL = -1,
  /* Bounds on what a task may hold.  */
  TASK_STAGES_MAX = 64,
  TASK_LINKS_MAX = 64,
  LINK_CHANNELS_MAX = 64
};

/* A stage of this host.  */
struct task_stage
{
  unsigned number;
  enum stage_kind kind;
  char *role;                   /* for people: "remote command" */
  char **argv;                  /* NULL unless STAGE_COMMAND */
  int in;                       /* channels, or NO_CHANNEL: what the process
                                   lends */
  int out;
  bool hold;                    /* do not start before MESSAGE_START */
  struct tuning tuning;
};

/* A link with another host.  */
struct task_link
{
  unsigned number;
  unsigned char secret[SECRET_SIZE];
  bool decider;                 /* this end */
  bool fallback;                /* logins may carry the channels */
  bool listen;                  /* this end is to */
  bool dial;                    /* it is to connect to where the other end
                                   listens */
  bool to_leader;               /* the other end is on the leader's host, where
                                   the login comes from */
  int port_low;                 /* ... on these ports; 0 = any */
  int port_high;
  int64_t timeout;              /* ms for the rendezvous; 0 = no limit yet */
  char *address;                /* of this host, as the other end sees it; or
                                   NULL */
  unsigned *channels;           /* in the same order at both ends */
  unsigned channel_count;
  unsigned char *offer;         /* the body of the other end's MESSAGE_OFFER,
                                   of so many bytes; 0 = it comes later */
  size_t offer_length;
};

struct task
{
  int dead_peer;                /* seconds */
  bool strict;                  /* any status but 0 cuts a stage's output */
  int64_t wait_for_writers;     /* ms from the end of a command to that of the
                                   last process that has its output; -1 = no
                                   limit */
  int64_t name_after;           /* ms until a process is named that is waited
                                   for; -1 = never */
  int64_t meter;                /* ms between two MESSAGE_METERs of an end; 0 =
                                   none */
  enum encrypt_mode encrypt;
  struct net_choice net;        /* but for the ports */
  char *congestion;             /* what NET names */
  struct task_stage *stages;
  size_t stage_count;
  struct task_link *links;
  size_t link_count;
};

/* Add *TASK to a MESSAGE_TASK, or a MESSAGE_PROBE, which has no stages; or
   *LINK to a MESSAGE_LINK.  */
extern void task_put (struct task const *task,
                      struct message_builder *message);
extern void task_put_link (struct task_link const *link,
                           struct message_builder *message);

/* Take *TASK from such a message, and *LINK from the fields of a MESSAGE_LINK.
   Return NULL, or what is wrong with it.  What is allocated is to be freed by
   task_free, and task_link_free, in either case.  */
extern char const *task_get (struct task *task,
                             struct message const *message);
extern char const *task_get_link (struct task_link *link,
                                  struct message const *message);

/* Wipe the secrets and free what *TASK, or *LINK, holds.  */
extern void task_free (struct task *task);
extern void task_link_free (struct task_link *link);

#endif
