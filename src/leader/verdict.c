/* How the run of three stages ended, as the local side sees it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "leader/verdict.h"

#include <signal.h>

#include "base/system.h"

/* Put into the results what the channels have to do with them.  */
static void
relate_results (struct verdict *v)
{
  struct channel const *in = &v->supervisor->ends[CHANNEL_INPUT].channel;
  struct channel const *out = &v->supervisor->ends[CHANNEL_OUTPUT].channel;
  struct result *results = v->results;
  if (v->input)
    {
      results[INPUT].reader_left = in->own.outcome == OUTCOME_READER_LEFT;
      results[REMOTE].input_cut = (in->own.outcome == OUTCOME_ABORTED
                                   || in->own.outcome == OUTCOME_FAILED
                                   || in->peer.outcome == OUTCOME_BROKEN
                                   || in->peer.outcome == OUTCOME_TAMPERED
                                   || in->peer.outcome == OUTCOME_FAILED);
      results[REMOTE].input_piped = in->carried || v->stage_pipes;
    }
  results[REMOTE].reader_left = out->peer.outcome == OUTCOME_READER_LEFT;
  results[OUTPUT].input_cut = channel_input_cut (out);
  /* A relay may be there only to count.  */
  results[OUTPUT].input_piped
    = (out->carried || v->stage_pipes
       || 0 < v->supervisor->ends[CHANNEL_OUTPUT].chain.count);
}

/* Return whether WRITER and READER, the ends of CHANNEL from FROM to TO, agree
   on how it ended.  */
static bool
ends_agree (struct channel const *channel, struct result const *from,
            struct channel_end const *writer, struct result const *to,
            struct channel_end const *reader)
{
  return (channel->mode != SECURE_NONE && !channel->carried
          ? report_encrypted (from, writer, to, reader)
          : report_channel (from, writer, to, reader));
}

static bool
channels_agree (struct verdict const *v)
{
  struct channel const *in = &v->supervisor->ends[CHANNEL_INPUT].channel;
  struct channel const *out = &v->supervisor->ends[CHANNEL_OUTPUT].channel;
  struct result const *results = v->results;
  bool agree = ends_agree (out, &results[REMOTE], &out->peer,
                           &results[OUTPUT], &out->own);
  if (v->input)
    agree = (ends_agree (in, &results[INPUT], &in->own, &results[REMOTE],
                         &in->peer)
             && agree);
  return agree;
}

void
verdict_name (struct verdict *v)
{
  struct result *results = v->results;
  results[INPUT].role = v->input ? v->input->stage.role : "";
  results[INPUT].name = v->run->input ? v->run->input[0] : NULL;
  results[INPUT].started = v->input && v->input->stage.state != STAGE_IDLE;
  results[REMOTE].role = "remote command";
  results[REMOTE].name = v->run->remote[0];
  results[REMOTE].host = v->host;
  results[OUTPUT].role = v->output->stage.role;
  results[OUTPUT].name = v->run->output ? v->run->output[0] : NULL;
  results[OUTPUT].started = v->output->stage.state != STAGE_IDLE;
}

int
verdict_report (struct verdict *v)
{
  struct result *results = v->results;
  verdict_name (v);
  relate_results (v);

  /* That what we pass on is not whole has been said in other words.  */
  if (v->failed && results[OUTPUT].name == NULL)
    results[OUTPUT].started = false;
  bool agree = v->failed || channels_agree (v);
  int status = report_status (results, STAGES_MAX);
  /* As a filter whose reader goes: nothing to say, but the shell to tell.  */
  if (status == EXIT_SIGNAL_BASE + SIGPIPE && results[OUTPUT].name == NULL
      && results[OUTPUT].signal == SIGPIPE)
    return v->failed || !agree ? EXIT_OWN_FAILURE : -SIGPIPE;
  if (status != 0 || v->failed)
    report_failures (results, STAGES_MAX);
  return v->failed || !agree ? EXIT_OWN_FAILURE : status;
}

void
verdict_free (struct verdict *v)
{
  for (int i = 0; i < STAGES_MAX; i++)
    result_free (&v->results[i]);
}
