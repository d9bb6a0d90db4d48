/* The records of TLS 1.3, made and opened one by one.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The part of TLS after a handshake (secure.h), for relays: RFC 8446, section
   5.  Each direction has keys of its own, derived from a secret; the handshake
   gives the first one.  After a number of records the sender announces new
   keys, and both ends switch to the next secret, so there is no limit to the
   amount of data.

   Pure: bytes in, bytes out.  The library must be loaded (secure_load).  */

#ifndef RECORD_H
# define RECORD_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "crypto/record-size.h"
# include "crypto/secure.h"

enum
{
  /* The size of the announcement of new keys.  */
  RECORD_UPDATE = RECORD_HEADER + 5 + 1 + RECORD_TAG,
  RECORD_IV = 12
};

/* The number of records for one key: with AES-GCM up to 2^24.5 are safe
   (section 5.5).  */
# define RECORDS_PER_KEY (UINT64_C (1) << 22)

/* One direction.  */
struct record_cipher
{
  enum secure_mode mode;
  struct secure_half half;
  unsigned char iv[RECORD_IV];
  uint64_t limit;               /* new keys after so many records */
  void *handle;                 /* the library's */
};

/* Begin with the secret and number of HALF, in MODE, which is not
   SECURE_KERNEL.  Return 0, or -1 when the library fails.  */
extern int record_begin (struct record_cipher *cipher, enum secure_mode mode,
                         struct secure_half const *half);

/* Write to OUT, of at least RECORD_MAX + RECORD_UPDATE bytes, a record with
   the LENGTH bytes, at most RECORD_PLAIN_MAX, at PLAIN; before it, an
   announcement of new keys where one is due.  The byte behind PLAIN must be
   writable, and is restored.  Return how many bytes were written to OUT, or 0
   when the library fails.  */
extern size_t record_seal (struct record_cipher *cipher,
                           unsigned char *plain, size_t length,
                           unsigned char *out);

/* Write to OUT the record for the end of the stream (close_notify).  Return
   likewise.  */
extern size_t record_seal_end (struct record_cipher *cipher,
                               unsigned char *out);

enum record_result
{
  RECORD_MORE,                  /* it is not complete */
  RECORD_DATA,                  /* perhaps 0 bytes */
  RECORD_END,                   /* end of the stream */
  RECORD_BAD                    /* not made with the keys */
};

/* Open the record at the start of the LENGTH bytes at BYTES.  Unless the
   result is RECORD_MORE or RECORD_BAD, set *USED to its length.  For
   RECORD_DATA write the data to OUT, of at least RECORD_PLAIN_MAX + 256 bytes,
   and set *DATA to how much it is.  */
extern enum record_result record_open (struct record_cipher *cipher,
                                       unsigned char const *bytes,
                                       size_t length, size_t *used,
                                       unsigned char *out, size_t *data);

/* Return whether ChaCha20-Poly1305 is faster here than AES-128-GCM, as on a
   processor without AES instructions.  It is measured, once.  */
extern bool record_prefers_chacha (void);

/* Wipe the keys.  */
extern void record_finish (struct record_cipher *cipher);

#endif
