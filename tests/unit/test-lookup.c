/* Test that names are looked up, by a child that gives nothing away.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/lookup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/events.h"
#include "test-macros.h"

static struct events events;
static struct lookup lookup;

/* The answer: how many addresses, and the first one, or the error.  */
static bool answered;
static size_t addresses;
static char text[200];

static void
on_answer (void *context, struct candidate const *list, size_t count,
           char const *error)
{
  CHECK (context == &lookup && !answered);
  answered = true;
  addresses = count;
  *text = '\0';
  if (error)
    snprintf (text, sizeof text, "%s", error);
  else if (0 < count)
    {
      struct sockaddr_in const *in = (void const *) &list[0].address;
      CHECK (in->sin_family == AF_INET);
      inet_ntop (AF_INET, &in->sin_addr, text, sizeof text);
    }
}

static void
ask (char const *host)
{
  row_is ("%s", host);
  answered = false;
  NEED (lookup_start (&lookup, &events, host, on_answer, &lookup) == 0);
}

static void
wait_for_answer (void)
{
  while (!answered)
    events_step (&events);
  CHECK (lookup.events == NULL);
}

/* Return whether the child is not allowed a dump, or that cannot be seen.  */
static bool
has_no_dump (void)
{
  char name[100], line[200];
  siginfo_t info;
  /* The limits of a process that has ended are there until it is waited
     for.  */
  NEED (waitid (P_PID, lookup.pid, &info, WEXITED | WNOWAIT) == 0);
  snprintf (name, sizeof name, "/proc/%ld/limits", (long) lookup.pid);
  FILE *file = fopen (name, "r");
  if (file == NULL)
    return true;
  /* The soft limit, the hard one, and the unit.  */
  static char const wanted[] = "Max core file size";
  bool none = false;
  while (fgets (line, sizeof line, file) != NULL)
    if (strncmp (line, wanted, sizeof wanted - 1) == 0)
      {
        char const *at = line + sizeof wanted - 1;
        at += strspn (at, " ");
        none = strspn (at, "0") == 1 && at[strspn (at, "0 ")] == 'b';
      }
  fclose (file);
  return none;
}

int
main (void)
{
  struct rlimit limit;
  alarm (100);
  events_init (&events);

  ask ("127.0.0.1");
  wait_for_answer ();
  CHECK_NUMBER (addresses, 1);
  CHECK_TEXT (text, "127.0.0.1");

  /* Longer than any name, so that no server has to be asked.  */
  char name[301] = "";
  memset (name, 'x', sizeof name - 1);
  ask (name);
  wait_for_answer ();
  CHECK (addresses == 0 && *text != '\0');

  /* The child has a copy of all that we know.  */
  if (getrlimit (RLIMIT_CORE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_CORE, &limit);
    }
  ask ("127.0.0.1");
  CHECK (has_no_dump ());
  wait_for_answer ();

  row_is ("cancelled");
  ask ("127.0.0.1");
  lookup_cancel (&lookup);
  CHECK (!answered && lookup.events == NULL);
  CHECK (waitpid (-1, NULL, 0) == -1);
  events_free (&events);
  return test_result ();
}
