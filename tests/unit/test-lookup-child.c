/* Test the look-up of names in a child.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/children.h"
#include "base/signals.h"
#include "test-macros.h"

/* The child sets an alarm before it asks, and does so by this function, which
   takes the place of the system's.  So it can be told here to go no
   further.  */
static enum { GO_ON, HANG, HANG_SHORTLY } then;

unsigned int
alarm (unsigned int seconds)
{
  struct itimerval limit = { .it_value = { .tv_sec = seconds } };
  if (then == HANG_SHORTLY && 0 < seconds)
    limit.it_value = (struct timeval) { .tv_usec = 50000 };
  NEED (setitimer (ITIMER_REAL, &limit, NULL) == 0);
  while (then != GO_ON)
    pause ();
  return 0;
}

/* What a look-up has answered.  */
struct result
{
  int calls;
  struct candidate list[64];
  size_t count;
  char error[256];              /* "" = none */
};

static void
on_answer (void *context, struct candidate const *list, size_t count,
           char const *error)
{
  struct result *result = context;
  result->calls++;
  result->count = count;
  NEED (count <= SIZEOF (result->list));
  if (0 < count)
    memcpy (result->list, list, count * sizeof *list);
  snprintf (result->error, sizeof result->error, "%s", error ? error : "");
}

/* Let EVENTS go on until RESULT has its answer.  */
static void
await (struct events *events, struct result const *result)
{
  while (result->calls == 0)
    events_step (events);
}

/* Return how many descriptors EVENTS watches.  */
static size_t
count_watched (struct events const *events)
{
  size_t count = 0;
  for (size_t i = 0; i < events->count; i++)
    count += 0 <= events->polls[i].fd;
  return count;
}

static bool
has_child (void)
{
  return 0 <= waitpid (-1, NULL, WNOHANG) || errno != ECHILD;
}

/* Nothing of LOOKUP is left: no child, known or not, and no descriptor that is
   watched.  */
static void
check_over (struct lookup const *lookup, struct events const *events)
{
  pid_t list[1];
  CHECK (lookup->events == NULL && lookup->answer == NULL);
  CHECK_NUMBER (count_watched (events), 0);
  CHECK (!has_child ());
  CHECK_NUMBER (children_helpers (list, 1), 0);
}

/* Look up HOST and fill in *RESULT.  */
static void
look_up (char const *host, struct result *result)
{
  struct events events;
  struct lookup lookup = { .events = NULL };
  *result = (struct result) { .calls = 0 };
  row_is ("'%.40s'", host);
  events_init (&events);
  NEED (lookup_start (&lookup, &events, host, on_answer, result) == 0);
  CHECK_NUMBER (result->calls, 0);
  await (&events, result);
  check_over (&lookup, &events);
  CHECK_NUMBER (result->calls, 1);
  events_free (&events);
}

/* Return whether getaddrinfo accepts a numeric address of IPv6.  */
static bool
knows_ipv6 (void)
{
  struct addrinfo *list;
  if (getaddrinfo ("2001:db8::7", NULL, NULL, &list) != 0)
    return false;
  freeaddrinfo (list);
  return true;
}

static void
check_addresses (void)
{
  struct result result;
  look_up ("192.0.2.1", &result);
  CHECK_TEXT (result.error, "");
  if (CHECK_NUMBER (result.count, 1))
    {
      struct sockaddr_in const *in
        = (struct sockaddr_in const *) &result.list[0].address;
      CHECK_NUMBER (result.list[0].length, sizeof *in);
      CHECK_NUMBER (in->sin_family, AF_INET);
      CHECK (in->sin_addr.s_addr == htonl (0xc0000201));
    }
  /* gnulib's replacement of getaddrinfo does not.  */
  if (!knows_ipv6 ())
    return;
  look_up ("2001:db8::7", &result);
  CHECK_TEXT (result.error, "");
  if (CHECK_NUMBER (result.count, 1))
    {
      struct sockaddr_in6 const *in
        = (struct sockaddr_in6 const *) &result.list[0].address;
      CHECK_NUMBER (result.list[0].length, sizeof *in);
      CHECK_NUMBER (in->sin6_family, AF_INET6);
      CHECK_NUMBER (in->sin6_addr.s6_addr[15], 7);
    }
}

static bool
is_loopback (struct candidate const *candidate)
{
  struct sockaddr_storage const *address = &candidate->address;
  struct sockaddr_in const *in = (struct sockaddr_in const *) address;
  struct sockaddr_in6 const *in6 = (struct sockaddr_in6 const *) address;
  return (address->ss_family == AF_INET
          ? ntohl (in->sin_addr.s_addr) >> 24 == 127
          : (address->ss_family == AF_INET6
             && IN6_IS_ADDR_LOOPBACK (&in6->sin6_addr)));
}

static void
check_localhost (void)
{
  struct result result;
  look_up ("localhost", &result);
  CHECK_NUMBER (result.count == 0, result.error[0] != '\0');
  for (size_t i = 0; i < result.count; i++)
    CHECK (is_loopback (&result.list[i]));
}

/* Names for which no server is asked: what cannot be one.  */
static void
check_unknown (void)
{
  char label[101];
  struct result result;
  memset (label, 'x', sizeof label - 1);
  label[sizeof label - 1] = '\0';
  char const *const names[] = { label, "a..b", "fe80::1%no-such-interface" };
  for (size_t i = 0; i < SIZEOF (names); i++)
    {
      look_up (names[i], &result);
      CHECK_NUMBER (result.count, 0);
      CHECK (result.error[0] != '\0');
    }
}

/* Begin a look-up whose child will hang.  */
static void
begin (struct lookup *lookup, struct events *events, struct result *result)
{
  *lookup = (struct lookup) { .events = NULL };
  *result = (struct result) { .calls = 0 };
  events_init (events);
  NEED (lookup_start (lookup, events, "localhost", on_answer, result) == 0);
  CHECK (lookup->events == events);
  CHECK_NUMBER (count_watched (events), 1);
}

static void
check_cancel (void)
{
  struct lookup lookup = { .events = NULL };
  struct events events;
  struct result result;
  pid_t list[1];
  int ends[2];
  row_is ("cancelled before it begins");
  lookup_cancel (&lookup);

  row_is ("cancelled while it waits");
  then = HANG;
  NEED (pipe (ends) == 0);
  begin (&lookup, &events, &result);
  CHECK_NUMBER (children_helpers (list, 1), 1);
  CHECK_NUMBER (list[0], lookup.pid);
  CHECK_NUMBER (fcntl (lookup.fd, F_GETFD), FD_CLOEXEC);
  /* The child has none of our descriptors.  */
  close (ends[1]);
  struct pollfd wait = { .fd = ends[0], .events = POLLIN };
  CHECK_NUMBER (poll (&wait, 1, 20000), 1);
  close (ends[0]);
  CHECK (kill (lookup.pid, 0) == 0);
  lookup_cancel (&lookup);
  check_over (&lookup, &events);
  CHECK_NUMBER (result.calls, 0);
  lookup_cancel (&lookup);

  row_is ("begun once more");
  then = GO_ON;
  NEED (lookup_start (&lookup, &events, "192.0.2.1", on_answer, &result)
        == 0);
  await (&events, &result);
  CHECK_NUMBER (result.count, 1);
  check_over (&lookup, &events);

  row_is ("cancelled when the answer has come");
  result = (struct result) { .calls = 0 };
  NEED (lookup_start (&lookup, &events, "192.0.2.1", on_answer, &result)
        == 0);
  siginfo_t info;
  NEED (waitid (P_PID, lookup.pid, &info, WEXITED | WNOWAIT) == 0);
  lookup_cancel (&lookup);
  check_over (&lookup, &events);
  CHECK_NUMBER (result.calls, 0);
  events_free (&events);
}

/* The child does not come to an answer: it has taken too long, or was
   killed.  */
static void
check_no_answer (void)
{
  for (int slow = 0; slow < 2; slow++)
    {
      struct lookup lookup;
      struct events events;
      struct result result;
      row_is (slow ? "too slow" : "killed");
      then = slow ? HANG_SHORTLY : HANG;
      begin (&lookup, &events, &result);
      then = GO_ON;
      if (!slow)
        NEED (kill (lookup.pid, SIGKILL) == 0);
      await (&events, &result);
      CHECK_NUMBER (result.calls, 1);
      CHECK_NUMBER (result.count, 0);
      CHECK_TEXT (result.error, "cannot be looked up");
      check_over (&lookup, &events);
      events_free (&events);
    }
}

static void
check_no_start (void)
{
  struct rlimit old, few;
  struct lookup lookup = { .events = NULL };
  struct events events;
  struct result result = { .calls = 0 };
  row_is ("no descriptor left");
  events_init (&events);
  int lowest = dup (STDERR_FILENO);
  NEED (0 <= lowest && close (lowest) == 0
        && getrlimit (RLIMIT_NOFILE, &old) == 0);
  few = old;
  few.rlim_cur = lowest + 1;
  NEED (setrlimit (RLIMIT_NOFILE, &few) == 0);
  int value = lookup_start (&lookup, &events, "localhost", on_answer,
                            &result);
  int error = errno;
  NEED (setrlimit (RLIMIT_NOFILE, &old) == 0);
  CHECK_NUMBER (value, -1);
  CHECK_NUMBER (error, EMFILE);
  check_over (&lookup, &events);
  lookup_cancel (&lookup);
  events_free (&events);
}

int
main (void)
{
  /* A look-up that waits for what never comes ends this test.  */
  alarm (120);
  NEED (0 <= signals_open ());
  check_addresses ();
  check_localhost ();
  check_unknown ();
  check_cancel ();
  check_no_answer ();
  check_no_start ();
  return test_result ();
}
