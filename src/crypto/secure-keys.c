/* The TLS handshake on a new connection: its keys, afterwards.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/secure.h"

#include <errno.h>
#include <string.h>

#include "ktls.h"

void
secure_copy_keys (struct secure_keys *to, struct secure_keys const *from)
{
  to->mode = from->mode;
  secret_copy (to->send.secret, from->send.secret);
  secret_copy (to->receive.secret, from->receive.secret);
  to->send.sequence = from->send.sequence;
  to->receive.sequence = from->receive.sequence;
}

void
secure_wipe_keys (struct secure_keys *keys)
{
  explicit_bzero (keys, sizeof *keys);
}

static void
make_keys (struct ktls_keys *keys, struct secure_half const *half)
{
  hkdf_expand_label (keys->key, sizeof keys->key, half->secret, "key");
  hkdf_expand_label (keys->iv, sizeof keys->iv, half->secret, "iv");
  keys->sequence = half->sequence;
}

int
secure_to_kernel (int fd, struct secure_keys const *keys)
{
  struct ktls_keys send, receive;
  make_keys (&send, &keys->send);
  make_keys (&receive, &keys->receive);
  int result = ktls_start (fd, &send, &receive);
  int saved = errno;
  explicit_bzero (&send, sizeof send);
  explicit_bzero (&receive, sizeof receive);
  errno = saved;
  return result;
}
