/* Test the reading of the command line.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"
#include "options-rows.h"
#include "test-macros.h"
#include "xalloc.h"

/* What a run looks like in the table.  */
static char described[1024];

static void add (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

static void
add (char const *format, ...)
{
  size_t used = strlen (described);
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (described + used, sizeof described - used, format, arguments);
  va_end (arguments);
}

static void
add_command (char const *name, bool given, char **words)
{
  if (!given && words == NULL)
    return;
  add ("%s%s", *described == '\0' ? "" : " ", name);
  if (words == NULL)
    add ("-");
  else
    for (; *words != NULL; words++)
      add ("[%s]", *words);
}

/* What is to be seen of the flow, and how it is steered.  */
static void
describe_flow (struct run const *run)
{
  static char const *const stats[] = { "", " stats", " stats=json" };
  static char const *const encrypt[] = { "", " encrypt", " encrypt=kernel" };
  struct { char const *name; uint64_t value; } const numbers[] = {
    { "size", run->size }, { "rate", run->rate_limit },
    { "block", run->block_size }, { "buffer", run->buffer },
    { "start", run->start_at }, { "dscp", run->dscp + 1 }
  };
  if (run->progress)
    add (" progress");
  add ("%s", stats[run->stats]);
  if (run->stats_file)
    add (" file=%s", run->stats_file);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i].value != 0)
      add (" %s=%" PRIu64, numbers[i].name, numbers[i].value);
  if (run->adjust)
    add (" adjust=%d", run->adjust);
  if (run->congestion)
    add (" congestion=%s", run->congestion);
  if (run->multipath)
    add (" multipath");
  add ("%s", encrypt[run->encrypt]);
}

/* A remote host without options.  */
static struct run_host const far = { .remote_path = "socketpipe" };

/* Add the stage of RUN that is called PLACE, as the option NAME, if it was
   given.  */
static void
add_stage (struct run const *run, char const *name, char const *place)
{
  for (size_t i = 0; i < run->stage_count; i++)
    if (STREQ (run->stages[i].place, place))
      add_command (name, !run->stages[i].implied, run->stages[i].argv);
}

/* Write to DESCRIBED all that is in RUN, but for defaults.  */
static void
describe_run (struct run const *run)
{
  *described = '\0';
  struct run_host const *host = &far;
  if (run->host_count == 2)
    host = &run->hosts[1];
  add_stage (run, "i", "input");
  add_command ("l", false, host->login);
  add_stage (run, "r", "remote");
  add_stage (run, "o", "output");
  if (run->batch)
    add (" batch");
  if (host->address)
    add (" host=%s", host->address);
  if (run->timeout != 10)
    add (" t=%d", run->timeout);
  if (run->dead_peer != 120)
    add (" d=%d", run->dead_peer);
  if (run->strict)
    add (" strict");
  if (run->wait_for_writers != 0)
    add (" wait=%d", run->wait_for_writers);
  if (!STREQ (host->remote_path, "socketpipe"))
    add (" path=%s", host->remote_path);
  if (run->level != 0)
    add (" level=%d", run->level);
  static char const *const sides[] = { "both", "local", "remote" };
  static char const *const purposes[] = { "", " probe", " probe=json" };
  if (run->family != 0)
    add (" family=%d", run->family);
  if (host->listeners != LISTEN_BOTH)
    add (" listen=%s", sides[host->listeners]);
  if (host->port_low != 0 || host->port_high != 0)
    add (" port=%d:%d", host->port_low, host->port_high);
  if (run->no_fallback)
    add (" no-fallback");
  add ("%s", purposes[run->purpose]);
  describe_flow (run);
}

/* Make a command line of the '|'-led words in TEXT, which is cut up.  */
static char **
split (char *text, int *count)
{
  static char program[] = "socketpipe";
  size_t most = strlen (text) + 2;
  char **argv = xnmalloc (most, sizeof *argv);
  *count = 0;
  argv[(*count)++] = program;
  while ((text = strchr (text, '|')) != NULL)
    {
      *text++ = '\0';
      argv[(*count)++] = text;
    }
  argv[*count] = NULL;
  return argv;
}

static void
check_row (struct row const *row)
{
  row_is ("socketpipe %s", row->words);
  char *text = xstrdup (row->words);
  int argc;
  char **argv = split (text, &argc);
  char **before = xmemdup (argv, (argc + 1) * sizeof *argv);

  struct run run;
  char message[OPTIONS_MESSAGE_MAX];
  memset (message, 0, sizeof message);
  enum options_result result = options_parse (argc, argv, &run, message);
  CHECK_NUMBER (result, row->result);
  if (result == OPTIONS_BAD)
    {
      CHECK_TEXT (message, row->wanted);
      CHECK (strchr (message, '\n') == NULL);
    }
  else if (result == OPTIONS_RUN)
    {
      describe_run (&run);
      CHECK_TEXT (described, row->wanted);
    }
  CHECK (memcmp (before, argv, (argc + 1) * sizeof *argv) == 0);
  run_free (&run);
  CHECK (run.hosts == NULL && run.stages == NULL && run.channels == NULL);

  free (before);
  free (argv);
  free (text);
}

static void
check_rows (struct row const *rows)
{
  for (; rows->words != NULL; rows++)
    check_row (rows);
}

/* A word that does not fit the message: it is cut, and still one line.  */
static void
check_long_words (void)
{
  static char const *const options[] = { "|", "|-t|", "|-i|", "|--" };
  for (size_t i = 0; i < SIZEOF (options); i++)
    {
      row_is ("socketpipe %s and 100000 newlines", options[i]);
      size_t used = strlen (options[i]);
      char *text = xmalloc (used + 100001);
      memcpy (text, options[i], used);
      memset (text + used, '\n', 100000);
      text[used + 100000] = '\0';
      int argc;
      char **argv = split (text, &argc);
      struct run run;
      char message[OPTIONS_MESSAGE_MAX + 1];
      memset (message, '#', sizeof message);
      CHECK_NUMBER (options_parse (argc, argv, &run, message), OPTIONS_BAD);
      CHECK (message[OPTIONS_MESSAGE_MAX] == '#');
      CHECK (memchr (message, '\0', OPTIONS_MESSAGE_MAX) != NULL
             && strchr (message, '\n') == NULL);
      run_free (&run);
      free (argv);
      free (text);
    }
}

/* Braces to any depth.  */
static void
check_depth (void)
{
  for (int depth = 1; depth <= 200; depth++)
    {
      row_is ("braces %d deep", depth);
      char text[2000] = LOGIN REMOTE "|-i";
      for (int i = 0; i < depth; i++)
        strcat (text, "|{|a");
      for (int i = 0; i < depth; i++)
        strcat (text, "|}");
      int argc;
      char **argv = split (text, &argc);
      struct run run;
      char message[OPTIONS_MESSAGE_MAX];
      if (CHECK_NUMBER (options_parse (argc, argv, &run, message),
                        OPTIONS_RUN))
        {
          int words = 0;
          while (run.stages[0].argv[words] != NULL)
            words++;
          CHECK_NUMBER (words, 3 * depth - 2);
        }
      run_free (&run);

      row_is ("braces %d deep, the last one missing", depth);
      CHECK_NUMBER (options_parse (argc - 1, argv, &run, message),
                    OPTIONS_BAD);
      CHECK_TEXT (message, UNCLOSED ("-i"));
      run_free (&run);
      free (argv);
    }
}

int
main (void)
{
  /* Twice, because getopt has a memory of its own.  */
  for (int round = 0; round < 2; round++)
    {
      check_rows (options_runs);
      check_rows (options_of_flow);
      check_rows (options_errors);
    }
  check_long_words ();
  check_depth ();
  return test_result ();
}
