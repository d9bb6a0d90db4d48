/* The part of the helper that lists the messages of a control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 5, LAST = '\n', PING = 19 };

/* By number, as they are on the wire.  */
static char const *const types[] = {
  NULL, "TASK", "LINK", "START", "HELLO", "ERROR", "NOTE", "OFFER", "TRIED",
  "ROUTE", "CONNECTED", "STARTED", "STAGE_END", "CHANNEL_END", "CREDIT",
  "DATA", "METER", "RATE", "STOP", "PING", "BYE", "PROBE", "PROBED"
};
enum { TYPES = sizeof types / sizeof *types };

static unsigned char *all;
static size_t length;

static void
read_all (void)
{
  size_t n, size = 0;
  do
    {
      if (size - length < 65536)
        {
          size = size == 0 ? 1 << 20 : 2 * size;
          all = realloc (all, size);
          if (!all)
            fail (EXIT_HARD, "realloc");
        }
      n = read_some (STDIN_FILENO, all + length, size - length);
      length += n;
    }
  while (n != 0);
}

static void
print_type (unsigned type)
{
  if (type == 0 || TYPES <= type)
    fail_usage ("message-types", "unknown type");
  /* How many of these there are is a matter of time.  */
  if (type != PING)
    puts (types[type]);
}

/* Return the value of the digit C of base64 (RFC 4648).  */
static unsigned
digit (unsigned char c)
{
  static char const digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";
  char const *found = c ? strchr (digits, c) : NULL;
  if (!found)
    fail_usage ("message-types", "no base64");
  return found - digits;
}

/* Return where the line at AT ends, after its newline.  */
static size_t
end_of_line (size_t at)
{
  unsigned char const *end = memchr (all + at, '\n', length - at);
  if (!end)
    fail_usage ("message-types", "line cut short");
  return end + 1 - all;
}

int
cmd_message_types (int argc, char **argv)
{
  static char const local[] = "=socketpipe-local ";
  (void) argc, (void) argv;
  read_all ();
  size_t at = end_of_line (0);
  /* The first message of the leader is a line of base64: its fifth byte is in
     the second group of four digits.  */
  if (sizeof local - 1 < length && memcmp (all, local, sizeof local - 1) == 0)
    {
      size_t next = end_of_line (at);
      if (next - at < 8)
        fail_usage ("message-types", "message cut short");
      print_type ((digit (all[at + 5]) << 4 | digit (all[at + 6]) >> 2)
                  & 0xff);
      at = next;
    }
  while (at < length)
    {
      if (length - at < HEADER)
        fail_usage ("message-types", "message cut short");
      size_t body = ((size_t) all[at] << 24 | all[at + 1] << 16
                     | all[at + 2] << 8 | all[at + 3]);
      if (length - at - HEADER <= body || all[at + HEADER + body] != LAST)
        fail_usage ("message-types", "message cut short");
      print_type (all[at + 4]);
      at += HEADER + body + 1;
    }
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
