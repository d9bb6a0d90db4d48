/* What the user asked for.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef RUN_H
# define RUN_H 1

# include <stdbool.h>
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
  PURPOSE_ADJUST                /* change a run that goes on */
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

/* What the user asked for.  The argument vectors are malloc'ed arrays of the
   program's own arguments, NULL-terminated; NULL where the option was not
   given or was "-".  */
struct run
{
  char **input;
  char **login;
  char **remote;
  char **output;
  bool input_given;             /* -i, with a command or "-" */
  bool output_given;
  bool batch;
  enum purpose purpose;
  char const *host;             /* or NULL */
  char const *early;            /* the agent's: early_begin's, or NULL */
  int family;                   /* 4, 6, or 0 for both */
  enum listeners listeners;
  int port_low;                 /* 0 = any port */
  int port_high;
  bool no_fallback;             /* rather fail than use the login */
  int timeout;                  /* seconds; 0 = for ever */
  int dead_peer;                /* seconds */
  bool strict;                  /* any status but 0 cuts a stage's output */
  int wait_for_writers;         /* seconds, for what a command leaves behind
                                   with its output; 0 = for ever */
  bool progress;                /* show it while it goes on */
  uint64_t size;                /* bytes to come; 0 = not known */
  enum stats_format stats;
  char const *stats_file;       /* to write them to, or NULL */
  uint64_t rate_limit;          /* bytes a second; 0 = none */
  int adjust;                   /* process whose run is to be changed */
  uint64_t block_size;          /* bytes of a full read; 0 = any */
  uint64_t buffer;              /* bytes before the reader; 0 = none */
  int start_at;                 /* per cent of these before it gets any */
  char const *congestion;       /* algorithm, or NULL for the system's */
  bool multipath;               /* MPTCP */
  int dscp;                     /* 0 to 63; -1 = the system's */
  enum encrypt_mode encrypt;
  char const *remote_path;      /* the program to start over there */
  int level;                    /* -1 quiet, 0, 1 verbose */
};

#endif
