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

/* Fill in *ADDRESS from TEXT, PORT and SCOPE.  Return its length.  */
static socklen_t
fill (struct sockaddr_storage *address, char const *text, uint16_t port,
      uint32_t scope)
{
  struct sockaddr_in *in = (struct sockaddr_in *) address;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) address;
  memset (address, 0, sizeof *address);
  if (inet_pton (AF_INET, text, &in->sin_addr) == 1)
    {
      in->sin_family = AF_INET;
      in->sin_port = htons (port);
      return sizeof *in;
    }
  NEED (inet_pton (AF_INET6, text, &in6->sin6_addr) == 1);
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons (port);
  in6->sin6_scope_id = scope;
  return sizeof *in6;
}

/* What is known of the kinds of addresses.  */
static void
check_kinds (void)
{
  static struct
  {
    char const *text;
    bool loopback;
    bool link_local;
    bool special;
    bool lacks_scope;
  }
  const kinds[] =
  {
    { "192.0.2.1", false, false, false, false },
    { "0.0.0.0", false, false, true, false },
    { "0.255.255.255", false, false, true, false },
    { "1.0.0.0", false, false, false, false },
    { "126.255.255.255", false, false, false, false },
    { "127.0.0.0", true, false, false, false },
    { "127.255.255.255", true, false, false, false },
    { "128.0.0.0", false, false, false, false },
    { "169.253.255.255", false, false, false, false },
    { "169.254.0.0", false, true, false, false },
    { "169.255.0.0", false, false, false, false },
    { "223.255.255.255", false, false, false, false },
    { "224.0.0.0", false, false, true, false },
    { "255.255.255.255", false, false, true, false },
    { "::", false, false, true, false },
    { "::1", true, false, false, false },
    { "::2", false, false, false, false },
    { "2001:db8::1", false, false, false, false },
    { "fe80::1", false, true, false, true },
    { "fec0::1", false, false, false, false },
    { "ff02::1", false, false, true, false },
  };
  for (size_t i = 0; i < SIZEOF (kinds); i++)
    {
      struct sockaddr_storage address;
      struct sockaddr *any = (struct sockaddr *) &address;
      row_is ("kind of %s", kinds[i].text);
      fill (&address, kinds[i].text, 1, 0);
      CHECK_NUMBER (address_is_loopback (any), kinds[i].loopback);
      CHECK_NUMBER (address_is_link_local (any), kinds[i].link_local);
      CHECK_NUMBER (address_is_special (any), kinds[i].special);
      CHECK_NUMBER (address_lacks_scope (any), kinds[i].lacks_scope);
      fill (&address, kinds[i].text, 1, 2);
      CHECK (!address_lacks_scope (any));
    }
  struct sockaddr const none = { .sa_family = AF_UNIX };
  row_is ("a local socket");
  CHECK (address_is_special (&none));
}

/* What is in a proof is the same on all hosts.  */
static void
check_canonical (void)
{
  static struct
  {
    char const *text;
    char const *unmapped;
    unsigned char wanted[PROOF_ADDRESS_SIZE];
  }
  const rows[] =
  {
    { "192.0.2.1", "192.0.2.1", { 4, 192, 0, 2, 1, [17] = 0x12, 0x34 } },
    { "::ffff:192.0.2.1", "192.0.2.1",
      { 4, 192, 0, 2, 1, [17] = 0x12, 0x34 } },
    { "::192.0.2.1", "::192.0.2.1",
      { 6, [13] = 192, 0, 2, 1, 0x12, 0x34 } },
    { "2001:db8::1", "2001:db8::1",
      { 6, 0x20, 1, 0x0d, 0xb8, [16] = 1, 0x12, 0x34 } },
    { "fe80::1", "fe80::1", { 6, 0xfe, 0x80, [16] = 1, 0x12, 0x34 } },
  };
  unsigned char bytes[PROOF_ADDRESS_SIZE], other[PROOF_ADDRESS_SIZE];
  struct sockaddr_storage address, wanted;
  struct sockaddr *any = (struct sockaddr *) &address;
  for (size_t i = 0; i < SIZEOF (rows); i++)
    for (uint32_t scope = 0; scope < 2; scope++)
      {
        row_is ("%s, scope %u", rows[i].text, (unsigned) scope);
        socklen_t length = fill (&address, rows[i].text, 0x1234, scope);
        memset (bytes, '#', sizeof bytes);
        address_canonical (any, bytes);
        CHECK (memcmp (bytes, rows[i].wanted, sizeof bytes) == 0);
        fill (&wanted, rows[i].text, 0x4321, 7);
        address_canonical ((struct sockaddr *) &wanted, other);
        CHECK (address_same (bytes, other));
        fill (&wanted, "192.0.2.2", 0x1234, 0);
        address_canonical ((struct sockaddr *) &wanted, other);
        CHECK (!address_same (bytes, other));

        address_unmap (&address, &length);
        CHECK_NUMBER (length, fill (&wanted, rows[i].unmapped, 0x1234,
                                    scope));
        CHECK (memcmp (&address, &wanted, length) == 0);
      }
  row_is ("no address");
  static unsigned char const zeros[PROOF_ADDRESS_SIZE];
  memset (&address, 0, sizeof address);
  address.ss_family = AF_UNIX;
  address_canonical (any, bytes);
  CHECK (memcmp (bytes, zeros, sizeof bytes) == 0);
  CHECK (!address_same (bytes, zeros));
  struct proof_path path;
  address_path (-1, &path);
  CHECK (memcmp (path.here, zeros, sizeof zeros) == 0
         && memcmp (path.there, zeros, sizeof zeros) == 0);
}

int
main (void)
{
  check_format ();
  check_kinds ();
  check_canonical ();
  return test_result ();
}
