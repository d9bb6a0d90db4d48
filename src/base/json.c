/* Values in JSON (RFC 8259).
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "base/json.h"

#include <inttypes.h>

void
json_string (FILE *file, char const *text)
{
  if (text == NULL)
    {
      fputs ("null", file);
      return;
    }
  putc ('"', file);
  for (; *text; text++)
    {
      unsigned char c = *text;
      if (c == '"' || c == '\\')
        fprintf (file, "\\%c", c);
      else if (c < ' ' || c == 0x7f)
        fprintf (file, "\\u%04x", c);
      else if (c < 0x7f)
        putc (c, file);
      else
        fputs ("\\ufffd", file);
    }
  putc ('"', file);
}

void
json_number (FILE *file, bool known, uint64_t number)
{
  if (known)
    fprintf (file, "%"PRIu64, number);
  else
    fputs ("null", file);
}

void
json_seconds (FILE *file, bool known, int64_t us)
{
  if (known)
    fprintf (file, "%.6f", us / 1e6);
  else
    fputs ("null", file);
}
