/* Test what bounds the messages of another host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/bound.h"
#include "wire/message.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/system.h"
#include "test-macros.h"
#include "xalloc.h"

/* The bounds, by hand: 0 = none.  */
struct bound_row
{
  enum message_key key;
  size_t length;
  unsigned count;
};

static struct bound_row const bound_rows[] =
{
  { KEY_ADDRESS, 255, 64 }, { KEY_HOST, 255, 0 }, { KEY_NODENAME, 255, 0 },
  { KEY_SSH_CONNECTION, 255, 0 }, { KEY_HERE, 255, 0 },
  { KEY_THERE, 255, 0 }, { KEY_ROLE, 255, 0 }, { KEY_TEXT, 1024, 256 },
  { KEY_ERRNO_TEXT, 1024, 0 }, { KEY_SIGNAL_TEXT, 1024, 0 },
  { KEY_SYSTEM, 1024, 0 }, { KEY_ARGUMENT, 0, 0 }, { KEY_DATA, 0, 0 },
};

/* More than any bound.  */
enum { BIG = 5000 };
static unsigned char body[4 * 1024 * 1024];

/* Add to the LENGTH bytes in BODY COUNT fields with KEY, of SIZE bytes each.
   Return the new length.  Nothing is cut, other than by a builder.  */
static size_t
put_fields (size_t length, unsigned key, size_t count, size_t size)
{
  while (0 < count--)
    {
      unsigned char *field = body + length;
      NEED (length + 6 + size < sizeof body);
      memcpy (field, (unsigned char[]) { key >> 8, key & 255, 0, 0,
                                         size >> 8 & 255, size & 255 }, 6);
      memset (field + 6, 'x', size);
      length += 6 + size;
    }
  return length;
}

/* Return whether BODY is taken: in a message, or if NESTED is true in a nested
   field of one.  */
static bool
is_taken (size_t length, bool nested)
{
  struct message message, inner;
  unsigned char *bytes = xmalloc (length + 32);
  size_t all = nested ? length + 6 : length, start = nested ? 11 : 5;
  unsigned const key = 0xfffe;
  memcpy (bytes, (unsigned char[]) { all >> 24, all >> 16 & 255,
                                     all >> 8 & 255, all & 255,
                                     MESSAGE_HELLO, key >> 8, key & 255,
                                     length >> 24, length >> 16 & 255,
                                     length >> 8 & 255, length & 255 }, 11);
  memcpy (bytes + start, body, length);
  bytes[start + length] = '\n';
  bool taken = 0 < message_parse (bytes, start + length + 1, &message);
  if (nested)
    taken = taken && message_nested (&message, key, 0, &inner);
  free (bytes);
  return taken;
}

static void
check_bounds (void)
{
  for (size_t i = 0; i < SIZEOF (bound_rows); i++)
    for (int nested = 0; nested < 2; nested++)
      {
        struct bound_row const *row = &bound_rows[i];
        size_t most = row->length ? row->length : BIG;
        unsigned count = row->count ? row->count : BIG;
        row_is ("key %d%s", (int) row->key, nested ? ", nested" : "");
        CHECK (is_taken (put_fields (0, row->key, 1, most), nested));
        CHECK (is_taken (put_fields (0, row->key, 1, most + 1), nested)
               == (row->length == 0));
        CHECK (is_taken (put_fields (0, row->key, count, 0), nested));
        CHECK (is_taken (put_fields (0, row->key, count + 1, 0), nested)
               == (row->count == 0));
        /* Others in between do not help.  */
        size_t length = put_fields (0, row->key, count, 0);
        length = put_fields (length, KEY_STATUS, 1, 1);
        CHECK (is_taken (length, nested));
        length = put_fields (length, row->key, 1, 0);
        CHECK (is_taken (length, nested) == (row->count == 0));
      }
}

/* What a builder makes is always taken.  */
static void
check_builder (void)
{
  static char text[BIG + 1];
  memset (text, 'y', BIG);
  for (size_t i = 0; i < SIZEOF (bound_rows); i++)
    {
      struct bound_row const *row = &bound_rows[i];
      struct message_builder builder;
      struct message message, nested;
      row_is ("a long list of key %d", (int) row->key);
      message_begin (&builder, MESSAGE_HELLO);
      for (int j = 0; j < 600; j++)
        message_add_text (&builder, row->key, j == 0 ? "first" : "");
      message_begin_nested (&builder, 0xfffe);
      message_add_text (&builder, row->key, text);
      message_end_nested (&builder);
      message_finish (&builder);
      NEED (message_parse (builder.bytes, builder.length, &message)
            == (ssize_t) builder.length);
      char **list = NULL;
      CHECK_NUMBER (message_texts (&message, row->key, &list),
                    row->count ? row->count : 600);
      CHECK_TEXT (list[0], "first");
      texts_free (list);
      NEED (message_nested (&message, 0xfffe, 0, &nested));
      char *got = message_text (&nested, row->key, 0);
      CHECK_NUMBER (strlen (got), row->length ? row->length : BIG);
      free (got);
      message_wipe (&builder);
    }
}

/* A text is cut where a character ends.  */
static void
check_characters (void)
{
  static struct { char const *character; size_t left; } const rows[] = {
    { "x", 255 }, { "\303\244", 254 }, { "\342\202\254", 255 },
    { "\360\237\230\200", 252 }
  };
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      char text[1000] = "";
      struct message_builder builder;
      struct message message;
      row_is ("characters of %zu bytes", strlen (rows[i].character));
      while (strlen (text) < 500)
        strcat (text, rows[i].character);
      message_begin (&builder, MESSAGE_HELLO);
      message_add_text (&builder, KEY_NODENAME, text);
      message_finish (&builder);
      NEED (0 < message_parse (builder.bytes, builder.length, &message));
      char *got = message_text (&message, KEY_NODENAME, 0);
      CHECK_NUMBER (strlen (got), rows[i].left);
      CHECK (strncmp (got, text, rows[i].left) == 0);
      free (got);
      message_wipe (&builder);
    }
}

/* No list, however long, takes a time that grows with its square.  */
static void
check_time (void)
{
  row_is ("many fields");
  size_t count = sizeof body / 6 - 10;
  CHECK (!is_taken (put_fields (0, KEY_TEXT, count, 0), false));
  CHECK (!is_taken (put_fields (0, KEY_ADDRESS, count, 0), true));
  size_t length = put_fields (0, KEY_ARGUMENT, count, 0);
  CHECK (is_taken (length, false) && is_taken (length, true));
  struct message const message = {
    .type = MESSAGE_HELLO, .body = body, .length = length
  };
  char **list = NULL;
  CHECK_NUMBER (message_texts (&message, KEY_ARGUMENT, &list), count);
  texts_free (list);
}

int
main (void)
{
  /* What is not linear takes hours.  */
  alarm (100);
  check_bounds ();
  check_builder ();
  check_characters ();
  check_time ();
  return test_result ();
}
