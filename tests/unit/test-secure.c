/* Test the TLS handshake on a new connection, and the records after it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/secure.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/record.h"
#include "crypto/secure-library.h"
#include "test-macros.h"

enum { CONNECTOR, LISTENER, ENDS };

static unsigned char const secret[SECRET_SIZE] = "this is the run's secret";
static unsigned char const wrong_secret[SECRET_SIZE]
  = "this is the run's secreT";

/* Two ends, each with its own idea of the run.  */
struct row
{
  char const *name;
  enum secure_mode mode[ENDS];
  bool decider[ENDS];
  unsigned char const *secret[ENDS];
  uint32_t channel;
  bool kernel;                  /* the listener's */
  unsigned padding;
  bool good;
};

struct pair
{
  struct secure *end[ENDS];
  int fd[ENDS];
  size_t flight[ENDS];          /* the largest */
};

static void
open_pair (struct pair *pair, struct row const *row)
{
  *pair = (struct pair) { .end = { NULL } };
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, pair->fd) == 0);
  for (int i = 0; i < ENDS; i++)
    NEED (fcntl (pair->fd[i], F_SETFL, O_NONBLOCK) == 0);
  pair->end[CONNECTOR]
    = secure_connector (pair->fd[CONNECTOR], row->secret[CONNECTOR],
                        row->channel, row->mode[CONNECTOR], row->padding,
                        row->decider[CONNECTOR]);
  pair->end[LISTENER]
    = secure_listener (pair->fd[LISTENER], row->secret[LISTENER], 2,
                       row->mode[LISTENER], row->kernel,
                       row->decider[LISTENER]);
}

static void
close_pair (struct pair *pair)
{
  for (int i = 0; i < ENDS; i++)
    {
      secure_free (pair->end[i]);
      close (pair->fd[i]);
    }
}

static void
send_out (struct pair *pair, int i)
{
  struct secure *end = pair->end[i];
  if (end->out_length == 0)
    return;
  if (pair->flight[i] < end->out_length)
    pair->flight[i] = end->out_length;
  NEED (write (pair->fd[i], end->out, end->out_length)
        == (ssize_t) end->out_length);
  end->out_length = 0;
}

/* Let both go on until nothing more can happen.  Return whether both came
   through.  */
static bool
shake_hands (struct pair *pair)
{
  for (int round = 0; round < 10; round++)
    for (int i = 0; i < ENDS; i++)
      {
        if (secure_step (pair->end[i]) == PROOF_CHOOSE)
          secure_choose (pair->end[i]);
        send_out (pair, i);
      }
  return (pair->end[CONNECTOR]->state == PROOF_DONE
          && pair->end[LISTENER]->state == PROOF_DONE);
}

#define GOOD_SECRETS { secret, secret }
#define BY_CONNECTOR { true, false }
#define BY_LISTENER { false, true }

static struct row const rows[] = {
  { "AES, by the connector", { SECURE_AES, SECURE_NONE }, BY_CONNECTOR,
    GOOD_SECRETS, 0, false, 1460, true },
  { "AES, by the listener", { SECURE_AES, SECURE_AES }, BY_LISTENER,
    GOOD_SECRETS, 1, false, 1460, true },
  { "ChaCha", { SECURE_CHACHA, SECURE_NONE }, BY_CONNECTOR, GOOD_SECRETS, 0,
    false, PADDING_MAX, true },
  { "kernel", { SECURE_KERNEL, SECURE_NONE }, BY_CONNECTOR, GOOD_SECRETS, 0,
    true, 0, true },
  { "kernel, as was to be expected", { SECURE_KERNEL, SECURE_KERNEL },
    BY_LISTENER, GOOD_SECRETS, 0, true, 0, true },
  { "a listener that has no such kernel", { SECURE_KERNEL, SECURE_NONE },
    BY_CONNECTOR, GOOD_SECRETS, 0, false, 0, false },
  { "another mode", { SECURE_CHACHA, SECURE_KERNEL }, BY_LISTENER,
    GOOD_SECRETS, 0, true, 0, false },
  { "wrong secret of the connector", { SECURE_AES, SECURE_NONE },
    BY_CONNECTOR, { wrong_secret, secret }, 0, false, 1460, false },
  { "wrong secret of the listener", { SECURE_AES, SECURE_AES }, BY_LISTENER,
    { secret, wrong_secret }, 0, false, 1460, false },
  { "no such channel", { SECURE_AES, SECURE_NONE }, BY_CONNECTOR,
    GOOD_SECRETS, 2, false, 1460, false },
  { "two deciders: an end and itself", { SECURE_AES, SECURE_AES },
    { true, true }, GOOD_SECRETS, 0, false, 1460, false },
  { "no decider: the other end and itself", { SECURE_AES, SECURE_NONE },
    { false, false }, GOOD_SECRETS, 0, false, 1460, false },
};

/* What both ends must agree on.  */
static void
check_keys (struct pair const *pair, struct row const *row)
{
  struct secure const *one = pair->end[CONNECTOR];
  struct secure const *other = pair->end[LISTENER];
  CHECK_NUMBER (other->channel, row->channel);
  CHECK_NUMBER (other->keys.mode, row->mode[CONNECTOR]);
  CHECK_NUMBER (one->keys.mode, row->mode[CONNECTOR]);
  CHECK (memcmp (one->keys.send.secret, other->keys.receive.secret,
                 HKDF_SIZE) == 0);
  CHECK (memcmp (other->keys.send.secret, one->keys.receive.secret,
                 HKDF_SIZE) == 0);
  CHECK_NUMBER (one->keys.send.sequence, other->keys.receive.sequence);
  CHECK_NUMBER (other->keys.send.sequence, one->keys.receive.sequence);
  CHECK (one->answered && other->answered);
  for (int i = 0; i < ENDS; i++)
    CHECK (row->padding <= pair->flight[i]
           && pair->flight[i] < row->padding + 600);
}

static void
test_handshakes (void)
{
  for (size_t i = 0; i < SIZEOF (rows); i++)
    {
      struct pair pair;
      row_is ("%s", rows[i].name);
      open_pair (&pair, &rows[i]);
      CHECK (shake_hands (&pair) == rows[i].good);
      if (rows[i].good)
        check_keys (&pair, &rows[i]);
      else
        CHECK (pair.end[CONNECTOR]->state != PROOF_DONE
               && pair.end[LISTENER]->state != PROOF_DONE);
      close_pair (&pair);
    }
}

/* Every bit of a listener's answer, and of what a connector says, changed: no
   end may ever come through.  */
static void
test_flips (void)
{
  for (int who = 0; who < ENDS; who++)
    for (size_t at = 0; at < 300; at += 3)
      {
        struct pair pair;
        row_is ("bit changed in byte %zu from end %d", at, who);
        open_pair (&pair, &rows[0]);
        for (int i = 0; i <= who; i++)
          {
            secure_step (pair.end[i]);
            if (i == who && at < pair.end[i]->out_length)
              pair.end[i]->out[at] ^= 1 << at % 8;
            send_out (&pair, i);
          }
        CHECK (!shake_hands (&pair));
        close_pair (&pair);
      }
}

/* The messages of a stranger.  */
static void
test_strangers (void)
{
  static char const *const texts[] = {
    "GET / HTTP/1.0\r\n\r\n", "SockPip\001 and then some more of it",
    "\026\003\001\377\377\001", "\025\003\003\000\002\002\050", ""
  };
  for (size_t i = 0; i < SIZEOF (texts); i++)
    {
      struct pair pair;
      row_is ("stranger %zu", i);
      open_pair (&pair, &rows[0]);
      size_t length = i == 3 ? 7 : strlen (texts[i]);
      NEED (write (pair.fd[CONNECTOR], texts[i], length)
            == (ssize_t) length);
      shutdown (pair.fd[CONNECTOR], SHUT_WR);
      for (int n = 0; n < 5; n++)
        secure_step (pair.end[LISTENER]);
      CHECK_NUMBER (pair.end[LISTENER]->state, PROOF_FAILED);
      CHECK (pair.end[LISTENER]->channel == UINT32_MAX);
      close_pair (&pair);
    }
}

/* A record of ours is one for the library, and the other way round, before
   and after new keys.  */
static void
test_with_library (enum secure_mode mode)
{
  struct pair pair;
  struct row row = rows[0];
  unsigned char plain[101] = "some data", sealed[RECORD_MAX + RECORD_UPDATE];
  unsigned char out[RECORD_MAX];
  struct record_cipher cipher;
  row.mode[CONNECTOR] = mode;
  row_is ("with the library, mode %d", (int) mode);
  open_pair (&pair, &row);
  NEED (shake_hands (&pair));
  struct secure *to = pair.end[LISTENER];
  NEED (record_begin (&cipher, mode, &pair.end[CONNECTOR]->keys.send) == 0);
  cipher.limit = 3;
  for (int i = 0; i < 8; i++)
    {
      size_t length = record_seal (&cipher, plain, 100, sealed);
      CHECK (0 < length && write (pair.fd[CONNECTOR], sealed, length)
             == (ssize_t) length);
      ssize_t got;
      do
        got = TLS (record_recv) (to->session, out, sizeof out);
      while (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED);
      CHECK_NUMBER (got, 100);
      CHECK (memcmp (plain, out, 100) == 0);
    }
  size_t length = record_seal_end (&cipher, sealed);
  NEED (write (pair.fd[CONNECTOR], sealed, length) == (ssize_t) length);
  CHECK_NUMBER (TLS (record_recv) (to->session, out, sizeof out), 0);
  record_finish (&cipher);

  NEED (record_begin (&cipher, mode, &pair.end[CONNECTOR]->keys.receive)
        == 0);
  CHECK_NUMBER (TLS (record_send) (to->session, "hello", 5), 5);
  size_t used, data;
  CHECK_NUMBER (record_open (&cipher, to->out, to->out_length, &used, out,
                             &data), RECORD_DATA);
  CHECK (data == 5 && memcmp (out, "hello", 5) == 0);
  record_finish (&cipher);
  close_pair (&pair);
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
  test_handshakes ();
  test_flips ();
  test_strangers ();
  test_with_library (SECURE_AES);
  test_with_library (SECURE_CHACHA);
  return test_result ();
}
