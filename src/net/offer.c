/* Offers, and the candidates that are made of them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/offer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "interfaces.h"
#include "base/system.h"
#include "xalloc.h"

/* The most candidates.  */
enum { CANDIDATES_MAX = OFFER_ADDRESSES_MAX + 1 };

/* What one walk over the interfaces is after.  */
struct walk
{
  struct offer *offer;
  bool loopback;
};

static void
take_address (void *context, struct sockaddr const *address,
              socklen_t length)
{
  struct walk const *walk = context;
  struct offer *offer = walk->offer;
  char text[ADDRESS_TEXT_MAX];
  (void) length;
  if (address_is_loopback (address) != walk->loopback
      || address_is_link_local (address)
      || !address_numeric (address, text, sizeof text)
      || offer->count == OFFER_ADDRESSES_MAX)
    return;
  for (size_t i = 0; i < offer->count; i++)
    if (STREQ (offer->addresses[i], text))
      return;
  offer->addresses = xnrealloc (offer->addresses, offer->count + 1,
                                sizeof *offer->addresses);
  offer->addresses[offer->count++] = xstrdup (text);
}

void
offer_begin (struct offer *offer, unsigned char const *secret, bool decider)
{
  char const *ssh_connection = getenv ("SSH_CONNECTION");
  *offer = (struct offer) { .addresses = NULL };
  if (ssh_connection)
    offer->ssh_connection = xstrdup (ssh_connection);
  offer->tagged = same_host_tag (offer->tag, secret, decider);
}

bool
offer_is_ours (struct offer const *offer, unsigned char const *secret,
               bool decider)
{
  return offer->tagged && same_host_check (offer->tag, secret, decider);
}

bool
offer_has_port (struct offer const *offer, unsigned char const *secret,
                bool decider, int error)
{
  return (error == EADDRINUSE && offer->port4 + offer->port6 != 0
          && offer_is_ours (offer, secret, decider));
}

int
offer_addresses (struct offer *offer, char const *host)
{
  if (host)
    {
      offer->host = xstrdup (host);
      return 0;
    }
  struct walk walk = { .offer = offer, .loopback = false };
  if (interfaces_each (take_address, &walk) != 0)
    return -1;
  walk.loopback = true;
  return interfaces_each (take_address, &walk);
}

void
offer_put (struct offer const *offer, struct message_builder *message)
{
  message_add_number (message, KEY_PORT4, offer->port4);
  message_add_number (message, KEY_PORT6, offer->port6);
  for (size_t i = 0; i < offer->count; i++)
    message_add_text (message, KEY_ADDRESS, offer->addresses[i]);
  if (offer->host)
    message_add_text (message, KEY_HOST, offer->host);
  if (offer->ssh_connection)
    message_add_text (message, KEY_SSH_CONNECTION, offer->ssh_connection);
  if (offer->tagged)
    message_add (message, KEY_SAME_HOST, offer->tag, SAME_HOST_SIZE);
}

/* Return the port in the field KEY of MESSAGE, or 0.  */
static uint16_t
get_port (struct message const *message, enum message_key key)
{
  uint64_t number;
  return (message_number (message, key, &number) && number <= UINT16_MAX
          ? number : 0);
}

void
offer_get (struct offer *offer, struct message const *message)
{
  size_t length;
  unsigned char const *tag = message_field (message, KEY_SAME_HOST, 0,
                                            &length);
  *offer = (struct offer) {
    .port4 = get_port (message, KEY_PORT4),
    .port6 = get_port (message, KEY_PORT6)
  };
  /* Their number and lengths have bounds (bound.h).  */
  ptrdiff_t count = message_texts (message, KEY_ADDRESS, &offer->addresses);
  offer->count = count < 0 ? 0 : count;
  offer->host = message_text (message, KEY_HOST, 0);
  offer->ssh_connection = message_text (message, KEY_SSH_CONNECTION, 0);
  offer->tagged = tag != NULL && length == sizeof offer->tag;
  if (offer->tagged)
    memcpy (offer->tag, tag, sizeof offer->tag);
}

void
offer_free (struct offer *offer)
{
  for (size_t i = 0; i < offer->count; i++)
    free (offer->addresses[i]);
  free (offer->addresses);
  free (offer->host);
  free (offer->ssh_connection);
  *offer = (struct offer) { .addresses = NULL };
}

static char const own_address[] = "is an address of this host itself";

/* Return why ADDRESS by itself must not be dialled, or NULL.  */
static char const *
refusal (struct sockaddr const *address, struct dial_choice const *choice)
{
  if (address_is_special (address))
    return "is not the address of a single host";
  if (address_lacks_scope (address))
    return "is a link-local address without an interface";
  if (address_is_loopback (address) && !choice->same_host)
    return own_address;
  return NULL;
}

/* What goes into the making of candidates.  */
struct making
{
  struct candidates *candidates;
  struct offer const *offer;
  struct dial_choice const *choice;
  bool loopback_only;
};

/* Return whether the list has CANDIDATE already.  */
static bool
is_listed (struct candidates const *candidates,
           struct candidate const *candidate)
{
  unsigned char one[PROOF_ADDRESS_SIZE], other[PROOF_ADDRESS_SIZE];
  address_canonical ((struct sockaddr *) &candidate->address, one);
  for (size_t i = 0; i < candidates->count; i++)
    {
      address_canonical ((struct sockaddr *) &candidates->list[i].address,
                         other);
      if (memcmp (one, other, sizeof one) == 0)
        return true;
    }
  return false;
}

/* Add ADDRESS, which is in the list because of ORIGIN, with the port that the
   offer has for its family, unless there is none.  */
static void
add (struct making const *making, struct sockaddr const *address,
     socklen_t length, enum origin origin)
{
  struct candidates *candidates = making->candidates;
  struct candidate new = { .length = length, .origin = origin };
  struct sockaddr *any = (struct sockaddr *) &new.address;
  if (sizeof new.address < length || candidates->count == CANDIDATES_MAX)
    return;
  memcpy (&new.address, address, length);
  address_unmap (&new.address, &new.length);
  int family = any->sa_family == AF_INET ? 4 : 6;
  uint16_t port = (any->sa_family == AF_INET ? making->offer->port4
                   : any->sa_family == AF_INET6 ? making->offer->port6 : 0);
  if (port == 0 || (making->choice->family != 0
                    && making->choice->family != family))
    return;
  struct sockaddr_in *in = (struct sockaddr_in *) &new.address;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &new.address;
  if (family == 4)
    in->sin_port = htons (port);
  else
    in6->sin6_port = htons (port);
  new.refused = refusal (any, making->choice);
  if ((origin == ORIGIN_OFFER && (new.refused || address_is_link_local (any)))
      || (making->loopback_only && !address_is_loopback (any))
      || is_listed (candidates, &new))
    return;
  if (candidates->list == NULL)
    candidates->list = xnmalloc (CANDIDATES_MAX, sizeof *candidates->list);
  candidates->list[candidates->count++] = new;
}

/* Add the numeric address TEXT, if it is one.  */
static void
add_numeric (struct making const *making, char const *text,
             enum origin origin)
{
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct addrinfo hints, *list;
  memset (&in, 0, sizeof in);
  memset (&in6, 0, sizeof in6);
  memset (&hints, 0, sizeof hints);
  in.sin_family = AF_INET;
  in6.sin6_family = AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  if (inet_pton (AF_INET, text, &in.sin_addr) == 1)
    add (making, (struct sockaddr *) &in, sizeof in, origin);
  else if (inet_pton (AF_INET6, text, &in6.sin6_addr) == 1)
    add (making, (struct sockaddr *) &in6, sizeof in6, origin);
  else if (origin != ORIGIN_OFFER && strchr (text, '%') != NULL
           && getaddrinfo (text, NULL, &hints, &list) == 0)
    {
      /* Only the resolver knows what a scope is.  */
      for (struct addrinfo const *i = list; i != NULL; i = i->ai_next)
        add (making, i->ai_addr, i->ai_addrlen, origin);
      freeaddrinfo (list);
    }
}

static void
add_offered (struct making const *making)
{
  for (size_t i = 0; i < making->offer->count; i++)
    add_numeric (making, making->offer->addresses[i], ORIGIN_OFFER);
}

/* Return whether TEXT is a numeric address, as add_numeric would take.  */
static bool
is_numeric (char const *text)
{
  struct candidates candidates = { .list = NULL };
  struct offer const any = { .port4 = 1, .port6 = 1 };
  struct dial_choice const all = { .same_host = true };
  struct making const making = { &candidates, &any, &all, false };
  add_numeric (&making, text, ORIGIN_USER);
  bool numeric = 0 < candidates.count;
  candidates_free (&candidates);
  return numeric;
}

/* Add the address that is word number WORD, from 0, of SSH_CONNECTION ("client
   port server port").  */
static void
add_ssh_word (struct making const *making, char const *ssh_connection,
              int word)
{
  char text[ADDRESS_TEXT_MAX];
  while (0 < word--)
    {
      ssh_connection += strcspn (ssh_connection, " ");
      ssh_connection += strspn (ssh_connection, " ");
    }
  size_t length = strcspn (ssh_connection, " ");
  if (length == 0 || sizeof text <= length)
    return;
  memcpy (text, ssh_connection, length);
  text[length] = '\0';
  add_numeric (making, text, ORIGIN_LOGIN);
}

/* Add the address that the login itself used.  */
static void
add_login (struct making const *making)
{
  bool at_remote = making->choice->side == SIDE_REMOTE;
  char const *own = making->choice->ssh_connection;
  char const *others = making->offer->ssh_connection;
  char const *remote = at_remote ? own : others;
  char const *local = at_remote ? others : own;
  /* A login such as env hands on the variable of the session that the user
     sits in; the addresses in it are not of this login.  */
  if (remote && !(local && STREQ (local, remote)))
    add_ssh_word (making, remote, at_remote ? 0 : 2);
}

/* Let the families take turns in the list from number FIRST on, beginning with
   the other one than that before it.  */
static void
interleave (struct candidates *candidates, size_t first)
{
  struct candidate *list = candidates->list;
  int family = 0 < first ? list[first - 1].address.ss_family : AF_UNSPEC;
  for (size_t i = first; i < candidates->count; i++)
    {
      size_t next = i;
      while (next < candidates->count
             && list[next].address.ss_family == family)
        next++;
      if (next == candidates->count)
        return;
      struct candidate moved = list[next];
      memmove (&list[i + 1], &list[i], (next - i) * sizeof *list);
      list[i] = moved;
      family = moved.address.ss_family;
    }
}

/* Refuse what is ADDRESS, of an interface of this host.  */
static void
refuse_own (void *context, struct sockaddr const *address, socklen_t length)
{
  struct candidates *candidates = context;
  unsigned char own[PROOF_ADDRESS_SIZE], other[PROOF_ADDRESS_SIZE];
  (void) length;
  address_canonical (address, own);
  for (size_t i = 0; i < candidates->count; i++)
    {
      struct candidate *candidate = &candidates->list[i];
      address_canonical ((struct sockaddr *) &candidate->address, other);
      if (address_same (own, other))
        candidate->refused = own_address;
    }
}

/* Refuse the addresses of this host, unless both ends are on it; drop what is
   refused and merely offered.  Two hosts often have addresses in common, of
   bridges for containers and the like.  */
static void
finish (struct making const *making, size_t others)
{
  struct candidates *candidates = making->candidates;
  candidates->same_host = making->choice->same_host;
  /* Where they cannot be listed, the connection is checked later.  */
  if (!candidates->same_host)
    interfaces_each (refuse_own, candidates);
  size_t kept = others;
  for (size_t i = others; i < candidates->count; i++)
    if (!candidates->list[i].refused
        || candidates->list[i].origin != ORIGIN_OFFER)
      candidates->list[kept++] = candidates->list[i];
  candidates->count = kept;
  interleave (candidates, others);
}

/* Return whether the user has named the host of OFFER, if there is one.  */
static bool
is_named (struct offer const *offer, struct dial_choice const *choice)
{
  return offer->host != NULL && choice->side == SIDE_REMOTE;
}

struct dial_choice
dial_choice (struct offer const *offer, unsigned char const *secret,
             bool decider, enum side side, int family)
{
  return (struct dial_choice) {
    .side = side, .family = family,
    .same_host = offer_is_ours (offer, secret, !decider),
    .ssh_connection = getenv ("SSH_CONNECTION")
  };
}

bool
offer_needs_lookup (struct offer const *offer,
                    struct dial_choice const *choice)
{
  return (is_named (offer, choice) && offer->port4 + offer->port6 != 0
          && !is_numeric (offer->host));
}

void
candidates_make (struct candidates *candidates, struct offer const *offer,
                 struct dial_choice const *choice)
{
  struct making const making = { candidates, offer, choice, false };
  struct making const loopback = { candidates, offer, choice, true };
  *candidates = (struct candidates) { .list = NULL };
  if (is_named (offer, choice))
    {
      add_numeric (&making, offer->host, ORIGIN_USER);
      finish (&making, 0);
      return;
    }
  if (choice->same_host)
    add_offered (&loopback);
  add_login (&making);
  size_t others = candidates->count;
  add_offered (&making);
  finish (&making, others);
}

void
candidates_found (struct candidates *candidates, struct offer const *offer,
                  struct dial_choice const *choice,
                  struct candidate const *list, size_t count)
{
  struct making const making = { candidates, offer, choice, false };
  *candidates = (struct candidates) { .list = NULL };
  for (size_t i = 0; i < count; i++)
    add (&making, (struct sockaddr const *) &list[i].address, list[i].length,
         ORIGIN_USER);
  finish (&making, 0);
}

void
candidates_free (struct candidates *candidates)
{
  free (candidates->list);
  *candidates = (struct candidates) { .list = NULL };
}
