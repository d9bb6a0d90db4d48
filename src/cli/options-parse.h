/* The command line's options and its parser's state.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For the files of the parser.  options.c goes through the words; below it,
   options-value.c takes the value of an option, and options-check.c checks
   that the options go together.  Both use options-parse.c.  */

#ifndef OPTIONS_PARSE_H
# define OPTIONS_PARSE_H 1

# include <getopt.h>
# include <stdbool.h>
# include <stdint.h>

# include "attribute.h"
# include "cli/options.h"

/* Options without a letter.  */
enum
{
  OPTION_REMOTE_PATH = 256,
  OPTION_DEAD_PEER,
  OPTION_STRICT,
  OPTION_WAIT_FOR_WRITERS,
  OPTION_LISTEN,
  OPTION_PORT,
  OPTION_NO_FALLBACK,
  OPTION_PROBE,
  OPTION_SIZE,
  OPTION_STATS,
  OPTION_STATS_FILE,
  OPTION_RATE_LIMIT,
  OPTION_ADJUST,
  OPTION_BLOCK_SIZE,
  OPTION_BUFFER,
  OPTION_START_AT,
  OPTION_CONGESTION,
  OPTION_MULTIPATH,
  OPTION_DSCP,
  OPTION_AGENT,
  OPTION_HELP,
  OPTION_VERSION,
  OPTION_END
};

/* The parser's state between options.  */
struct parser
{
  int argc;
  char **argv;
  struct run *run;
  char *message;
  bool seen[OPTION_END];
  /* Of the run's lists, until all is known.  The argument vectors are
     malloc'ed; NULL where the option was not given or was "-".  */
  char **input;
  char **login;
  char **remote;
  char **output;
  struct run_host host;         /* options of the remote host */
};

/* For getopt_long.  */
extern struct option const long_options[];

/* Return the name of the option CODE as "-i", or "--help" for one that has
   no letter.  It is good until the next call.  */
extern char const *option_name (int code);

/* Put the message made by FORMAT into PARSER.  Return OPTIONS_BAD.  */
extern enum options_result bad (struct parser *parser, char const *format,
                                ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

/* Quote WORD, and no more of it than leaves room for the advice.  The result
   is good until the next call.  */
extern char const *quote_word (char const *word);

/* Return whether WORD is BRACE and nothing else.  */
extern bool is_brace (char const *word, char brace);

/* In options-value.c.  All take the value of the option CODE, which is in
   getopt's optarg, and return OPTIONS_RUN, or OPTIONS_BAD with a message.  */

/* A command between braces, which is put into *COMMAND, or "-" if
   MAY_BE_DASH, which leaves it alone.  */
extern enum options_result take_command (struct parser *parser, int code,
                                         bool may_be_dash, char ***command);

/* A number of UNITS ("seconds") from LEAST to MOST.  */
extern enum options_result take_number (struct parser *parser, int code,
                                        char const *units, int least,
                                        int most, int *number);

/* A number of bytes from LEAST to MOST, with a suffix or without one.  */
extern enum options_result take_size (struct parser *parser, int code,
                                      uint64_t least, uint64_t most,
                                      uint64_t *size);

/* A word that is not empty; WHAT says what it is.  */
extern enum options_result take_word (struct parser *parser, int code,
                                      char const *what, char const **word);

/* What one option alone has.  */
extern enum options_result take_ports (struct parser *parser, int code);
extern enum options_result take_listeners (struct parser *parser, int code);
extern enum options_result take_probe (struct parser *parser, int code);
extern enum options_result take_family (struct parser *parser, int code);
extern enum options_result take_stats (struct parser *parser, int code);
extern enum options_result take_encrypt (struct parser *parser, int code);
extern enum options_result take_dscp (struct parser *parser, int code);

/* In options-check.c.  */

/* All options are read: return OPTIONS_RUN if they make a run or a probe, or
   OPTIONS_BAD with a message.  */
extern enum options_result options_check (struct parser *parser);

#endif
