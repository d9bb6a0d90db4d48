/* The records of TLS 1.3, made and opened one by one.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   What follows a handshake (secure.h) where relays do it: RFC 8446, section
   5.  Each direction has keys of its own, made of a secret that begins with
   the handshake's.  After so many records the sender says that he takes new
   ones, and both go on with the next secret, so there is no limit to how
   much can be sent.

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
  /* What the announcement of new keys takes.  */
  RECORD_UPDATE = RECORD_HEADER + 5 + 1 + RECORD_TAG,
  RECORD_IV = 12
};

/* Records that are made by one key: with AES-GCM up to 2^24.5 are safe
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

/* Begin with the secret and number of HALF, as MODE says, not the kernel's.
   Return 0, or -1 when the library cannot.  */
extern int record_begin (struct record_cipher *cipher, enum secure_mode mode,
                         struct secure_half const *half);

/* Write to OUT, of at least RECORD_MAX + RECORD_UPDATE bytes, a record with
   the LENGTH bytes, at most RECORD_PLAIN_MAX, at PLAIN; before it, the
   announcement of new keys where it is time for that.  The byte behind PLAIN
   must be there to be written to, and is as it was then.  Return how many
   bytes were written to OUT, or 0 when the library fails.  */
extern size_t record_seal (struct record_cipher *cipher,
                           unsigned char *plain, size_t length,
                           unsigned char *out);

/* Write to OUT the record that says that nothing follows (close_notify).
   Return likewise.  */
extern size_t record_seal_end (struct record_cipher *cipher,
                               unsigned char *out);

enum record_result
{
  RECORD_MORE,                  /* not all of it is there */
  RECORD_DATA,                  /* maybe no byte of it */
  RECORD_END,                   /* nothing follows */
  RECORD_BAD                    /* nobody who has the keys sent this */
};

/* Open the record at the start of the LENGTH bytes at BYTES.  Unless the
   result is RECORD_MORE or RECORD_BAD, set *USED to its length.  For
   RECORD_DATA write the data to OUT, of at least RECORD_PLAIN_MAX + 256 bytes,
   and set *DATA to how much it is.  */
extern enum record_result record_open (struct record_cipher *cipher,
                                       unsigned char const *bytes,
                                       size_t length, size_t *used,
                                       unsigned char *out, size_t *data);

/* Return whether ChaCha20-Poly1305 takes less time here than AES-128-GCM, as
   where the processor knows nothing of AES.  It is measured, once.  */
extern bool record_prefers_chacha (void);

/* Wipe the keys.  */
extern void record_finish (struct record_cipher *cipher);

#endif
