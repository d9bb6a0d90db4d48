/* How a run went: what --stats tells.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   All times are in us.  What is not known is said to be so, and never
   guessed.  The fields of the JSON text are documented in the manual and keep
   their meaning.  */

#ifndef STATS_H
# define STATS_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <stdio.h>

# include "report/bottleneck.h"
# include "report/verdict.h"
# include "base/system.h"

struct stats_stage
{
  char const *role;             /* "input", "remote" or "output" */
  char **command;               /* NULL for a relay of ours */
  char const *host;
  struct result const *result;  /* its name for people, how it ended */
};

/* In what follows NULL and a negative time mean: not known.  */
struct stats_channel
{
  size_t from;                  /* places of its stages */
  size_t to;
  char const *route;
  char const *writer_address;
  char const *reader_address;
  char const *encryption;       /* "none", or what it is */
  bool counted;
  uint64_t bytes;
  int64_t time;                 /* until the reader had them all */
  int64_t round_trip;
  bool retransmitted_known;
  uint64_t retransmitted;       /* bytes */
  struct waits waits;
};

struct stats
{
  char const *version;
  int status;                   /* exit status of the run */
  int64_t time;
  int64_t login;                /* set-up: until the agent answered, */
  int64_t rendezvous;           /* ... all was connected, */
  int64_t start;                /* ... the local commands ran */
  uint64_t rate_limit;          /* bytes a second, at the end; 0 = none */
  struct stats_stage *stages;
  size_t stage_count;
  struct stats_channel *channels;
  size_t channel_count;
};

/* Return the bytes a second of CHANNEL, or a negative number.  */
extern double stats_rate (struct stats_channel const *channel);

/* Return what was the bottleneck, as "73 % of the time channel 1 waited for
   the remote command 'xz -9' to read", malloc'ed; or NULL when that is not
   known.  Set *FOUND to it.  */
extern char *stats_bottleneck (struct stats const *stats,
                               struct bottleneck *found);

/* Write *STATS to FILE, for people or as JSON.  */
extern void stats_write_text (FILE *file, struct stats const *stats);
extern void stats_write_json (FILE *file, struct stats const *stats);

#endif
