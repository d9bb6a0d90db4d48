/* socketpipe with several remote hosts: the same leader, for a command line
   of its own.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

     several [-v] [-q] [-e] [-t SECONDS] [--strict] [--no-fallback]
             [--dead-peer-timeout SECONDS] [--stats | --stats-json]
             [--remote-path PROGRAM] [-i { COMMAND }]
             { -l { LOGIN } -r { COMMAND } }... [-o { COMMAND }]

   Each -l opens a host, and the -r after it is its stage.  The output of each
   stage goes to the next one.  -i - and -o - are as in socketpipe, and so is
   the place of a missing -o.  The agents are those of the ordinary program,
   which --remote-path names.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "base/system.h"
#include "exitfail.h"
#include "leader/leader.h"
#include "run.h"
#include "stdopen.h"
#include "xalloc.h"

enum { TIMEOUT = 10, DEAD_PEER = 60 };

/* What the channels are called, in the order of the pipeline.  */
static char const *const channel_names[] = {
  "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"
};
enum { CHANNEL_NAMES = sizeof channel_names / sizeof *channel_names };

/* The words of the command line that are still to be read.  */
struct words
{
  char **next;
  char **end;
};

static _Noreturn void
refuse (char const *what, char const *word)
{
  complain ("several: %s%s", what, word);
  exit (EXIT_OWN_FAILURE);
}

/* Return the next word, which belongs to OPTION.  */
static char *
take_word (struct words *words, char const *option)
{
  if (words->next == words->end)
    refuse ("no value after ", option);
  return *words->next++;
}

static int
take_number (struct words *words, char const *option)
{
  char *end;
  char const *word = take_word (words, option);
  long number = strtol (word, &end, 10);
  if (end == word || *end || number < 0 || 1000000 < number)
    refuse ("not a number: ", word);
  return number;
}

/* Return the words between the next two braces, malloc'ed; NULL for "-".  */
static char **
take_command (struct words *words, char const *option)
{
  char const *open = take_word (words, option);
  size_t count = 0;
  if (STREQ (open, "-"))
    return NULL;
  if (!STREQ (open, "{"))
    refuse ("no brace after ", option);
  char **command = xnmalloc (words->end - words->next + 1, sizeof *command);
  for (char *word; !STREQ (word = take_word (words, option), "}");)
    command[count++] = word;
  if (count == 0)
    refuse ("no command after ", option);
  command[count] = NULL;
  return command;
}

/* Add a stage on HOST that runs COMMAND, or is RELAY if that is NULL, and let
   it read what the last one before it writes.  Return its number.  */
static unsigned
add_stage (struct run *run, char const *role, char const *place,
           enum stage_kind relay, char **command, unsigned host)
{
  unsigned stage = run_add_stage (run, role, place,
                                  command ? STAGE_COMMAND : relay, command,
                                  host);
  if (CHANNEL_NAMES < stage)
    refuse ("too many stages", "");
  if (0 < stage)
    run_add_channel (run, channel_names[stage - 1], stage - 1, stage);
  return stage;
}

static void
add_output (struct run *run, char **command, bool implied)
{
  unsigned stage = add_stage (run, command ? "output command"
                              : "standard output", "output", STAGE_STDOUT,
                              command, 0);
  run->stages[stage].implied = implied;
}

/* Add the remote stage COMMAND to the last host.  */
static void
add_remote (struct run *run, char **command)
{
  unsigned host = run->host_count - 1;
  if (command == NULL || host == 0)
    refuse ("-r needs a command, and an -l before it", "");
  if (0 < run->stage_count && run->stages[run->stage_count - 1].host == host)
    refuse ("each -r needs an -l of its own", "");
  add_stage (run, "remote command", "remote", STAGE_COMMAND, command, host);
}

/* Do as OPTION says, which is one that has an argument or a command.  Return
   false if it is not.  */
static bool
take_more (struct run *run, struct words *words, char const *option,
           char const **remote_path, bool *output)
{
  if (STREQ (option, "-i"))
    {
      char **command = take_command (words, option);
      add_stage (run, command ? "input command" : "standard input", "input",
                 STAGE_STDIN, command, 0);
    }
  else if (STREQ (option, "-l"))
    run_add_host (run, take_command (words, option))->remote_path
      = *remote_path;
  else if (STREQ (option, "-r"))
    add_remote (run, take_command (words, option));
  else if (STREQ (option, "-o"))
    {
      *output = true;
      add_output (run, take_command (words, option), false);
    }
  else if (STREQ (option, "-t"))
    run->timeout = take_number (words, option);
  else if (STREQ (option, "--dead-peer-timeout"))
    run->dead_peer = take_number (words, option);
  else if (STREQ (option, "--remote-path"))
    *remote_path = take_word (words, option);
  else
    return false;
  return true;
}

/* Do as OPTION says, which has no argument.  */
static void
take_flag (struct run *run, char const *option)
{
  if (STREQ (option, "-v"))
    run->level = 1;
  else if (STREQ (option, "-q"))
    run->level = -1;
  else if (STREQ (option, "-e"))
    run->encrypt = ENCRYPT_ANY;
  else if (STREQ (option, "--strict"))
    run->strict = true;
  else if (STREQ (option, "--no-fallback"))
    run->no_fallback = true;
  else if (STREQ (option, "--stats"))
    run->stats = STATS_TEXT;
  else if (STREQ (option, "--stats-json"))
    run->stats = STATS_JSON;
  else
    refuse ("unknown word ", option);
}

int
main (int argc, char **argv)
{
  struct words words = { .next = argv + 1, .end = argv + argc };
  struct run run = { .timeout = TIMEOUT, .dead_peer = DEAD_PEER, .dscp = -1 };
  char const *remote_path = "socketpipe";
  bool output = false;
  exit_failure = EXIT_OWN_FAILURE;
  if (stdopen () != 0)
    return EXIT_OWN_FAILURE;
  run_add_host (&run, NULL);
  while (words.next < words.end)
    {
      char const *option = *words.next++;
      if (!take_more (&run, &words, option, &remote_path, &output))
        take_flag (&run, option);
    }
  if (run.host_count < 2 || run.stage_count == 0)
    refuse ("no host, or no command", "");
  if (!output)
    add_output (&run, NULL, true);
  int status = leader_main (&run);
  run_free (&run);
  return status;
}
