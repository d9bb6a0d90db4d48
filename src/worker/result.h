/* How one stage of the pipeline ended, on any host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef RESULT_H
# define RESULT_H 1

# include <stdbool.h>

# include "wire/message.h"
# include "worker/stage.h"

struct result
{
  /* Who it was.  */
  char const *role;             /* "remote command" */
  char const *name;             /* its first word; NULL for a relay */
  char const *host;             /* NULL = this one */
  /* How it ended.  */
  bool started;                 /* or was to be */
  bool ended;
  bool not_run;                 /* exec failed, as ERROR_TEXT says */
  bool not_found;
  char *error_text;             /* malloc'ed or NULL */
  int status;                   /* exit status, if SIGNAL is 0 */
  int signal;
  char *signal_text;            /* malloc'ed or NULL */
  /* What it took, if it has run and that is known.  */
  bool used;
  uint64_t wall_us;
  struct child_usage usage;
  /* What its channels have to do with it.  */
  bool reader_left;             /* its reader had gone before it ended */
  bool input_cut;               /* its input was aborted */
  bool input_piped;             /* ... and was a pipe, which can only say so
                                   by a signal of ours */
};

/* Fill in how STAGE ended.  */
extern void result_from_stage (struct result *result,
                               struct stage const *stage);

/* Add that to a MESSAGE_STAGE_END, or take it from one.  */
extern void result_put (struct result const *result,
                        struct message_builder *message);
extern void result_get (struct result *result, struct message const *message);

/* Free what *RESULT holds.  */
extern void result_free (struct result *result);

#endif
