/* Command line -> struct run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options-parse.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"

enum
{
  TIMEOUT_DEFAULT = 10,
  TIMEOUT_MAX = 2147483,        /* in ms, it is an int */
  DEAD_PEER_DEFAULT = 120,
  DEAD_PEER_MIN = 5,
  DEAD_PEER_MAX = 86400,
  RATE_LEAST = 1024             /* bytes/s */
};

/* The largest amount of data, and the largest part of it in memory.  */
static uint64_t const SIZE_LARGEST = INT64_MAX;
static uint64_t const BUFFER_LARGEST = UINT64_C (1) << 40;

/* '+': a word that is no option ends the options and is refused.  ':': the
   messages are ours.  */
static char const short_options[] = "+:i:l:r:o:bh:t:46pevq";

/* Return how many long options begin with the word ARGUMENT ("--wo=rd").  */
static int
count_matches (char const *argument)
{
  size_t length = strcspn (argument, "=") - 2;
  int matches = 0;
  for (struct option const *i = long_options; i->name; i++)
    if (strncmp (i->name, argument + 2, length) == 0)
      matches++;
  return matches;
}

/* getopt_long has refused a letter, optopt; or a value, for the long option
   that has optopt; or, with optopt 0, the word before optind.  */
static enum options_result
refuse_option (struct parser *parser)
{
  for (struct option const *i = long_options; i->name; i++)
    if (i->val == optopt)
      return bad (parser, "option '--%s' takes no value: see "
                  "'socketpipe --help'", i->name);
  char const letter[] = { '-', optopt, '\0' };
  char const *word = optopt == 0 ? parser->argv[optind - 1] : letter;
  if (optopt == 0 && 1 < count_matches (word))
    return bad (parser, "ambiguous option %s: spell it out, see "
                "'socketpipe --help'", quote_word (word));
  return bad (parser, "unknown option %s: see 'socketpipe --help'",
              quote_word (word));
}

static enum options_result
refuse_missing (struct parser *parser)
{
  char const *name = option_name (optopt);
  if (strchr ("ilro", optopt) && optopt < 256)
    return bad (parser, "no command after %s: write %s { COMMAND "
                "ARGUMENT... }", name, name);
  return bad (parser, "no value after %s: see 'socketpipe --help'", name);
}

/* Take the option CODE, by which the flow is seen.  */
static enum options_result
take_view (struct parser *parser, int code)
{
  struct run *run = parser->run;
  switch (code)
    {
    case OPTION_SIZE:
      return take_size (parser, code, 1, SIZE_LARGEST, &run->size);
    case OPTION_STATS:
      return take_stats (parser, code);
    case OPTION_STATS_FILE:
      return take_word (parser, code, "file name", &run->stats_file);
    default:
      run->progress = true;
      return OPTIONS_RUN;
    }
}

/* Take the option CODE, by which the flow is steered.  */
static enum options_result
take_steering (struct parser *parser, int code)
{
  struct run *run = parser->run;
  switch (code)
    {
    case OPTION_RATE_LIMIT:
      return take_size (parser, code, RATE_LEAST, SIZE_LARGEST,
                        &run->rate_limit);
    case OPTION_ADJUST:
      run->purpose = PURPOSE_ADJUST;
      return take_number (parser, code, "a process", 1, INT_MAX,
                          &run->adjust);
    case OPTION_BLOCK_SIZE:
      return take_size (parser, code, 1, BUFFER_LARGEST, &run->block_size);
    case OPTION_BUFFER:
      return take_size (parser, code, 1, BUFFER_LARGEST, &run->buffer);
    case OPTION_START_AT:
      return take_number (parser, code, "per cent", 0, 100, &run->start_at);
    case OPTION_CONGESTION:
      return take_word (parser, code, "name", &run->congestion);
    case OPTION_DSCP:
      return take_dscp (parser, code);
    default:
      run->multipath = true;
      return OPTIONS_RUN;
    }
}

/* Take the option CODE, whose argument is in optarg.  */
static enum options_result
take_option (struct parser *parser, int code)
{
  struct run *run = parser->run;
  if (code == '?')
    return refuse_option (parser);
  if (code == ':')
    return refuse_missing (parser);
  /* -v -v is harmless; two inputs are a mistake somewhere.  */
  if (parser->seen[code] && code != 'v' && code != 'q')
    return bad (parser, "option %s is given twice: give it once",
                option_name (code));
  parser->seen[code] = true;

  switch (code)
    {
    case 'i':
      return take_command (parser, code, true, &parser->input);
    case 'o':
      return take_command (parser, code, true, &parser->output);
    case 'l':
      return take_command (parser, code, false, &parser->login);
    case 'r':
      return take_command (parser, code, false, &parser->remote);
    case 'b':
      run->batch = true;
      return OPTIONS_RUN;
    case 'h':
      return take_word (parser, code, "host name",
                        &parser->host.address);
    case 't':
      return take_number (parser, code, "seconds", 0, TIMEOUT_MAX,
                          &run->timeout);
    case '4':
    case '6':
      return take_family (parser, code);
    case OPTION_LISTEN:
      return take_listeners (parser, code);
    case OPTION_PORT:
      return take_ports (parser, code);
    case OPTION_NO_FALLBACK:
      run->no_fallback = true;
      return OPTIONS_RUN;
    case OPTION_PROBE:
      return take_probe (parser, code);
    case OPTION_DEAD_PEER:
      return take_number (parser, code, "seconds", DEAD_PEER_MIN,
                          DEAD_PEER_MAX, &run->dead_peer);
    case OPTION_STRICT:
      run->strict = true;
      return OPTIONS_RUN;
    case OPTION_WAIT_FOR_WRITERS:
      /* 0 could be read as "at once" and, as in -t 0, as "for ever".  */
      return take_number (parser, code, "seconds", 1, TIMEOUT_MAX,
                          &run->wait_for_writers);
    case 'e':
      return take_encrypt (parser, code);
    case 'p':
    case OPTION_SIZE:
    case OPTION_STATS:
    case OPTION_STATS_FILE:
      return take_view (parser, code);
    case OPTION_RATE_LIMIT:
    case OPTION_ADJUST:
    case OPTION_BLOCK_SIZE:
    case OPTION_BUFFER:
    case OPTION_START_AT:
    case OPTION_CONGESTION:
    case OPTION_MULTIPATH:
    case OPTION_DSCP:
      return take_steering (parser, code);
    case OPTION_REMOTE_PATH:
      return take_word (parser, code, "program",
                        &parser->host.remote_path);
    case 'v':
      run->level = run->level < 1 ? 1 : 2;
      return OPTIONS_RUN;
    case 'q':
      run->level = -1;
      return OPTIONS_RUN;
    case OPTION_HELP:
      return OPTIONS_HELP;
    case OPTION_VERSION:
      return OPTIONS_VERSION;
    default:
      run->early = optarg;
      return OPTIONS_AGENT;
    }
}

/* Return the kind of a stage that runs ARGV, or is a RELAY without one.  */
static enum stage_kind
kind_of (char **argv, enum stage_kind relay)
{
  return argv ? STAGE_COMMAND : relay;
}

/* Make the lists of the run of what was given, which is the run's from now
   on.  */
static void
assemble (struct parser *parser)
{
  struct run *run = parser->run;
  enum { HERE, THERE };
  unsigned input = 0;
  run_add_host (run, NULL);
  *run_add_host (run, parser->login) = parser->host;
  run->hosts[THERE].login = parser->login;
  if (run->purpose != PURPOSE_RUN)
    return;
  if (parser->seen['i'])
    input = run_add_stage (run, parser->input ? "input command"
                           : "standard input", "input",
                           kind_of (parser->input, STAGE_STDIN),
                           parser->input, HERE);
  unsigned remote = run_add_stage (run, "remote command", "remote",
                                   STAGE_COMMAND, parser->remote, THERE);
  unsigned output = run_add_stage (run, parser->output ? "output command"
                                   : "standard output", "output",
                                   kind_of (parser->output, STAGE_STDOUT),
                                   parser->output, HERE);
  run->stages[output].implied = !parser->seen['o'];
  if (parser->seen['i'])
    run_add_channel (run, "input", input, remote);
  run_add_channel (run, "output", remote, output);
}

static void
free_commands (struct parser *parser)
{
  free (parser->input);
  free (parser->login);
  free (parser->remote);
  free (parser->output);
}

/* Read the options.  */
static enum options_result
parse (struct parser *parser)
{
  int argc = parser->argc;
  char **argv = parser->argv;
  opterr = 0;
  /* 0 makes GNU's getopt_long, which is ours by gnulib, start afresh.  */
  optind = 0;
  int code;
  while ((code = getopt_long (argc, argv, short_options, long_options, NULL))
         != -1)
    {
      enum options_result result = take_option (parser, code);
      if (result == OPTIONS_AGENT && argc != 2)
        return bad (parser, "--agent is for socketpipe itself, and stands "
                    "alone: see 'socketpipe --help'");
      if (result != OPTIONS_RUN)
        return result;
    }
  return options_check (parser);
}

enum options_result
options_parse (int argc, char **argv, struct run *run, char *message)
{
  struct parser parser = {
    .argc = argc, .argv = argv, .run = run, .message = message,
    .host = { .remote_path = "socketpipe" }
  };
  *run = (struct run) {
    .timeout = TIMEOUT_DEFAULT, .dead_peer = DEAD_PEER_DEFAULT, .dscp = -1
  };
  /* 1.10 does not say "-s" as an option among others: the words behind it
     are not ours.  */
  if (1 < argc && STREQ (argv[1], "-s"))
    return OPTIONS_SERVE;
  enum options_result result = parse (&parser);
  if (result == OPTIONS_RUN && run->purpose != PURPOSE_ADJUST)
    assemble (&parser);
  else
    free_commands (&parser);
  return result;
}
