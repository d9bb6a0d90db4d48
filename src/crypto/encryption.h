/* Whether and how a channel is encrypted, as its two ends negotiate it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Each end finds out what it can do.  One end tells the other; the decider
   chooses a mode, which is for all channels between the two, and sends it with
   its offer, or that there is none.  */

#ifndef ENCRYPTION_H
# define ENCRYPTION_H 1

# include <stdbool.h>

# include "ktls.h"
# include "wire/message.h"
# include "run.h"
# include "crypto/secure.h"

/* What the user wants, and what one end can do.  */
struct encryption
{
  enum encrypt_mode wanted;
  enum ktls_support kernel;
  bool chacha;                  /* is faster than AES here */
  bool multipath;               /* the kernel cannot encrypt such sockets */
};

/* Fill in what this end can do to encrypt as WANTED, unless that is
   ENCRYPT_NONE.  Return NULL; or a text: why it cannot encrypt, or not by the
   kernel if that is WANTED.  The text is valid until the next call.  */
extern char const *encryption_find (struct encryption *own,
                                    enum encrypt_mode wanted,
                                    bool multipath);

/* Return the mode for two ends that can both encrypt.  */
extern enum secure_mode encryption_settle (struct encryption const *one,
                                           struct encryption const *other);

/* Add to a MESSAGE_RUN what an end can do; take it from one.  */
extern void encryption_put (struct encryption const *own,
                            struct message_builder *message);
extern void encryption_get (struct encryption *other,
                            struct message const *message);

/* Return the text for a channel's route in MODE: ", encrypted by ...", or
   "".  */
extern char const *encryption_text (enum secure_mode mode);

/* Return whether the program NAME, with or without a directory, is a login
   that is known to send in clear.  */
extern bool encryption_login_is_open (char const *name);

#endif
