/* Test how a control connection opens: banners, noise, the first message.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "wire/control.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../fuzz/fuzz.h"
#include "control-pipes.h"
#include "test-macros.h"

/* A banner, and what stands before it, on the way to the local side.  */
struct noise_row
{
  char const *name;
  char const *sent;
  char const *noise;
  char const *heard;
};

#define LONG_VERSION \
  "2.0-0123456789012345678901234567890123456789012345678901234567890123456789"
#define FIFTY "01234567890123456789012345678901234567890123456789"

static struct noise_row const noise_rows[] =
{
  { "no noise", BANNER_AGENT "1 1 2.0\n", "", "B1-1:2.0;eof;" },
  { "versions", BANNER_AGENT "2 31 2.0-rc1\n", "", "B2-31:2.0-rc1;eof;" },
  { "a line before", "Welcome!\n" BANNER_AGENT "1 1 2.0\n", "Welcome!\n",
    "B1-1:2.0;eof;" },
  { "no newline before", "Welcome! " BANNER_AGENT "1 1 2.0\n", "Welcome! ",
    "B1-1:2.0;eof;" },
  { "beginnings of a banner before",
    "==socket=socketpipe=socketpipe-=socketpipe-agen =socketpipe-agent"
    BANNER_AGENT "1 1 2.0\n",
    "==socket=socketpipe=socketpipe-=socketpipe-agen =socketpipe-agent",
    "B1-1:2.0;eof;" },
  { "beginnings of our banner before",
    "=socketpipe-l=socketpipe-loca\n" BANNER_AGENT "1 1 2.0\n",
    "=socketpipe-l=socketpipe-loca\n", "B1-1:2.0;eof;" },
  { "odd bytes before", "\001\377\r\n\033[0m\b" BANNER_AGENT "1 1 2.0\n",
    "\001\377\r\n\033[0m\b", "B1-1:2.0;eof;" },
  { "nothing", "", "", "eof;" },
  { "no banner", "sh: socketpipe: not found\n",
    "sh: socketpipe: not found\n", "eof;" },
  { "the beginning of a banner", "oops\n=socketpipe-age",
    "oops\n=socketpipe-age", "eof;" },
  { "a banner cut short", BANNER_AGENT "1 1 2.", BANNER_AGENT "1 1 2.",
    "eof;" },
  { "an echo", BANNER_LOCAL "1 1 2.0\n", "", "terminal;" },
  { "an echo after noise", "% " BANNER_LOCAL "1 1 2.0\r\n", "% ",
    "terminal;" },
  { "an echo, then a banner",
    BANNER_LOCAL "1 1 2.0\r\n" BANNER_AGENT "1 1 2.0\r\n", "", "terminal;" },
  { "CR and LF", BANNER_AGENT "1 1 2.0\r\n", "", "terminal;" },
  { "CR and LF after noise", "motd\r\n" BANNER_AGENT "1 1 2.0\r\n",
    "motd\r\n", "terminal;" },
  { "no versions", BANNER_AGENT "\n", "", "garbled;" },
  { "CR and no versions", BANNER_AGENT "\r\n", "", "terminal;" },
  { "no number", BANNER_AGENT "1 x 2.0\n", "", "garbled;" },
  { "no program version", BANNER_AGENT "1 1\n", "", "garbled;" },
  { "least above greatest", BANNER_AGENT "2 1 2.0\n", "", "garbled;" },
  { "a line without end",
    BANNER_AGENT "1 1 " FIFTY FIFTY FIFTY FIFTY, "", "garbled;" },
};

/* Send ROW to the local side in pieces of CHUNK bytes, or in two pieces, the
   first of CUT bytes.  */
static void
check_noise (struct noise_row const *row, size_t chunk, size_t cut)
{
  struct fixture f;
  size_t length = strlen (row->sent);
  row_is ("noise: %s, in pieces of %zu, cut at %zu", row->name, chunk, cut);
  begin (&f, LOCAL);
  catch_noise ();
  if (chunk == WHOLE)
    give_split (&f, row->sent, length, cut);
  else
    for (size_t at = 0; at < length && 0 <= f.control.in; at += chunk)
      give (&f, row->sent + at, MIN (chunk, length - at));
  close_to (&f);
  let_read (&f);
  char const *noise = caught_noise ();
  CHECK_TEXT (noise, row->noise);
  CHECK_TEXT (heard, row->heard);
  end (&f);
}

/* The agent, and a local side that is told to, show no noise.  */
static void
check_silent (void)
{
  for (int local = 0; local < 2; local++)
    {
      struct fixture f;
      row_is ("no noise shown, %s", local ? "local side" : "agent");
      begin (&f, local);
      if (local)
        control_hide_noise (&f.control);
      catch_noise ();
      char const *sent = (local ? "noise " BANNER_AGENT "1 1 2.0\n"
                          : "noise " BANNER_LOCAL "1 1 2.0\n");
      give (&f, sent, strlen (sent));
      CHECK_TEXT (caught_noise (), "");
      CHECK_TEXT (heard, "B1-1:2.0;");
      end (&f);
    }
}

/* An agent has its own words back, too.  */
static void
check_agent_echo (void)
{
  struct fixture f;
  row_is ("the agent's echo");
  begin (&f, AGENT);
  char const *sent = BANNER_AGENT "1 1 2.0\n";
  give (&f, sent, strlen (sent));
  CHECK_TEXT (heard, "terminal;");
  end (&f);
}

/* What the agent gets after the banner: lines, of which the first is to be a
   message, and then messages.  */
struct line_row
{
  char const *name;
  char const *sent;             /* instead of the line */
  char const *heard;
};

static struct line_row const line_rows[] =
{
  { "an empty line", "\n", "garbled;" },
  { "no base64", "this is no message\n", "garbled;" },
  { "one digit", "A\n", "garbled;" },
  { "CR and LF", "AAAAAAkK\r\n", "garbled;" },
  { "a message cut short", "AAAA\n", "garbled;" },
  { "unknown type", "AAAAAP8K\n", "garbled;" },
  { "two messages on a line", "AAAAAAkKAAAAAAkK\n", "garbled;" },
  { "a message without its end", "AAAAAAk=\n", "garbled;" },
  { "a message with another end", "AAAAAAkg\n", "garbled;" },
  { "a line cut short", "AAAAAAkK", "eof;" },
  { "nothing", "", "eof;" },
};

static void
check_lines (void)
{
  for (size_t i = 0; i < SIZEOF (line_rows); i++)
    {
      struct line_row const *row = &line_rows[i];
      size_t length = strlen (row->sent);
      for (size_t cut = 0; cut <= length; cut++)
        {
          struct fixture f;
          row_is ("line: %s, cut at %zu", row->name, cut);
          begin (&f, AGENT);
          char const *banner = BANNER_LOCAL "1 1 2.0\n";
          give (&f, banner, strlen (banner));
          CHECK_TEXT (heard, "B1-1:2.0;");
          heard_length = 0;
          give_split (&f, row->sent, length, cut);
          close_to (&f);
          let_read (&f);
          CHECK_TEXT (heard, row->heard);
          end (&f);
        }
    }
}

/* A line that never ends is refused at some time.  */
static void
check_endless_line (void)
{
  struct fixture f;
  static char block[65536];
  row_is ("a line without end");
  memset (block, 'A', sizeof block);
  begin (&f, AGENT);
  char const *banner = BANNER_LOCAL "1 1 2.0\n";
  give (&f, banner, strlen (banner));
  heard_length = 0;
  size_t given = 0;
  while (0 <= f.control.in && given < 2 * (size_t) MESSAGE_MAX)
    {
      give (&f, block, 4096);
      given += 4096;
    }
  CHECK_TEXT (heard, "garbled;");
  CHECK (MESSAGE_MAX < given);
  end (&f);
}

/* No opening makes it go wrong; the fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  row_is ("any bytes");
  unsigned char sample[256];
  size_t length = put_text (sample, 0, "\1motd\n" BANNER_AGENT "1 1 2.0\n");
  fuzz_run (sample, length, 20000, 1);
  length = put_text (sample, 0, "\2" BANNER_LOCAL "1 1 2.0\n");
  length = put_line (sample, length, "text");
  fuzz_run (sample, length, 20000, 2);
}

int
main (void)
{
  /* Whatever goes wrong, not for ever.  */
  alarm (100);
  signal (SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < SIZEOF (noise_rows); i++)
    {
      struct noise_row const *row = &noise_rows[i];
      size_t length = strlen (row->sent);
      for (size_t cut = 0; cut <= length; cut++)
        check_noise (row, WHOLE, cut);
      for (size_t chunk = 1; chunk < 10; chunk++)
        check_noise (row, chunk, 0);
    }
  check_silent ();
  check_agent_echo ();
  check_lines ();
  check_endless_line ();
  check_any_bytes ();
  return test_result ();
}
