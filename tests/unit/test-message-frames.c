/* Test what is looked at before a message is: banners, and how it begins.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/system.h"
#include "hex.h"
#include "test-macros.h"
#include "xalloc.h"

/* What banner_parse makes of the rest of a line.  */
struct banner_row
{
  char const *line;
  bool good;
  unsigned min;
  unsigned max;
  char const *version;          /* cut to 7 characters */
};

static struct banner_row const banner_rows[] =
{
  { "1 1 2.0\n", true, 1, 1, "2.0" },
  { "1 3 2.0.1\n", true, 1, 3, "2.0.1" },
  { "0 0 x\n", true, 0, 0, "x" },
  { "001 002 x\n", true, 1, 2, "x" },
  { "1 999999999 x\n", true, 1, 999999999, "x" },
  { "1 1 1234567\n", true, 1, 1, "1234567" },
  { "1 1 12345678\n", true, 1, 1, "1234567" },
  { "1 1 2.0-dirty+git~1\n", true, 1, 1, "2.0-dir" },
  { "1 1 2.0\"\\`$\n", true, 1, 1, "2.0\"\\`$" },
  { "", false, 0, 0, NULL },
  { "\n", false, 0, 0, NULL },
  { "1\n", false, 0, 0, NULL },
  { "1 1\n", false, 0, 0, NULL },
  { "1 1 \n", false, 0, 0, NULL },
  { "1 1 2.0", false, 0, 0, NULL },
  { "1 1 2.0\r\n", false, 0, 0, NULL },
  { "1 1 2.0\n\n", false, 0, 0, NULL },
  { "1 1 2.0 \n", false, 0, 0, NULL },
  { "1 1 2.0 x\n", false, 0, 0, NULL },
  { "1 1 2\t0\n", false, 0, 0, NULL },
  { "1 1 2\0330\n", false, 0, 0, NULL },
  { "1 1 2\3770\n", false, 0, 0, NULL },
  { "2 1 2.0\n", false, 0, 0, NULL },
  { "-1 1 2.0\n", false, 0, 0, NULL },
  { "+1 1 2.0\n", false, 0, 0, NULL },
  { " 1 1 2.0\n", false, 0, 0, NULL },
  { "1  1 2.0\n", false, 0, 0, NULL },
  { "1 1  2.0\n", false, 0, 0, NULL },
  { "1\t1 2.0\n", false, 0, 0, NULL },
  { "1 x 2.0\n", false, 0, 0, NULL },
  { "x 1 2.0\n", false, 0, 0, NULL },
  { "1 1x 2.0\n", false, 0, 0, NULL },
  { "0x1 1 2.0\n", false, 0, 0, NULL },
  { "1 1000000000 2.0\n", false, 0, 0, NULL },
  { "4294967297 4294967297 2.0\n", false, 0, 0, NULL },
};

static void
check_banners (void)
{
  for (size_t i = 0; i < SIZEOF (banner_rows); i++)
    {
      struct banner_row const *row = &banner_rows[i];
      row_is ("banner \"%s\"", row->line);
      unsigned min = 77, max = 77;
      char version[9];
      memset (version, '#', sizeof version);
      size_t length = strlen (row->line);
      char *line = xmemdup (row->line, length + !length);
      CHECK (banner_parse (line, length, &min, &max, version, 8)
             == row->good);
      CHECK (version[8] == '#');
      if (row->good)
        {
          CHECK_NUMBER (min, row->min);
          CHECK_NUMBER (max, row->max);
          CHECK_TEXT (version, row->version);
        }
      free (line);
    }

  row_is ("banner with a NUL");
  unsigned min, max;
  char version[8];
  CHECK (!banner_parse ("1 1 2\0000\n", 8, &min, &max, version, 8));
}

/* What message_get_data makes of some bytes.  TT stands for the type and KKKK
   for the key of the bytes, which come last.  */
struct data_row
{
  char const *bytes;
  ssize_t taken;
  uint64_t channel;
  size_t data;
};

static struct data_row const data_rows[] =
{
  /* Too short to tell.  */
  { "", 0, 0, 0 },
  { "00000015", 0, 0, 0 },
  { "00000015 TT", 0, 0, 0 },
  { "00000015 TT 0003 00000008 0000000000000001 KKKK 000000", 0, 0, 0 },
  /* The least, others, the most.  */
  { "00000015 TT 0003 00000008 0000000000000000 KKKK 00000001",
    DATA_PREFIX, 0, 1 },
  { "00000015 TT 0003 00000008 0000000000000001 KKKK 00000001 ff",
    DATA_PREFIX, 1, 1 },
  { "00000114 TT 0003 00000008 ffffffffffffffff KKKK 00000100 ff",
    DATA_PREFIX, UINT64_MAX, 256 },
  { "00040014 TT 0003 00000008 0000000100000000 KKKK 00040000",
    DATA_PREFIX, UINT64_C (1) << 32, DATA_MAX },
  /* Another type, as soon as it shows.  */
  { "00000015 01", -1, 0, 0 },
  { "00000015 00", -1, 0, 0 },
  { "00000015 ff", -1, 0, 0 },
  /* Too short a body, no bytes, too many.  */
  { "00000000 TT", -1, 0, 0 },
  { "00000013 TT", -1, 0, 0 },
  { "00000014 TT", -1, 0, 0 },
  { "00040015 TT", -1, 0, 0 },
  { "80000015 TT", -1, 0, 0 },
  { "ffffffff TT", -1, 0, 0 },
  /* Another key, or another length.  */
  { "00000015 TT 0001 00000008 0000000000000001 KKKK 00000001", -1, 0, 0 },
  { "00000015 TT 0103 00000008 0000000000000001 KKKK 00000001", -1, 0, 0 },
  { "00000015 TT 0003 00000007 0000000000000001 KKKK 00000001", -1, 0, 0 },
  { "00000015 TT 0003 80000008 0000000000000001 KKKK 00000001", -1, 0, 0 },
  { "00000015 TT 0003 00000008 0000000000000001 0001 00000001", -1, 0, 0 },
  { "00000015 TT 0003 00000008 0000000000000001 KKKK 00000000", -1, 0, 0 },
  { "00000015 TT 0003 00000008 0000000000000001 KKKK 00000002", -1, 0, 0 },
  { "00000015 TT 0003 00000008 0000000000000001 KKKK ffffffff", -1, 0, 0 },
};

/* Put the digits of NUMBER in the place of the first of LETTERs in TEXT.  */
static void
put_digits (char *text, char letter, unsigned number)
{
  char *place = strchr (text, letter);
  if (place == NULL)
    return;
  size_t digits = strspn (place, (char const[]) { letter, '\0' });
  while (0 < digits--)
    {
      place[digits] = "0123456789abcdef"[number % 16];
      number /= 16;
    }
}

static void
check_data (void)
{
  for (size_t i = 0; i < SIZEOF (data_rows); i++)
    {
      struct data_row const *row = &data_rows[i];
      row_is ("data in %s", row->bytes);
      char *text = xstrdup (row->bytes);
      put_digits (text, 'T', MESSAGE_DATA);
      put_digits (text, 'K', KEY_DATA);
      size_t length, data = 0;
      uint64_t channel = 0;
      unsigned char *bytes = from_hex (text, &length);
      CHECK_NUMBER (message_get_data (bytes, length, &channel, &data),
                    row->taken);
      if (0 < row->taken)
        {
          unsigned char prefix[DATA_PREFIX];
          CHECK (channel == row->channel && data == row->data);
          message_put_data (prefix, channel, data);
          CHECK (memcmp (prefix, bytes, DATA_PREFIX) == 0);
          for (length = 0; length < DATA_PREFIX; length++)
            CHECK_NUMBER (message_get_data (bytes, length, &channel, &data),
                          0);
        }
      free (text);
      free (bytes);
    }
}

/* A message that bytes may begin, and how many more can be read without
   reading too much.  */
struct missing_row
{
  char const *bytes;
  size_t missing;
};

static struct missing_row const missing_rows[] =
{
  { "", DATA_PREFIX },
  { "00", DATA_PREFIX - 1 },
  { "00000007", DATA_PREFIX - 4 },
  { "00000000 09", 1 },
  { "00000007 06", 8 },
  { "00000007 06 0010 00000001", 2 },
  { "00000007 06 0010 00000001 2a", 1 },
  { "00800000 01 00", MESSAGE_MAX },
  { "00000015 TT", DATA_PREFIX - 5 },
  { "00000015 TT 0003 00000008 0000000000000001 KKKK 000000", 1 },
};

static void
check_missing (void)
{
  for (size_t i = 0; i < SIZEOF (missing_rows); i++)
    {
      row_is ("missing after %s", missing_rows[i].bytes);
      char *text = xstrdup (missing_rows[i].bytes);
      put_digits (text, 'T', MESSAGE_DATA);
      put_digits (text, 'K', KEY_DATA);
      size_t length;
      unsigned char *bytes = from_hex (text, &length);
      CHECK_NUMBER (message_missing (bytes, length),
                    missing_rows[i].missing);
      free (text);
      free (bytes);
    }
}

int
main (void)
{
  check_banners ();
  check_data ();
  check_missing ();
  return test_result ();
}
