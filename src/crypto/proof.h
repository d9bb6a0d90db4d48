/* The mutual challenge and response on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  Both ends know the run's secret.  One of them, the
   decider, takes one of the connections that both make.  The connector
   speaks first:

     connector -> listener   magic, channel, padding P, origin O, path PC,
                             nonce C, P zeros
     listener -> connector   path PL, nonce L, HMAC (secret, listener's role,
                             channel, P, O, PC, PL, C, L), P zeros
     connector -> listener   HMAC (secret, connector's role, ...)
     listener -> connector   HMAC (secret, "chosen", ...)

   A path is what an end's own kernel has for the connection's two addresses.
   Who receives a connection and passes the messages on, on another connection
   of its own, cannot change the paths; so they tell.  When each is the other's
   mirror image, there is one connection, or what is in between sits on its
   way.  When they differ, a NAT or a go-between is there, and the connection
   is used only where that is expected (proof_paths_agree): both ends have both
   paths and O, under the MAC, and reach the same verdict before either uses
   it.

   The decider's last message is what takes the connection: the third one
   if it is the connector, and there is no fourth one then; else the fourth.
   HMAC is HMAC-SHA-256 (RFC 2104, FIPS 180-4).  The roles differ, between
   the decider and the other end, too, so no answer can be reflected, not
   even to a second connection of the end that gave it; each connection has
   nonces of its own, so it cannot be replayed.  The zeros fill a segment, in
   each direction: a path that passes small ones only does not come through.
   No end ever asks for more bytes than the message it waits for: what
   follows belongs to the commands.

   Pure: bytes in, bytes out; the caller has the socket.  */

#ifndef PROOF_H
# define PROOF_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

enum
{
  SECRET_SIZE = 32,
  NONCE_SIZE = 32,
  MAC_SIZE = 32,
  PROOF_MAGIC_SIZE = 8,
  /* Family, 4 or 6; address, with zeros behind a short one; port.  */
  PROOF_ADDRESS_SIZE = 1 + 16 + 2,
  PROOF_PATH_SIZE = 2 * PROOF_ADDRESS_SIZE,
  PROOF_HELLO_SIZE = (PROOF_MAGIC_SIZE + 4 + 2 + 1 + PROOF_PATH_SIZE
                      + NONCE_SIZE),
  PROOF_ANSWER_SIZE = PROOF_PATH_SIZE + NONCE_SIZE + MAC_SIZE,
  PROOF_LARGEST = PROOF_ANSWER_SIZE,
  /* The most zeros that an end sends.  */
  PADDING_MAX = 9000
};

/* The two ends of a connection as one of them has them: its own (getsockname),
   and the other (getpeername).  All zeros where an address is not known.  */
struct proof_path
{
  unsigned char here[PROOF_ADDRESS_SIZE];
  unsigned char there[PROOF_ADDRESS_SIZE];
};

/* Where the address comes from that the connector dialled.  The numbers
   travel.  */
enum origin
{
  ORIGIN_OFFER,                 /* the other end says that it has it */
  ORIGIN_LOGIN,                 /* the login itself used it */
  ORIGIN_USER                   /* the user named it */
};

enum proof_state
{
  PROOF_MORE,                   /* waits for the other end's message */
  PROOF_CHOOSE,                 /* decider: the other end is the right one;
                                   proof_choose to take this connection */
  PROOF_DONE,                   /* the other end has proved itself */
  PROOF_FAILED                  /* a stranger */
};

struct proof
{
  enum proof_state state;
  bool listener;
  bool decider;
  bool answered;                /* the first message has come */
  uint32_t channel;             /* UINT32_MAX = not known yet */
  uint32_t channels;            /* listener: channel numbers are below this */
  uint16_t padding;             /* P */
  enum origin origin;           /* O */
  struct proof_path connector_path;
  struct proof_path listener_path;
  bool detour;                  /* failed: it is the other end, but the paths
                                   do not agree */
  unsigned char const *secret;  /* SECRET_SIZE bytes, the caller's */
  unsigned char connector_nonce[NONCE_SIZE];
  unsigned char listener_nonce[NONCE_SIZE];
  unsigned char in[PROOF_LARGEST];
  size_t in_length;
  size_t skip;                  /* zeros still to come */
  /* To be sent, and the caller's to empty: OUT, then that many zeros.  */
  unsigned char out[PROOF_LARGEST];
  size_t out_length;
  size_t out_zeros;
};

/* Copy the SECRET_SIZE bytes at FROM to TO, byte by byte: memcpy would leave
   them in vector registers, which others save on the stack.  */
extern void secret_copy (unsigned char *to, unsigned char const *from);

/* Fill SIZE bytes at BYTES with random ones, or exit with a message where
   the system has none.  */
extern void proof_random (void *bytes, size_t size);

/* Return whether a connection may be used whose address was dialled because of
   ORIGIN, and which has these paths at its ends: they are the mirror image of
   each other; or the user named the address, and whatever stands there is
   meant; or the login used it, and it is the listener's own, so that only the
   connector's address has been translated.  An unknown address is like no
   other.  */
extern bool proof_paths_agree (enum origin origin,
                               struct proof_path const *connector,
                               struct proof_path const *listener);

/* Begin a proof by SECRET, as the decider or not: as the connector for
   CHANNEL; as the listener for any channel below CHANNELS, on a connection
   with PATH.  */
extern void proof_connector (struct proof *proof, unsigned char const *secret,
                             uint32_t channel, bool decider);
extern void proof_listener (struct proof *proof, unsigned char const *secret,
                            uint32_t channels, bool decider,
                            struct proof_path const *path);

/* Connector: put the first message into OUT, with PADDING zeros, at most
   PADDING_MAX.  The connection has PATH, and its address was dialled because
   of ORIGIN.  */
extern void proof_begin (struct proof *proof, unsigned padding,
                         enum origin origin, struct proof_path const *path);

/* Return how many bytes proof_feed takes at most now; 0 when none.  It may be
   more than a message: zeros.  */
extern size_t proof_wants (struct proof const *proof);

/* Take LENGTH bytes, at most what proof_wants said, and return the new
   state.  */
extern enum proof_state proof_feed (struct proof *proof, void const *bytes,
                                    size_t length);

/* In the state PROOF_CHOOSE: put the last message into OUT; the state becomes
   PROOF_DONE.  */
extern void proof_choose (struct proof *proof);

#endif
