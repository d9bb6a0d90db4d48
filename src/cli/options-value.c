/* The value of an option.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options-parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/dscp.h"
#include "base/system.h"
#include "xalloc.h"
#include "xstrtol.h"

/* Return WORD as the command gets it: "\{" and the like, a brace behind
   backslashes, loses one of these, so that a lone brace can be given at any
   depth.  */
static char *
unescape (char *word)
{
  size_t backslashes = strspn (word, "\\");
  char const *rest = word + backslashes;
  return (0 < backslashes && (is_brace (rest, '{') || is_brace (rest, '}'))
          ? word + 1 : word);
}

/* Take the words of a command, of which optind is the first, up to the brace
   that closes it, and move optind behind that.  NAME is the option's.  */
static enum options_result
take_block (struct parser *parser, char const *name, char ***command)
{
  int start = optind;
  int depth = 1;
  int end = start;
  for (; end < parser->argc; end++)
    {
      if (is_brace (parser->argv[end], '{'))
        depth++;
      else if (is_brace (parser->argv[end], '}') && --depth == 0)
        break;
    }
  if (end == parser->argc)
    return bad (parser, "no '}' closes the '{' after %s: end the command "
                "with a '}' of its own (a lone brace is written '\\}')",
                name);
  if (end == start)
    return bad (parser, "empty command after %s: give one, as in "
                "%s { COMMAND }", name, name);

  *command = xnmalloc (end - start + 1, sizeof **command);
  for (int i = start; i < end; i++)
    (*command)[i - start] = unescape (parser->argv[i]);
  (*command)[end - start] = NULL;
  optind = end + 1;
  if (*(*command)[0] == '\0')
    return bad (parser, "empty command name after %s: give one, as in "
                "%s { COMMAND }", name, name);
  return OPTIONS_RUN;
}

/* The option CODE wants a command, or "-" if MAY_BE_DASH.  */
enum options_result
take_command (struct parser *parser, int code, bool may_be_dash,
              char ***command)
{
  char const *name = option_name (code);
  bool apart = optarg == parser->argv[optind - 1];
  if (may_be_dash && STREQ (optarg, "-"))
    return OPTIONS_RUN;
  if (apart && is_brace (optarg, '{'))
    return take_block (parser, name, command);
  char const *or_dash = may_be_dash ? " (or -)" : "";
  if (*optarg == '{')
    return bad (parser, "braces must be words of their own: write "
                "%s { COMMAND ARGUMENT... }%s with a space around each "
                "brace, and do not quote it as a whole", name, or_dash);
  return bad (parser, "expected '{' after %s, not %s: write "
              "%s { COMMAND ARGUMENT... }%s", name, quote_word (optarg), name,
              or_dash);
}

enum options_result
take_number (struct parser *parser, int code, char const *units, int least,
             int most, int *number)
{
  uintmax_t value;
  if (xstrtoumax (optarg, NULL, 10, &value, "") != LONGINT_OK
      || value < (uintmax_t) least || (uintmax_t) most < value)
    return bad (parser, "bad number of %s %s after %s: give a whole number "
                "from %d to %d", units, quote_word (optarg),
                option_name (code), least, most);
  *number = value;
  return OPTIONS_RUN;
}

enum options_result
take_size (struct parser *parser, int code, uint64_t least, uint64_t most,
           uint64_t *size)
{
  uintmax_t value;
  /* "0" stands for what may follow: 1k and 1K are 1024, 1kB is 1000.  */
  if (xstrtoumax (optarg, NULL, 10, &value, "kKMGTP0") == LONGINT_OK
      && least <= value && value <= most)
    {
      *size = value;
      return OPTIONS_RUN;
    }
  return bad (parser, "bad number of bytes %s after %s: give a whole number "
              "from %" PRIu64 " to %" PRIu64 "; K, M, G and T behind it stand "
              "for powers of 1024, KB, MB, GB and TB for powers of 1000",
              quote_word (optarg), option_name (code), least, most);
}

/* Take optarg as LOW or LOW:HIGH.  */
enum options_result
take_ports (struct parser *parser, int code)
{
  uintmax_t low, high;
  char *end;
  strtol_error error = xstrtoumax (optarg, &end, 10, &low, NULL);
  bool good = error == LONGINT_OK;
  high = low;
  if (good && *end == ':')
    good = xstrtoumax (end + 1, NULL, 10, &high, "") == LONGINT_OK;
  else
    good = good && *end == '\0';
  if (!good || low < 1 || 65535 < high || high < low)
    return bad (parser, "bad port %s after %s: give LOW or LOW:HIGH, each "
                "from 1 to 65535", quote_word (optarg), option_name (code));
  parser->host.port_low = low;
  parser->host.port_high = high;
  return OPTIONS_RUN;
}

enum options_result
take_listeners (struct parser *parser, int code)
{
  enum listeners *listeners = &parser->host.listeners;
  if (STREQ (optarg, "both"))
    *listeners = LISTEN_BOTH;
  else if (STREQ (optarg, "local"))
    *listeners = LISTEN_LOCAL;
  else if (STREQ (optarg, "remote"))
    *listeners = LISTEN_REMOTE;
  else
    return bad (parser, "bad side %s after %s: give local, remote or both",
                quote_word (optarg), option_name (code));
  return OPTIONS_RUN;
}

/* Take optarg as "json" or nothing, and set *JSON to which.  */
static enum options_result
take_format (struct parser *parser, int code, bool *json)
{
  *json = optarg != NULL;
  if (*json && !STREQ (optarg, "json"))
    return bad (parser, "bad format %s after %s: give %s or %s=json",
                quote_word (optarg), option_name (code), option_name (code),
                option_name (code));
  return OPTIONS_RUN;
}

enum options_result
take_probe (struct parser *parser, int code)
{
  bool json;
  enum options_result result = take_format (parser, code, &json);
  parser->run->purpose = json ? PURPOSE_PROBE_JSON : PURPOSE_PROBE;
  return result;
}

/* Take -4 or -6.  */
enum options_result
take_family (struct parser *parser, int code)
{
  struct run *run = parser->run;
  if (run->family != 0)
    return bad (parser, "-4 and -6 exclude each other: give one of them, "
                "or neither for both families");
  run->family = code - '0';
  return OPTIONS_RUN;
}

enum options_result
take_word (struct parser *parser, int code, char const *what,
           char const **word)
{
  if (*optarg == '\0')
    return bad (parser, "empty %s after %s: give one or leave the option "
                "out", what, option_name (code));
  *word = optarg;
  return OPTIONS_RUN;
}

enum options_result
take_stats (struct parser *parser, int code)
{
  bool json;
  enum options_result result = take_format (parser, code, &json);
  parser->run->stats = json ? STATS_JSON : STATS_TEXT;
  return result;
}

enum options_result
take_encrypt (struct parser *parser, int code)
{
  struct run *run = parser->run;
  (void) code;
  run->encrypt = optarg ? ENCRYPT_KERNEL : ENCRYPT_ANY;
  if (optarg && !STREQ (optarg, "kernel"))
    return bad (parser, "bad way %s after --encrypt: give --encrypt or "
                "--encrypt=kernel", quote_word (optarg));
  return OPTIONS_RUN;
}

enum options_result
take_dscp (struct parser *parser, int code)
{
  struct run *run = parser->run;
  run->dscp = dscp_parse (optarg);
  if (run->dscp < 0)
    return bad (parser, "bad name %s after %s: give CS0 to CS7, AF11 to AF43, "
                "EF, VA, LE, or a number from 0 to 63", quote_word (optarg),
                option_name (code));
  return OPTIONS_RUN;
}
