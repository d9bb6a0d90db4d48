/* Test the TLS handshake with peers that speak TLS, but not as we do.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/secure.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/hkdf.h"
#include "crypto/secure-library.h"
#include "test-macros.h"

#define IDENTITY "socketpipe/2 channel=1 by=decider mode=aes"
#define LABEL "socketpipe/2"
#define TLS13 "NONE:+VERS-TLS1.3:+AEAD:+AES-128-GCM:+GROUP-X25519:+SIGN-ALL"

static unsigned char const secret[SECRET_SIZE] = "this is the run's secret";

/* A peer.  */
struct row
{
  char const *name;
  char const *priority;
  char const *identity;         /* with the right key for it; NULL = none */
  bool certificate;
  char const *label;            /* ALPN, NULL = none */
  bool good;
};

static struct row const rows[] = {
  { "all as it should be", TLS13 ":+ECDHE-PSK", IDENTITY, false, LABEL,
    true },
  { "no label", TLS13 ":+ECDHE-PSK", IDENTITY, false, NULL, false },
  { "another label", TLS13 ":+ECDHE-PSK", IDENTITY, false, "http/1.1",
    false },
  { "the beginning of the label", TLS13 ":+ECDHE-PSK", IDENTITY, false,
    "socketpipe/", false },
  { "a key without an exchange", TLS13 ":+PSK", IDENTITY, false, LABEL,
    false },
  { "a certificate", "NORMAL", NULL, true, LABEL, false },
  { "a certificate, with our cipher", TLS13 ":+ECDHE-ECDSA:+CTYPE-X509"
    ":+GROUP-SECP256R1", NULL, true, LABEL, false },
  { "a certificate, by TLS 1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL, true,
    LABEL, false },
  { "TLS 1.2 with the key", "NORMAL:-VERS-ALL:+VERS-TLS1.2:+ECDHE-PSK",
    IDENTITY, false, LABEL, false },
  { "nothing", TLS13 ":+ECDHE-PSK", NULL, false, LABEL, false },
};

/* What only this test needs of the library.  */
#define FUNCTIONS(X)                            \
  X (certificate_allocate_credentials)          \
  X (certificate_free_credentials)              \
  X (certificate_set_x509_key)                  \
  X (x509_crt_deinit)                           \
  X (x509_crt_init)                             \
  X (x509_crt_set_activation_time)              \
  X (x509_crt_set_expiration_time)              \
  X (x509_crt_set_key)                          \
  X (x509_crt_set_serial)                       \
  X (x509_crt_set_version)                      \
  X (x509_crt_sign2)                            \
  X (x509_privkey_deinit)                       \
  X (x509_privkey_generate)                     \
  X (x509_privkey_init)

static struct
{
#define MEMBER(name) __typeof__ (gnutls_##name) *name;
  FUNCTIONS (MEMBER)
#undef MEMBER
} more;

static bool
find (void *handle, char const *name, void *place)
{
  void **pointer = place;
  *pointer = dlsym (handle, name);
  return *pointer != NULL;
}

static bool
find_more (void)
{
  void *handle = dlopen (GNUTLS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  bool good = handle != NULL;
#define FIND(name) good = good && find (handle, "gnutls_" #name, &more.name);
  FUNCTIONS (FIND)
#undef FIND
  return good;
}

/* What the peer proves itself with; NULL what it has not.  */
struct credentials
{
  gnutls_certificate_credentials_t certificate;
  gnutls_psk_client_credentials_t client;
  gnutls_psk_server_credentials_t server;
};

static void
free_credentials (struct credentials *credentials)
{
  if (credentials->certificate)
    more.certificate_free_credentials (credentials->certificate);
  if (credentials->client)
    TLS (psk_free_client_credentials) (credentials->client);
  if (credentials->server)
    TLS (psk_free_server_credentials) (credentials->server);
}

/* Give SESSION a certificate that its own key has signed.  */
static void
set_certificate (gnutls_session_t session, struct credentials *credentials)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t crt;
  unsigned bits = GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1);
  NEED (more.certificate_allocate_credentials (&credentials->certificate) == 0
        && more.x509_privkey_init (&key) == 0
        && more.x509_privkey_generate (key, GNUTLS_PK_ECDSA, bits, 0) == 0
        && more.x509_crt_init (&crt) == 0
        && more.x509_crt_set_version (crt, 3) == 0
        && more.x509_crt_set_serial (crt, "\1", 1) == 0
        && more.x509_crt_set_activation_time (crt, 0) == 0
        && more.x509_crt_set_expiration_time (crt, 0x7fffffff) == 0
        && more.x509_crt_set_key (crt, key) == 0
        && more.x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA256, 0) == 0
        && more.certificate_set_x509_key (credentials->certificate, &crt, 1,
                                          key) == 0
        && TLS (credentials_set) (session, GNUTLS_CRD_CERTIFICATE,
                                  credentials->certificate) == 0);
  more.x509_crt_deinit (crt);
  more.x509_privkey_deinit (key);
}

/* Write to KEY that of IDENTITY.  */
static void
find_out_key (char const *identity, unsigned char *key)
{
  static char const salt[] = LABEL " external key";
  unsigned char extracted[HKDF_SIZE];
  hkdf_extract (extracted, salt, sizeof salt - 1, secret, sizeof secret);
  hkdf_expand (key, HKDF_SIZE, extracted, identity, strlen (identity));
}

/* As a server the peer has a key for any client.  */
static int
give_key (gnutls_session_t session, char const *identity,
          gnutls_datum_t *key)
{
  (void) session;
  key->data = (*secure_library.malloc) (HKDF_SIZE);
  key->size = HKDF_SIZE;
  find_out_key (identity, key->data);
  return 0;
}

static void
set_key (gnutls_session_t session, struct credentials *credentials,
         bool client, char const *identity)
{
  if (client)
    {
      unsigned char key[HKDF_SIZE];
      gnutls_datum_t datum = { .data = key, .size = sizeof key };
      find_out_key (identity, key);
      NEED (TLS (psk_allocate_client_credentials) (&credentials->client) == 0
            && TLS (psk_set_client_credentials) (credentials->client,
                                                 identity, &datum,
                                                 GNUTLS_PSK_KEY_RAW) == 0
            && TLS (credentials_set) (session, GNUTLS_CRD_PSK,
                                      credentials->client) == 0);
      return;
    }
  NEED (TLS (psk_allocate_server_credentials) (&credentials->server) == 0);
  TLS (psk_set_server_credentials_function) (credentials->server, give_key);
  NEED (TLS (credentials_set) (session, GNUTLS_CRD_PSK, credentials->server)
        == 0);
}

static ssize_t
push (gnutls_transport_ptr_t pointer, void const *bytes, size_t length)
{
  int const *fd = pointer;
  return send (*fd, bytes, length, MSG_NOSIGNAL);
}

static ssize_t
pull (gnutls_transport_ptr_t pointer, void *bytes, size_t length)
{
  int const *fd = pointer;
  return recv (*fd, bytes, length, 0);
}

/* Make the peer that ROW says, on FD, as a client or not, with CREDENTIALS of
   which it has none yet.  */
static gnutls_session_t
make_peer (struct row const *row, struct credentials *credentials, int *fd,
           bool client)
{
  gnutls_session_t session;
  NEED (TLS (init) (&session, (client ? GNUTLS_CLIENT : GNUTLS_SERVER)
                              | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS) == 0
        && TLS (priority_set_direct) (session, row->priority, NULL) == 0);
  if (row->identity)
    set_key (session, credentials, client, row->identity);
  if (row->certificate)
    set_certificate (session, credentials);
  if (row->label)
    {
      unsigned char label[32];
      gnutls_datum_t datum = { .data = label, .size = strlen (row->label) };
      memcpy (label, row->label, datum.size);
      NEED (TLS (alpn_set_protocols) (session, &datum, 1, 0) == 0);
    }
  TLS (transport_set_ptr) (session, fd);
  TLS (transport_set_push_function) (session, push);
  TLS (transport_set_pull_function) (session, pull);
  return session;
}

/* Let both go on until nothing more can happen.  Return whether END, on FD,
   has come through.  */
static bool
shake_hands (struct secure *end, int fd, gnutls_session_t peer)
{
  bool done = false;
  for (int round = 0; round < 10; round++)
    {
      if (secure_step (end) == PROOF_CHOOSE)
        secure_choose (end);
      if (0 < end->out_length)
        NEED (write (fd, end->out, end->out_length)
              == (ssize_t) end->out_length);
      end->out_length = 0;
      if (!done && TLS (handshake) (peer) == 0)
        {
          done = true;
          if (!end->decider)
            NEED (TLS (record_send) (peer, "chosen", 6) == 6);
        }
    }
  return end->state == PROOF_DONE;
}

static void
test_peer (struct row const *row, bool client)
{
  int fds[2];
  row_is ("a %s: %s", client ? "client" : "server", row->name);
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  for (int i = 0; i < 2; i++)
    NEED (fcntl (fds[i], F_SETFL, O_NONBLOCK) == 0);
  struct secure *end
    = (client ? secure_listener (fds[0], secret, 2, SECURE_NONE, false, false)
       : secure_connector (fds[0], secret, 1, SECURE_AES, 100, true));
  struct credentials credentials = { .certificate = NULL };
  gnutls_session_t peer = make_peer (row, &credentials, &fds[1], client);
  CHECK (shake_hands (end, fds[0], peer) == row->good);
  TLS (deinit) (peer);
  free_credentials (&credentials);
  secure_free (end);
  close (fds[0]);
  close (fds[1]);
}

int
main (void)
{
  char const *failed = secure_load ();
  if (failed)
    {
      fprintf (stderr, "%s\n", failed);
      return 77;
    }
  NEED (find_more ());
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      test_peer (&rows[i], false);
      test_peer (&rows[i], true);
    }
  return test_result ();
}
