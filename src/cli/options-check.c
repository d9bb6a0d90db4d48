/* Whether the options of the command line go together.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options-parse.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/system.h"

/* Options that are about the data of a run.  */
static int const data_options[] = {
  'p', OPTION_SIZE, OPTION_STATS, OPTION_STATS_FILE, OPTION_RATE_LIMIT,
  OPTION_BLOCK_SIZE, OPTION_BUFFER, OPTION_START_AT, OPTION_CONGESTION,
  OPTION_MULTIPATH, OPTION_DSCP, OPTION_STRICT, OPTION_WAIT_FOR_WRITERS, 'e'
};

/* Return the first of these that was given, or 0.  */
static int
given_data_option (struct parser const *parser)
{
  for (size_t i = 0; i < sizeof data_options / sizeof *data_options; i++)
    if (parser->seen[data_options[i]])
      return data_options[i];
  return 0;
}

/* A probe runs no commands.  */
static enum options_result
check_probe (struct parser *parser)
{
  static char const commands[] = "iro";
  for (char const *i = commands; *i; i++)
    if (parser->seen[(unsigned char) *i])
      return bad (parser, "--probe runs no command: leave out %s",
                  option_name (*i));
  int option = given_data_option (parser);
  if (option != 0)
    return bad (parser, "--probe measures the network as it is: leave out "
                "%s", option_name (option));
  return OPTIONS_RUN;
}

/* A run that goes on is changed, and none is begun.  */
static enum options_result
check_adjust (struct parser *parser)
{
  for (int code = 0; code < OPTION_END; code++)
    if (parser->seen[code] && code != OPTION_ADJUST
        && code != OPTION_RATE_LIMIT && code != 'v' && code != 'q')
      return bad (parser, "%s does not go with --adjust, which changes a run"
                  " that goes on: leave it out", option_name (code));
  if (parser->run->rate_limit == 0)
    return bad (parser, "nothing to adjust: give the new rate with "
                "--rate-limit");
  return OPTIONS_RUN;
}

/* How the data goes: what excludes what?  */
static enum options_result
check_steering (struct parser *parser)
{
  struct run *run = parser->run;
  if (run->multipath && run->rate_limit != 0)
    return bad (parser, "--rate-limit does not go with --multipath: the "
                "kernel cannot pace several paths together");
  if (parser->seen[OPTION_START_AT] && run->buffer == 0)
    return bad (parser, "--start-at says how full the buffer must be: give "
                "its size with --buffer");
  if (run->block_size != 0 && parser->seen['o'] && parser->output == NULL)
    return bad (parser, "--block-size is for a command that reads: let it "
                "write the file, as in -o { dd of=FILE bs=SIZE }");
  if (run->stats_file && run->stats == STATS_NONE)
    run->stats = STATS_TEXT;
  return OPTIONS_RUN;
}

/* An address of the other family is of no use.  */
static enum options_result
check_host (struct parser *parser)
{
  struct run const *run = parser->run;
  char const *host = parser->host.address;
  unsigned char address[16];
  int family = (host == NULL ? 0
                : inet_pton (AF_INET, host, address) == 1 ? 4
                : strchr (host, ':') ? 6 : 0);
  if (run->family != 0 && family != 0 && family != run->family)
    return bad (parser, "-%d does not go with the address %s after -h",
                run->family, quote_word (host));
  return check_steering (parser);
}

enum options_result
options_check (struct parser *parser)
{
  struct run const *run = parser->run;
  if (optind < parser->argc)
    {
      char const *word = parser->argv[optind];
      if (is_brace (word, '}') || is_brace (word, '{'))
        return bad (parser, "stray '%s': a command in braces stands behind "
                    "-i, -l, -r or -o", word);
      return bad (parser, "unexpected word %s: commands stand in braces "
                  "behind -i, -l, -r or -o", quote_word (word));
    }
  if (parser->argc == 1)
    return bad (parser, "nothing to do: see 'socketpipe --help'");
  if (run->purpose == PURPOSE_ADJUST)
    return check_adjust (parser);
  if (parser->login == NULL)
    return bad (parser, "no login command: give one that reaches the other "
                "host, as in -l { ssh HOST }");
  if (run->purpose != PURPOSE_RUN)
    {
      enum options_result result = check_probe (parser);
      return result == OPTIONS_RUN ? check_host (parser) : result;
    }
  if (parser->remote == NULL)
    return bad (parser, "no remote command: give one with -r { COMMAND }");
  if (!parser->seen['i'] && !parser->seen['o'])
    return bad (parser, "neither -i nor -o: give the local command that "
                "writes or reads, or use -i - or -o - for standard input "
                "and output");
  return check_host (parser);
}
