/* Test the challenge and response on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/proof.h"

#include <string.h>

#include "test-macros.h"
#include "proof-pair.h"

static unsigned char const wrong_secret[SECRET_SIZE]
  = "this is the run's secreT";

static struct row const rows[] =
{
  { "only channel", secret, secret, 0, 1, MESSAGES },
  { "first channel", secret, secret, 0, 2, MESSAGES },
  { "last channel", secret, secret, 1, 2, MESSAGES },
  { "many channels", secret, secret, 0x12345678, 0x12345679, MESSAGES },
  { "most channels", secret, secret, UINT32_MAX - 1, UINT32_MAX, MESSAGES },
  { "channel too high", secret, secret, 1, 1, HELLO },
  { "no channels", secret, secret, 0, 0, HELLO },
  { "channel in the high byte", secret, secret, 0x01000000, 2, HELLO },
  { "no such channel", secret, secret, UINT32_MAX, UINT32_MAX, HELLO },
  { "listener does not know", secret, wrong_secret, 0, 1, ANSWER },
  { "connector does not know", wrong_secret, secret, 0, 1, ANSWER },
  { "nobody knows", wrong_secret, wrong_secret, 0, 1, MESSAGES },
};

/* How many zeros; the listener does not want more than PADDING_MAX.  */
static unsigned const paddings[]
  = { 0, 1, 255, 256, 1448, PADDING_MAX, PADDING_MAX + 1, UINT16_MAX };

static void
check_row (struct row const *row, unsigned padding, size_t chunk)
{
  static struct pair pair;
  for (enum decider decider = 0; decider < DECIDERS; decider++)
    {
      int count = message_count (decider);
      int taken = MIN (row->taken, count);
      if (PADDING_MAX < padding)
        taken = HELLO;
      /* There is one decider, or the listener's answer is not for this
         connector.  */
      if (decider == BY_BOTH || decider == BY_NONE)
        taken = MIN (taken, ANSWER);
      row_is ("%s, %s decides, %u zeros, in pieces of %zu", row->name,
              decider_names[decider], padding, chunk);
      begin (&pair, row, decider, padding, chunk);
      go_through (&pair);
      check_end (&pair, taken, count);
    }
}

static void
check_rows (void)
{
  static size_t const chunks[] = { 0, 1, 2, 7, 8, 9, 31, 33, 1000, 8999 };
  for (size_t i = 0; i < SIZEOF (rows); i++)
    for (size_t p = 0; p < SIZEOF (paddings); p++)
      for (size_t c = 0; c < SIZEOF (chunks); c++)
        check_row (&rows[i], paddings[p], chunks[c]);
}

/* Return what message is not taken when a bit changes: bit number FLIP of
   the message number WHERE.  One of the path or the nonce in the first message
   makes the answer wrong, which the connector sees.  */
static int
taken_with_flip (int where, int flip)
{
  if (where != HELLO || flip < 8 * CHANNEL_AT)
    return where;
  if (8 * PATH_AT <= flip)
    return ANSWER;
  /* There are three origins.  */
  if (8 * ORIGIN_AT <= flip)
    return flip < 8 * ORIGIN_AT + 2 ? ANSWER : HELLO;
  /* Channel 0 becomes 1, which there is.  */
  return flip == 8 * (CHANNEL_AT + 3) ? ANSWER : HELLO;
}

/* Every bit counts.  */
static void
check_flip (enum decider decider, unsigned padding, int where, int flip)
{
  static struct pair pair;
  struct proof const *listener = &pair.end[LISTENER];
  row_is ("message %d with bit %d changed, %s decides, %u zeros", where,
          flip, decider_names[decider], padding);
  begin (&pair, &good_row, decider, padding, 0);
  pair.where = where;
  pair.flip = flip;
  go_through (&pair);
  if (where != HELLO || flip < 8 * PADDING_AT || 8 * ORIGIN_AT <= flip)
    {
      check_end (&pair, taken_with_flip (where, flip),
                 message_count (decider));
      return;
    }

  /* Another number of zeros: there are not enough, and the listener waits;
     or too many, and what is left is no proof.  */
  unsigned wrong = padding ^ 1 << (8 * (flip / 8 == PADDING_AT) + flip % 8);
  CHECK (listener->state == PROOF_MORE || listener->state == PROOF_FAILED);
  if (PADDING_MAX < wrong)
    CHECK_NUMBER (listener->state, PROOF_FAILED);
  /* No end is done, and it did not choose.  */
  CHECK_NUMBER (pair.end[CONNECTOR].state,
                wrong < padding ? PROOF_FAILED : PROOF_MORE);
  CHECK_NUMBER (pair.sent, wrong < padding ? ANSWER + 1 : HELLO + 1);
}

static void
check_flips (void)
{
  static unsigned const some[] = { 0, 1, 40, 1448, PADDING_MAX };
  for (enum decider decider = BY_CONNECTOR; decider <= BY_LISTENER; decider++)
    for (size_t p = 0; p < SIZEOF (some); p++)
      for (int where = HELLO; where < message_count (decider); where++)
        for (int flip = 0; flip < 8 * (int) sizes[where]; flip++)
          check_flip (decider, some[p], where, flip);
}

/* The MACs are what the theory of operation says, whoever reads it.  */
static void
check_wire (enum decider decider, char const *roles)
{
  static struct pair pair;
  struct row row = { .connector_secret = secret, .listener_secret = secret,
                     .channel = 0x01020304, .channels = 0x01020305 };
  row_is ("what is on the wire, %s decides", decider_names[decider]);
  begin (&pair, &row, decider, 0x0506, 0);
  go_through (&pair);
  check_end (&pair, MESSAGES, message_count (decider));
  unsigned char const *hello = pair.message[HELLO];
  unsigned char const *answer = pair.message[ANSWER];
  CHECK (memcmp (hello, "SockPip\2\1\2\3\4\5\6", ORIGIN_AT) == 0);
  CHECK_NUMBER (hello[ORIGIN_AT], ORIGIN_OFFER);
  CHECK (memcmp (hello + PATH_AT, &paths[CONNECTOR], PROOF_PATH_SIZE) == 0);
  CHECK (memcmp (answer, &paths[LISTENER], PROOF_PATH_SIZE) == 0);
  for (int i = ANSWER; i < message_count (decider); i++)
    {
      unsigned char mac[MAC_SIZE];
      make_mac (mac, roles[i - ANSWER], hello, answer);
      CHECK (memcmp (mac, pair.message[i] + sizes[i] - MAC_SIZE, MAC_SIZE)
             == 0);
    }
}

/* Two ends of one connection, as each has it, or of two that are joined.  */
struct path_row
{
  char const *name;
  enum origin origin;
  struct proof_path connector;
  struct proof_path listener;
  bool agree;
};

/* Addresses in a proof.  */
#define C OF_CONNECTOR
#define L OF_LISTENER
#define X ADDRESS4 (198, 51, 100, 7, 40000)
#define C_PORT ADDRESS4 (192, 0, 2, 1, 40001)
#define L_PORT ADDRESS4 (192, 0, 2, 2, 4001)
#define L6 \
  { 6, 192, 0, 2, 2, [PROOF_ADDRESS_SIZE - 2] = 4000 >> 8, 4000 & 0xff }
#define NONE { 0 }

static struct path_row const path_rows[] =
{
  { "one connection", ORIGIN_OFFER, { C, L }, { L, C }, true },
  { "one connection by the login's address", ORIGIN_LOGIN, { C, L }, { L, C },
    true },
  { "one connection by a name", ORIGIN_USER, { C, L }, { L, C }, true },
  { "the connector is translated", ORIGIN_OFFER, { C, L }, { L, X }, false },
  { "the connector is translated on the login's way", ORIGIN_LOGIN, { C, L },
    { L, X }, true },
  { "the connector's port is translated", ORIGIN_OFFER, { C, L },
    { L, C_PORT }, false },
  { "the listener is translated", ORIGIN_OFFER, { C, X }, { L, C }, false },
  { "the listener is translated on the login's way", ORIGIN_LOGIN, { C, X },
    { L, C }, false },
  { "the listener is translated, and named", ORIGIN_USER, { C, X }, { L, C },
    true },
  { "the listener's port is translated", ORIGIN_OFFER, { C, L_PORT },
    { L, C }, false },
  { "the listener's port is translated on the login's way", ORIGIN_LOGIN,
    { C, L_PORT }, { L, C }, false },
  { "a go-between", ORIGIN_OFFER, { C, X }, { L, X }, false },
  { "a go-between where the login comes from", ORIGIN_LOGIN, { C, X },
    { L, X }, false },
  { "a go-between that is named", ORIGIN_USER, { C, X }, { L, X }, true },
  { "the same path at both ends", ORIGIN_OFFER, { C, L }, { C, L }, false },
  { "the same path at both ends, by the login's address", ORIGIN_LOGIN,
    { C, L }, { C, L }, false },
  { "the other family", ORIGIN_OFFER, { C, L }, { L6, C }, false },
  { "nothing is known", ORIGIN_OFFER, { NONE, NONE }, { NONE, NONE }, false },
  { "nothing is known, by the login's address", ORIGIN_LOGIN, { NONE, NONE },
    { NONE, NONE }, false },
  { "the connector's is not known", ORIGIN_OFFER, { NONE, L }, { L, NONE },
    false },
};

/* Both ends reach the same verdict on what is between them, the connector
   before it says its last word.  */
static void
check_path (struct path_row const *row, enum decider decider)
{
  struct proof connector, listener;
  unsigned char hello[PROOF_HELLO_SIZE], answer[PROOF_ANSWER_SIZE];
  bool decides = connector_decides (decider);
  row_is ("%s, the %s decides", row->name, decider_names[decider]);
  CHECK_NUMBER (proof_paths_agree (row->origin, &row->connector,
                                   &row->listener), row->agree);
  proof_connector (&connector, secret, 0, decides);
  proof_begin (&connector, 0, row->origin, &row->connector);
  proof_listener (&listener, secret, 1, !decides, &row->listener);
  memcpy (hello, connector.out, sizeof hello);
  connector.out_length = 0;
  CHECK_NUMBER (feed (&listener, hello, sizeof hello), PROOF_MORE);
  memcpy (answer, listener.out, sizeof answer);
  feed (&connector, answer, sizeof answer);
  CHECK_NUMBER (connector.state, !row->agree ? PROOF_FAILED
                : decides ? PROOF_CHOOSE : PROOF_MORE);
  CHECK_NUMBER (connector.detour, !row->agree);
  if (!row->agree)
    CHECK_NUMBER (connector.out_length, 0);

  /* The listener does not rely on that.  */
  unsigned char mac[MAC_SIZE];
  make_mac (mac, decides ? 'c' : 'C', hello, answer);
  feed (&listener, mac, sizeof mac);
  CHECK_NUMBER (listener.state, !row->agree ? PROOF_FAILED
                : decides ? PROOF_DONE : PROOF_CHOOSE);
  CHECK_NUMBER (listener.detour, !row->agree);
}

static void
check_paths (void)
{
  for (size_t i = 0; i < SIZEOF (path_rows); i++)
    for (enum decider decider = BY_CONNECTOR; decider <= BY_LISTENER;
         decider++)
      check_path (&path_rows[i], decider);
}

/* No bytes change nothing, in any state of END.  */
static void
feed_nothing (struct proof *end, enum proof_state state)
{
  struct proof before = *end;
  CHECK_NUMBER (end->state, state);
  CHECK_NUMBER (proof_feed (end, "", 0), state);
  CHECK (memcmp (&before, end, sizeof before) == 0);
}

static void
check_nothing (bool decider)
{
  struct proof connector, listener;
  unsigned char const zeros[3] = { 0 };
  row_is ("no bytes at the start, the listener decides: %d", decider);
  proof_connector (&connector, secret, 0, !decider);
  proof_begin (&connector, sizeof zeros, ORIGIN_OFFER, &paths[CONNECTOR]);
  proof_listener (&listener, secret, 1, decider, &paths[LISTENER]);
  feed_nothing (&connector, PROOF_MORE);
  feed_nothing (&listener, PROOF_MORE);
  row_is ("no bytes among the zeros, the listener decides: %d", decider);
  feed (&listener, connector.out, PROOF_HELLO_SIZE);
  feed_nothing (&listener, PROOF_MORE);
  feed (&listener, zeros, sizeof zeros);
  CHECK_NUMBER (listener.out_length, PROOF_ANSWER_SIZE);
  connector.out_length = connector.out_zeros = 0;
  feed (&connector, listener.out, PROOF_ANSWER_SIZE);
  feed_nothing (&connector, PROOF_MORE);
  feed (&connector, zeros, sizeof zeros);
  listener.out_length = listener.out_zeros = 0;
  row_is ("no bytes at the end, the listener decides: %d", decider);
  feed_nothing (&listener, PROOF_MORE);
  feed_nothing (&connector, decider ? PROOF_MORE : PROOF_CHOOSE);
  if (!decider)
    proof_choose (&connector);
  CHECK_NUMBER (connector.out_length, MAC_SIZE);
  feed (&listener, connector.out, MAC_SIZE);
  feed_nothing (&listener, decider ? PROOF_CHOOSE : PROOF_DONE);
  if (decider)
    {
      proof_choose (&listener);
      feed (&connector, listener.out, MAC_SIZE);
    }
  feed_nothing (&listener, PROOF_DONE);
  feed_nothing (&connector, PROOF_DONE);
}

static void
check_random (void)
{
  unsigned char one[64], two[64], guarded[66];
  row_is ("random bytes");
  proof_random (one, sizeof one);
  proof_random (two, sizeof two);
  CHECK (memcmp (one, two, sizeof one) != 0);
  CHECK (memcmp (one, one + 32, 32) != 0);
  memset (guarded, '#', sizeof guarded);
  proof_random (guarded + 1, sizeof guarded - 2);
  CHECK (guarded[0] == '#' && guarded[sizeof guarded - 1] == '#');
  proof_random (guarded, 0);
  CHECK (guarded[0] == '#');
}

int
main (void)
{
  check_rows ();
  check_flips ();
  check_wire (BY_CONNECTOR, "Lc");
  check_wire (BY_LISTENER, "lCx");
  check_paths ();
  for (int decider = 0; decider <= 1; decider++)
    check_nothing (decider);
  check_random ();
  return test_result ();
}
