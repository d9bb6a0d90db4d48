/* Test which addresses are tried, and in which order.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/offer.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/system.h"
#include "test-macros.h"
#include "xalloc.h"

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
  char const *nodename;         /* here; that of the offer is "here" */
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
  { REMOTE, 4, 6, MANY, NULL, NULL, "there", NULL,
    "192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  { REMOTE, 4, 6, "", NULL, NULL, "there", NULL, "" },
  { REMOTE, 4, 6, "127.0.0.1 ::1", NULL, NULL, "there", NULL, "" },
  { REMOTE, 4, 6, "127.0.0.2 127.255.255.255", NULL, NULL, "there", NULL, "" },
  /* A family on which nobody listens.  */
  { REMOTE, 4, 0, MANY, NULL, NULL, "there", NULL, "192.0.2.1/4 10.0.0.1/4 " },
  { REMOTE, 0, 6, MANY, NULL, NULL, "there", NULL, "2001:db8::1/6 " },
  { REMOTE, 0, 0, MANY, NULL, NULL, "here", SSH, "" },
  /* Ports go to the network in its order.  */
  { REMOTE, 0x1234, 65535, "192.0.2.1 2001:db8::1", NULL, NULL, "there", NULL,
    "192.0.2.1/4660 2001:db8::1/65535 " },
  /* The same host, by its name: loopback first, then the rest, for the name
     may be the same by chance.  */
  { REMOTE, 4, 6, MANY, NULL, NULL, "here", NULL,
    "127.0.0.1/4 ::1/6 192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  { REMOTE, 4, 0, MANY, NULL, NULL, "here", NULL,
    "127.0.0.1/4 192.0.2.1/4 10.0.0.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "here", NULL, "192.0.2.1/4 " },
  { REMOTE, 4, 6, MANY, NULL, NULL, "her", NULL,
    "192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  { REMOTE, 4, 6, MANY, NULL, NULL, "HERE", NULL,
    "192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  /* Where the ssh server saw the client.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", SSH,
    "198.51.100.7/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", SSH6,
    "2001:db8::7/6 192.0.2.1/4 " },
  { REMOTE, 4, 0, "192.0.2.1", NULL, NULL, "there", SSH6, "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1 127.0.0.1", NULL, NULL, "here", SSH,
    "127.0.0.1/4 198.51.100.7/4 192.0.2.1/4 " },
  /* Through a tunnel or on one host, that is loopback.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there",
    "127.0.0.1 40000 127.0.0.1 22", "127.0.0.1/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "::1 40000 ::1 22",
    "::1/6 192.0.2.1/4 " },
  /* The offering side sits behind ssh itself.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, "203.0.113.5 1 203.0.113.6 22", "there",
    SSH, "198.51.100.7/4 192.0.2.1/4 " },
  /* The login only handed it on.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, SSH, "there", SSH, "192.0.2.1/4 " },
  { REMOTE, 4, 6, MANY, NULL, SSH, "here", SSH,
    "127.0.0.1/4 ::1/6 192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  /* One that makes no sense.  */
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "", "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", " ", "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", " 198.51.100.7 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "UNKNOWN 1 UNKNOWN 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "localhost 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "198.51.100.777 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "198.51.100.7",
    "198.51.100.7/4 192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there", "fe80::1%no-such 1 x 22",
    "192.0.2.1/4 " },
  { REMOTE, 4, 6, "192.0.2.1", NULL, NULL, "there",
    "11111111111111111111111111111111111111111111111111111111111111111111"
    "11111111111111111111111111111111111111111111 1 x 22", "192.0.2.1/4 " },
  /* Nothing twice, however it is written.  */
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.1 10.0.0.1 192.0.2.1", NULL, NULL,
    "there", NULL, "192.0.2.1/4 10.0.0.1/4 " },
  { REMOTE, 4, 6, "10.0.0.1 198.51.100.7", NULL, NULL, "there", SSH,
    "198.51.100.7/4 10.0.0.1/4 " },
  { REMOTE, 4, 6, "2001:db8::1 2001:DB8:0::1 2001:db8:0:0:0:0:0:1", NULL, NULL,
    "there", NULL, "2001:db8::1/6 " },
  { REMOTE, 4, 6, "127.0.0.1 192.0.2.1", NULL, NULL, "here",
    "127.0.0.1 1 127.0.0.1 22", "127.0.0.1/4 192.0.2.1/4 " },
  /* No addresses at all among the offered ones.  */
  { REMOTE, 4, 6, "localhost 192.0.2.300 x 10.0.0.1 ::g", NULL, NULL, "there",
    NULL, "10.0.0.1/4 " },
  /* -h stands alone.  */
  { REMOTE, 4, 6, MANY, "203.0.113.9", NULL, "here", SSH, "203.0.113.9/4 " },
  { REMOTE, 4, 6, MANY, "2001:db8::9", NULL, "here", SSH, "2001:db8::9/6 " },
  { REMOTE, 4, 6, MANY, "127.0.0.1", NULL, "there", NULL, "127.0.0.1/4 " },
  { REMOTE, 0, 6, MANY, "203.0.113.9", NULL, "here", SSH, "" },
  /* The local side connects to where the ssh server runs, as the remote side
     says.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH, "there", NULL,
    "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH6, "there", NULL,
    "2001:db8::8/6 192.0.2.1/4 " },
  { LOCAL, 4, 0, "192.0.2.1", NULL, SSH6, "there", NULL, "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "127.0.0.1 40000 127.0.0.1 22", "there",
    NULL, "127.0.0.1/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, MANY, NULL, SSH, "here", NULL,
    "127.0.0.1/4 ::1/6 198.51.100.8/4 2001:db8::1/6 192.0.2.1/4 "
    "10.0.0.1/4 " },
  { LOCAL, 4, 6, "10.0.0.1 198.51.100.8", NULL, SSH, "there", NULL,
    "198.51.100.8/4 10.0.0.1/4 " },
  /* The user sits behind another ssh: that is of no use here.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH, "there",
    "203.0.113.5 1 203.0.113.6 22", "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, NULL, "there", SSH, "192.0.2.1/4 " },
  /* The login only handed it on.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, SSH, "there", SSH, "192.0.2.1/4 " },
  { LOCAL, 4, 6, MANY, NULL, SSH, "here", SSH,
    "127.0.0.1/4 ::1/6 192.0.2.1/4 2001:db8::1/6 10.0.0.1/4 " },
  /* One that makes no sense, or is too short.  */
  { LOCAL, 4, 6, "192.0.2.1", NULL, "", "there", NULL, "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, " ", "there", NULL, "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7 1", "there", NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7 1 ", "there", NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7  1  198.51.100.8  22",
    "there", NULL, "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "198.51.100.7 1 198.51.100.8", "there",
    NULL, "198.51.100.8/4 192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "UNKNOWN 1 UNKNOWN 22", "there", NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, "192.0.2.1", NULL, "x 1 localhost 22", "there", NULL,
    "192.0.2.1/4 " },
  { LOCAL, 4, 6, MANY, "203.0.113.9", SSH, "here", NULL, "203.0.113.9/4 " },
  /* The families take turns, each in its order; the first one begins.  */
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2",
    NULL, NULL, "there", NULL,
    "192.0.2.1/4 2001:db8::1/6 192.0.2.2/4 2001:db8::2/6 192.0.2.3/4 " },
  { REMOTE, 4, 6, "2001:db8::1 2001:db8::2 192.0.2.1", NULL, NULL, "there",
    NULL, "2001:db8::1/6 192.0.2.1/4 2001:db8::2/6 " },
  { REMOTE, 4, 6, "192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.2",
    NULL, NULL, "there", NULL,
    "192.0.2.1/4 2001:db8::1/6 192.0.2.2/4 2001:db8::2/6 2001:db8::3/6 " },
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 192.0.2.3", NULL, NULL, "there", NULL,
    "192.0.2.1/4 192.0.2.2/4 192.0.2.3/4 " },
  { REMOTE, 4, 0, "192.0.2.1 192.0.2.2 2001:db8::1 192.0.2.3", NULL, NULL,
    "there", NULL, "192.0.2.1/4 192.0.2.2/4 192.0.2.3/4 " },
  /* ... unless one of that family comes before them.  */
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", NULL, NULL,
    "there", SSH,
    "198.51.100.7/4 2001:db8::1/6 192.0.2.1/4 2001:db8::2/6 192.0.2.2/4 " },
  { REMOTE, 4, 6, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", NULL, NULL,
    "there", SSH6,
    "2001:db8::7/6 192.0.2.1/4 2001:db8::1/6 192.0.2.2/4 2001:db8::2/6 " },
  { LOCAL, 4, 6, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", NULL, SSH,
    "there", NULL,
    "198.51.100.8/4 2001:db8::1/6 192.0.2.1/4 2001:db8::2/6 192.0.2.2/4 " },
  /* Loopback addresses stay where they are.  */
  { LOCAL, 4, 6, "127.0.0.1 127.0.0.2 ::1 192.0.2.1 2001:db8::1", NULL, NULL,
    "here", NULL,
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
  offer->nodename = xstrdup ("here");
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
      snprintf (text + used, size - used, "%s/%s ", host, port);
    }
}

static void
check_rows (void)
{
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct row const *row = &rows[i];
      row_is ("%s side, ports %d and %d, offered %s, -h %s, at %s, "
              "SSH_CONNECTION %s there and %s here",
              row->side == LOCAL ? "local" : "remote", row->port4,
              row->port6, row->addresses, row->host ? row->host : "none",
              row->nodename, row->offered_ssh ? row->offered_ssh : "none",
              row->ssh ? row->ssh : "none");
      struct offer offer, travelled;
      struct candidates candidates;
      char text[1024];
      make_offer (&offer, row);
      CHECK_NUMBER (candidates_make (&candidates, &offer, row->side,
                                     row->nodename, row->ssh), 0);
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
      CHECK_TEXT (travelled.nodename, offer.nodename);
      CHECK_TEXT (travelled.ssh_connection, offer.ssh_connection);
      candidates_make (&candidates, &travelled, row->side, row->nodename,
                       row->ssh);
      describe (&candidates, text, sizeof text);
      CHECK_TEXT (text, row->wanted);
      candidates_free (&candidates);
      offer_free (&travelled);
      offer_free (&offer);
      CHECK (offer.count == 0 && offer.addresses == NULL);
    }
}

/* A name that has no address is an error, which says why.  */
static void
check_bad_host (void)
{
  /* None of them is one that a name server can be asked for.  */
  static char const *const names[] = { "", "a..b", "192.0.2.1 " };
  for (size_t i = 0; i < SIZEOF (names); i++)
    {
      row_is ("-h '%s'", names[i]);
      struct offer offer = { .port4 = 4, .port6 = 6 };
      offer.host = xstrdup (names[i]);
      struct candidates candidates;
      CHECK (candidates_make (&candidates, &offer, SIDE_REMOTE, "here",
                              NULL) != 0);
      CHECK_NUMBER (candidates.count, 0);
      candidates_free (&candidates);
      offer_free (&offer);
    }
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
         && offer.host == NULL && offer.nodename == NULL
         && offer.ssh_connection == NULL);
  struct candidates candidates;
  CHECK_NUMBER (candidates_make (&candidates, &offer, SIDE_REMOTE, "here",
                                 SSH), 0);
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

/* The addresses of whatever host this runs on.  */
static void
check_interfaces (void)
{
  struct offer offer = { .port4 = 4, .port6 = 6 };
  row_is ("the interfaces of this host");
  CHECK_NUMBER (offer_interfaces (&offer), 0);
  bool loopback_seen = false;
  for (size_t i = 0; i < offer.count; i++)
    {
      char const *text = offer.addresses[i];
      row_is ("address %s of this host", text);
      bool loopback = strncmp (text, "127.", 4) == 0 || STREQ (text, "::1");
      struct in6_addr binary;
      CHECK (inet_pton (AF_INET, text, &binary) == 1
             || inet_pton (AF_INET6, text, &binary) == 1);
      CHECK (strncmp (text, "169.254.", 8) != 0
             && strncmp (text, "fe80:", 5) != 0);
      CHECK (loopback || !loopback_seen);
      loopback_seen = loopback;
      for (size_t j = 0; j < i; j++)
        CHECK (!STREQ (text, offer.addresses[j]));
    }
  offer_free (&offer);
}

int
main (void)
{
  check_rows ();
  check_bad_host ();
  check_odd_offers ();
  check_interfaces ();
  return test_result ();
}
