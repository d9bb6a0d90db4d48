/* Whether both ends are on one host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/same-host.h"

#include <stdlib.h>
#include <string.h>

#include "hmac.h"
#include "host-identity.h"
#include "xvasprintf.h"

bool
same_host_tag (unsigned char tag[SAME_HOST_SIZE],
               unsigned char const *secret, bool decider)
{
  char *identity = host_identity ();
  if (identity == NULL)
    return false;
  char *text = xasprintf ("host of the %s: %s", decider ? "decider" : "other",
                          identity);
  bool good = hmac_sha256 (secret, SECRET_SIZE, text, strlen (text), tag) == 0;
  free (text);
  free (identity);
  return good;
}

bool
same_host_check (unsigned char const tag[SAME_HOST_SIZE],
                 unsigned char const *secret, bool decider)
{
  unsigned char own[SAME_HOST_SIZE];
  /* A tag is compared once, so the time that this takes reveals nothing.  */
  return (same_host_tag (own, secret, decider)
          && memcmp (own, tag, SAME_HOST_SIZE) == 0);
}
