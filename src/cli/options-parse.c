/* The command line's options, and the words of its messages.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options-parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "quote.h"

struct option const long_options[] =
{
  {"input", required_argument, NULL, 'i'},
  {"login", required_argument, NULL, 'l'},
  {"remote", required_argument, NULL, 'r'},
  {"output", required_argument, NULL, 'o'},
  {"batch", no_argument, NULL, 'b'},
  {"host", required_argument, NULL, 'h'},
  {"timeout", required_argument, NULL, 't'},
  {"ipv4", no_argument, NULL, '4'},
  {"ipv6", no_argument, NULL, '6'},
  {"listen", required_argument, NULL, OPTION_LISTEN},
  {"port", required_argument, NULL, OPTION_PORT},
  {"no-fallback", no_argument, NULL, OPTION_NO_FALLBACK},
  {"probe", optional_argument, NULL, OPTION_PROBE},
  {"progress", no_argument, NULL, 'p'},
  {"size", required_argument, NULL, OPTION_SIZE},
  {"stats", optional_argument, NULL, OPTION_STATS},
  {"stats-file", required_argument, NULL, OPTION_STATS_FILE},
  {"rate-limit", required_argument, NULL, OPTION_RATE_LIMIT},
  {"adjust", required_argument, NULL, OPTION_ADJUST},
  {"block-size", required_argument, NULL, OPTION_BLOCK_SIZE},
  {"buffer", required_argument, NULL, OPTION_BUFFER},
  {"start-at", required_argument, NULL, OPTION_START_AT},
  {"congestion", required_argument, NULL, OPTION_CONGESTION},
  {"multipath", no_argument, NULL, OPTION_MULTIPATH},
  {"dscp", required_argument, NULL, OPTION_DSCP},
  {"encrypt", optional_argument, NULL, 'e'},
  {"remote-path", required_argument, NULL, OPTION_REMOTE_PATH},
  {"dead-peer-timeout", required_argument, NULL, OPTION_DEAD_PEER},
  {"strict", no_argument, NULL, OPTION_STRICT},
  {"wait-for-writers", required_argument, NULL, OPTION_WAIT_FOR_WRITERS},
  {"verbose", no_argument, NULL, 'v'},
  {"quiet", no_argument, NULL, 'q'},
  {"agent", optional_argument, NULL, OPTION_AGENT},
  {"help", no_argument, NULL, OPTION_HELP},
  {"version", no_argument, NULL, OPTION_VERSION},
  {NULL, 0, NULL, 0}
};

char const *
option_name (int code)
{
  static char name[32];
  if (code < 256)
    snprintf (name, sizeof name, "-%c", code);
  else
    for (struct option const *i = long_options; i->name; i++)
      if (i->val == code)
        snprintf (name, sizeof name, "--%s", i->name);
  return name;
}

enum options_result
bad (struct parser *parser, char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (parser->message, OPTIONS_MESSAGE_MAX, format, arguments);
  va_end (arguments);
  return OPTIONS_BAD;
}

char const *
quote_word (char const *word)
{
  enum { SHOWN = 60 };
  if (strlen (word) <= SHOWN)
    return quote (word);
  static char text[4 * SHOWN + 16];
  snprintf (text, sizeof text, "%s...", quote_mem (word, SHOWN));
  return text;
}

bool
is_brace (char const *word, char brace)
{
  return word[0] == brace && word[1] == '\0';
}
