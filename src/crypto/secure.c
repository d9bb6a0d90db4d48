/* The TLS handshake on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/secure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ignore-value.h"
#include "ktls.h"
#include "minmax.h"
#include "crypto/secure-library.h"
#include "base/system.h"
#include "xalloc.h"

/* TLS 1.3 with an external key and an ephemeral exchange, and nothing else.
   The library needs a list of signatures, though none is made.  */
#define PRIORITY_BEGIN "NONE:+VERS-TLS1.3:+AEAD:"
#define PRIORITY_END                                                    \
  ":+ECDHE-PSK:+GROUP-X25519:+SIGN-ALL:%DISABLE_TLS13_COMPAT_MODE"

/* The protocol's name (ALPN, RFC 7301).  */
#define PROTOCOL "socketpipe/2"

/* The extension for zeros, of those for private use (RFC 8446,
   section 11).  */
enum { FILLER_EXTENSION = 0xff53 };

/* The largest total size of the messages of a handshake, of both ends.  */
enum { HANDSHAKE_LIMIT = 2 * PADDING_MAX + 4096 };

static char const chosen[] = { 'c', 'h', 'o', 's', 'e', 'n' };

static char const *const mode_names[SECURE_MODES] = {
  [SECURE_NONE] = "none", [SECURE_AES] = "aes", [SECURE_CHACHA] = "chacha",
  [SECURE_KERNEL] = "kernel"
};

static void
print_identity (char *text, uint32_t channel, bool decider,
                enum secure_mode mode)
{
  snprintf (text, SECURE_IDENTITY_MAX, PROTOCOL " channel=%u by=%s mode=%s",
            (unsigned) channel, decider ? "decider" : "other",
            mode_names[mode]);
}

/* Write to KEY the key of the end that connects as IDENTITY.  */
static void
derive_key (struct secure const *secure, char const *identity,
            unsigned char *key)
{
  static char const salt[] = PROTOCOL " external key";
  unsigned char extracted[HKDF_SIZE];
  unsigned char secret[SECRET_SIZE];
  secret_copy (secret, secure->secret);
  hkdf_extract (extracted, salt, sizeof salt - 1, secret, sizeof secret);
  hkdf_expand (key, HKDF_SIZE, extracted, identity, strlen (identity));
  explicit_bzero (secret, sizeof secret);
  explicit_bzero (extracted, sizeof extracted);
}

/* Collect a flight, to send it as one: in pieces, the last would wait for the
   acknowledgement of the first.  */
static ssize_t
push (gnutls_transport_ptr_t pointer, void const *bytes, size_t length)
{
  struct secure *secure = pointer;
  if (sizeof secure->out - secure->out_length < length)
    {
      secure->error = ENOBUFS;
      TLS (transport_set_errno) (secure->session, ENOBUFS);
      return -1;
    }
  memcpy (secure->out + secure->out_length, bytes, length);
  secure->out_length += length;
  return length;
}

/* With a function of its own, the library could hand the connection to the
   kernel by itself.  */
static ssize_t
pull (gnutls_transport_ptr_t pointer, void *bytes, size_t length)
{
  struct secure *secure = pointer;
  ssize_t got = recv (secure->fd, bytes, length, 0);
  if (0 < got)
    secure->received += got;
  secure->closed = secure->closed || got == 0;
  if (got < 0)
    {
      if (errno != EAGAIN && errno != EINTR)
        secure->error = errno;
      TLS (transport_set_errno) (secure->session, errno);
    }
  return got;
}

/* Receive the secrets from the library, which would else write them to the
   file that the environment may name.  */
static int
take_secret (gnutls_session_t session, char const *label,
             gnutls_datum_t const *secret)
{
  struct secure *secure = TLS (session_get_ptr) (session);
  bool of_client = STREQ (label, "CLIENT_TRAFFIC_SECRET_0");
  if (secret->size != HKDF_SIZE
      || (!of_client && !STREQ (label, "SERVER_TRAFFIC_SECRET_0")))
    return 0;
  secret_copy (of_client != secure->listener ? secure->keys.send.secret
               : secure->keys.receive.secret, secret->data);
  return 0;
}

/* Send zeros; receive them.  */
static int
send_filler (gnutls_session_t session, gnutls_buffer_t extension)
{
  static char const zeros[PADDING_MAX];
  struct secure const *secure = TLS (session_get_ptr) (session);
  if (secure->padding == 0)
    return 0;
  int error = TLS (buffer_append_data) (extension, zeros, secure->padding);
  return error < 0 ? error : secure->padding;
}

static int
take_filler (gnutls_session_t session, unsigned char const *bytes,
             size_t length)
{
  struct secure *secure = TLS (session_get_ptr) (session);
  (void) bytes;
  if (secure->listener)
    secure->padding = MIN (length, PADDING_MAX);
  return 0;
}

/* Return whether the listener accepts the channel and mode that the
   connector's identity names; if so, adopt them.  */
static bool
take_identity (struct secure *secure, char const *identity)
{
  for (uint32_t channel = 0; channel < secure->channels; channel++)
    for (int mode = SECURE_NONE + 1; mode < SECURE_MODES; mode++)
      {
        char text[SECURE_IDENTITY_MAX];
        print_identity (text, channel, !secure->decider, mode);
        if (!STREQ (text, identity))
          continue;
        if (secure->keys.mode == SECURE_NONE
            ? mode == SECURE_KERNEL && !secure->kernel
            : mode != (int) secure->keys.mode)
          return false;
        secure->channel = channel;
        secure->keys.mode = mode;
        return true;
      }
  return false;
}

/* Prepare a connection that the kernel is to encrypt before the other end may
   half-close it, which it can once it has our last message.  If this fails, so
   does secure_to_kernel.  */
static void
prepare_kernel (struct secure const *secure)
{
  if (secure->keys.mode == SECURE_KERNEL)
    ignore_value (ktls_prepare (secure->fd));
}

static int
find_key (gnutls_session_t session, char const *identity,
          gnutls_datum_t *key)
{
  struct secure *secure = TLS (session_get_ptr) (session);
  if (!take_identity (secure, identity))
    return -1;
  prepare_kernel (secure);
  key->data = (*secure_library.malloc) (HKDF_SIZE);
  if (key->data == NULL)
    return -1;
  key->size = HKDF_SIZE;
  derive_key (secure, identity, key->data);
  return 0;
}

/* Give the library the connector's credentials.  */
static int
set_client_key (struct secure *secure)
{
  gnutls_psk_client_credentials_t credentials;
  unsigned char key[HKDF_SIZE];
  char identity[SECURE_IDENTITY_MAX];
  int error = TLS (psk_allocate_client_credentials) (&credentials);
  if (error < 0)
    return error;
  secure->credentials = credentials;
  print_identity (identity, secure->channel, secure->decider,
                  secure->keys.mode);
  derive_key (secure, identity, key);
  gnutls_datum_t datum = { .data = key, .size = sizeof key };
  error = TLS (psk_set_client_credentials) (credentials, identity, &datum,
                                            GNUTLS_PSK_KEY_RAW);
  explicit_bzero (key, sizeof key);
  return error < 0 ? error : TLS (credentials_set) (secure->session,
                                                    GNUTLS_CRD_PSK,
                                                    credentials);
}

static int
set_server_key (struct secure *secure)
{
  gnutls_psk_server_credentials_t credentials;
  int error = TLS (psk_allocate_server_credentials) (&credentials);
  if (error < 0)
    return error;
  secure->credentials = credentials;
  TLS (psk_set_server_credentials_function) (credentials, find_key);
  return TLS (credentials_set) (secure->session, GNUTLS_CRD_PSK,
                                credentials);
}

/* Return the ciphers that SECURE may negotiate.  */
static char const *
priority (struct secure const *secure)
{
  switch (secure->keys.mode)
    {
    case SECURE_NONE:
      return PRIORITY_BEGIN "+AES-128-GCM:+CHACHA20-POLY1305" PRIORITY_END;
    case SECURE_AES:
      return PRIORITY_BEGIN "+AES-128-GCM" PRIORITY_END;
    default:
      return PRIORITY_BEGIN "+CHACHA20-POLY1305" PRIORITY_END;
    }
}

/* Prepare the library's session.  Return 0 or a negative error of its own.  */
static int
prepare (struct secure *secure)
{
  gnutls_session_t session;
  unsigned flags = (GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL
                    | GNUTLS_NO_AUTO_REKEY);
  int error = TLS (init) (&session, flags | (secure->listener ? GNUTLS_SERVER
                                             : GNUTLS_CLIENT));
  if (error < 0)
    return error;
  secure->session = session;
  TLS (session_set_ptr) (session, secure);
  TLS (session_set_keylog_function) (session, take_secret);
  TLS (transport_set_ptr) (session, secure);
  TLS (transport_set_push_function) (session, push);
  TLS (transport_set_pull_function) (session, pull);
  TLS (handshake_set_max_packet_length) (session, HANDSHAKE_LIMIT);
  error = TLS (priority_set_direct) (session, priority (secure), NULL);
  if (error < 0)
    return error;
  unsigned char name[] = PROTOCOL;
  gnutls_datum_t protocol = { .data = name, .size = sizeof name - 1 };
  error = TLS (alpn_set_protocols) (session, &protocol, 1,
                                    GNUTLS_ALPN_MANDATORY);
  if (error < 0)
    return error;
  error = TLS (session_ext_register) (session, "filler", FILLER_EXTENSION,
                                      GNUTLS_EXT_TLS, take_filler,
                                      send_filler, NULL, NULL, NULL,
                                      GNUTLS_EXT_FLAG_TLS
                                      | GNUTLS_EXT_FLAG_CLIENT_HELLO
                                      | GNUTLS_EXT_FLAG_EE);
  if (error < 0)
    return error;
  return (secure->listener ? set_server_key (secure)
          : set_client_key (secure));
}

struct secure *
secure_connector (int fd, unsigned char const *secret, uint32_t channel,
                  enum secure_mode mode, unsigned padding, bool decider)
{
  struct secure *secure = xzalloc (sizeof *secure);
  secure->fd = fd;
  secure->secret = secret;
  secure->channel = channel;
  secure->keys.mode = mode;
  secure->padding = padding;
  secure->decider = decider;
  return secure;
}

struct secure *
secure_listener (int fd, unsigned char const *secret, uint32_t channels,
                 enum secure_mode mode, bool kernel, bool decider)
{
  struct secure *secure = xzalloc (sizeof *secure);
  secure->fd = fd;
  secure->secret = secret;
  secure->listener = true;
  secure->channel = UINT32_MAX;
  secure->channels = channels;
  secure->keys.mode = mode;
  secure->kernel = kernel;
  secure->decider = decider;
  return secure;
}

/* Return whether the protocol's name was agreed on: the library continues
   without one if an end sends none.  */
static bool
agrees_on_protocol (struct secure const *secure)
{
  gnutls_datum_t name;
  return (TLS (alpn_get_selected_protocol) (secure->session, &name) == 0
          && name.size == sizeof PROTOCOL - 1
          && memcmp (name.data, PROTOCOL, name.size) == 0);
}

/* Return whether the handshake used the key and the cipher of the mode, and
   all secrets are known.  */
static bool
is_sound (struct secure const *secure)
{
  static unsigned char const none[HKDF_SIZE];
  gnutls_cipher_algorithm_t cipher = (secure->keys.mode == SECURE_AES
                                      ? GNUTLS_CIPHER_AES_128_GCM
                                      : GNUTLS_CIPHER_CHACHA20_POLY1305);
  return (TLS (kx_get) (secure->session) == GNUTLS_KX_ECDHE_PSK
          && agrees_on_protocol (secure)
          && TLS (cipher_get) (secure->session) == cipher
          && memcmp (secure->keys.send.secret, none, HKDF_SIZE) != 0
          && memcmp (secure->keys.receive.secret, none, HKDF_SIZE) != 0);
}

/* The handshake is complete: wait for the decider's choice.  */
static enum proof_state
take_choice (struct secure *secure)
{
  char word[sizeof chosen];
  ssize_t got = TLS (record_recv) (secure->session, word, sizeof word);
  if (got < 0 && !TLS (error_is_fatal) (got))
    return PROOF_MORE;
  if (got != sizeof word || memcmp (word, chosen, sizeof word) != 0)
    return PROOF_FAILED;
  secure->keys.receive.sequence = 1;
  return PROOF_DONE;
}

static enum proof_state
go_on (struct secure *secure)
{
  if (secure->session == NULL)
    {
      if (prepare (secure) < 0)
        return PROOF_FAILED;
      if (!secure->listener)
        prepare_kernel (secure);
    }
  if (!secure->finished)
    {
      int result = TLS (handshake) (secure->session);
      secure->answered = (secure->answered || result == GNUTLS_E_SUCCESS
                          || (secure->listener
                              && secure->channel != UINT32_MAX));
      if (result < 0)
        return TLS (error_is_fatal) (result) ? PROOF_FAILED : PROOF_MORE;
      if (!is_sound (secure))
        return PROOF_FAILED;
      secure->finished = true;
    }
  return secure->decider ? PROOF_CHOOSE : take_choice (secure);
}

enum proof_state
secure_step (struct secure *secure)
{
  if (secure->state == PROOF_MORE)
    secure->state = go_on (secure);
  return secure->state;
}

void
secure_choose (struct secure *secure)
{
  ssize_t sent = TLS (record_send) (secure->session, chosen, sizeof chosen);
  secure->keys.send.sequence = 1;
  secure->state = sent == sizeof chosen ? PROOF_DONE : PROOF_FAILED;
}

void
secure_free (struct secure *secure)
{
  if (secure == NULL)
    return;
  if (secure->session != NULL)
    TLS (deinit) (secure->session);
  if (secure->credentials != NULL && secure->listener)
    TLS (psk_free_server_credentials) (secure->credentials);
  else if (secure->credentials != NULL)
    TLS (psk_free_client_credentials) (secure->credentials);
  explicit_bzero (secure, sizeof *secure);
  free (secure);
}

/* A system's policy can forbid a cipher, or a key exchange.  */
char const *
secure_load (void)
{
  static char why[200];
  static unsigned char const no_secret[SECRET_SIZE];
  char const *failed = secure_library_load ();
  if (failed)
    return failed;
  for (int mode = SECURE_AES; mode < SECURE_MODES; mode++)
    {
      struct secure *trial = secure_connector (-1, no_secret, 0, mode, 0,
                                               false);
      int error = prepare (trial);
      secure_free (trial);
      if (error < 0)
        {
          snprintf (why, sizeof why, "GnuTLS refuses %s: %s",
                    mode_names[mode], TLS (strerror) (error));
          return why;
        }
    }
  return NULL;
}
