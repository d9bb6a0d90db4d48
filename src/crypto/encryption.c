/* Whether and how a channel is encrypted, as its two ends negotiate it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/encryption.h"

#include <string.h>

#include "crypto/record.h"
#include "base/system.h"

/* Return why the kernel cannot encrypt, or NULL.  */
static char const *
explain_kernel (struct encryption const *own)
{
  if (own->multipath)
    return "its kernel cannot do that for the connections of --multipath";
  switch (own->kernel)
    {
    case KTLS_READY:
      return NULL;
    case KTLS_NOT_LOADED:
      return ("its kernel could do that, but the module tls is not loaded: run"
              " 'modprobe tls' as root");
    default:
      return "its kernel cannot do that (it has no TLS)";
    }
}

char const *
encryption_find (struct encryption *own, enum encrypt_mode wanted,
                 bool multipath)
{
  *own = (struct encryption) { .wanted = wanted, .multipath = multipath };
  if (wanted == ENCRYPT_NONE)
    return NULL;
  char const *why = secure_load ();
  if (why)
    return why;
  own->kernel = ktls_probe ();
  own->chacha = record_prefers_chacha ();
  return wanted == ENCRYPT_KERNEL ? explain_kernel (own) : NULL;
}

static bool
kernel_can (struct encryption const *end)
{
  return end->kernel == KTLS_READY && !end->multipath;
}

enum secure_mode
encryption_settle (struct encryption const *one,
                   struct encryption const *other)
{
  if (kernel_can (one) && kernel_can (other))
    return SECURE_KERNEL;
  /* The slower end decides.  */
  return one->chacha || other->chacha ? SECURE_CHACHA : SECURE_AES;
}

void
encryption_put (struct encryption const *own,
                struct message_builder *message)
{
  if (own->wanted == ENCRYPT_NONE)
    return;
  message_add_number (message, KEY_ENCRYPT, own->wanted);
  message_add_number (message, KEY_KTLS, kernel_can (own));
  message_add_number (message, KEY_CHACHA, own->chacha);
}

void
encryption_get (struct encryption *other, struct message const *message)
{
  uint64_t number;
  *other = (struct encryption) { .wanted = ENCRYPT_NONE };
  if (!message_number (message, KEY_ENCRYPT, &number) || number == 0)
    return;
  other->wanted = number == ENCRYPT_KERNEL ? ENCRYPT_KERNEL : ENCRYPT_ANY;
  if (message_number (message, KEY_KTLS, &number) && number == 1)
    other->kernel = KTLS_READY;
  other->chacha = message_number (message, KEY_CHACHA, &number) && number;
}

char const *
encryption_text (enum secure_mode mode)
{
  switch (mode)
    {
    case SECURE_AES:
      return ", encrypted by relays (AES-128-GCM)";
    case SECURE_CHACHA:
      return ", encrypted by relays (ChaCha20-Poly1305)";
    case SECURE_KERNEL:
      return ", encrypted by the kernels (ChaCha20-Poly1305)";
    default:
      return "";
    }
}

bool
encryption_login_is_open (char const *name)
{
  static char const *const names[] = {
    "krsh", "nc", "ncat", "netcat", "netkit-rsh", "remsh", "rlogin", "rsh",
    "rsh-redone-rlogin", "rsh-redone-rsh", "telnet"
  };
  char const *slash = strrchr (name, '/');
  char const *base = slash ? slash + 1 : name;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (STREQ (base, names[i]))
      return true;
  return false;
}
