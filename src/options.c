/* Command line -> struct run.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "attribute.h"
#include "quote.h"
#include "system.h"
#include "xalloc.h"
#include "xstrtol.h"

enum
{
  TIMEOUT_DEFAULT = 10,
  TIMEOUT_MAX = 2147483,        /* in ms, it is an int */
  DEAD_PEER_DEFAULT = 120,
  DEAD_PEER_MIN = 5,
  DEAD_PEER_MAX = 86400
};

/* Options without a letter.  */
enum
{
  OPTION_REMOTE_PATH = 256,
  OPTION_DEAD_PEER,
  OPTION_LISTEN,
  OPTION_PORT,
  OPTION_NO_FALLBACK,
  OPTION_PROBE,
  OPTION_COMPAT,
  OPTION_AGENT,
  OPTION_HELP,
  OPTION_VERSION,
  OPTION_END
};

static struct option const long_options[] =
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
  {"compat", required_argument, NULL, OPTION_COMPAT},
  {"remote-path", required_argument, NULL, OPTION_REMOTE_PATH},
  {"dead-peer-timeout", required_argument, NULL, OPTION_DEAD_PEER},
  {"verbose", no_argument, NULL, 'v'},
  {"quiet", no_argument, NULL, 'q'},
  {"agent", no_argument, NULL, OPTION_AGENT},
  {"help", no_argument, NULL, OPTION_HELP},
  {"version", no_argument, NULL, OPTION_VERSION},
  {NULL, 0, NULL, 0}
};

/* '+': a word that is no option ends the options and is refused.  ':': the
   messages are ours.  */
static char const short_options[] = "+:i:l:r:o:bh:t:46vq";

/* The parser's state between options.  */
struct parser
{
  int argc;
  char **argv;
  struct run *run;
  char *message;
  bool seen[OPTION_END];
};

static enum options_result
bad (struct parser *parser, char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 2, 3));

static enum options_result
bad (struct parser *parser, char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (parser->message, OPTIONS_MESSAGE_MAX, format, arguments);
  va_end (arguments);
  return OPTIONS_BAD;
}

/* Quote WORD, and no more of it than leaves room for the advice.  */
static char const *
quote_word (char const *word)
{
  enum { SHOWN = 60 };
  if (strlen (word) <= SHOWN)
    return quote (word);
  static char text[4 * SHOWN + 16];
  snprintf (text, sizeof text, "%s...", quote_mem (word, SHOWN));
  return text;
}

/* Return the name of the option CODE as "-i", or "--help" for one that has
   no letter.  */
static char const *
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

static bool
is_brace (char const *word, char brace)
{
  return word[0] == brace && word[1] == '\0';
}

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
static enum options_result
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

/* Take optarg as a number of seconds from LEAST to MOST.  */
static enum options_result
take_seconds (struct parser *parser, int code, int least, int most,
              int *seconds)
{
  uintmax_t number;
  char const *name = option_name (code);
  if (xstrtoumax (optarg, NULL, 10, &number, "") != LONGINT_OK
      || number < (uintmax_t) least || (uintmax_t) most < number)
    return bad (parser, "bad number of seconds %s after %s: give a whole "
                "number from %d to %d", quote_word (optarg), name, least,
                most);
  *seconds = number;
  return OPTIONS_RUN;
}

/* Take optarg as LOW or LOW:HIGH.  */
static enum options_result
take_ports (struct parser *parser, int code)
{
  struct run *run = parser->run;
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
  run->port_low = low;
  run->port_high = high;
  return OPTIONS_RUN;
}

static enum options_result
take_listeners (struct parser *parser, int code)
{
  struct run *run = parser->run;
  if (STREQ (optarg, "both"))
    run->listeners = LISTEN_BOTH;
  else if (STREQ (optarg, "local"))
    run->listeners = LISTEN_LOCAL;
  else if (STREQ (optarg, "remote"))
    run->listeners = LISTEN_REMOTE;
  else
    return bad (parser, "bad side %s after %s: give local, remote or both",
                quote_word (optarg), option_name (code));
  return OPTIONS_RUN;
}

static enum options_result
take_probe (struct parser *parser, int code)
{
  struct run *run = parser->run;
  run->purpose = optarg ? PURPOSE_PROBE_JSON : PURPOSE_PROBE;
  if (optarg && !STREQ (optarg, "json"))
    return bad (parser, "bad format %s after %s: give %s or %s=json",
                quote_word (optarg), option_name (code), option_name (code),
                option_name (code));
  return OPTIONS_RUN;
}

static enum options_result
take_compat (struct parser *parser, int code)
{
  struct run *run = parser->run;
  run->compat = true;
  if (!STREQ (optarg, "1.10"))
    return bad (parser, "bad version %s after %s: only 1.10 is known",
                quote_word (optarg), option_name (code));
  return OPTIONS_RUN;
}

/* Take -4 or -6.  */
static enum options_result
take_family (struct parser *parser, int code)
{
  struct run *run = parser->run;
  if (run->family != 0)
    return bad (parser, "-4 and -6 exclude each other: give one of them, "
                "or neither for both families");
  run->family = code - '0';
  return OPTIONS_RUN;
}

static enum options_result
take_word (struct parser *parser, int code, char const *what,
           char const **word)
{
  if (*optarg == '\0')
    return bad (parser, "empty %s after %s: give one or leave the option "
                "out", what, option_name (code));
  *word = optarg;
  return OPTIONS_RUN;
}

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
      run->input_given = true;
      return take_command (parser, code, true, &run->input);
    case 'o':
      run->output_given = true;
      return take_command (parser, code, true, &run->output);
    case 'l':
      return take_command (parser, code, false, &run->login);
    case 'r':
      return take_command (parser, code, false, &run->remote);
    case 'b':
      run->batch = true;
      return OPTIONS_RUN;
    case 'h':
      return take_word (parser, code, "host name", &run->host);
    case 't':
      return take_seconds (parser, code, 0, TIMEOUT_MAX, &run->timeout);
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
    case OPTION_COMPAT:
      return take_compat (parser, code);
    case OPTION_DEAD_PEER:
      return take_seconds (parser, code, DEAD_PEER_MIN, DEAD_PEER_MAX,
                           &run->dead_peer);
    case OPTION_REMOTE_PATH:
      return take_word (parser, code, "program", &run->remote_path);
    case 'v':
      run->level = 1;
      return OPTIONS_RUN;
    case 'q':
      run->level = -1;
      return OPTIONS_RUN;
    case OPTION_HELP:
      return OPTIONS_HELP;
    case OPTION_VERSION:
      return OPTIONS_VERSION;
    default:
      return OPTIONS_AGENT;
    }
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
  if (parser->run->compat)
    return bad (parser, "--probe needs socketpipe 2 on the other host: "
                "leave out --compat");
  return OPTIONS_RUN;
}

/* 1.10 knows nothing of these.  */
static enum options_result
check_compat (struct parser *parser)
{
  struct run const *run = parser->run;
  if (run->compat && run->listeners == LISTEN_REMOTE)
    return bad (parser, "--listen=remote does not go with --compat: 1.10 "
                "listens on the local host only");
  return OPTIONS_RUN;
}

/* An address of the other family is of no use.  */
static enum options_result
check_host (struct parser *parser)
{
  struct run const *run = parser->run;
  unsigned char address[16];
  int family = (run->host == NULL ? 0
                : inet_pton (AF_INET, run->host, address) == 1 ? 4
                : strchr (run->host, ':') ? 6 : 0);
  if (run->family != 0 && family != 0 && family != run->family)
    return bad (parser, "-%d does not go with the address %s after -h",
                run->family, quote_word (run->host));
  return check_compat (parser);
}

/* All options are read: is it a run?  */
static enum options_result
check_run (struct parser *parser)
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
  if (run->login == NULL)
    return bad (parser, "no login command: give one that reaches the other "
                "host, as in -l { ssh HOST }");
  if (run->purpose != PURPOSE_RUN)
    {
      enum options_result result = check_probe (parser);
      return result == OPTIONS_RUN ? check_host (parser) : result;
    }
  if (run->remote == NULL)
    return bad (parser, "no remote command: give one with -r { COMMAND }");
  if (!run->input_given && !run->output_given)
    return bad (parser, "neither -i nor -o: give the local command that "
                "writes or reads, or use -i - or -o - for standard input "
                "and output");
  return check_host (parser);
}

enum options_result
options_parse (int argc, char **argv, struct run *run, char *message)
{
  struct parser parser = {
    .argc = argc, .argv = argv, .run = run, .message = message
  };
  *run = (struct run) {
    .timeout = TIMEOUT_DEFAULT, .dead_peer = DEAD_PEER_DEFAULT,
    .remote_path = "socketpipe"
  };
  /* 1.10 does not say "-s" as an option among others: the words behind it
     are not ours.  */
  if (1 < argc && STREQ (argv[1], "-s"))
    return OPTIONS_SERVE;
  opterr = 0;
  /* 0 makes GNU's getopt_long, which is ours by gnulib, start afresh.  */
  optind = 0;
  int code;
  while ((code = getopt_long (argc, argv, short_options, long_options, NULL))
         != -1)
    {
      enum options_result result = take_option (&parser, code);
      if (result == OPTIONS_AGENT && argc != 2)
        return bad (&parser, "--agent is for socketpipe itself, and stands "
                    "alone: see 'socketpipe --help'");
      if (result != OPTIONS_RUN)
        return result;
    }
  return check_run (&parser);
}

void
options_free (struct run *run)
{
  free (run->input);
  free (run->login);
  free (run->remote);
  free (run->output);
  run->input = run->login = run->remote = run->output = NULL;
}
