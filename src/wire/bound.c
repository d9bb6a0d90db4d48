/* The bounds of what another host sends in a message.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/bound.h"

#include "wire/message.h"

/* The longest name of a host: as in the DNS (RFC 1035), and more than the
   numeric address with a scope; the longest text for people.  */
enum { NAME = 255, PEOPLE = 1024 };

struct bound
bound_of (unsigned key)
{
  switch (key)
    {
    case KEY_ADDRESS:
      return (struct bound) { .length = NAME, .count = 64 };
    case KEY_HERE:
    case KEY_HOST:
    case KEY_NODENAME:
    case KEY_ROLE:
    case KEY_SSH_CONNECTION:
    case KEY_THERE:
      return (struct bound) { .length = NAME };
    case KEY_TEXT:
      return (struct bound) { .length = PEOPLE, .count = BOUND_COUNT_MAX };
    case KEY_ERRNO_TEXT:
    case KEY_SIGNAL_TEXT:
    case KEY_SYSTEM:
      return (struct bound) { .length = PEOPLE };
    default:
      return (struct bound) { .length = 0, .count = 0 };
    }
}
