/* socketpipe with several remote hosts: the same leader, for a command line
   of its own.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

     several [-v] [-q] [-e] [-t SECONDS] [--strict] [--no-fallback]
             [--dead-peer-timeout SECONDS] [--stats | --stats-json]
             [--remote-path PROGRAM] [-i { COMMAND }]
             { -l { LOGIN } -r { COMMAND } | --on HOST -r { COMMAND } }...
             [-o { COMMAND }]

   Each -l opens a host, and the -r after it is its stage; --on is for another
   stage of a host that was opened before, 1 being the first.  The output of
   each stage goes to the next one.  -i - and -o - are as in socketpipe, and so
   is the place of a missing -o.  The agents are those of the ordinary program,
   which --remote-path names.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "base/system.h"
#include "exitfail.h"
#include "leader/leader.h"
#include "minmax.h"
#include "run.h"
#include "stdopen.h"
#include "xalloc.h"

enum { TIMEOUT = 10, DEAD_PEER = 60 };

/* What the channels are called, in the order of the pipeline.  */
static char const *const channel_names[] = {
  "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"
};
enum { CHANNEL_NAMES = sizeof channel_names / sizeof *channel_names };

/* The command line, as far as it has been read.  */
struct line
{
  char **next;                  /* the words still to be read */
  char **end;
  struct run *run;
  char const *remote_path;
  unsigned host;                /* of the next -r */
  bool output;                  /* -o was given */
};

static _Noreturn void
refuse (char const *what, char const *word)
{
  complain ("several: %s%s", what, word);
  exit (EXIT_OWN_FAILURE);
}

/* Return the next word, which belongs to OPTION.  */
static char *
take_word (struct line *line, char const *option)
{
  if (line->next == line->end)
    refuse ("no value after ", option);
  return *line->next++;
}

static int
take_number (struct line *line, char const *option)
{
  char *end;
  char const *word = take_word (line, option);
  long number = strtol (word, &end, 10);
  if (end == word || *end || number < 0 || 1000000 < number)
    refuse ("not a number: ", word);
  return number;
}

/* Return the words between the next two braces, malloc'ed; NULL for "-".  */
static char **
take_command (struct line *line, char const *option)
{
  char const *open = take_word (line, option);
  size_t count = 0;
  if (STREQ (open, "-"))
    return NULL;
  if (!STREQ (open, "{"))
    refuse ("no brace after ", option);
  char **command = xnmalloc (line->end - line->next + 1, sizeof *command);
  for (char *word; !STREQ (word = take_word (line, option), "}");)
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
add_input (struct line *line, char **command)
{
  add_stage (line->run, command ? "input command" : "standard input", "input",
             STAGE_STDIN, command, 0);
}

static void
add_output (struct line *line, char **command)
{
  unsigned stage = add_stage (line->run, command ? "output command"
                              : "standard output", "output", STAGE_STDOUT,
                              command, 0);
  line->run->stages[stage].implied = !line->output;
}

static void
add_host (struct line *line, char **login)
{
  if (login == NULL)
    refuse ("-l needs a command", "");
  line->host = line->run->host_count;
  run_add_host (line->run, login)->remote_path = line->remote_path;
}

static void
add_remote (struct line *line, char **command)
{
  struct run *run = line->run;
  if (command == NULL || line->host == 0 || run->host_count <= line->host)
    refuse ("-r needs a command, and a host before it", "");
  if (0 < run->stage_count
      && run->stages[run->stage_count - 1].host == line->host)
    refuse ("two stages in a row are on one host", "");
  add_stage (run, "remote command", "remote", STAGE_COMMAND, command,
             line->host);
}

/* Do as OPTION says, if it is one that has an argument or a command.  Return
   false if it is not.  */
static bool
take_more (struct line *line, char const *option)
{
  if (STREQ (option, "-i"))
    add_input (line, take_command (line, option));
  else if (STREQ (option, "-l"))
    add_host (line, take_command (line, option));
  else if (STREQ (option, "--on"))
    line->host = take_number (line, option);
  else if (STREQ (option, "-r"))
    add_remote (line, take_command (line, option));
  else if (STREQ (option, "-o"))
    {
      line->output = true;
      add_output (line, take_command (line, option));
    }
  else if (STREQ (option, "-t"))
    line->run->timeout = take_number (line, option);
  else if (STREQ (option, "--dead-peer-timeout"))
    line->run->dead_peer = take_number (line, option);
  else if (STREQ (option, "--remote-path"))
    line->remote_path = take_word (line, option);
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
  struct run run = { .timeout = TIMEOUT, .dead_peer = DEAD_PEER, .dscp = -1 };
  struct line line = {
    .next = argv + MIN (1, argc), .end = argv + argc, .run = &run,
    .remote_path = "socketpipe"
  };
  exit_failure = EXIT_OWN_FAILURE;
  if (stdopen () != 0)
    return EXIT_OWN_FAILURE;
  run_add_host (&run, NULL);
  while (line.next < line.end)
    {
      char const *option = *line.next++;
      if (!take_more (&line, option))
        take_flag (&run, option);
    }
  if (run.host_count < 2 || run.stage_count == 0)
    refuse ("no host, or no command", "");
  if (!line.output)
    add_output (&line, NULL);
  int status = leader_main (&run);
  run_free (&run);
  return status;
}
