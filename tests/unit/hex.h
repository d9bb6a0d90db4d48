/* Bytes that tests have as hexadecimal digits.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef HEX_H
# define HEX_H 1

# include <stdlib.h>
# include <string.h>

# include "c-ctype.h"
# include "base/system.h"
# include "test-macros.h"
# include "xalloc.h"

/* Return the bytes that the hexadecimal digits in HEX stand for, malloc'ed
   and no longer than needed, and set *LENGTH.  Other characters are for the
   eye.  */
static inline unsigned char *
from_hex (char const *hex, size_t *length)
{
  static char const digits[] = "0123456789abcdef";
  unsigned char *bytes = xzalloc (strlen (hex) / 2 + 1);
  size_t count = 0;
  for (; *hex != '\0'; hex++)
    if (c_isxdigit (*hex))
      {
        unsigned digit = strchr (digits, *hex) - digits;
        bytes[count / 2] = bytes[count / 2] << 4 | digit;
        count++;
      }
  NEED (count % 2 == 0);
  *length = count / 2;
  return bytes;
}

#endif
