/* How a run ended: its exit status, and what to say.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef VERDICT_H
# define VERDICT_H 1

# include <stdbool.h>
# include <stddef.h>

# include "data/channel.h"
# include "worker/result.h"

/* Return the exit status of the run of the COUNT stages in RESULTS, which
   are in pipeline order: that of the last one that failed, where one does
   not count that failed
   - after its reader had gone, when nothing after it counts; or
   - with a status of its own, or by the signal that we sent it, after its
     input was cut, when something before it counts.  */
extern int report_status (struct result const *results, size_t count);

/* Write a line to standard error for each of RESULTS that failed.  */
extern void report_failures (struct result const *results, size_t count);

/* Compare how the two ends of a channel ended: WRITER and READER, which FROM
   and TO had.  Return whether all that was written arrived, or its reader did
   not want it, or got an error on purpose, as far as this can be told; if
   not, say so on standard error, unless a relay has.  */
extern bool report_channel (struct result const *from,
                           struct channel_end const *writer,
                           struct result const *to,
                           struct channel_end const *reader);

/* The same for a channel that logins carry, where both ends always count: one
   that does not say how many bytes it was vouches for nothing.  */
extern bool report_carried (struct result const *from,
                            struct channel_end const *writer,
                            struct result const *to,
                            struct channel_end const *reader);

/* The same for a channel that is encrypted.  There an end of file counts only
   if the writing end has made it, as the records that the kernels have counted
   show, or as the relays were told.  */
extern bool report_encrypted (struct result const *from,
                              struct channel_end const *writer,
                              struct result const *to,
                              struct channel_end const *reader);

/* Write to TEXT, of SIZE bytes, how a process ended that left WAIT_STATUS:
   "exit status 1" or "killed by signal 9 (Killed)".  */
extern void describe_end (int wait_status, char *text, size_t size);

#endif
