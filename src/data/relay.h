/* A relay: a process of ours that carries bytes where the kernel can't.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Two kinds.  The first takes the place of a command, for '-i -' and '-o -'
   (struct stage).  The second stands between a command and its end of a
   channel (relay-chain.h): a function of the type relay_fn runs it, in a
   child.  */

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
  RELAY_READ_FAILED,            /* its input was reset */
  RELAY_WRITE_FAILED,           /* its output has no reader any more */
  RELAY_TAMPERED,               /* its input is forged or damaged */
  RELAY_FAILED                  /* for another reason, which it has reported */
};

/* Return how a relay ends after a read from FD, or a write to FD, has failed
   with ERROR: RELAY_READ_FAILED or RELAY_WRITE_FAILED only for an error that
   means that the other side is gone or, of a record that the kernel was to
   decrypt, that the other side did not make it.  Any other error is
   RELAY_FAILED, and is still to be reported.  */
extern enum relay_end relay_read_error (int fd, int error);
extern enum relay_end relay_write_error (int fd, int error);

/* Copy IN to OUT up to the end of file: relay_input from our standard input to
   a channel, relay_output from a channel to our standard output.  A writer
   without a reader ends by SIGPIPE, as a command would.  Other failures are
   reported, except a reset of the channel that is read.  Both are for struct
   stage's RELAY.  */
extern int relay_input (int in, int out);
extern int relay_output (int in, int out);

/* Words of the worker to a relay of the second kind, at the writing end of a
   channel.  */
enum relay_order
{
  RELAY_GO_ON,                  /* no order yet */
  RELAY_FINISH,                 /* the end of file is the end of the stream */
  RELAY_FLUSH                   /* cut the stream behind what is in the pipe
                                   now */
};
struct relay_word
{
  enum { RELAY_ORDER, RELAY_RATE } what;
  uint64_t number;              /* enum relay_order, or bytes/s */
};

/* Reports of a relay to the worker.  */
struct relay_report
{
  enum { RELAY_AT_END, RELAY_END } what;
  uint64_t passed;              /* RELAY_END: bytes of the stream */
};

/* What such a relay works on.  */
struct relay_ends
{
  char const *name;             /* "buffer"; for messages */
  char const *channel;          /* "outgoing"; likewise */
  int in;                       /* bytes come from here; non-blocking */
  int out;                      /* ... and go there; non-blocking */
  int word;                     /* words come from here; or -1 */
  int report;                   /* the end of file is reported here; or -1 */
  uint64_t passed;              /* bytes of the stream taken so far */
  uint64_t volatile *shown;     /* the same, shown to the worker; or NULL */
  bool wrapped;                 /* the input is not the stream itself, so
                                   relay_take does not count it */
  uint64_t rate;                /* from the last RELAY_RATE, or 0 */
  /* Kept by relay_take.  */
  enum relay_order order;       /* the last one */
  bool at_end;                  /* of file */
  uint64_t left;                /* RELAY_FLUSH: how many bytes are still to be
                                   taken */
};

/* A relay's work: carry all from ENDS->in to ENDS->out by relay_take and
   relay_give, or in its own way but by the same rules.  CONTEXT is that of
   chain_add.  Return how it ended.  SIGPIPE is ignored.  It runs in a child,
   in which all descriptors but those of ENDS and standard error are closed,
   and the channel's socket may have another number than before the fork.  */
typedef enum relay_end relay_fn (struct relay_ends *ends, void *context);

/* Take 1 to SIZE bytes into BUFFER.  Return how many, waiting for them; 0 at
   the end of what there is to take; or -1 with errno set.  Errno is ECANCELED
   when the worker is gone, so that no word can come any more.

   The end of file is not yet the end of the stream: the command may have been
   killed, or a relay before this one.  With ENDS->word, it is reported to
   ENDS->report, and an order is awaited.  After RELAY_FINISH it is the end of
   the stream.  RELAY_FLUSH does not wait for the end of file, which other
   holders of the pipe can delay forever: what was in the pipe when the order
   came is the last to be taken.  The stream has no end then: see
   relay_is_cut.  */
extern ssize_t relay_take (struct relay_ends *ends, void *buffer,
                           size_t size);

/* relay_take has returned 0: return whether the stream is cut here, so that it
   must not look like its end.  */
extern bool relay_is_cut (struct relay_ends const *ends);

/* Count BYTES more of the stream.  For relays that do not use relay_take, or
   that have set ENDS->wrapped.  */
extern void relay_count (struct relay_ends *ends, uint64_t bytes);

/* relay_take, or a read from ENDS->in, has returned -1: report it if it has to
   be, and return how the relay ends.  */
extern enum relay_end relay_take_failed (struct relay_ends const *ends);

/* The same for a write to ENDS->out.  */
extern enum relay_end relay_give_failed (struct relay_ends const *ends);

/* Report that the relay cannot do WHAT ("read"), for the reason in errno.
   Return RELAY_FAILED.  */
extern enum relay_end relay_cannot (struct relay_ends const *ends,
                                    char const *what);

/* Write the LENGTH bytes at BYTES.  Return RELAY_DONE; or, if that failed, how
   the relay ends.  */
extern enum relay_end relay_give (struct relay_ends *ends, void const *bytes,
                                  size_t length);

/* Wait MS milliseconds, or until a word comes.  Return false, with errno set
   as by relay_take, when the worker is gone.  */
extern bool relay_pause (struct relay_ends *ends, int ms);

/* The simplest relay: it copies.  CONTEXT is not used.  */
extern relay_fn relay_pass;

#endif
