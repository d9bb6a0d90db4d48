/* Offers, and the candidates that are made of them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   An offer is what a listening end tells the connecting one: its ports and
   the addresses at which it may be reached.  The connecting end makes of it
   a list of candidates, best first.  */

#ifndef OFFER_H
# define OFFER_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/socket.h>

# include "net/address.h"
# include "wire/message.h"

struct offer
{
  uint16_t port4;               /* 0 = not listening on IPv4 */
  uint16_t port6;
  char **addresses;             /* numeric, malloc'ed */
  size_t count;
  char *host;                   /* -h: this only; malloc'ed or NULL */
  char *nodename;               /* of the listening host; malloc'ed */
  char *ssh_connection;         /* the listening side's own; or NULL */
};

struct candidate
{
  struct sockaddr_storage address;
  socklen_t length;
};

struct candidates
{
  struct candidate *list;       /* malloc'ed */
  size_t count;
};

/* Fill in OFFER->addresses from this host's interfaces: those that others
   may reach first, then loopback ones; no link-local ones, which mean
   nothing without an interface of the other host.  Return 0, or -1 with
   errno set.  */
extern int offer_interfaces (struct offer *offer);

/* Add OFFER to a message, or take it from one.  */
extern void offer_put (struct offer const *offer,
                       struct message_builder *message);
extern void offer_get (struct offer *offer, struct message const *message);

/* Free what *OFFER holds.  */
extern void offer_free (struct offer *offer);

/* The sides of a login.  */
enum side { SIDE_LOCAL, SIDE_REMOTE };

/* Make *CANDIDATES from OFFER on the host called NODENAME, on SIDE of the
   login, where the environment has the SSH_CONNECTION given (or NULL): the
   host of the offer alone if it names one, else loopback addresses if both
   hosts are the same, the other side's address in the SSH_CONNECTION of the
   remote side unless it was merely inherited, and the other offered
   addresses, the families by turns (RFC 8305, section 4).  Return 0, or a
   getaddrinfo error when the host's name has no address.  */
extern int candidates_make (struct candidates *candidates,
                            struct offer const *offer, enum side side,
                            char const *nodename,
                            char const *ssh_connection);

/* Return whether the host that OFFER names has to be looked up.  */
extern bool offer_needs_lookup (struct offer const *offer);

/* Add ADDRESS, with the port that OFFER has for its family, unless there is
   none, or it is in the list already.  */
extern void candidates_add (struct candidates *candidates,
                            struct offer const *offer,
                            struct sockaddr const *address,
                            socklen_t length);

/* Let the families take turns in the list from number FIRST on, beginning with
   the other one than that before it.  */
extern void candidates_interleave (struct candidates *candidates,
                                   size_t first);

/* Free what *CANDIDATES holds.  */
extern void candidates_free (struct candidates *candidates);

#endif
