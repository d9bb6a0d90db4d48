/* Test which addresses are tried, and in which order.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/offer.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include "interfaces.h"
#include "base/system.h"
#include "test-macros.h"
#include "xalloc.h"

/* This host has these addresses, wherever the test runs.  */
int
interfaces_each (void (*fn) (void *, struct sockaddr const *, socklen_t),
                 void *context)
{
  struct sockaddr_in in = { .sin_family = AF_INET };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
  NEED (inet_pton (AF_INET, "203.0.113.77", &in.sin_addr) == 1
        && inet_pton (AF_INET6, "2001:db8::77", &in6.sin6_addr) == 1);
  fn (context, (struct sockaddr *) &in, sizeof in);
  fn (context, (struct sockaddr *) &in6, sizeof in6);
  return 0;
}

/* An offer, where the connecting side sits, and the candidates that come of
   it, as "ADDRESS/PORT" with a space after each.  */
struct row
{
  enum side side;               /* the connecting one */
  int port4;
  int port6;
  char const *addresses;        /* with spaces between them */
  char const *host;             /* -h */
  char const *offered_ssh;      /* SSH_CONNECTION of the offering side */
  bool same_host;               /* both ends are on one */
  char const *ssh;              /* SSH_CONNECTION of the connecting side */
  char const *wanted;
};

#define LOCAL SIDE_LOCAL
#define REMOTE SIDE_REMOTE
#define MANY "192.0.2.1 2001:db8::1 10.0.0.1 127.0.0.1 ::1"
#define SSH "198.51.100.7 40000 198.51.100.8 22"
#define SSH6 "2001:db8::7 40000 2001:db8::8 22"

static struct row const rows[] =
{
  /* What is offered, in the order of the offer, without loopback.  */
  { REMOTE, 4, 6, MANY, NULL, NULL, false, NULL,
    "192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  { REMOTE, 4, 6, "", NULL, NULL, false, NULL, "" },
  { REMOTE, 4, 6, "127.0.0.1 ::1", NULL, NULL, false, NULL, "" },
  { REMOTE, 4, 6, "127.0.0.2 127.255.255.255", NULL, NULL, false, NULL, "" },
  /* A family on which nobody listens.  */
  { REMOTE, 4, 0, MANY, NULL, NULL, false, NULL, "192.0.2.1/4 10.0.0.1/4 " },
  { REMOTE, 0, 6, MANY, NULL, NULL, false, NULL, "2001:db8::1/6 " },
  { REMOTE, 0, 0, MANY, NULL, NULL, true, SSH, "" },
  /* Ports go to the network in its order.  */
  { REMOTE, 0x1234, 65535, "192.0.2.1 2001:db8::1", NULL, NULL, false, NULL,
    "192.0.2.1/4660 2001:db8::1/65535 " },
  /* The same host: loopback first, then the rest.  */
  { REMOTE, 4, 6, MANY, NULL, NULL, true, NULL,
    "127.0.0.1/4 ::1/6 192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  { REMOTE, 4, 0, MANY, NULL, NULL, true, NULL,
    "127.0.0.1/4 192.0.2.1/4 10.0.0.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, true, NULL, "192.0.2.1/4 " },
  /* Where the ssh server saw the client.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, SSH,
    "198.51.100.7/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, SSH6,
    "2001:db8::7/6 192.0.2.1/4 " },
  { REMOTE, 4, 0, "192.0.2.1", NULL, NULL, false, SSH6, "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1 127.0.0.1", NULL, NULL, true, SSH,
    "127.0.0.1/4 198.51.100.7/4 192.0.2.1/4 " },
  /* Through a tunnel, that is a loopback address of one host or the other; on
     one host it is right.  What must not be dialled has a minus sign.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false,
    "127.0.0.1 40000 127.0.0.1 22", "-127.0.0.1/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "::1 40000 ::1 22",
    "-::1/6 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, true, "::1 40000 ::1 22",
    "::1/6 192.0.2.1/4 " },
  /* The offering side sits behind ssh itself.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, "203.0.113.5 1 203.0.113.6 22", false,
    SSH, "198.51.100.7/4 192.0.2.1/4 " },
  /* The login only handed it on.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, SSH, false, SSH, "192.0.2.1/4 " },
  { REMOTE, 4, 6, MANY, NULL, SSH, true, SSH,
    "127.0.0.1/4 ::1/6 192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  /* One that makes no sense.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "", "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, " ", "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, " 198.51.100.7 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "UNKNOWN 1 UNKNOWN 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "localhost 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "198.51.100.777 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "198.51.100.7",
    "198.51.100.7/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "fe80::1%no-such 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false,
    "11111111111111111111111111111111111111111111111111111111111111111111"
    "11111111111111111111111111111111111111111111 1 x 22", "192.0.2.1/4 " },
  /* Nothing twice, however it is written.  */
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.1 10.0.0.1 192.0.2.1", NULL, NULL,
    false, NULL, "192.0.2.1/4 10.0.0.1/4 " },
  { REMOTE, 4, 6, "10.0.0.1 198.51.100.7", NULL, NULL, false, SSH,
    "198.51.100.7/4 10.0.0.1/4 " },
  { REMOTE, 4, 6, "2001:db8::1 2001:DB8:0::1 2001:db8:0:0:0:0:0:1", NULL, NULL,
    false, NULL, "2001:db8::1/6 " },
  { REMOTE, 4, 6, "127.0.0.1 192.0.2.1", NULL, NULL, true,
    "127.0.0.1 1 127.0.0.1 22", "127.0.0.1/4 192.0.2.1/4 " },
  /* No addresses at all among the offered ones.  */
  { REMOTE, 4, 6, "localhost 192.0.2.300 x 10.0.0.1 ::g", NULL, NULL, false,
    NULL, "10.0.0.1/4 " },
  /* -h stands alone.  */
  { REMOTE, 4, 6, MANY, "203.0.113.9", NULL, true, SSH, "203.0.113.9/4 " },
  { REMOTE, 4, 6, MANY, "2001:db8::9", NULL, true, SSH, "2001:db8::9/6 " },
  { REMOTE, 4, 6, MANY, "127.0.0.1", NULL, false, NULL, "-127.0.0.1/4 " },
  { REMOTE, 4, 6, MANY, "127.0.0.1", NULL, true, NULL, "127.0.0.1/4 " },
  /* What no single host has, or this one.  */
  { REMOTE, 4, 6, "0.0.0.0 0.1.2.3 224.0.0.1 239.1.2.3 240.0.0.1 :: ff02::1"
    " 255.255.255.255 fe80::1 fe80::1%lo 169.254.1.2 192.0.2.1", NULL, NULL,
    true, NULL, "192.0.2.1/4 " },
  { REMOTE, 4, 6, "::ffff:127.0.0.1 ::ffff:0.0.0.0 ::ffff:224.0.0.1"
    " ::ffff:203.0.113.77 ::ffff:192.0.2.1 192.0.2.1", NULL, NULL, false,
    NULL, "192.0.2.1/4 " },
  { REMOTE, 0, 6, "::ffff:192.0.2.1", NULL, NULL, false, NULL, "" },
  { REMOTE, 4, 6, "203.0.113.77 2001:db8::77 192.0.2.1", NULL, NULL, false,
    NULL, "192.0.2.1/4 " },
  { REMOTE, 4, 6, "203.0.113.77 2001:db8::77 192.0.2.1", NULL, NULL, true,
    NULL, "203.0.113.77/4 2001:db8::77/6 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "203.0.113.77 1 x 22",
    "-203.0.113.77/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1 203.0.113.77", NULL, "x 1 203.0.113.77 22", false,
    NULL, "-203.0.113.77/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "224.0.0.1 1 x 22",
    "-224.0.0.1/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "169.254.1.2 1 x 22",
    "169.254.1.2/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, false, "fe80::1 1 x 22",
    "-fe80::1/6 192.0.2.1/4 " },
  { REMOTE, 4, 6, MANY, "203.0.113.77", NULL, false, NULL,
    "-203.0.113.77/4 " },
  { REMOTE, 4, 6, MANY, "255.255.255.255", NULL, true, NULL,
    "-255.255.255.255/4 " },
  { REMOTE, 4, 6, MANY, "::", NULL, true, NULL, "-::/6 " },
  { REMOTE, 0, 6, MANY, "203.0.113.9", NULL, true, SSH, "" },
  /* The local side connects to where the ssh server runs, as the remote side
     says.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH, false, NULL,
    "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH6, false, NULL,
    "2001:db8::8/6 192.0.2.1/4 " },
  { LOCAL, 4, 0, "192.0.2.1", NULL, SSH6, false, NULL, "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "127.0.0.1 40000 127.0.0.1 22", false,
    NULL, "-127.0.0.1/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, MANY, NULL, SSH, true, NULL,
    "127.0.0.1/4 ::1/6 198.51.100.8/4 2001:db8::1/6 192.0.2.1/4 "
    "10.0.0.1/4 " },
  { LOCAL, 4, 6, "10.0.0.1 198.51.100.8", NULL, SSH, false, NULL,
    "198.51.100.8/4 10.0.0.1/4 " },
  /* The user sits behind another ssh: that is of no use here.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH, false,
    "203.0.113.5 1 203.0.113.6 22", "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, NULL, false, SSH, "192.0.2.1/4 " },
  /* The login only handed it on.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH, false, SSH, "192.0.2.1/4 " },
  { LOCAL, 4, 6, MANY, NULL, SSH, true, SSH,
    "127.0.0.1/4 ::1/6 192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  /* One that makes no sense, or is too short.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, "", false, NULL, "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, " ", false, NULL, "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7 1", false, NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7 1 ", false, NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7  1  198.51.100.8  22",
    false, NULL, "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7 1 198.51.100.8", false,
    NULL, "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "UNKNOWN 1 UNKNOWN 22", false, NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "x 1 localhost 22", false, NULL,
    "192.0.2.1/4 " },
  /* The other host names nothing.  */
  { LOCAL, 4, 6, "192.0.2.1", "203.0.113.9", SSH, false, NULL,
    "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", "localhost", NULL, false, NULL,
    "192.0.2.1/4 " },
  /* The families take turns, each in its order; the first one begins.  */
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2",
    NULL, NULL, false, NULL,
    "192.0.2.1/4 2001:db8::1/6 192.0.2.2/4 2001:db8::2/6 192.0.2.3/4 " },
  { REMOTE, 4, 6, "2001:db8::1 2001:db8::2 192.0.2.1", NULL, NULL, false,
    NULL, "2001:db8::1/6 192.0.2.1/4 2001:db8::2/6 " },
  { REMOTE, 4, 6, "192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.2",
    NULL, NULL, false, NULL,
    "192.0.2.1/4 2001:db8::1/6 192.0.2.2/4 2001:db8::2/6 2001:db8::3/6 " },
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 192.0.2.3", NULL, NULL, false, NULL,
    "192.0.2.1/4 192.0.2.2/4 192.0.2.3/4 " },
  { REMOTE, 4, 0, "192.0.2.1 192.0.2.2 2001:db8::1 192.0.2.3", NULL, NULL,
    false, NULL, "192.0.2.1/4 192.0.2.2/4 192.0.2.3/4 " },
  /* ... unless one of that family comes before them.  */
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", NULL, NULL,
    false, SSH,
    "198.51.100.7/4 2001:db8::1/6 192.0.2.1/4 2001:db8::2/6 192.0.2.2/4 " },
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", NULL, NULL,
    false, SSH6,
    "2001:db8::7/6 192.0.2.1/4 2001:db8::1/6 192.0.2.2/4 2001:db8::2/6 " },
  { LOCAL, 4, 6, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", NULL, SSH,
    false, NULL,
    "198.51.100.8/4 2001:db8::1/6 192.0.2.1/4 2001:db8::2/6 192.0.2.2/4 " },
  /* Loopback addresses stay where they are.  */
  { LOCAL, 4, 6, "127.0.0.1 127.0.0.2 ::1 192.0.2.1 2001:db8::1", NULL, NULL,
    true, NULL,
    "127.0.0.1/4 127.0.0.2/4 ::1/6 192.0.2.1/4 2001:db8::1/6 " },
};

/* Make OFFER from ROW.  */
static void
make_offer (struct offer *offer, struct row const *row)
{
  *offer = (struct offer) { .port4 = row->port4, .port6 = row->port6 };
  offer->addresses = xnmalloc (strlen (row->addresses) + 1,
                               sizeof *offer->addresses);
  char const *at = row->addresses;
  while (*at != '\0')
    {
      size_t length = strcspn (at, " ");
      offer->addresses[offer->count++] = ximemdup0 (at, length);
      at += length + (at[length] == ' ');
    }
  offer->host = row->host ? xstrdup (row->host) : NULL;
  offer->tagged = true;
  memset (offer->tag, row->port4 + 1, sizeof offer->tag);
  offer->ssh_connection = row->offered_ssh ? xstrdup (row->offered_ssh)
                          : NULL;
}

/* Write the LIST to TEXT, of SIZE bytes, as in the table.  */
static void
describe (struct candidates const *list, char *text, size_t size)
{
  *text = '\0';
  for (size_t i = 0; i < list->count; i++)
    {
      char host[ADDRESS_TEXT_MAX], port[8];
      struct candidate const *candidate = &list->list[i];
      NEED (getnameinfo ((struct sockaddr const *) &candidate->address,
                         candidate->length, host, sizeof host, port,
                         sizeof port, NI_NUMERICHOST | NI_NUMERICSERV)
            == 0);
      size_t used = strlen (text);
      snprintf (text + used, size - used, "%s%s/%s ",
                candidate->refused ? "-" : "", host, port);
    }
}

static void
check_rows (void)
{
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct row const *row = &rows[i];
      row_is ("%s side, ports %d and %d, offered %s, -h %s, %s, "
              "SSH_CONNECTION %s there and %s here",
              row->side == LOCAL ? "local" : "remote", row->port4,
              row->port6, row->addresses, row->host ? row->host : "none",
              row->same_host ? "one host" : "two hosts",
              row->offered_ssh ? row->offered_ssh : "none",
              row->ssh ? row->ssh : "none");
      struct offer offer, travelled;
      struct candidates candidates;
      char text[1024];
      make_offer (&offer, row);
      struct dial_choice const choice = {
        .side = row->side, .same_host = row->same_host,
        .ssh_connection = row->ssh
      };
      candidates_make (&candidates, &offer, &choice);
      describe (&candidates, text, sizeof text);
      CHECK_TEXT (text, row->wanted);
      candidates_free (&candidates);
      CHECK (candidates.count == 0 && candidates.list == NULL);

      /* The same after a journey.  */
      struct message_builder builder;
      struct message message;
      message_begin (&builder, MESSAGE_TASK);
      offer_put (&offer, &builder);
      message_finish (&builder);
      NEED (0 < message_parse (builder.bytes, builder.length, &message));
      offer_get (&travelled, &message);
      message_wipe (&builder);
      CHECK_NUMBER (travelled.count, offer.count);
      CHECK_TEXT (travelled.host, offer.host);
      CHECK (travelled.tagged);
      CHECK (memcmp (travelled.tag, offer.tag, sizeof offer.tag) == 0);
      CHECK_TEXT (travelled.ssh_connection, offer.ssh_connection);
      candidates_make (&candidates, &travelled, &choice);
      describe (&candidates, text, sizeof text);
      CHECK_TEXT (text, row->wanted);
      candidates_free (&candidates);
      offer_free (&travelled);
      offer_free (&offer);
      CHECK (offer.count == 0 && offer.addresses == NULL);
    }
}

/* Where an address comes from, and who it is.  */
static void
check_origins (void)
{
  static char *addresses[] = { (char *) "192.0.2.1",
                               (char *) "198.51.100.7" };
  struct offer offer = { .port4 = 4, .addresses = addresses, .count = 2 };
  struct dial_choice choice = { .side = SIDE_REMOTE, .ssh_connection = SSH };
  struct candidates candidates;
  row_is ("origins");
  candidates_make (&candidates, &offer, &choice);
  if (CHECK_NUMBER (candidates.count, 2))
    {
      CHECK_NUMBER (candidates.list[0].origin, ORIGIN_LOGIN);
      CHECK_NUMBER (candidates.list[1].origin, ORIGIN_OFFER);
    }
  candidates_free (&candidates);
  offer.host = (char *) "192.0.2.1";
  candidates_make (&candidates, &offer, &choice);
  if (CHECK_NUMBER (candidates.count, 1))
    CHECK_NUMBER (candidates.list[0].origin, ORIGIN_USER);
  candidates_free (&candidates);
}

/* One family only, whatever the other host offers.  */
static void
check_family (void)
{
  static char *addresses[] = { (char *) "192.0.2.1", (char *) "2001:db8::1",
                               (char *) "::ffff:192.0.2.9" };
  struct offer offer = { .port4 = 4, .port6 = 6, .addresses = addresses,
                         .count = 3 };
  for (int family = 4; family <= 6; family += 2)
    for (int named = 0; named <= 1; named++)
      {
        char text[200];
        row_is ("family %d, named %d", family, named);
        struct candidates candidates;
        struct dial_choice const choice = {
          .side = SIDE_REMOTE, .family = family,
          .ssh_connection = family == 4 ? SSH6 : SSH
        };
        offer.host = !named ? NULL : (char *) (family == 4 ? "2001:db8::1"
                                               : "192.0.2.1");
        candidates_make (&candidates, &offer, &choice);
        describe (&candidates, text, sizeof text);
        CHECK_TEXT (text, named ? "" : family == 4
                    ? "192.0.2.1/4 192.0.2.9/4 " : "2001:db8::1/6 ");
        candidates_free (&candidates);
      }
}

/* What is looked up: a name that the user gave.  */
static void
check_names (void)
{
  static char const *const names[] = { "", "a..b", "localhost",
                                       "host.example" };
  for (size_t i = 0; i < SIZEOF (names); i++)
    for (int side = 0; side < 2; side++)
      {
        row_is ("-h '%s', %s side", names[i],
                side == SIDE_LOCAL ? "local" : "remote");
        struct offer offer = { .port4 = 4, .port6 = 6 };
        struct dial_choice const choice = { .side = side, .same_host = true };
        offer.host = (char *) names[i];
        CHECK_NUMBER (offer_needs_lookup (&offer, &choice),
                      side == SIDE_REMOTE);
        struct candidates candidates;
        candidates_make (&candidates, &offer, &choice);
        CHECK_NUMBER (candidates.count, 0);
        candidates_free (&candidates);
      }

  row_is ("what has been looked up");
  struct offer const offer = { .port4 = 4, .port6 = 6 };
  struct dial_choice const choice = { .side = SIDE_REMOTE };
  static char const *const found[] = { "192.0.2.1", "127.0.0.1", "0.0.0.0",
                                       "203.0.113.77", "192.0.2.1" };
  struct candidate list[SIZEOF (found)];
  memset (list, 0, sizeof list);
  for (size_t i = 0; i < SIZEOF (found); i++)
    {
      struct sockaddr_in *in = (struct sockaddr_in *) &list[i].address;
      in->sin_family = AF_INET;
      NEED (inet_pton (AF_INET, found[i], &in->sin_addr) == 1);
      list[i].length = sizeof *in;
    }
  struct candidates candidates;
  char text[200];
  candidates_found (&candidates, &offer, &choice, list, SIZEOF (found));
  describe (&candidates, text, sizeof text);
  CHECK_TEXT (text, "192.0.2.1/4 -127.0.0.1/4 -0.0.0.0/4 -203.0.113.77/4 ");
  candidates_free (&candidates);
}

/* An end on this very host is known by its tag, and by nothing that it could
   have got from us.  */
static void
check_same_host (void)
{
  static unsigned char const secret[SECRET_SIZE] = "the secret";
  static unsigned char const other_secret[SECRET_SIZE] = "the other secret";
  struct offer offer;
  row_is ("the same host");
  offer_begin (&offer, secret, true);
  /* Linux tells.  */
  if (access ("/proc/self/ns/net", F_OK) == 0)
    CHECK (offer.tagged);
  CHECK_NUMBER (offer_is_ours (&offer, secret, true), offer.tagged);
  CHECK (!offer_is_ours (&offer, secret, false));
  CHECK (!offer_is_ours (&offer, other_secret, true));
  offer.tag[SAME_HOST_SIZE - 1] ^= 1;
  CHECK (!offer_is_ours (&offer, secret, true));
  offer.tag[SAME_HOST_SIZE - 1] ^= 1;
  offer.tagged = false;
  CHECK (!offer_is_ours (&offer, secret, true));
  offer_free (&offer);
}

/* An offer that a stranger or a later version might make.  */
static void
check_odd_offers (void)
{
  struct message_builder builder;
  struct message message;
  struct offer offer;

  row_is ("an empty offer");
  message_begin (&builder, MESSAGE_TASK);
  message_finish (&builder);
  NEED (0 < message_parse (builder.bytes, builder.length, &message));
  offer_get (&offer, &message);
  CHECK (offer.port4 == 0 && offer.port6 == 0 && offer.count == 0
         && offer.host == NULL && !offer.tagged
         && offer.ssh_connection == NULL);
  struct candidates candidates;
  struct dial_choice const choice = { .side = SIDE_REMOTE,
                                      .ssh_connection = SSH };
  candidates_make (&candidates, &offer, &choice);
  CHECK_NUMBER (candidates.count, 0);
  candidates_free (&candidates);
  offer_free (&offer);
  message_wipe (&builder);

  row_is ("ports that are none");
  message_begin (&builder, MESSAGE_TASK);
  message_add_number (&builder, KEY_PORT4, 65536 + 22);
  message_add_number (&builder, KEY_PORT6, UINT64_MAX);
  message_finish (&builder);
  NEED (0 < message_parse (builder.bytes, builder.length, &message));
  offer_get (&offer, &message);
  CHECK (offer.port4 == 0 && offer.port6 == 0);
  offer_free (&offer);
  message_wipe (&builder);
}

int
main (void)
{
  check_rows ();
  check_origins ();
  check_family ();
  check_names ();
  check_same_host ();
  check_odd_offers ();
  return test_result ();
}
