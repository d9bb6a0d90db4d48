/* Test how a run's exit status and messages are made.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diagnose.h"
#include "report-words.h"
#include "test-macros.h"
#include "xalloc.h"

/* A run: its stages as words (report-words.h).  */
struct row
{
  char const *stages;
  int status;
  char const *messages;
};

#define I "socketpipe: input command 'tar' failed: "
#define R "socketpipe: remote command 'dd' on far failed: "
#define O "socketpipe: output command 'cat' failed: "
#define CUT " (its input was cut short)\n"
#define CANNOT "socketpipe: cannot run "
#define NO_FILE ": No such file or directory\n"
#define NO_LEAVE ": Permission denied\n"
#define PIPE_SIGNAL "killed by signal 13 (Broken pipe)\n"
#define KILL_SIGNAL "killed by signal 9 (Killed)"

static struct row const rows[] =
{
  { "", 0, "" },
  { "i0 r0 o0", 0, "" },
  { "i- r0 o0", 0, "" },
  { "i0 r0 O0", 0, "" },
  { "I0 r0 O0", 0, "" },
  { "i- r- o-", 0, "" },
  /* One fails.  */
  { "i1 r0 o0", 1, I "exit status 1\n" },
  { "i0 r2 o0", 2, R "exit status 2\n" },
  { "i0 r0 o3", 3, O "exit status 3\n" },
  { "i0 r255 o0", 255, R "exit status 255\n" },
  { "i0 r125 o0", 125, R "exit status 125\n" },
  /* Several: the last one counts, all are named.  */
  { "i1 r2 o0", 2, I "exit status 1\n" R "exit status 2\n" },
  { "i1 r0 o3", 3, I "exit status 1\n" O "exit status 3\n" },
  { "i1 r2 o3", 3,
    I "exit status 1\n" R "exit status 2\n" O "exit status 3\n" },
  { "i- r2 o3", 3, R "exit status 2\n" O "exit status 3\n" },
  { "i1 r2 O0", 2, I "exit status 1\n" R "exit status 2\n" },
  /* Signals.  */
  { "i0 rs9 o0", 137, R KILL_SIGNAL "\n" },
  { "is15 r0 o0", 143, I "killed by signal 15 (Terminated)\n" },
  { "is9 rs13 os1", 129,
    I KILL_SIGNAL "\n" R PIPE_SIGNAL O "killed by signal 1 (Hangup)\n" },
  /* Commands that cannot be run.  */
  { "i0 rn o0", 127, CANNOT "remote command 'dd' on far" NO_FILE },
  { "i0 rc o0", 126, CANNOT "remote command 'dd' on far" NO_LEAVE },
  { "in r0 o0", 127, CANNOT "input command 'tar'" NO_FILE },
  { "i0 r0 oc", 126, CANNOT "output command 'cat'" NO_LEAVE },
  { "is13l rn o0", 127, I PIPE_SIGNAL CANNOT "remote command 'dd' on far"
    NO_FILE },
  /* A reader that leaves early and is content.  */
  { "is13l r0 o0", 0, I PIPE_SIGNAL },
  { "i0 rs13l o0", 0, R PIPE_SIGNAL },
  { "i2l r0 o0", 0, I "exit status 2\n" },
  { "i0l r0l o0", 0, "" },
  { "is13l rs13l o0", 0, I PIPE_SIGNAL R PIPE_SIGNAL },
  { "i0 rs13l O0", 0, R PIPE_SIGNAL },
  /* SIGPIPE from elsewhere does count.  */
  { "is13 r0 o0", 141, I PIPE_SIGNAL },
  { "i0 r0 os13", 141, O PIPE_SIGNAL },
  { "is13l r0 os13", 141, I PIPE_SIGNAL O PIPE_SIGNAL },
  /* A reader that leaves early because it fails.  */
  { "is13l r1 o0", 1, I PIPE_SIGNAL R "exit status 1\n" },
  { "i0 rs13l o1", 1, R PIPE_SIGNAL O "exit status 1\n" },
  { "is13l rs13l o1", 1, I PIPE_SIGNAL R PIPE_SIGNAL O "exit status 1\n" },
  { "i0 r5l o1", 1, R "exit status 5\n" O "exit status 1\n" },
  /* One before those that do not count.  */
  { "i4 rs13l o0", 4, I "exit status 4\n" R PIPE_SIGNAL },
  { "is9 rs13l o0", 137, I KILL_SIGNAL "\n" R PIPE_SIGNAL },
  /* Input cut: the cause counts.  */
  { "is9 r1x o0", 137, I KILL_SIGNAL "\n" R "exit status 1" CUT },
  { "is9 r0x o0", 137, I KILL_SIGNAL "\n" },
  { "i0 rs9 o1x", 137, R KILL_SIGNAL "\n" O "exit status 1" CUT },
  { "i3 rs9 o1x", 137,
    I "exit status 3\n" R KILL_SIGNAL "\n" O "exit status 1" CUT },
  { "is9 r1x o2", 2,
    I KILL_SIGNAL "\n" R "exit status 1" CUT O "exit status 2\n" },
  { "is9 r1x o2x", 137,
    I KILL_SIGNAL "\n" R "exit status 1" CUT O "exit status 2" CUT },
  { "in r1x o0", 127, CANNOT "input command 'tar'" NO_FILE
    R "exit status 1" CUT },
  { "i0 rn o1x", 127, CANNOT "remote command 'dd' on far" NO_FILE
    O "exit status 1" CUT },
  { "is9 rs9x o0", 137,
    I KILL_SIGNAL "\n" R KILL_SIGNAL "\n" },
  /* No signal comes from a cut: this one counts by itself.  */
  { "is9 rs15x o0", 143,
    I KILL_SIGNAL "\n" R "killed by signal 15 (Terminated)\n" },
  /* But where the input was a pipe, it does.  */
  { "is9 rs15xp o0", 137,
    I KILL_SIGNAL "\n" R "killed by signal 15 (Terminated)" CUT },
  { "i0 rs9 os9xp", 137, R KILL_SIGNAL "\n" O KILL_SIGNAL CUT },
  { "is9 rs1xp o0", 129,
    I KILL_SIGNAL "\n" R "killed by signal 1 (Hangup)\n" },
  { "is9 rs15p o0", 143,
    I KILL_SIGNAL "\n" R "killed by signal 15 (Terminated)\n" },
  { "i0 rs9 Os15xp", 137, R KILL_SIGNAL "\n"
    "socketpipe: standard output is incomplete" CUT },
  /* Input cut, and no stage is the cause: the failure itself counts.  */
  { "i0 r1x o0", 1, R "exit status 1" CUT },
  { "i0 r1x o2x", 1, R "exit status 1" CUT O "exit status 2" CUT },
  { "i- r- o2x", 2, O "exit status 2" CUT },
  /* A stage whose reader left is no cause.  */
  { "is13l r1x o0", 1, I PIPE_SIGNAL R "exit status 1" CUT },
  /* Both at once.  */
  { "is9 rs13xl o0", 137, I KILL_SIGNAL "\n" R PIPE_SIGNAL },
  { "is9 rs13xl o1", 1, I KILL_SIGNAL "\n" R PIPE_SIGNAL
    O "exit status 1\n" },
  /* Relays are part of socketpipe, and say themselves what went wrong.  */
  { "I1 r0 o0", 125, "" },
  { "i0 r0 O1", 125, "" },
  { "i0 r0 O2", 125, "" },
  { "i1 r0 O2", 125, I "exit status 1\n" },
  { "i0 r0 Os13", 141, "" },
  { "i0 rs13l Os13", 141, R PIPE_SIGNAL },
  { "i0 rs9 O1x", 137, R KILL_SIGNAL "\n"
    "socketpipe: standard output is incomplete" CUT },
  { "i0 r0 O1x", 125, "socketpipe: standard output is incomplete" CUT },
  { "Is13l r0 o0", 0, "" },
  { "I1l r3 o0", 3, R "exit status 3\n" },
};

static size_t
read_stages (char const *text, struct result *results)
{
  size_t count = 0;
  while (*text != '\0')
    text = read_stage (text, &results[count++]);
  return count;
}

static void
check_rows (void)
{
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      row_is ("%s", rows[i].stages);
      struct result results[8];
      size_t count = read_stages (rows[i].stages, results);
      CHECK_NUMBER (report_status (results, count), rows[i].status);
      catch_messages ();
      report_failures (results, count);
      CHECK_TEXT (caught (), rows[i].messages);

      /* As they were after a journey.  */
      for (size_t j = 0; j < count; j++)
        if (results[j].started)
          {
            struct message_builder builder;
            struct message message;
            message_begin (&builder, MESSAGE_STAGE_END);
            result_put (&results[j], &builder);
            message_finish (&builder);
            NEED (0 < message_parse (builder.bytes, builder.length,
                                     &message));
            struct result far = results[j];
            far.ended = far.not_run = far.not_found = false;
            far.error_text = far.signal_text = NULL;
            far.status = far.signal = 0;
            result_get (&far, &message);
            message_wipe (&builder);
            result_free (&results[j]);
            results[j] = far;
            CHECK (far.ended);
          }
      CHECK_NUMBER (report_status (results, count), rows[i].status);
      catch_messages ();
      report_failures (results, count);
      CHECK_TEXT (caught (), rows[i].messages);

      diagnose_level (-1);
      catch_messages ();
      report_failures (results, count);
      CHECK_TEXT (caught (), "");
      diagnose_level (0);
      for (size_t j = 0; j < count; j++)
        {
          result_free (&results[j]);
          CHECK (results[j].error_text == NULL
                 && results[j].signal_text == NULL);
        }
    }
}

/* Words of others cannot forge lines or play with the terminal.  */
static void
check_bad_words (void)
{
  row_is ("words with control characters");
  struct result result = {
    .role = "remote command", .name = "d\nd\033[2J", .host = "f\nar\033",
    .started = true, .ended = true, .not_run = true
  };
  result.error_text = xstrdup ("No\nsuch\033file");
  catch_messages ();
  report_failures (&result, 1);
  CHECK_TEXT (caught (), "socketpipe: cannot run remote command "
              "'d\\nd\\033[2J' on f\\nar\\033: No\\nsuch\\033file\n");
  result_free (&result);
  result.not_run = false;
  result.signal = 9;
  result.signal_text = xstrdup ("Kil\nled\033");
  catch_messages ();
  report_failures (&result, 1);
  CHECK_TEXT (caught (), "socketpipe: remote command 'd\\nd\\033[2J' on "
              "f\\nar\\033 failed: killed by signal 9 (Kil\\nled\\033)\n");
  result_free (&result);

  row_is ("a name that is too long");
  char name[3000];
  memset (name, 'x', sizeof name);
  name[sizeof name - 1] = '\0';
  result.name = name;
  catch_messages ();
  report_failures (&result, 1);
  char const *line = caught ();
  CHECK (strchr (line, '\n') == line + strlen (line) - 1);
}

/* A MESSAGE_STAGE_END of any kind, and the status that it makes.  */
enum { ABSENT = -1 };
struct far_row
{
  int64_t not_found;
  int64_t signal;
  int64_t status;
  int wanted;
};

static struct far_row const far_rows[] =
{
  { ABSENT, ABSENT, 0, 0 },
  { ABSENT, ABSENT, 1, 1 },
  { ABSENT, ABSENT, 255, 255 },
  { ABSENT, 9, ABSENT, 137 },
  { ABSENT, 9, 0, 137 },
  { 1, ABSENT, ABSENT, 127 },
  { 0, ABSENT, ABSENT, 126 },
  { 1, 9, 0, 127 },
  /* What makes no sense is no success.  */
  { ABSENT, ABSENT, ABSENT, 125 },
  { ABSENT, ABSENT, 256, 125 },
  { ABSENT, ABSENT, INT64_C (1) << 32, 125 },
  { ABSENT, 0, ABSENT, 125 },
  { ABSENT, 128, ABSENT, 125 },
  { ABSENT, INT64_C (1) << 32, ABSENT, 125 },
};

static void
check_far_rows (void)
{
  for (size_t i = 0; i < SIZEOF (far_rows); i++)
    {
      struct far_row const *row = &far_rows[i];
      row_is ("message: not found %" PRId64 ", signal %" PRId64
              ", status %" PRId64, row->not_found, row->signal, row->status);
      struct message_builder builder;
      struct message message;
      message_begin (&builder, MESSAGE_STAGE_END);
      if (row->not_found != ABSENT)
        message_add_number (&builder, KEY_NOT_FOUND, row->not_found);
      if (row->signal != ABSENT)
        message_add_number (&builder, KEY_SIGNAL, row->signal);
      if (row->status != ABSENT)
        message_add_number (&builder, KEY_STATUS, row->status);
      message_finish (&builder);
      NEED (0 < message_parse (builder.bytes, builder.length, &message));
      struct result result = { .role = "remote command", .name = "dd",
                               .started = true };
      result_get (&result, &message);
      CHECK (result.ended);
      int status = report_status (&result, 1);
      CHECK_NUMBER (status, row->wanted);
      /* Without the texts there is still something to say.  */
      catch_messages ();
      report_failures (&result, 1);
      char const *line = caught ();
      CHECK ((*line != '\0') == (status != 0));
      CHECK (strstr (line, "(null)") == NULL);
      result_free (&result);
      message_wipe (&builder);
    }
}

/* How a process ends, and what is made of it.  */
static void
check_stages (void)
{
  struct
  {
    char const *name;
    int exit_status;
    int signal;
    int exec_errno;
    int wanted;
  }
  const stages[] =
  {
    { "exit 0", 0, 0, 0, 0 },
    { "exit 1", 1, 0, 0, 1 },
    { "exit 255", 255, 0, 0, 255 },
    { "killed", 0, SIGKILL, 0, 128 + SIGKILL },
    { "SIGPIPE", 0, SIGPIPE, 0, 128 + SIGPIPE },
    { "ENOENT", 0, 0, ENOENT, 127 },
    { "EACCES", 0, 0, EACCES, 126 },
    { "ENOTDIR", 0, 0, ENOTDIR, 126 },
    { "ENOEXEC", 0, 0, ENOEXEC, 126 },
    { "EAGAIN", 0, 0, EAGAIN, 126 },
  };
  for (size_t i = 0; i < SIZEOF (stages); i++)
    {
      row_is ("stage: %s", stages[i].name);
      struct stage stage = { .state = STAGE_ENDED,
                             .exec_errno = stages[i].exec_errno };
      pid_t child = fork ();
      NEED (0 <= child);
      if (child == 0)
        {
          signal (stages[i].signal ? stages[i].signal : SIGALRM, SIG_DFL);
          if (stages[i].signal != 0)
            raise (stages[i].signal);
          _exit (stages[i].exit_status);
        }
      NEED (waitpid (child, &stage.wait_status, 0) == child);
      struct result result = { .role = "input command", .name = "x",
                               .started = true };
      result_from_stage (&result, &stage);
      CHECK (result.ended);
      CHECK_NUMBER (report_status (&result, 1), stages[i].wanted);
      if (result.not_run)
        CHECK_TEXT (result.error_text, strerror (stages[i].exec_errno));
      result_free (&result);

      char text[80], wanted[80];
      if (stages[i].signal != 0)
        snprintf (wanted, sizeof wanted, "killed by signal %d (%s)",
                  stages[i].signal, strsignal (stages[i].signal));
      else
        snprintf (wanted, sizeof wanted, "exit status %d",
                  stages[i].exit_status);
      describe_end (stage.wait_status, text, sizeof text);
      CHECK_TEXT (text, wanted);
    }
}

int
main (void)
{
  prepare_messages ();
  check_rows ();
  check_bad_words ();
  check_far_rows ();
  check_stages ();
  return test_result ();
}
