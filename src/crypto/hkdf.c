/* Keys derived from keys: HKDF with SHA-256 (RFC 5869), as TLS 1.3 uses it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/hkdf.h"

#include <string.h>

#include "base/diagnose.h"
#include "hmac.h"

static void
mac (unsigned char *out, void const *key, size_t key_length,
     void const *text, size_t length)
{
  if (hmac_sha256 (key, key_length, text, length, out) != 0)
    xalloc_die ();
}

void
hkdf_extract (unsigned char *out, void const *salt, size_t salt_length,
              void const *key, size_t key_length)
{
  mac (out, salt, salt_length, key, key_length);
}

void
hkdf_expand (unsigned char *out, size_t length, unsigned char const *key,
             void const *info, size_t info_length)
{
  unsigned char text[HKDF_INFO_MAX + 1];
  unsigned char block[HKDF_SIZE];
  memcpy (text, info, info_length);
  text[info_length] = 1;
  mac (block, key, HKDF_SIZE, text, info_length + 1);
  for (size_t i = 0; i < length; i++)
    out[i] = block[i];
  explicit_bzero (block, sizeof block);
}

void
hkdf_expand_label (unsigned char *out, size_t length,
                   unsigned char const *key, char const *label)
{
  static char const prefix[] = { 't', 'l', 's', '1', '3', ' ' };
  unsigned char info[2 + 1 + sizeof prefix + 249 + 1];
  unsigned char *at = info;
  size_t label_length = strlen (label);
  *at++ = length >> 8 & 0xff;
  *at++ = length & 0xff;
  *at++ = sizeof prefix + label_length;
  memcpy (at, prefix, sizeof prefix);
  at += sizeof prefix;
  memcpy (at, label, label_length);
  at += label_length;
  *at++ = 0;
  hkdf_expand (out, length, key, info, at - info);
}
