/* How one stage of the pipeline ended, on any host.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "worker/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/system.h"
#include "xalloc.h"

void
result_from_stage (struct result *result, struct stage const *stage)
{
  result->ended = stage->state == STAGE_ENDED;
  if (stage->exec_errno != 0)
    {
      result->not_run = true;
      result->not_found = stage->exec_errno == ENOENT;
      result->error_text = xstrdup (strerror (stage->exec_errno));
      return;
    }
  result->used = true;
  result->wall_us = stage->wall;
  result->usage = stage->usage;
  if (WIFSIGNALED (stage->wait_status))
    {
      result->signal = WTERMSIG (stage->wait_status);
      char const *text = strsignal (result->signal);
      result->signal_text = xstrdup (text ? text : "unknown");
    }
  else
    result->status = WEXITSTATUS (stage->wait_status);
}

static void
put_usage (struct result const *result, struct message_builder *message)
{
  message_add_number (message, KEY_WALL_TIME, result->wall_us);
  message_add_number (message, KEY_USER_TIME, result->usage.user_us);
  message_add_number (message, KEY_SYSTEM_TIME, result->usage.system_us);
  message_add_number (message, KEY_MEMORY, result->usage.peak_memory);
}

static void
get_usage (struct result *result, struct message const *message)
{
  struct child_usage *usage = &result->usage;
  result->used = (message_number (message, KEY_WALL_TIME, &result->wall_us)
                  && message_number (message, KEY_USER_TIME, &usage->user_us)
                  && message_number (message, KEY_SYSTEM_TIME,
                                     &usage->system_us)
                  && message_number (message, KEY_MEMORY,
                                     &usage->peak_memory));
}

void
result_put (struct result const *result, struct message_builder *message)
{
  if (result->not_run)
    {
      message_add_number (message, KEY_NOT_FOUND, result->not_found);
      message_add_text (message, KEY_ERRNO_TEXT, result->error_text);
    }
  else if (result->signal != 0)
    {
      message_add_number (message, KEY_SIGNAL, result->signal);
      message_add_text (message, KEY_SIGNAL_TEXT, result->signal_text);
    }
  else
    message_add_number (message, KEY_STATUS, result->status);
  if (result->used)
    put_usage (result, message);
}

void
result_get (struct result *result, struct message const *message)
{
  uint64_t number;
  result->ended = true;
  get_usage (result, message);
  if (message_number (message, KEY_NOT_FOUND, &number))
    {
      result->not_run = true;
      result->not_found = number != 0;
      result->error_text = message_text (message, KEY_ERRNO_TEXT, 0);
    }
  else if (message_number (message, KEY_SIGNAL, &number)
           && 0 < number && number < 128)
    {
      result->signal = number;
      result->signal_text = message_text (message, KEY_SIGNAL_TEXT, 0);
    }
  else if (message_number (message, KEY_STATUS, &number) && number < 256)
    result->status = number;
  else
    result->status = EXIT_OWN_FAILURE;
}

void
result_free (struct result *result)
{
  free (result->error_text);
  free (result->signal_text);
  result->error_text = result->signal_text = NULL;
}
