/* A connection between the two ends of a channel, ready to be used.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The rendezvous makes it, and hands it to what carries data on it.  */

#ifndef CONNECTION_H
# define CONNECTION_H 1

# include <stdbool.h>
# include <stdint.h>

# include "crypto/secure.h"
# include "net/address.h"

/* A connected and proven socket.  */
struct connection
{
  unsigned channel;
  int fd;                       /* non-blocking, close-on-exec */
  bool accepted;                /* by us, or made */
  /* What the meter counts that is no data: SYN and the proof.  */
  uint64_t sent_before;
  uint64_t received_before;
  struct secure_keys keys;      /* of mode SECURE_NONE if not encrypted */
  char here[ADDRESS_TEXT_MAX];
  char there[ADDRESS_TEXT_MAX];
};

#endif
