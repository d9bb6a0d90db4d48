/* The TLS handshake on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Theory of operation.  With --encrypt a new connection begins with a TLS 1.3
   handshake (RFC 8446), which takes the place of the proof (proof.h): the
   connector is its client.  There are no certificates; both ends have a key
   from the run's secret, and mix it with that of an ephemeral exchange
   (psk_dhe_ke), so that a later disclosure of the secret does not reveal the
   data.

     connector -> listener   ClientHello: identity, binder; P zeros
     listener -> connector   ServerHello ... Finished; P zeros
     connector -> listener   Finished
     decider -> other end    one record: "chosen"

   The identity is a text with the channel, the end that connects, and the
   mode, and the key is derived from the secret and that text (HKDF).  So a
   third party can neither make a connection another channel's, nor reflect it
   to its origin, nor change the mode.  The zeros, which fill a segment in each
   direction as in the proof, are in an extension of the two messages.  The
   protocol's name (ALPN) is fixed, and has to be the same at both ends.

   What follows the handshake depends on the mode, which the decider chooses,
   as it knows what both ends can do.  Either both kernels take over, or relays
   make and open the records (record.h) at both ends: an alert or a new key, as
   a relay sends them, is an error to a kernel.

   No end ever asks for more bytes than the message it waits for.  */

#ifndef SECURE_H
# define SECURE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "crypto/hkdf.h"
# include "crypto/proof.h"

/* What makes the records, and with which cipher.  The numbers are part of the
   protocol.  */
enum secure_mode
{
  SECURE_NONE,                  /* not encrypted, or not known yet */
  SECURE_AES,                   /* relays, AES-128-GCM */
  SECURE_CHACHA,                /* relays, ChaCha20-Poly1305 */
  SECURE_KERNEL,                /* the kernels, ChaCha20-Poly1305 */
  SECURE_MODES                  /* one more than the last */
};

/* The traffic secret of one direction, from which its keys are derived, and
   the number of its next record.  */
struct secure_half
{
  unsigned char secret[HKDF_SIZE];
  uint64_t sequence;
};

/* The result of a handshake.  */
struct secure_keys
{
  enum secure_mode mode;
  struct secure_half send;
  struct secure_half receive;
};

enum
{
  SECURE_IDENTITY_MAX = 64,
  SECURE_FLIGHT_MAX = PADDING_MAX + 1000
};

/* A handshake.  */
struct secure
{
  enum proof_state state;
  bool listener;
  bool decider;
  bool answered;                /* a message of the other end was valid */
  bool finished;                /* but for the decider's choice */
  uint32_t channel;             /* UINT32_MAX = not known yet */
  uint32_t channels;            /* listener: channel numbers are below this */
  uint16_t padding;             /* P */
  bool kernel;                  /* listener: SECURE_KERNEL is possible */
  struct secure_keys keys;      /* its mode is SECURE_NONE if not known */
  unsigned char const *secret;  /* SECRET_SIZE bytes, the caller's */
  int fd;                       /* the caller's */
  int error;                    /* errno of the connection, or 0 */
  bool closed;                  /* the other end has closed it */
  uint64_t received;            /* bytes */
  void *session;                /* the library's */
  void *credentials;
  /* To be sent, and the caller's to empty.  */
  unsigned char out[SECURE_FLIGHT_MAX];
  size_t out_length;
};

/* Prepare the library.  Return NULL; or a text, valid until the next call: why
   there can be no handshake.  */
extern char const *secure_load (void);

/* Begin a handshake on the connected non-blocking socket FD, by SECRET, as the
   decider or not.  As the connector for CHANNEL, in MODE, with PADDING zeros,
   at most PADDING_MAX.  As the listener for any channel below CHANNELS, in
   MODE; or, if that is SECURE_NONE, in any that the other end asks for,
   SECURE_KERNEL only if KERNEL is true.  Return a malloc'ed handshake, for
   secure_free.  */
extern struct secure *secure_connector (int fd, unsigned char const *secret,
                                        uint32_t channel,
                                        enum secure_mode mode,
                                        unsigned padding, bool decider);
extern struct secure *secure_listener (int fd, unsigned char const *secret,
                                       uint32_t channels,
                                       enum secure_mode mode, bool kernel,
                                       bool decider);

/* Proceed as far as the bytes in the socket allow.  Return the new state.
   When it is PROOF_FAILED, ERROR and CLOSED show whether the connection
   failed.  */
extern enum proof_state secure_step (struct secure *secure);

/* In the state PROOF_CHOOSE: put the last message into OUT; the state becomes
   PROOF_DONE.  */
extern void secure_choose (struct secure *secure);

/* Copy *FROM to *TO, byte by byte as secret_copy; wipe *KEYS.  In
   secure-keys.c.  */
extern void secure_copy_keys (struct secure_keys *to,
                              struct secure_keys const *from);
extern void secure_wipe_keys (struct secure_keys *keys);

/* Hand the connection FD, whose handshake has settled KEYS in SECURE_KERNEL,
   to the kernel.  Return 0, or -1 with errno set; FD can then only be closed.
   In secure-keys.c.  */
extern int secure_to_kernel (int fd, struct secure_keys const *keys);

/* Wipe and free SECURE, if it is not NULL.  */
extern void secure_free (struct secure *secure);

#endif
