/* Test which addresses this host, whatever it is, offers.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/offer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/system.h"
#include "test-macros.h"

static void
check_interfaces (void)
{
  struct offer offer = { .port4 = 4, .port6 = 6 };
  row_is ("the interfaces of this host");
  CHECK_NUMBER (offer_addresses (&offer, NULL), 0);
  bool loopback_seen = false;
  for (size_t i = 0; i < offer.count; i++)
    {
      char const *text = offer.addresses[i];
      row_is ("address %s of this host", text);
      bool loopback = strncmp (text, "127.", 4) == 0 || STREQ (text, "::1");
      struct in6_addr binary;
      CHECK (inet_pton (AF_INET, text, &binary) == 1
             || inet_pton (AF_INET6, text, &binary) == 1);
      CHECK (strncmp (text, "169.254.", 8) != 0
             && strncmp (text, "fe80:", 5) != 0);
      CHECK (loopback || !loopback_seen);
      loopback_seen = loopback;
      for (size_t j = 0; j < i; j++)
        CHECK (!STREQ (text, offer.addresses[j]));
    }
  offer_free (&offer);
}

int
main (void)
{
  check_interfaces ();
  return test_result ();
}
