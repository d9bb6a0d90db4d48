/* How each direction of the control connection opens.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   First comes a banner line.  What comes before it (motd, a noisy shell
   start-up file) goes to standard error on the local side.  The local side's
   first message has the secret and is sent before the agent has answered, so
   it must not come back as such noise when the login gives a terminal, which
   echoes: it is sent as a line of base64 (RFC 4648), in which nothing makes a
   terminal forget the banner whose echo is the sign of it.  All else follows
   as it is.

   No descriptor is used here but standard error, for the noise.  */

#ifndef PREAMBLE_H
# define PREAMBLE_H 1

# include <stdbool.h>
# include <stddef.h>

# include "wire/message.h"
# include "wire/receive-buffer.h"

/* The longest line that can be a banner.  */
enum { BANNER_MAX = 200 };

struct preamble
{
  char const *own_banner;
  char const *peer_banner;
  bool banner_seen;
  bool expect_line;             /* the first message comes as a line */
  bool show_noise;
};

/* The other end's banner: it speaks MIN to MAX.  */
struct banner
{
  unsigned min;
  unsigned max;
  char version[64];
};

enum preamble_result
{
  PREAMBLE_MORE,                /* it is not complete yet */
  PREAMBLE_TAKEN,               /* ... and no more in the buffer */
  PREAMBLE_GARBLED,             /* it is invalid */
  PREAMBLE_TERMINAL             /* our own banner comes back: a terminal */
};

/* Begin one of the local side (LOCAL), which shows noise, or the agent.  */
extern void preamble_init (struct preamble *preamble, bool local);

/* Write our own banner line to LINE.  Return its length.  */
extern size_t preamble_put_banner (struct preamble const *preamble,
                                   char line[BANNER_MAX]);

/* Look in RECEIVED for the other end's banner, and pass on or drop what comes
   before it.  For PREAMBLE_TAKEN set *BANNER.  */
extern enum preamble_result
preamble_take_banner (struct preamble *preamble,
                      struct receive_buffer *received, struct banner *banner);

/* Nothing follows what is in RECEIVED: what began like a banner was not
   one.  */
extern void preamble_end (struct preamble *preamble,
                          struct receive_buffer const *received);

/* Return the first message in *BUILDER, which is finished, as a malloc'ed line
   of *LENGTH bytes, which the caller should wipe.  */
extern char *preamble_encode (struct message_builder const *builder,
                              size_t *length);

/* Take the first message from RECEIVED, if its line is complete.  For
   PREAMBLE_TAKEN describe the message in *MESSAGE, and set *BYTES to the
   malloc'ed bytes, *SIZE of them, that it lies in; the caller should wipe
   them.  Do not call it again after another result than PREAMBLE_MORE.  */
extern enum preamble_result
preamble_take_line (struct preamble *preamble,
                    struct receive_buffer *received, struct message *message,
                    unsigned char **bytes, size_t *size);

#endif
