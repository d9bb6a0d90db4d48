/* Results of stages, made of words, and what is reported about them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef REPORT_WORDS_H
# define REPORT_WORDS_H 1

# include <stdlib.h>

# include "report/verdict.h"
# include "caught-messages.h"
# include "test-macros.h"
# include "xalloc.h"

/* Return what the far host calls the signal SIG.  */
static char const *
signal_name (int sig)
{
  switch (sig)
    {
    case 1:
      return "Hangup";
    case 9:
      return "Killed";
    case 13:
      return "Broken pipe";
    default:
      return "Terminated";
    }
}

/* Make RESULT of the word at TEXT, up to the next space.  Return its end.
   A word is the letter of a stage, in capitals for a relay of ours, and how it
   ended:
     N  exit status N          sN  killed by signal N
     n  command not found      c   command cannot be run
     -  was not started
   and then l where its reader had left, x where its input was cut, p where
   that was a pipe.  */
static char const *
read_stage (char const *text, struct result *result)
{
  *result = (struct result) { .started = true, .ended = true };
  switch (*text++)
    {
    case 'i':
      result->role = "input command";
      result->name = "tar";
      break;
    case 'r':
      result->role = "remote command";
      result->name = "dd";
      result->host = "far";
      break;
    case 'o':
      result->role = "output command";
      result->name = "cat";
      break;
    case 'I':
      result->role = "standard input";
      break;
    default:
      result->role = "standard output";
      break;
    }

  char *end;
  if (*text == '-')
    {
      text++;
      result->started = result->ended = false;
    }
  else if (*text == 'n' || *text == 'c')
    {
      result->not_run = true;
      result->not_found = *text++ == 'n';
      result->error_text
        = xstrdup (result->not_found ? "No such file or directory"
                   : "Permission denied");
    }
  else if (*text == 's')
    {
      result->signal = strtol (text + 1, &end, 10);
      result->signal_text = xstrdup (signal_name (result->signal));
      text = end;
    }
  else
    {
      result->status = strtol (text, &end, 10);
      NEED (text < end);
      text = end;
    }

  for (; *text != ' ' && *text != '\0'; text++)
    if (*text == 'l')
      result->reader_left = true;
    else if (*text == 'p')
      result->input_piped = true;
    else
      result->input_cut = true;
  return text + (*text == ' ');
}

#endif
