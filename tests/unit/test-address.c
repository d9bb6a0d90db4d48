/* Test what is known of addresses.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/system.h"
#include "test-macros.h"

static void
check_format (void)
{
  struct
  {
    int family;
    char const *address;
    int port;
    char const *wanted;
  }
  const formats[] =
  {
    { AF_INET, "192.0.2.1", 4242, "192.0.2.1 port 4242" },
    { AF_INET, "255.255.255.255", 65535, "255.255.255.255 port 65535" },
    { AF_INET, "0.0.0.0", 0, "0.0.0.0 port 0" },
    { AF_INET6, "2001:db8::1", 1, "2001:db8::1 port 1" },
    { AF_INET6, "::1", 80, "::1 port 80" },
    { AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", 65535,
      "2001:db8:1111:2222:3333:4444:5555:6666 port 65535" },
    { AF_UNSPEC, "", 0, "an unknown address" },
    { AF_UNIX, "", 0, "an unknown address" },
  };
  for (size_t i = 0; i < SIZEOF (formats); i++)
    {
      row_is ("format: %s", formats[i].wanted);
      struct sockaddr_storage address;
      struct sockaddr_in *in = (struct sockaddr_in *) &address;
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &address;
      memset (&address, 0, sizeof address);
      address.ss_family = formats[i].family;
      if (formats[i].family == AF_INET)
        {
          in->sin_port = htons (formats[i].port);
          NEED (inet_pton (AF_INET, formats[i].address, &in->sin_addr) == 1);
        }
      else if (formats[i].family == AF_INET6)
        {
          in6->sin6_port = htons (formats[i].port);
          NEED (inet_pton (AF_INET6, formats[i].address, &in6->sin6_addr)
                == 1);
        }
      char text[ADDRESS_TEXT_MAX + 1];
      memset (text, '#', sizeof text);
      address_format ((struct sockaddr *) &address, text);
      CHECK_TEXT (text, formats[i].wanted);
      CHECK (text[ADDRESS_TEXT_MAX] == '#');
    }
}

int
main (void)
{
  check_format ();
  return test_result ();
}
