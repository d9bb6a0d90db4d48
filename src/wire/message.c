/* Messages of the control connection, as bytes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/message.h"

#include <stdlib.h>
#include <string.h>

#include "c-ctype.h"
#include "wire/bound.h"
#include "xalloc.h"

enum { HEADER = 5, FIELD_HEADER = 6, LENGTH = 4, NUMBER = 8 };

/* What precedes the channel's bytes in a MESSAGE_DATA's body.  */
enum { DATA_FIELDS = FIELD_HEADER + NUMBER + FIELD_HEADER };

static void
put32 (unsigned char *bytes, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = value >> (24 - 8 * i) & 0xff;
}

static uint32_t
get32 (unsigned char const *bytes)
{
  uint32_t value = 0;
  for (int i = 0; i < 4; i++)
    value = value << 8 | bytes[i];
  return value;
}

static void
put_field_header (unsigned char *field, enum message_key key, size_t length)
{
  field[0] = key >> 8;
  field[1] = key & 0xff;
  put32 (field + 2, length);
}

static void
put64 (unsigned char *bytes, uint64_t value)
{
  put32 (bytes, value >> 32);
  put32 (bytes + 4, value & 0xffffffff);
}

/* Make room for MORE bytes.  The old bytes are wiped when they move: they
   may be a secret.  */
static unsigned char *
extend (struct message_builder *builder, size_t more)
{
  if (builder->size - builder->length < more)
    {
      size_t size = 2 * builder->size + more;
      unsigned char *bytes = xmalloc (size);
      if (builder->bytes != NULL)
        {
          memcpy (bytes, builder->bytes, builder->length);
          explicit_bzero (builder->bytes, builder->size);
          free (builder->bytes);
        }
      builder->bytes = bytes;
      builder->size = size;
    }
  unsigned char *place = builder->bytes + builder->length;
  builder->length += more;
  return place;
}

void
message_begin (struct message_builder *builder, enum message_type type)
{
  *builder = (struct message_builder) { .bytes = NULL };
  unsigned char *header = extend (builder, HEADER);
  header[4] = type;
}

/* Count one more field with KEY.  Return whether it is within its bound.  */
static bool
count_field (struct message_builder *builder, enum message_key key)
{
  unsigned most = bound_of (key).count;
  if (builder->key != (unsigned) key)
    builder->in_row = 0;
  builder->key = key;
  return builder->in_row++ < most || most == 0;
}

void
message_add (struct message_builder *builder, enum message_key key,
             void const *bytes, size_t length)
{
  if (!count_field (builder, key))
    return;
  unsigned char *field = extend (builder, FIELD_HEADER + length);
  put_field_header (field, key, length);
  if (0 < length)
    memcpy (field + FIELD_HEADER, bytes, length);
}

void
message_add_text (struct message_builder *builder, enum message_key key,
                  char const *text)
{
  size_t length = strlen (text);
  size_t most = bound_of (key).length;
  if (most != 0 && most < length)
    /* Not inside a character of UTF-8 (RFC 3629).  */
    for (length = most; 0 < length && (text[length] & 0xc0) == 0x80; )
      length--;
  message_add (builder, key, text, length);
}

void
message_add_number (struct message_builder *builder, enum message_key key,
                    uint64_t number)
{
  unsigned char bytes[NUMBER];
  put64 (bytes, number);
  message_add (builder, key, bytes, sizeof bytes);
}

void
message_begin_nested (struct message_builder *builder, enum message_key key)
{
  if (builder->depth == NESTED_MAX)
    abort ();
  message_add (builder, key, NULL, 0);
  builder->nested[builder->depth++] = builder->length;
  builder->key = KEY_ANY;
}

void
message_end_nested (struct message_builder *builder)
{
  if (builder->depth == 0)
    abort ();
  size_t start = builder->nested[--builder->depth];
  put32 (builder->bytes + start - LENGTH, builder->length - start);
}

void
message_copy (struct message_builder *builder, struct message const *message)
{
  message_begin (builder, message->type);
  if (0 < message->length)
    memcpy (extend (builder, message->length), message->body,
            message->length);
}

void
message_finish (struct message_builder *builder)
{
  if (builder->depth != 0)
    abort ();
  put32 (builder->bytes, builder->length - HEADER);
  *extend (builder, 1) = MESSAGE_LAST;
}

void
message_wipe (struct message_builder *builder)
{
  if (builder->bytes != NULL)
    explicit_bzero (builder->bytes, builder->size);
  free (builder->bytes);
  *builder = (struct message_builder) { .bytes = NULL };
}

/* Return the length of the field at the start of the LENGTH bytes at BYTES,
   its header included, or 0 when they do not hold a whole field.  */
static size_t
field_size (unsigned char const *bytes, size_t length)
{
  if (length < FIELD_HEADER)
    return 0;
  size_t size = get32 (bytes + 2);
  return size <= length - FIELD_HEADER ? FIELD_HEADER + size : 0;
}

/* Return whether the LENGTH bytes at BYTES are whole fields, within their
   bounds.  */
static bool
are_fields (unsigned char const *bytes, size_t length)
{
  unsigned short counts[KEY_END] = { 0 };
  while (0 < length)
    {
      size_t size = field_size (bytes, length);
      if (size == 0)
        return false;
      unsigned key = bytes[0] << 8 | bytes[1];
      struct bound bound = bound_of (key);
      if ((bound.length != 0 && bound.length < size - FIELD_HEADER)
          || (bound.count != 0 && bound.count < ++counts[key]))
        return false;
      bytes += size;
      length -= size;
    }
  return true;
}

ssize_t
message_parse (unsigned char const *bytes, size_t length,
               struct message *message)
{
  if (length < HEADER)
    return 0;
  size_t body = get32 (bytes);
  if (MESSAGE_MAX < body || bytes[4] == 0 || MESSAGE_TYPES <= bytes[4])
    return -1;
  if (length - HEADER <= body)
    return 0;
  if (!are_fields (bytes + HEADER, body)
      || bytes[HEADER + body] != MESSAGE_LAST)
    return -1;
  *message = (struct message) {
    .type = bytes[4], .body = bytes + HEADER, .length = body
  };
  return HEADER + body + 1;
}

bool
message_is_longer (unsigned char const *bytes, size_t length, size_t most)
{
  return HEADER <= length && most < get32 (bytes);
}

void
message_put_data (unsigned char *prefix, uint64_t channel, size_t length)
{
  unsigned char *field = prefix + HEADER;
  put32 (prefix, DATA_FIELDS + length);
  prefix[4] = MESSAGE_DATA;
  put_field_header (field, KEY_CHANNEL, NUMBER);
  put64 (field + FIELD_HEADER, channel);
  put_field_header (field + FIELD_HEADER + NUMBER, KEY_DATA, length);
}

bool
message_is_data (unsigned char const *bytes, size_t length)
{
  return HEADER <= length && bytes[4] == MESSAGE_DATA;
}

ssize_t
message_get_data (unsigned char const *bytes, size_t length,
                  uint64_t *channel, size_t *data)
{
  unsigned char prefix[DATA_PREFIX];
  if (length < HEADER)
    return 0;
  size_t body = get32 (bytes);
  if (!message_is_data (bytes, length)
      || body <= DATA_FIELDS || DATA_FIELDS + DATA_MAX < body)
    return -1;
  if (length < DATA_PREFIX)
    return 0;
  unsigned char const *number = bytes + HEADER + FIELD_HEADER;
  *channel = (uint64_t) get32 (number) << 32 | get32 (number + 4);
  *data = body - DATA_FIELDS;
  message_put_data (prefix, *channel, *data);
  return memcmp (bytes, prefix, DATA_PREFIX) == 0 ? DATA_PREFIX : -1;
}

size_t
message_missing (unsigned char const *bytes, size_t length)
{
  if (length < HEADER || message_is_data (bytes, length))
    return DATA_PREFIX - length;
  return HEADER + get32 (bytes) + 1 - length;
}

bool
message_next (struct message const *message, enum message_key key,
              struct field *field)
{
  unsigned char const *at = message->body;
  unsigned char const *end = message->body + message->length;
  if (field->bytes != NULL)
    at = field->bytes + field->length;
  size_t size;
  for (; 0 < (size = field_size (at, end - at)); at += size)
    {
      unsigned this_key = at[0] << 8 | at[1];
      if (key == KEY_ANY || this_key == (unsigned) key)
        {
          *field = (struct field) {
            .key = this_key, .bytes = at + FIELD_HEADER,
            .length = size - FIELD_HEADER
          };
          return true;
        }
    }
  return false;
}

/* Find the field number INDEX with KEY in *MESSAGE.  Return whether there is
   one.  */
static bool
find (struct message const *message, enum message_key key, size_t index,
      struct field *field)
{
  *field = (struct field) { .bytes = NULL };
  while (message_next (message, key, field))
    if (index-- == 0)
      return true;
  return false;
}

unsigned char const *
message_field (struct message const *message, enum message_key key,
               size_t index, size_t *length)
{
  struct field field;
  if (!find (message, key, index, &field))
    return NULL;
  *length = field.length;
  return field.bytes;
}

bool
field_nested (struct message const *message,
              struct field const *field, struct message *nested)
{
  if (NESTED_MAX <= message->depth
      || !are_fields (field->bytes, field->length))
    return false;
  *nested = (struct message) {
    .type = message->type, .body = field->bytes, .length = field->length,
    .depth = message->depth + 1
  };
  return true;
}

bool
message_nested (struct message const *message, enum message_key key,
                size_t index, struct message *nested)
{
  struct field field;
  return (find (message, key, index, &field)
          && field_nested (message, &field, nested));
}

bool
field_number (struct field const *field, uint64_t *number)
{
  if (field->length == 0 || NUMBER < field->length)
    return false;
  *number = 0;
  for (size_t i = 0; i < field->length; i++)
    *number = *number << 8 | field->bytes[i];
  return true;
}

bool
message_number (struct message const *message, enum message_key key,
                uint64_t *number)
{
  struct field field;
  return find (message, key, 0, &field) && field_number (&field, number);
}

char *
field_text (struct field const *field)
{
  if (memchr (field->bytes, '\0', field->length) != NULL)
    return NULL;
  char *text = xmalloc (field->length + 1);
  memcpy (text, field->bytes, field->length);
  text[field->length] = '\0';
  return text;
}

char *
message_text (struct message const *message, enum message_key key,
              size_t index)
{
  struct field field;
  return find (message, key, index, &field) ? field_text (&field) : NULL;
}

ptrdiff_t
message_texts (struct message const *message, enum message_key key,
               char ***list)
{
  size_t count = 0, room = 16;
  char **texts = xnmalloc (room, sizeof *texts);
  struct field field = { .bytes = NULL };
  while (message_next (message, key, &field))
    {
      texts[count] = field_text (&field);
      if (texts[count] == NULL)
        {
          texts_free (texts);
          return -1;
        }
      if (++count == room)
        texts = x2nrealloc (texts, &room, sizeof *texts);
    }
  texts[count] = NULL;
  *list = texts;
  return count;
}

void
texts_free (char **list)
{
  if (list == NULL)
    return;
  for (char **text = list; *text != NULL; text++)
    free (*text);
  free (list);
}

/* Read a number of at most 9 digits at *AT, before END, and the space after
   it.  */
static bool
banner_number (char const **at, char const *end, unsigned *number)
{
  char const *start = *at;
  *number = 0;
  while (*at < end && c_isdigit (**at) && *at - start < 9)
    *number = 10 * *number + (*(*at)++ - '0');
  return start < *at && *at < end && *(*at)++ == ' ';
}

bool
banner_parse (char const *line, size_t length, unsigned *min, unsigned *max,
              char *version, size_t size)
{
  char const *at = line;
  char const *end = line + length;
  if (length == 0 || end[-1] != '\n')
    return false;
  if (!banner_number (&at, end, min) || !banner_number (&at, end, max)
      || *max < *min)
    return false;
  size_t used = 0;
  for (end--; at < end; at++)
    {
      if (!c_isgraph (*at))
        return false;
      if (used < size - 1)
        version[used++] = *at;
    }
  version[used] = '\0';
  return 0 < used;
}
