/* The names of differentiated services code points.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/dscp.h"

#include <stdbool.h>
#include <string.h>

#include "c-ctype.h"
#include "c-strcase.h"
#include "xstrtol.h"

enum { DSCP_LARGEST = 63 };

static bool
is_digit_in (char c, char first, char last)
{
  return first <= c && c <= last;
}

/* Return the code point of a class selector or an assured forwarding class,
   or -1.  */
static int
class_of (char const *name)
{
  size_t length = strlen (name);
  if (length == 3 && c_strncasecmp (name, "CS", 2) == 0
      && is_digit_in (name[2], '0', '7'))
    return 8 * (name[2] - '0');
  if (length == 4 && c_strncasecmp (name, "AF", 2) == 0
      && is_digit_in (name[2], '1', '4') && is_digit_in (name[3], '1', '3'))
    return 8 * (name[2] - '0') + 2 * (name[3] - '0');
  return -1;
}

static int
number_of (char const *name)
{
  uintmax_t number;
  return (c_isdigit (*name)
          && xstrtoumax (name, NULL, 0, &number, "") == LONGINT_OK
          && number <= DSCP_LARGEST ? (int) number : -1);
}

int
dscp_parse (char const *name)
{
  if (c_strcasecmp (name, "EF") == 0)
    return 46;
  if (c_strcasecmp (name, "VA") == 0)
    return 44;
  if (c_strcasecmp (name, "LE") == 0)
    return 1;
  int class = class_of (name);
  return 0 <= class ? class : number_of (name);
}
