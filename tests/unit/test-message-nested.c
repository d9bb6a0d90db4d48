/* Test the fields of a message one by one, and those that hold fields.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/message.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/system.h"
#include "test-macros.h"

/* Finish BUILDER and describe the message in *MESSAGE.  */
static void
finish (struct message_builder *builder, struct message *message)
{
  message_finish (builder);
  NEED (message_parse (builder->bytes, builder->length, message)
        == (ssize_t) builder->length);
  CHECK_NUMBER (message->depth, 0);
}

/* Each field comes once and in order, whether one key is wanted or all.  */
static void
check_next (void)
{
  row_is ("one field after the other");
  struct message_builder builder;
  struct message message;
  message_begin (&builder, MESSAGE_TASK);
  message_add_text (&builder, KEY_ARGUMENT, "a");
  message_add_number (&builder, KEY_TIMEOUT, 4711);
  message_add_text (&builder, KEY_ARGUMENT, "");
  message_add (&builder, 0xfedc, "?", 1);
  message_add_text (&builder, KEY_ARGUMENT, "ccc");
  finish (&builder, &message);

  static unsigned const keys[] = {
    KEY_ARGUMENT, KEY_TIMEOUT, KEY_ARGUMENT, 0xfedc, KEY_ARGUMENT
  };
  static size_t const lengths[] = { 1, 8, 0, 1, 3 };
  struct field field = { .bytes = NULL };
  for (size_t i = 0; i < SIZEOF (keys); i++)
    {
      NEED (message_next (&message, KEY_ANY, &field));
      CHECK_NUMBER (field.key, keys[i]);
      CHECK_NUMBER (field.length, lengths[i]);
    }
  CHECK (!message_next (&message, KEY_ANY, &field));
  /* What was the last stays so.  */
  CHECK_NUMBER (field.length, 3);
  CHECK (!message_next (&message, KEY_ANY, &field));

  static char const *const texts[] = { "a", "", "ccc" };
  field = (struct field) { .bytes = NULL };
  for (size_t i = 0; i < SIZEOF (texts); i++)
    {
      NEED (message_next (&message, KEY_ARGUMENT, &field));
      char *text = field_text (&field);
      CHECK_TEXT (text, texts[i]);
      free (text);
    }
  CHECK (!message_next (&message, KEY_ARGUMENT, &field));

  field = (struct field) { .bytes = NULL };
  uint64_t number = 0;
  CHECK (message_next (&message, KEY_TIMEOUT, &field));
  CHECK (field_number (&field, &number));
  CHECK_NUMBER (number, 4711);
  field = (struct field) { .bytes = NULL };
  CHECK (!message_next (&message, KEY_SECRET, &field));
  CHECK (field.bytes == NULL);
  message_wipe (&builder);

  row_is ("no field");
  message_begin (&builder, MESSAGE_TASK);
  finish (&builder, &message);
  CHECK (!message_next (&message, KEY_ANY, &field));
  message_wipe (&builder);
}

/* Stages with channels with a number each, three deep, and siblings.  */
static void
check_round_trip (void)
{
  row_is ("fields in fields");
  struct message_builder builder;
  struct message message, outer, inner, innermost;
  message_begin (&builder, MESSAGE_TASK);
  message_add_text (&builder, KEY_TEXT, "before");
  for (unsigned i = 0; i < 3; i++)
    {
      message_begin_nested (&builder, KEY_OFFER);
      message_add_number (&builder, KEY_STATUS, i);
      for (unsigned j = 0; j < i; j++)
        {
          message_begin_nested (&builder, KEY_CHANNEL);
          message_begin_nested (&builder, KEY_OFFER);
          message_add_number (&builder, KEY_STATUS, 10 * i + j);
          message_end_nested (&builder);
          message_add_text (&builder, KEY_TEXT, "inside");
          message_end_nested (&builder);
        }
      message_end_nested (&builder);
    }
  message_add_text (&builder, KEY_TEXT, "after");
  finish (&builder, &message);

  uint64_t number;
  for (unsigned i = 0; i < 3; i++)
    {
      row_is ("nested field %u", i);
      NEED (message_nested (&message, KEY_OFFER, i, &outer));
      CHECK_NUMBER (outer.type, MESSAGE_TASK);
      CHECK_NUMBER (outer.depth, 1);
      CHECK (message_number (&outer, KEY_STATUS, &number) && number == i);
      for (unsigned j = 0; j < i; j++)
        {
          row_is ("nested field %u in %u", j, i);
          NEED (message_nested (&outer, KEY_CHANNEL, j, &inner));
          CHECK (!message_number (&inner, KEY_STATUS, &number));
          char *text = message_text (&inner, KEY_TEXT, 0);
          CHECK_TEXT (text, "inside");
          free (text);
          NEED (message_nested (&inner, KEY_OFFER, 0, &innermost));
          CHECK_NUMBER (innermost.depth, 3);
          CHECK (message_number (&innermost, KEY_STATUS, &number)
                 && number == 10 * i + j);
          CHECK (!message_nested (&inner, KEY_OFFER, 1, &innermost));
        }
      CHECK (!message_nested (&outer, KEY_CHANNEL, i, &inner));
    }
  row_is ("around nested fields");
  CHECK (!message_nested (&message, KEY_OFFER, 3, &outer));
  /* What is inside is not outside.  */
  CHECK (!message_number (&message, KEY_STATUS, &number));
  char *text = message_text (&message, KEY_TEXT, 1);
  CHECK_TEXT (text, "after");
  free (text);
  CHECK (message_text (&message, KEY_TEXT, 2) == NULL);

  row_is ("nested fields in a row");
  struct field field = { .bytes = NULL };
  for (unsigned i = 0; i < 3; i++)
    {
      NEED (message_next (&message, KEY_OFFER, &field));
      NEED (field_nested (&message, &field, &outer));
      CHECK (message_number (&outer, KEY_STATUS, &number) && number == i);
    }
  CHECK (!message_next (&message, KEY_OFFER, &field));
  message_wipe (&builder);
}

/* A nested field of any length up to some, so that its length is right
   wherever the builder moved its bytes.  */
static void
check_lengths (void)
{
  for (size_t length = 0; length < 300; length++)
    {
      row_is ("nested field with %zu bytes", length);
      char bytes[300] = { 0 };
      struct message_builder builder;
      struct message message, nested;
      message_begin (&builder, MESSAGE_TASK);
      message_begin_nested (&builder, KEY_OFFER);
      message_begin_nested (&builder, KEY_OFFER);
      message_add (&builder, KEY_DATA, bytes, length);
      message_end_nested (&builder);
      message_end_nested (&builder);
      finish (&builder, &message);
      size_t got;
      NEED (message_nested (&message, KEY_OFFER, 0, &nested));
      NEED (message_nested (&nested, KEY_OFFER, 0, &nested));
      CHECK (message_field (&nested, KEY_DATA, 0, &got) != NULL);
      CHECK_NUMBER (got, length);
      message_wipe (&builder);
    }
}

/* The body of a field, and whether it holds whole fields and nothing else.  */
struct body_row
{
  char const *bytes;
  size_t length;
  bool good;
};

#define BODY(Bytes) Bytes, sizeof Bytes - 1

static struct body_row const body_rows[] =
{
  { BODY (""), true },
  { BODY ("\0\1\0\0\0\0"), true },
  { BODY ("\0\1\0\0\0\1x"), true },
  { BODY ("\377\377\0\0\0\1x\0\0\0\0\0\0"), true },
  { BODY ("x"), false },
  { BODY ("a text"), false },
  { BODY ("\0\1\0\0\0"), false },
  { BODY ("\0\1\0\0\0\1"), false },
  { BODY ("\0\1\0\0\0\2x"), false },
  { BODY ("\0\1\0\0\0\0x"), false },
  { BODY ("\0\1\377\377\377\377x"), false },
  { BODY ("\0\1\377\377\377\372x"), false },
  /* What would fill it with what follows it.  */
  { BODY ("\0\1\0\0\0\7x"), false },
};

static void
check_bodies (void)
{
  for (size_t i = 0; i < SIZEOF (body_rows); i++)
    {
      row_is ("body %zu", i);
      struct message_builder builder;
      struct message message, nested;
      message_begin (&builder, MESSAGE_TASK);
      message_add (&builder, KEY_OFFER, body_rows[i].bytes,
                   body_rows[i].length);
      message_add (&builder, KEY_TEXT, NULL, 0);
      finish (&builder, &message);
      bool good = message_nested (&message, KEY_OFFER, 0, &nested);
      CHECK (good == body_rows[i].good);
      if (good)
        CHECK_NUMBER (nested.length, body_rows[i].length);
      message_wipe (&builder);
    }
}

/* One deeper than allowed is refused, however good.  */
static void
check_depth (void)
{
  row_is ("too deep");
  unsigned char bytes[64] = { 0 };
  size_t length = 0;
  /* From the inside out: an empty field in a field ...  */
  for (int depth = 0; depth <= NESTED_MAX; depth++)
    {
      memmove (bytes + 6, bytes, length);
      memcpy (bytes, (unsigned char[]) { 0, KEY_OFFER, 0, 0, 0, length }, 6);
      length += 6;
    }
  struct message_builder builder;
  struct message message;
  message_begin (&builder, MESSAGE_TASK);
  message_add (&builder, KEY_OFFER, bytes, length);
  finish (&builder, &message);
  for (unsigned depth = 1; depth <= NESTED_MAX; depth++)
    {
      NEED (message_nested (&message, KEY_OFFER, 0, &message));
      CHECK_NUMBER (message.depth, depth);
    }
  size_t got;
  CHECK (message_field (&message, KEY_OFFER, 0, &got) != NULL);
  CHECK (!message_nested (&message, KEY_OFFER, 0, &message));
  message_wipe (&builder);
}

/* Return whether a child that begins BEGUN nested fields, ends ENDED of them
   and finishes the message is aborted.  */
static bool
aborts (int begun, int ended)
{
  pid_t child = fork ();
  NEED (0 <= child);
  if (child == 0)
    {
      struct message_builder builder;
      setrlimit (RLIMIT_CORE, &(struct rlimit) { .rlim_cur = 0 });
      message_begin (&builder, MESSAGE_TASK);
      while (0 < begun--)
        message_begin_nested (&builder, KEY_OFFER);
      while (0 < ended--)
        message_end_nested (&builder);
      message_finish (&builder);
      message_wipe (&builder);
      _exit (0);
    }
  int status;
  NEED (waitpid (child, &status, 0) == child);
  return WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT;
}

static void
check_misuse (void)
{
  row_is ("begun and ended unequally");
  CHECK (!aborts (NESTED_MAX, NESTED_MAX));
  CHECK (aborts (NESTED_MAX + 1, NESTED_MAX + 1));
  CHECK (aborts (1, 0));
  CHECK (aborts (0, 1));
}

int
main (void)
{
  check_next ();
  check_round_trip ();
  check_lengths ();
  check_bodies ();
  check_depth ();
  check_misuse ();
  return test_result ();
}
