/* Command lines, and what is to be read from them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef OPTIONS_ROWS_H
# define OPTIONS_ROWS_H 1

# include <stddef.h>

# include "cli/options.h"

struct row
{
  char const *words;            /* of the command line, each behind a '|' */
  /* For a run, what describe_run makes of it; else the message, or NULL.  */
  char const *wanted;
  enum options_result result;
};

/* Each table is in a file of its own, and ends with a row without words.  */
extern struct row const options_runs[];
extern struct row const options_of_flow[];
extern struct row const options_errors[];

/* What most command lines have, and what describe_run makes of ALL.  */
# define LOGIN "|-l|{|ssh|h|}"
# define REMOTE "|-r|{|dd|}"
# define INPUT "|-i|{|tar|c|/|}"
# define ALL INPUT LOGIN REMOTE
# define DD "i[tar][c][/] l[ssh][h] r[dd]"

/* The messages.  */
# define SECONDS(Word, Name, Least, Most) \
  "bad number of seconds '" Word "' after " Name ": give a whole number " \
  "from " #Least " to " #Most
# define EXPECTED(Word, Name, OrDash) \
  "expected '{' after " Name ", not '" Word "': write " Name \
  " { COMMAND ARGUMENT... }" OrDash
# define APART(Name, OrDash) \
  "braces must be words of their own: write " Name " { COMMAND ARGUMENT... " \
  "}" OrDash " with a space around each brace, and do not quote it as a whole"
# define UNCLOSED(Name) \
  "no '}' closes the '{' after " Name ": end the command with a '}' of its " \
  "own (a lone brace is written '\\}')"
# define EMPTY(Name) \
  "empty command after " Name ": give one, as in " Name " { COMMAND }"
# define NAMELESS(Name) \
  "empty command name after " Name ": give one, as in " Name " { COMMAND }"
# define MISSING(Name) \
  "no command after " Name ": write " Name " { COMMAND ARGUMENT... }"
# define NO_VALUE(Name) "no value after " Name ": see 'socketpipe --help'"
# define TWICE(Name) "option " Name " is given twice: give it once"
# define UNKNOWN(Name) "unknown option '" Name "': see 'socketpipe --help'"
# define NOT_VALUE(Name) \
  "option '" Name "' takes no value: see 'socketpipe --help'"
# define AMBIGUOUS(Word) \
  "ambiguous option '" Word "': spell it out, see 'socketpipe --help'"
# define STRAY(Brace) \
  "stray '" Brace "': a command in braces stands behind -i, -l, -r or -o"
# define UNEXPECTED(Word) \
  "unexpected word '" Word "': commands stand in braces behind -i, -l, -r " \
  "or -o"
# define NO_LOGIN \
  "no login command: give one that reaches the other host, as in " \
  "-l { ssh HOST }"
# define NO_REMOTE "no remote command: give one with -r { COMMAND }"
# define NEITHER \
  "neither -i nor -o: give the local command that writes or reads, or use " \
  "-i - or -o - for standard input and output"
# define AGENT_ALONE \
  "--agent is for socketpipe itself, and stands alone: see " \
  "'socketpipe --help'"
# define OR_DASH " (or -)"
# define PORTS(Word) \
  "bad port '" Word "' after --port: give LOW or LOW:HIGH, each from 1 to " \
  "65535"
# define SIDE(Word) \
  "bad side '" Word "' after --listen: give local, remote or both"
# define FAMILIES \
  "-4 and -6 exclude each other: give one of them, or neither for both " \
  "families"
# define NO_PROBE(Name) "--probe runs no command: leave out " Name
# define NO_PROBE_OF_DATA(Name) \
  "--probe measures the network as it is: leave out " Name
# define NUMBER_OF_BYTES(Word, Name, Least, Most) \
  "bad number of bytes '" Word "' after " Name ": give a whole number from " \
  #Least " to " #Most "; K, M, G and T behind it stand for powers of 1024, " \
  "KB, MB, GB and TB for powers of 1000"
# define SIZE(Word) NUMBER_OF_BYTES (Word, "--size", 1, 9223372036854775807)
# define RATE(Word) \
  NUMBER_OF_BYTES (Word, "--rate-limit", 1024, 9223372036854775807)
# define BLOCK(Word) NUMBER_OF_BYTES (Word, "--block-size", 1, 1099511627776)
# define PER_CENT(Word) \
  "bad number of per cent '" Word "' after --start-at: give a whole number " \
  "from 0 to 100"
# define CODE_POINT(Word) \
  "bad name '" Word "' after --dscp: give CS0 to CS7, AF11 to AF43, EF, VA, " \
  "LE, or a number from 0 to 63"

#endif
