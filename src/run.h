/* What the user asked for.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef RUN_H
# define RUN_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

/* Which ends of the channels listen.  */
enum listeners
{
  LISTEN_BOTH,
  LISTEN_LOCAL,
  LISTEN_REMOTE
};

/* What is to be done: a run, or something in its place.  */
enum purpose
{
  PURPOSE_RUN,
  PURPOSE_PROBE,                /* try all routes, print a table */
  PURPOSE_PROBE_JSON,
  PURPOSE_ADJUST                /* change a run in progress */
};

/* What is told at the end about how the data went.  */
enum stats_format
{
  STATS_NONE,
  STATS_TEXT,
  STATS_JSON
};

enum encrypt_mode
{
  ENCRYPT_NONE,
  ENCRYPT_ANY,                  /* by the kernels, or else by relays */
  ENCRYPT_KERNEL                /* by the kernels, or not at all */
};

/* A host of the run.  Host 0 is the one that the user sits at; the others have
   a login.  What a host has to know about its links with this one is here as
   well.  */
struct run_host
{
  char **login;                 /* NULL for host 0 */
  char const *remote_path;      /* the program to start there */
  char const *address;          /* of host 0, as this one sees it; or NULL */
  enum listeners listeners;
  int port_low;                 /* 0 = any port */
  int port_high;
};

enum stage_kind
{
  STAGE_COMMAND,
  STAGE_STDIN,                  /* a relay from our standard input */
  STAGE_STDOUT                  /* ... to our standard output */
};

/* A stage of the run; its number is its place in the pipeline.  */
struct run_stage
{
  char const *role;             /* "input command"; not copied */
  char const *place;            /* "input", for statistics; not copied */
  enum stage_kind kind;
  char **argv;                  /* NULL unless STAGE_COMMAND */
  unsigned host;
  bool implied;                 /* standard output, where no command for it was
                                   given */
};

/* From the standard output of one stage to the standard input of another.  */
struct run_channel
{
  char const *name;             /* "input", for people; not copied */
  unsigned writer;              /* stages */
  unsigned reader;
};

/* What the user asked for.  The arrays are malloc'ed and the run's, and so are
   the argument vectors; their words are the program's own arguments.  */
struct run
{
  struct run_host *hosts;
  size_t host_count;
  struct run_stage *stages;
  size_t stage_count;
  struct run_channel *channels;
  size_t channel_count;
  bool batch;
  enum purpose purpose;
  char const *early;            /* the agent's: early_begin's, or NULL */
  int family;                   /* 4, 6, or 0 for both */
  bool no_fallback;             /* rather fail than use a login */
  int timeout;                  /* seconds; 0 = for ever */
  int dead_peer;                /* seconds */
  bool strict;                  /* any status but 0 cuts a stage's output */
  int wait_for_writers;         /* seconds, for what a command leaves behind
                                   with its output; 0 = for ever */
  bool progress;                /* show it while the run is in progress */
  uint64_t size;                /* bytes to come; 0 = not known */
  enum stats_format stats;
  char const *stats_file;       /* to write them to, or NULL */
  uint64_t rate_limit;          /* bytes a second; 0 = none */
  int adjust;                   /* process whose run is to be changed */
  uint64_t block_size;          /* bytes of a full read; 0 = any */
  uint64_t buffer;              /* bytes in front of the reader; 0 = none */
  int start_at;                 /* per cent of these before it gets any */
  char const *congestion;       /* algorithm, or NULL for the system's */
  bool multipath;               /* MPTCP */
  int dscp;                     /* 0 to 63; -1 = the system's */
  enum encrypt_mode encrypt;
  int level;                    /* -1 quiet, 0, 1 verbose */
};

/* Add a host with LOGIN, which belongs to the run from now on, and which is
   NULL for the first one.  Return it; good until the next call.  */
extern struct run_host *run_add_host (struct run *run, char **login);

/* Add a stage called ROLE, and PLACE in statistics, of KIND on HOST.  ARGV
   belongs to the run from now on.  Return its number.  */
extern unsigned run_add_stage (struct run *run, char const *role,
                               char const *place, enum stage_kind kind,
                               char **argv, unsigned host);

/* Add a channel called NAME from the stage WRITER to the stage READER.  */
extern void run_add_channel (struct run *run, char const *name,
                             unsigned writer, unsigned reader);

/* Free what *RUN holds.  */
extern void run_free (struct run *run);

#endif
