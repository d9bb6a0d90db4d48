/* The records of TLS 1.3, made and opened one by one.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/record.h"

#include <string.h>

#include "minmax.h"
#include "monotonic.h"
#include "crypto/secure-library.h"

enum content_type
{
  TYPE_ALERT = 21,
  TYPE_HANDSHAKE = 22,
  TYPE_DATA = 23
};

static unsigned char const close_notify[] = { 1, 0 };

/* A handshake message KeyUpdate that asks for none in return: only one end
   sends data.  */
static unsigned char const key_update[] = { 24, 0, 0, 1, 0 };

/* Derive the keys from the secret.  */
static int
make_keys (struct record_cipher *cipher)
{
  unsigned char key[HKDF_SIZE];
  bool aes = cipher->mode == SECURE_AES;
  size_t size = aes ? 16 : 32;
  hkdf_expand_label (key, size, cipher->half.secret, "key");
  hkdf_expand_label (cipher->iv, sizeof cipher->iv, cipher->half.secret,
                     "iv");
  gnutls_datum_t datum = { .data = key, .size = size };
  gnutls_aead_cipher_hd_t handle;
  int error = TLS (aead_cipher_init) (&handle,
                                      aes ? GNUTLS_CIPHER_AES_128_GCM
                                      : GNUTLS_CIPHER_CHACHA20_POLY1305,
                                      &datum);
  explicit_bzero (key, sizeof key);
  if (error < 0)
    return -1;
  cipher->handle = handle;
  return 0;
}

static void
forget_keys (struct record_cipher *cipher)
{
  if (cipher->handle != NULL)
    TLS (aead_cipher_deinit) (cipher->handle);
  cipher->handle = NULL;
}

int
record_begin (struct record_cipher *cipher, enum secure_mode mode,
              struct secure_half const *half)
{
  *cipher = (struct record_cipher) { .mode = mode, .limit = RECORDS_PER_KEY };
  secret_copy (cipher->half.secret, half->secret);
  cipher->half.sequence = half->sequence;
  return make_keys (cipher);
}

void
record_finish (struct record_cipher *cipher)
{
  forget_keys (cipher);
  explicit_bzero (cipher, sizeof *cipher);
}

/* Switch to the next secret (section 7.2).  */
static int
renew_keys (struct record_cipher *cipher)
{
  unsigned char next[HKDF_SIZE];
  hkdf_expand_label (next, sizeof next, cipher->half.secret, "traffic upd");
  secret_copy (cipher->half.secret, next);
  explicit_bzero (next, sizeof next);
  cipher->half.sequence = 0;
  forget_keys (cipher);
  return make_keys (cipher);
}

/* Write to NONCE that of the next record (section 5.3), and count it.  */
static void
next_nonce (struct record_cipher *cipher, unsigned char *nonce)
{
  uint64_t number = cipher->half.sequence++;
  memcpy (nonce, cipher->iv, RECORD_IV);
  for (int i = 1; i <= 8; i++)
    {
      nonce[RECORD_IV - i] ^= number & 0xff;
      number >>= 8;
    }
}

/* Write to OUT a record of TYPE.  Return its length, or 0.  */
static size_t
seal (struct record_cipher *cipher, enum content_type type,
      unsigned char *plain, size_t length, unsigned char *out)
{
  unsigned char nonce[RECORD_IV];
  size_t sealed = length + 1 + RECORD_TAG;
  unsigned char behind = plain[length];
  plain[length] = type;
  out[0] = TYPE_DATA;
  out[1] = out[2] = 3;
  out[3] = sealed >> 8 & 0xff;
  out[4] = sealed & 0xff;
  next_nonce (cipher, nonce);
  int error = TLS (aead_cipher_encrypt) (cipher->handle, nonce, sizeof nonce,
                                         out, RECORD_HEADER, RECORD_TAG,
                                         plain, length + 1,
                                         out + RECORD_HEADER, &sealed);
  plain[length] = behind;
  return error < 0 ? 0 : RECORD_HEADER + sealed;
}

/* Write to OUT the announcement of new keys, and use these from now on.  */
static size_t
seal_update (struct record_cipher *cipher, unsigned char *out)
{
  unsigned char text[sizeof key_update + 1];
  memcpy (text, key_update, sizeof key_update);
  text[sizeof key_update] = 0;
  size_t length = seal (cipher, TYPE_HANDSHAKE, text, sizeof key_update, out);
  return length == 0 || renew_keys (cipher) != 0 ? 0 : length;
}

size_t
record_seal (struct record_cipher *cipher, unsigned char *plain,
             size_t length, unsigned char *out)
{
  size_t update = 0;
  if (cipher->limit <= cipher->half.sequence)
    {
      update = seal_update (cipher, out);
      if (update == 0)
        return 0;
    }
  size_t record = seal (cipher, TYPE_DATA, plain, length, out + update);
  return record == 0 ? 0 : update + record;
}

size_t
record_seal_end (struct record_cipher *cipher, unsigned char *out)
{
  unsigned char text[sizeof close_notify + 1];
  memcpy (text, close_notify, sizeof close_notify);
  text[sizeof close_notify] = 0;
  return seal (cipher, TYPE_ALERT, text, sizeof close_notify, out);
}

/* Handle the LENGTH bytes at TEXT, which are of TYPE and not data.  Return
   what they mean.  */
static enum record_result
read_content (struct record_cipher *cipher, enum content_type type,
              unsigned char const *text, size_t length, size_t *data)
{
  *data = 0;
  if (type == TYPE_ALERT && length == sizeof close_notify
      && text[1] == close_notify[1])
    return RECORD_END;
  if (type == TYPE_HANDSHAKE && length == sizeof key_update
      && memcmp (text, key_update, sizeof key_update) == 0
      && renew_keys (cipher) == 0)
    return RECORD_DATA;
  return RECORD_BAD;
}

enum record_result
record_open (struct record_cipher *cipher, unsigned char const *bytes,
             size_t length, size_t *used, unsigned char *out, size_t *data)
{
  unsigned char nonce[RECORD_IV];
  if (length < RECORD_HEADER)
    return RECORD_MORE;
  size_t sealed = bytes[3] << 8 | bytes[4];
  if (bytes[0] != TYPE_DATA || bytes[1] != 3 || bytes[2] != 3
      || sealed <= RECORD_TAG || RECORD_MAX < RECORD_HEADER + sealed)
    return RECORD_BAD;
  if (length < RECORD_HEADER + sealed)
    return RECORD_MORE;
  size_t opened = sealed - RECORD_TAG;
  next_nonce (cipher, nonce);
  if (TLS (aead_cipher_decrypt) (cipher->handle, nonce, sizeof nonce, bytes,
                                 RECORD_HEADER, RECORD_TAG,
                                 bytes + RECORD_HEADER, sealed, out, &opened)
      < 0)
    return RECORD_BAD;
  /* The type comes last, but for zeros that hide the length.  */
  while (0 < opened && out[opened - 1] == 0)
    opened--;
  if (opened == 0 || RECORD_PLAIN_MAX < opened - 1)
    return RECORD_BAD;
  enum content_type type = out[--opened];
  *used = RECORD_HEADER + sealed;
  *data = opened;
  return (type == TYPE_DATA ? RECORD_DATA
          : read_content (cipher, type, out, opened, data));
}

/* Return how many microseconds a few records in MODE take, or INT64_MAX.  */
static int64_t
time_records (enum secure_mode mode)
{
  enum { RECORDS = 4, ROUNDS = 3 };
  static unsigned char plain[RECORD_PLAIN_MAX + 1];
  static unsigned char sealed[RECORD_MAX + RECORD_UPDATE];
  static struct secure_half const half;
  struct record_cipher cipher;
  int64_t least = INT64_MAX;
  if (record_begin (&cipher, mode, &half) != 0)
    return least;
  for (int round = 0; round < ROUNDS; round++)
    {
      int64_t start = monotonic_us ();
      for (int i = 0; i < RECORDS; i++)
        record_seal (&cipher, plain, RECORD_PLAIN_MAX, sealed);
      least = MIN (least, monotonic_us () - start);
    }
  record_finish (&cipher);
  return least;
}

bool
record_prefers_chacha (void)
{
  static int known = -1;
  if (known < 0)
    known = time_records (SECURE_CHACHA) < time_records (SECURE_AES);
  return known == 1;
}
