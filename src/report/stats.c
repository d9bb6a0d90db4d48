/* How a run went: what was the bottleneck, in words.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "report/stats.h"

#include <stdlib.h>

#include "base/amount.h"
#include "quote.h"
#include "xalloc.h"
#include "xvasprintf.h"

/* The most of a command's words that is shown.  */
enum { SHOWN = 60 };

double
stats_rate (struct stats_channel const *channel)
{
  return (channel->counted && 0 < channel->time
          ? channel->bytes * 1e6 / channel->time : -1);
}

/* Return the words of STAGE as one malloc'ed string, cut to what can be
   shown.  */
static char *
join (struct stats_stage const *stage)
{
  char *all = xstrdup (stage->command[0]);
  for (char **word = stage->command + 1; *word; word++)
    {
      char *more = xasprintf ("%s %s", all, *word);
      free (all);
      all = more;
    }
  if (SHOWN < strlen (all))
    strcpy (all + SHOWN - 3, "...");
  return all;
}

/* Return the wait for STAGE to do WHAT as a malloc'ed string.  */
static char *
for_stage (struct stats_stage const *stage, char const *what)
{
  char const *role = stage->result->role;
  if (stage->command == NULL)
    return xasprintf ("for %s to %s", role,
                      STREQ (what, "read") ? "take data" : "give data");
  char *words = join (stage);
  char *text = xasprintf ("for the %s %s to %s", role, quote (words), what);
  free (words);
  return text;
}

/* Return what CHANNEL waited for as a malloc'ed string.  */
static char *
what_for (struct stats const *stats, struct stats_channel const *channel,
          enum wait wait)
{
  char rate[AMOUNT_MAX];
  switch (wait)
    {
    case WAIT_WRITER:
      return for_stage (&stats->stages[channel->from], "write");
    case WAIT_READER:
      return for_stage (&stats->stages[channel->to], "read");
    case WAIT_BUFFER:
      return xstrdup ("for room in the send buffer, which the system keeps "
                      "too small for this network");
    default:
      if (stats->rate_limit == 0)
        return xstrdup ("for the network");
      return xasprintf ("for the network, or the rate limit of %s",
                        amount_rate (stats->rate_limit, rate));
    }
}

char *
stats_bottleneck (struct stats const *stats, struct bottleneck *found)
{
  struct waits *accounts = xnmalloc (stats->channel_count, sizeof *accounts);
  for (size_t i = 0; i < stats->channel_count; i++)
    accounts[i] = stats->channels[i].waits;
  *found = bottleneck_find (accounts, stats->channel_count);
  free (accounts);
  if (!found->known)
    return NULL;
  char *what = what_for (stats, &stats->channels[found->channel],
                         found->wait);
  char *text = xasprintf ("%.0f %% of the time channel %zu waited %s",
                          100 * found->share, found->channel + 1, what);
  free (what);
  return text;
}
