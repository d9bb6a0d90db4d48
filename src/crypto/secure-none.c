/* The stand-in for TLS in a build without GnuTLS.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/secure.h"

#include <stdlib.h>

#include "crypto/record.h"

/* As this is not NULL, nothing is encrypted, and no other function of this
   file is called.  */
char const *
secure_load (void)
{
  return "its socketpipe was built without GnuTLS";
}

bool
record_prefers_chacha (void)
{
  return false;
}

struct secure *
secure_connector (int fd, unsigned char const *secret, uint32_t channel,
                  enum secure_mode mode, unsigned padding, bool decider)
{
  (void) fd, (void) secret, (void) channel, (void) mode, (void) padding;
  (void) decider;
  abort ();
}

struct secure *
secure_listener (int fd, unsigned char const *secret, uint32_t channels,
                 enum secure_mode mode, bool kernel, bool decider)
{
  (void) fd, (void) secret, (void) channels, (void) mode, (void) kernel;
  (void) decider;
  abort ();
}

enum proof_state
secure_step (struct secure *secure)
{
  (void) secure;
  return PROOF_FAILED;
}

void
secure_choose (struct secure *secure)
{
  secure->state = PROOF_FAILED;
}

void
secure_free (struct secure *secure)
{
  free (secure);
}
