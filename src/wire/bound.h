/* The bounds of what another host sends in a message.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What another host sends is bounded before it is stored, looked up or shown.
   The message as a whole is (MESSAGE_MAX, AGENT_MESSAGE_MAX), and so are the
   texts in it.  A message that is beyond a bound is refused like any other
   that is wrong; our own texts are cut to fit.  */

#ifndef BOUND_H
# define BOUND_H 1

# include <stddef.h>

struct bound
{
  size_t length;                /* the most bytes of a field; 0 = any */
  unsigned count;               /* the most such fields in a message, or in a
                                   nested field; 0 = any */
};

/* The greatest COUNT of all.  */
enum { BOUND_COUNT_MAX = 256 };

/* Return the bound of the fields with KEY, an enum message_key or any
   other number.  */
extern struct bound bound_of (unsigned key);

#endif
