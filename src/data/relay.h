/* A relay: a process of ours that carries bytes where the kernel can't.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Two kinds.  The first takes the place of a command, for '-i -' and '-o -'
   (struct stage).  The second stands between a command and its end of a
   channel (chain.h): a function of the type relay_fn runs it, in a child.  */

#ifndef RELAY_H
# define RELAY_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

/* How a relay ends; its process's exit status.  */
enum relay_end
{
  RELAY_DONE,
  RELAY_READ_FAILED,            /* it has said so, unless it was the channel */
  RELAY_WRITE_FAILED,
  RELAY_TAMPERED,               /* what it read was not for it */
  RELAY_FAILED                  /* for another reason, which it has said */
};

/* Copy IN to OUT up to the end of file: relay_input from our standard input
   to a channel, relay_output from a channel to our standard output.  A writer
   without a reader ends by SIGPIPE, as a command would.  Both are for
   struct stage's RELAY.  */
extern int relay_input (int in, int out);
extern int relay_output (int in, int out);

/* The same by reading and writing alone, which leaves the descriptors'
   modes as they are: for a socket that a command has as well.  */
extern int relay_input_shared (int in, int out);
extern int relay_output_shared (int in, int out);

/* What the supervisor says to a relay of the second kind, at the writing end
   of a channel.  */
struct relay_word
{
  enum { RELAY_FINISH, RELAY_RATE } what;
  uint64_t number;              /* bytes/s */
};

/* What such a relay works on.  */
struct relay_ends
{
  int in;                       /* bytes come from here; non-blocking */
  int out;                      /* ... and go there; non-blocking */
  int word;                     /* -1, or where words come from */
  uint64_t passed;              /* bytes of the stream taken so far */
  uint64_t volatile *shown;     /* the same, for the supervisor; or NULL */
  bool wrapped;                 /* what comes in is not the stream itself, so
                                   relay_take does not count it */
  uint64_t rate;                /* what a word has said, or 0 */
  /* Kept by relay_take.  */
  bool finishing;               /* the word has come */
  bool at_end;
  uint64_t left;                /* then, how many bytes to take yet */
};

/* A relay's work: carry all from ENDS->in to ENDS->out by relay_take and
   relay_give, or in its own way but by the same rules.  CONTEXT is what was
   given to supervisor_add_relay.  Return how it ended.  SIGPIPE is ignored.
   It runs in a child, in which all descriptors but those of ENDS and standard
   error are closed, and the channel's socket may have another number than
   before the fork.  */
typedef enum relay_end relay_fn (struct relay_ends *ends, void *context);

/* Take 1 to SIZE bytes into BUFFER.  Return how many, waiting for them; 0 at
   the end of the stream; or -1 with errno set.  Errno is ECANCELED when there
   will be no word any more, since the supervisor is gone.

   With a word, the end of file is not yet the end of the stream: a command
   may have closed its output, and a relay before this one have been killed.
   And the end of the stream may come before the end of file, which others
   who have the pipe can delay for ever: it is when what was in it, as the
   word came, has been taken.  */
extern ssize_t relay_take (struct relay_ends *ends, void *buffer,
                           size_t size);

/* BYTES more of the stream have been taken.  For relays that do not take them
   by relay_take, or whose ENDS->wrapped they have set.  */
extern void relay_count (struct relay_ends *ends, uint64_t bytes);

/* Return what to end with after relay_take has returned -1.  */
extern enum relay_end relay_take_failed (void);

/* Write the LENGTH bytes at BYTES.  Return whether this could be done; if
   not, RELAY_WRITE_FAILED is what to end with.  */
extern bool relay_give (struct relay_ends *ends, void const *bytes,
                        size_t length);

/* Wait MS milliseconds, or until a word comes.  Return false, with errno
   ECANCELED, when there will be none any more.  */
extern bool relay_pause (struct relay_ends *ends, int ms);

/* The simplest: pass on what comes.  CONTEXT is not used.  */
extern relay_fn relay_pass;

#endif
