/* What the user asked for.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "run.h"

#include <stdlib.h>

#include "xalloc.h"

struct run_host *
run_add_host (struct run *run, char **login)
{
  run->hosts = xnrealloc (run->hosts, run->host_count + 1,
                          sizeof *run->hosts);
  struct run_host *host = &run->hosts[run->host_count++];
  *host = (struct run_host) { .login = login, .remote_path = "socketpipe" };
  return host;
}

unsigned
run_add_stage (struct run *run, char const *role, char const *place,
               enum stage_kind kind, char **argv, unsigned host)
{
  run->stages = xnrealloc (run->stages, run->stage_count + 1,
                           sizeof *run->stages);
  run->stages[run->stage_count] = (struct run_stage) {
    .role = role, .place = place, .kind = kind, .argv = argv, .host = host
  };
  return run->stage_count++;
}

void
run_add_channel (struct run *run, char const *name, unsigned writer,
                 unsigned reader)
{
  run->channels = xnrealloc (run->channels, run->channel_count + 1,
                             sizeof *run->channels);
  run->channels[run->channel_count++] = (struct run_channel) {
    .name = name, .writer = writer, .reader = reader
  };
}

void
run_free (struct run *run)
{
  for (size_t i = 0; i < run->host_count; i++)
    free (run->hosts[i].login);
  for (size_t i = 0; i < run->stage_count; i++)
    free (run->stages[i].argv);
  free (run->hosts);
  free (run->stages);
  free (run->channels);
  *run = (struct run) { .hosts = NULL };
}
