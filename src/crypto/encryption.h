/* Whether and how a run is encrypted, as the two ends settle it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Each end finds out what it can do.  The local side says it with the order;
   the agent decides on a mode, which holds for all channels, and says that in
   its offer, or that there is none.  */

#ifndef ENCRYPTION_H
# define ENCRYPTION_H 1

# include <stdbool.h>

# include "ktls.h"
# include "wire/message.h"
# include "run.h"
# include "crypto/secure.h"

/* What is wanted, and what one end can do for that.  */
struct encryption
{
  enum encrypt_mode wanted;
  enum ktls_support kernel;
  bool chacha;                  /* is faster than AES here */
  bool multipath;               /* such sockets are not for the kernel */
};

/* Fill in what this end can do to encrypt as is WANTED, unless that is
   ENCRYPT_NONE.  Return NULL; or, in words, why it cannot at all, or not by
   the kernel where nothing else will do.  The words are good until the next
   call.  */
extern char const *encryption_find (struct encryption *own,
                                    enum encrypt_mode wanted,
                                    bool multipath);

/* Return the mode for two ends of which each can encrypt.  */
extern enum secure_mode encryption_settle (struct encryption const *one,
                                           struct encryption const *other);

/* Add to a MESSAGE_RUN what an end can do; take it from one.  */
extern void encryption_put (struct encryption const *own,
                            struct message_builder *message);
extern void encryption_get (struct encryption *other,
                            struct message const *message);

/* Return what to say of a channel's route in MODE: ", encrypted by ...", or
   nothing.  */
extern char const *encryption_text (enum secure_mode mode);

/* Return whether the program NAME, which starts with a directory or not, is
   known for a login that sends in clear what it carries.  */
extern bool encryption_login_is_open (char const *name);

#endif
