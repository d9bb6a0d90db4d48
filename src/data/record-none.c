/* The relays of an encrypted channel, where there is no encryption.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For a build without GnuTLS, in which secure_load fails, so that none of
   these is ever called.  */

#include <config.h>

#include "data/record-relay.h"

enum relay_end
record_seal_relay (struct relay_ends *ends, void *context)
{
  (void) ends, (void) context;
  return RELAY_FAILED;
}

enum relay_end
record_open_relay (struct relay_ends *ends, void *context)
{
  (void) ends, (void) context;
  return RELAY_FAILED;
}
