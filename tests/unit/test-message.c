/* Test the messages of the control connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/fuzz.h"
#include "base/system.h"
#include "hex.h"
#include "test-macros.h"
#include "xalloc.h"

/* What message_parse makes of some bytes.  */
struct parse_row
{
  char const *bytes;
  ssize_t taken;                /* 0 more wanted, -1 refused */
};

static struct parse_row const parse_rows[] =
{
  /* Too short to tell, whatever it is.  */
  { "", 0 },
  { "00", 0 },
  { "ff ff ff ff", 0 },
  /* No fields.  */
  { "00000000 09 0a", 6 },
  { "00000000 01 0a", 6 },
  { "00000000 0a 0a", 6 },
  { "00000000 09 0a 00000000 09 0a", 6 },
  /* Types that there are not.  */
  { "00000000 00", -1 },
  { "00000000 40", -1 },
  { "00000000 7f", -1 },
  { "00000000 80", -1 },
  { "00000000 81", -1 },
  { "00000000 ff", -1 },
  { "00000006 40 0001 00000000 0a", -1 },
  /* Too long is refused before it has come; the longest is waited for.  */
  { "00800000 01", 0 },
  { "00800001 01", -1 },
  { "01000000 01", -1 },
  { "7fffffff 01", -1 },
  { "80000000 01", -1 },
  { "ffffffff 01", -1 },
  /* A number, a text, an empty field, an unknown key, several.  */
  { "00000007 06 0010 00000001 2a 0a", 13 },
  { "00000008 03 000e 00000002 6869 0a", 14 },
  { "00000006 02 000c 00000000 0a", 12 },
  { "00000006 02 0000 00000000 0a", 12 },
  { "00000006 02 ffff 00000000 0a", 12 },
  { "0000000d 02 ffff 00000001 00 000c 00000000 0a", 19 },
  { "00000007 06 0010 00000001 2a 0a ff", 13 },
  { "00000007 06 0010 00000001 0a 0a", 13 },
  /* No newline behind it.  */
  { "00000000 09 00", -1 },
  { "00000000 09 0d0a", -1 },
  { "00000000 09 00000000 09 0a", -1 },
  { "00000007 06 0010 00000001 2a ff", -1 },
  { "00000007 06 0010 00000001 0a 2a", -1 },
  /* Not all of it yet.  */
  { "00000000 09", 0 },
  { "00000007 06 0010 00000001 2a", 0 },
  { "00000007 06 0010 00000001 0a", 0 },
  { "00000007 06 0010 00000001", 0 },
  { "00000007 06", 0 },
  /* Fields that do not fill the body exactly.  */
  { "00000001 06 00 0a", -1 },
  { "00000005 06 0010 000000 0a", -1 },
  { "00000006 06 0010 00000001 0a", -1 },
  { "00000007 06 0010 00000000 00 0a", -1 },
  { "00000007 06 0010 00000002 2a 0a", -1 },
  { "00000007 06 0010 00000002 2a2a 0a", -1 },
  { "00000007 06 0010 7fffffff 2a 0a", -1 },
  { "00000007 06 0010 80000000 2a 0a", -1 },
  { "00000007 06 0010 ffffffff 2a 0a", -1 },
  { "00000007 06 0010 fffffffa 2a 0a", -1 },
  { "0000000c 06 0010 00000000 0010 00000001 0a", -1 },
  { "0000000b 06 0010 00000000 0010 000000 0a", -1 },
  { "0000000d 06 0010 00000006 0010 00000001 2a 0a", -1 },
};

static void
check_parse (void)
{
  for (size_t i = 0; i < SIZEOF (parse_rows); i++)
    {
      row_is ("parse %s", parse_rows[i].bytes);
      size_t length;
      unsigned char *bytes = from_hex (parse_rows[i].bytes, &length);
      struct message message;
      CHECK_NUMBER (message_parse (bytes, length, &message),
                    parse_rows[i].taken);
      free (bytes);
    }
}

/* What message_number makes of the first field KEY_FALLBACK.  */
struct number_row
{
  char const *body;
  char const *number;           /* decimal, or NULL */
};

static struct number_row const number_rows[] =
{
  { "", NULL },
  { "000e 00000001 2a", NULL },
  { "0010 00000000", NULL },
  { "0010 00000001 00", "0" },
  { "0010 00000001 ff", "255" },
  { "0010 00000002 0100", "256" },
  { "0010 00000003 010000", "65536" },
  { "0010 00000004 ffffffff", "4294967295" },
  { "0010 00000005 0100000000", "4294967296" },
  { "0010 00000006 010203040506", "1108152157446" },
  { "0010 00000007 00000000000007", "7" },
  { "0010 00000008 0000000000000007", "7" },
  { "0010 00000008 7fffffffffffffff", "9223372036854775807" },
  { "0010 00000008 ffffffffffffffff", "18446744073709551615" },
  { "0010 00000009 000000000000000007", NULL },
  /* Only the first one is looked at, behind other keys.  */
  { "0010 00000001 01  0010 00000001 02", "1" },
  { "0010 00000000  0010 00000001 02", NULL },
  { "1000 00000001 05  0110 00000001 06  0010 00000001 07", "7" },
  /* A field inside a field is none.  */
  { "0001 00000007 00100000000105  0010 00000001 08", "8" },
};

/* Make a message of TYPE with the BODY in hexadecimal digits.  Return its
   bytes, which *MESSAGE points into.  */
static unsigned char *
make (enum message_type type, char const *body, struct message *message)
{
  size_t length;
  unsigned char *fields = from_hex (body, &length);
  unsigned char *bytes = xzalloc (5 + length + 1);
  for (int i = 0; i < 4; i++)
    bytes[i] = length >> (24 - 8 * i) & 0xff;
  bytes[4] = type;
  memcpy (bytes + 5, fields, length);
  bytes[5 + length] = '\n';
  free (fields);
  NEED (message_parse (bytes, 5 + length + 1, message)
        == (ssize_t) (5 + length + 1));
  return bytes;
}

static void
check_numbers (void)
{
  for (size_t i = 0; i < SIZEOF (number_rows); i++)
    {
      row_is ("number in %s", number_rows[i].body);
      struct message message;
      unsigned char *bytes = make (MESSAGE_STAGE_END, number_rows[i].body,
                                   &message);
      uint64_t number;
      char text[32];
      bool found = message_number (&message, KEY_FALLBACK, &number);
      CHECK (found == (number_rows[i].number != NULL));
      if (found)
        {
          snprintf (text, sizeof text, "%" PRIu64, number);
          CHECK_TEXT (text, number_rows[i].number);
        }
      free (bytes);
    }
}

/* What message_text makes of the field number INDEX of KEY_ARGUMENT.  */
struct text_row
{
  char const *body;
  size_t index;
  char const *text;
};

static struct text_row const text_rows[] =
{
  { "", 0, NULL },
  { "0006 00000000", 0, "" },
  { "0006 00000000", 1, NULL },
  { "0006 00000002 6869", 0, "hi" },
  { "0006 00000001 61  0006 00000001 62  0006 00000001 63", 0, "a" },
  { "0006 00000001 61  0006 00000001 62  0006 00000001 63", 1, "b" },
  { "0006 00000001 61  0006 00000001 62  0006 00000001 63", 2, "c" },
  { "0006 00000001 61  0006 00000001 62  0006 00000001 63", 3, NULL },
  { "0001 00000001 61  0006 00000001 62  0001 00000001 63", 0, "b" },
  { "0001 00000001 61  0006 00000001 62  0001 00000001 63", 1, NULL },
  /* Any bytes but NUL.  */
  { "0006 00000004 0a01ff7f", 0, "\n\001\377\177" },
  { "0006 00000001 00", 0, NULL },
  { "0006 00000003 610062", 0, NULL },
  { "0006 00000002 0061", 0, NULL },
  { "0006 00000002 6100", 0, NULL },
  /* One with a NUL still counts.  */
  { "0006 00000001 00  0006 00000001 62", 1, "b" },
};

static void
check_texts (void)
{
  for (size_t i = 0; i < SIZEOF (text_rows); i++)
    {
      row_is ("text %zu in %s", text_rows[i].index, text_rows[i].body);
      struct message message;
      unsigned char *bytes = make (MESSAGE_TASK, text_rows[i].body, &message);
      char *text = message_text (&message, KEY_ARGUMENT, text_rows[i].index);
      CHECK_TEXT (text, text_rows[i].text);
      free (text);
      free (bytes);
    }
}

/* What message_texts makes of KEY_ARGUMENT.  */
struct list_row
{
  char const *body;
  ptrdiff_t count;
  char const *texts[4];
};

static struct list_row const list_rows[] =
{
  { "", 0, { NULL } },
  { "0001 00000001 61", 0, { NULL } },
  { "0006 00000000", 1, { "" } },
  { "0006 00000001 61  0006 00000001 62", 2, { "a", "b" } },
  { "0006 00000001 61  0003 00000001 2a  0006 00000002 6262  0003 00000000",
    2, { "a", "bb" } },
  { "0003 00000000  0006 00000000  0006 00000001 63  0006 00000000", 3,
    { "", "c", "" } },
  { "0006 00000001 00", -1, { NULL } },
  { "0006 00000001 61  0006 00000002 6100", -1, { NULL } },
  { "0006 00000002 0061  0006 00000001 61", -1, { NULL } },
};

static void
check_lists (void)
{
  for (size_t i = 0; i < SIZEOF (list_rows); i++)
    {
      struct list_row const *row = &list_rows[i];
      row_is ("texts in %s", row->body);
      struct message message;
      unsigned char *bytes = make (MESSAGE_TASK, row->body, &message);
      char **list = NULL;
      ptrdiff_t count = message_texts (&message, KEY_ARGUMENT, &list);
      CHECK_NUMBER (count, row->count);
      CHECK ((list == NULL) == (count < 0));
      for (ptrdiff_t j = 0; j <= count && j <= row->count; j++)
        CHECK_TEXT (list[j], row->texts[j]);
      texts_free (list);
      free (bytes);
    }
}

/* Lists of every length, so that one more always finds room.  */
static void
check_long_lists (void)
{
  for (int length = 0; length < 100; length++)
    {
      row_is ("a list of %d texts", length);
      struct message_builder builder;
      struct message message;
      message_begin (&builder, MESSAGE_TASK);
      for (int i = 0; i < length; i++)
        message_add_text (&builder, KEY_ARGUMENT, i % 2 ? "odd" : "even");
      message_finish (&builder);
      NEED (message_parse (builder.bytes, builder.length, &message)
            == (ssize_t) builder.length);
      char **list = NULL;
      if (CHECK_NUMBER (message_texts (&message, KEY_ARGUMENT, &list),
                        length))
        {
          for (int i = 0; i < length; i++)
            CHECK_TEXT (list[i], i % 2 ? "odd" : "even");
          CHECK (list[length] == NULL);
        }
      texts_free (list);
      message_wipe (&builder);
    }
}

/* How a key travels: as a number, unless it is listed here.  So a key that is
   new is tested as well.  */
enum form { NUMBER, TEXT, BYTES };
struct key_row
{
  enum message_key key;
  enum form form;
};

static struct key_row const key_rows[] =
{
  { KEY_SECRET, BYTES }, { KEY_ARGUMENT, TEXT }, { KEY_ADDRESS, TEXT },
  { KEY_HOST, TEXT }, { KEY_ROLE, TEXT },
  { KEY_HERE, TEXT }, { KEY_THERE, TEXT }, { KEY_NODENAME, TEXT },
  { KEY_SSH_CONNECTION, TEXT },
  { KEY_TEXT, TEXT }, { KEY_SIGNAL_TEXT, TEXT }, { KEY_ERRNO_TEXT, TEXT },
  { KEY_DATA, BYTES }, { KEY_SYSTEM, TEXT }, { KEY_CONGESTION, TEXT },
};

static enum form
form_of (int key)
{
  for (size_t i = 0; i < SIZEOF (key_rows); i++)
    if ((int) key_rows[i].key == key)
      return key_rows[i].form;
  return NUMBER;
}

static unsigned char const secret[32] = "\0one\0two\377";

static void
fill (struct message_builder *builder, enum message_type type)
{
  message_begin (builder, type);
  for (int key = 1; key < KEY_END; key++)
    switch (form_of (key))
      {
      case BYTES:
        message_add (builder, key, secret, sizeof secret);
        message_add (builder, key, NULL, 0);
        break;
      case TEXT:
        message_add_text (builder, key, "a text\n");
        message_add_text (builder, key, "");
        break;
      case NUMBER:
        message_add_number (builder, key, (UINT64_C (1) << 63) + key);
        break;
      }
  message_finish (builder);
}

static void
check_key (struct message const *message, int key)
{
  size_t length = 99;
  uint64_t number = 0;
  unsigned char const *bytes = message_field (message, key, 0, &length);
  if (!CHECK (bytes != NULL))
    return;
  switch (form_of (key))
    {
    case BYTES:
      CHECK (length == sizeof secret && memcmp (bytes, secret, length) == 0);
      CHECK (message_text (message, key, 0) == NULL);
      break;
    case TEXT:
      {
        char *first = message_text (message, key, 0);
        char *second = message_text (message, key, 1);
        CHECK_TEXT (first, "a text\n");
        CHECK_TEXT (second, "");
        free (first);
        free (second);
        break;
      }
    case NUMBER:
      CHECK (message_number (message, key, &number)
             && number == (UINT64_C (1) << 63) + key);
      break;
    }
  CHECK ((message_field (message, key, 1, &length) != NULL)
         == (form_of (key) != NUMBER));
  CHECK (message_field (message, key, 2, &length) == NULL);
}

static void
check_round_trip (void)
{
  for (int type = 1; type < MESSAGE_TYPES; type++)
    {
      struct message_builder builder;
      struct message message;
      fill (&builder, type);
      row_is ("all keys in a message of type %d", type);
      CHECK_NUMBER (message_parse (builder.bytes, builder.length, &message),
                    builder.length);
      CHECK_NUMBER (message.type, type);
      CHECK (message.body == builder.bytes + 5
             && message.length == builder.length - 6);
      CHECK (builder.bytes[builder.length - 1] == '\n');
      for (int key = 1; key < KEY_END; key++)
        {
          row_is ("key %d in a message of type %d", key, type);
          check_key (&message, key);
        }

      for (size_t length = 0; length < builder.length; length++)
        {
          row_is ("message of type %d, cut to %zu bytes", type, length);
          /* A copy, so that tools see a read behind its end.  */
          unsigned char *copy = xmemdup (builder.bytes, length + !length);
          CHECK_NUMBER (message_parse (copy, length, &message), 0);
          free (copy);
        }

      row_is ("wiped message of type %d", type);
      message_wipe (&builder);
      CHECK (builder.bytes == NULL && builder.length == 0);
      message_wipe (&builder);
    }
}

/* The longest body is taken, one byte more is not.  */
static void
check_longest (void)
{
  char *text = xmalloc (MESSAGE_MAX);
  memset (text, 'x', MESSAGE_MAX);
  for (size_t over = 0; over <= 1; over++)
    {
      row_is ("%zu over the longest body", over);
      struct message_builder builder;
      struct message message;
      message_begin (&builder, MESSAGE_TASK);
      message_add (&builder, KEY_ARGUMENT, text, MESSAGE_MAX - 6 + over);
      message_finish (&builder);
      CHECK_NUMBER (message_parse (builder.bytes, builder.length, &message),
                    over ? -1 : 5 + MESSAGE_MAX + 1);
      message_wipe (&builder);
    }
  free (text);
}

/* No input makes the readers of messages go wrong; the fuzzer aborts where
   one does.  */
static void
check_any_bytes (void)
{
  row_is ("changed messages");
  struct message_builder builder;
  fill (&builder, MESSAGE_STAGE_END);
  fuzz_run (builder.bytes, builder.length, 20000, 1);
  message_wipe (&builder);

  row_is ("changed offers");
  message_begin (&builder, MESSAGE_TASK);
  message_add_number (&builder, KEY_PORT4, 4242);
  message_add_text (&builder, KEY_ADDRESS, "192.0.2.1");
  message_add_text (&builder, KEY_NODENAME, "here");
  message_finish (&builder);
  fuzz_run (builder.bytes, builder.length, 20000, 2);
  message_wipe (&builder);

  row_is ("changed data");
  unsigned char prefix[DATA_PREFIX];
  message_put_data (prefix, 1, 4711);
  fuzz_run (prefix, sizeof prefix, 20000, 4);

  row_is ("changed banners");
  static char const banner[] = "1 1 2.0.17-x\n";
  fuzz_run ((uint8_t const *) banner, sizeof banner - 1, 20000, 3);
}

int
main (void)
{
  check_parse ();
  check_numbers ();
  check_texts ();
  check_lists ();
  check_long_lists ();
  check_round_trip ();
  check_longest ();
  check_any_bytes ();
  return test_result ();
}
