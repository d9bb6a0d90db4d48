/* Offers, and the candidates that are made of them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   An offer is what a listening end sends to the connecting one: its ports and
   the addresses at which it may be reached.  The connecting end makes a list
   of candidates from it, best first.

   An offer comes from another host, and makes this one connect to the
   addresses in it; so it is bounded, and addresses that are never another host
   are not tried: an address of this host itself, unless both ends are on it;
   one that is not a single host's; a link-local one, unless the login used it
   or the user named it; one of a family that the user excluded.  Only a name
   given by the user is looked up.  */

#ifndef OFFER_H
# define OFFER_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/socket.h>

# include "net/address.h"
# include "net/same-host.h"
# include "wire/message.h"

/* The most addresses in an offer, which is what a message may have.  */
enum { OFFER_ADDRESSES_MAX = 64 };

struct offer
{
  uint16_t port4;               /* 0 = not listening on IPv4 */
  uint16_t port6;
  char **addresses;             /* numeric, malloc'ed */
  size_t count;
  char *host;                   /* -h: this only; malloc'ed or NULL */
  char *ssh_connection;         /* the listening side's own; or NULL */
  bool tagged;                  /* TAG identifies the host (same-host.h) */
  unsigned char tag[SAME_HOST_SIZE];
};

struct candidate
{
  struct sockaddr_storage address;
  socklen_t length;
  enum origin origin;
  char const *refused;          /* why it must not be dialled, or NULL */
};

struct candidates
{
  struct candidate *list;       /* malloc'ed */
  size_t count;
  bool same_host;               /* as in the dial_choice */
};

/* Fill in *OFFER with who this host is, for the other end of a rendezvous by
   SECRET; this one is its decider, or not.  */
extern void offer_begin (struct offer *offer, unsigned char const *secret,
                         bool decider);

/* Fill in where this host is, as far as that is known: HOST alone, unless it
   is NULL; else OFFER->addresses from the interfaces: those that others
   may reach first, then loopback ones; no link-local ones, which mean
   nothing without an interface of the other host.  Return 0, or -1 with
   errno set.  */
extern int offer_addresses (struct offer *offer, char const *host);

/* Return whether OFFER comes from this very host, made by SECRET as the
   decider or not.  */
extern bool offer_is_ours (struct offer const *offer,
                           unsigned char const *secret, bool decider);

/* Return whether ERROR, which kept this end from listening, does not matter:
   it is the other end, which made OFFER by SECRET as the decider or not, on
   this very host, that has the only port.  */
extern bool offer_has_port (struct offer const *offer,
                            unsigned char const *secret, bool decider,
                            int error);

/* Add OFFER to a message, or take it from one.  */
extern void offer_put (struct offer const *offer,
                       struct message_builder *message);
extern void offer_get (struct offer *offer, struct message const *message);

/* Free what *OFFER holds.  */
extern void offer_free (struct offer *offer);

/* The sides of a login.  */
enum side { SIDE_LOCAL, SIDE_REMOTE };

/* To which addresses of an offer this end may connect, and what it knows of
   them.  */
struct dial_choice
{
  enum side side;               /* of the login, that this host is on */
  int family;                   /* 4, 6, or 0 for both */
  bool same_host;               /* both ends are on one */
  char const *ssh_connection;   /* of this process's environment, or NULL */
};

/* Return how an end on SIDE, the decider or not, of a rendezvous by SECRET
   connects by FAMILY to where OFFER of the other end leads.  */
extern struct dial_choice dial_choice (struct offer const *offer,
                                       unsigned char const *secret,
                                       bool decider, enum side side,
                                       int family);

/* Make *CANDIDATES from OFFER for who dials as CHOICE says: the host of the
   offer alone if the user named one, which the local side does; else loopback
   addresses if both ends are on one host, the other side's address in
   the SSH_CONNECTION of the remote side unless it was merely inherited, and
   the other offered addresses, the families alternating (RFC 8305, section 4).
   What the login used or the user named is in the list also when it is
   refused.  */
extern void candidates_make (struct candidates *candidates,
                             struct offer const *offer,
                             struct dial_choice const *choice);

/* Return whether the host that OFFER names has to be looked up for that.  */
extern bool offer_needs_lookup (struct offer const *offer,
                                struct dial_choice const *choice);

/* Make *CANDIDATES of the COUNT addresses in LIST, which such a look-up has
   found.  */
extern void candidates_found (struct candidates *candidates,
                              struct offer const *offer,
                              struct dial_choice const *choice,
                              struct candidate const *list, size_t count);

/* Free what *CANDIDATES holds.  */
extern void candidates_free (struct candidates *candidates);

#endif
