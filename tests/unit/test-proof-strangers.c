/* Test that no stranger comes through the challenge and response.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/proof.h"

#include <string.h>

#include "../fuzz/fuzz.h"
#include "test-macros.h"
#include "proof-pair.h"

/* A stranger has no message but those that went over other connections.  */
static void
check_replays (enum decider decider)
{
  static struct pair old;
  struct proof listener, connector;
  char const *who = decider_names[decider];
  begin (&old, &good_row, decider, 0, 0);
  row_is ("the proof that is replayed, %s decides", who);
  go_through (&old);
  check_end (&old, MESSAGES, message_count (decider));

  row_is ("replayed to a listener, %s decides", who);
  proof_listener (&listener, secret, 2, listener_decides (decider),
                  &paths[LISTENER]);
  CHECK_NUMBER (feed (&listener, old.message[HELLO], sizes[HELLO]),
                PROOF_MORE);
  CHECK (memcmp (listener.out + ANSWER_NONCE_AT,
                 old.message[ANSWER] + ANSWER_NONCE_AT, NONCE_SIZE) != 0);
  CHECK_NUMBER (feed (&listener, old.message[LAST], sizes[LAST]),
                PROOF_FAILED);

  row_is ("replayed to a connector, %s decides", who);
  begin_connector (&connector, connector_decides (decider));
  CHECK (memcmp (connector.out + NONCE_AT, old.message[HELLO] + NONCE_AT,
                 NONCE_SIZE) != 0);
  CHECK_NUMBER (feed (&connector, old.message[ANSWER], sizes[ANSWER]),
                PROOF_FAILED);
  CHECK_NUMBER (connector.out_length, sizes[HELLO]);

  row_is ("the connector's nonce and last word of another connection, "
          "%s decides", who);
  unsigned char forged[PROOF_ANSWER_SIZE];
  begin_connector (&connector, connector_decides (decider));
  memcpy (forged, &paths[LISTENER], PROOF_PATH_SIZE);
  memcpy (forged + ANSWER_NONCE_AT, connector.out + NONCE_AT, NONCE_SIZE);
  memcpy (forged + ANSWER_MAC_AT, old.message[LAST], MAC_SIZE);
  CHECK_NUMBER (feed (&connector, forged, sizeof forged), PROOF_FAILED);
}

/* The last word of a deciding listener is for this connection.  */
static void
check_chosen (void)
{
  static struct pair old;
  unsigned char const *const words[] = { old.message[CHOSEN],
                                         old.message[LAST],
                                         old.message[ANSWER] + ANSWER_MAC_AT };
  row_is ("the listener that decides");
  begin (&old, &good_row, BY_LISTENER, 0, 0);
  go_through (&old);
  check_end (&old, MESSAGES, MESSAGES);
  for (size_t i = 0; i < SIZEOF (words) + 2; i++)
    {
      struct proof connector, listener;
      row_is ("the last word is not for this connection, %zu", i);
      begin_connector (&connector, false);
      begin_listener (&listener, &connector, true);
      connector.out_length = 0;
      CHECK_NUMBER (feed (&connector, listener.out, PROOF_ANSWER_SIZE),
                    PROOF_MORE);
      CHECK_NUMBER (connector.out_length, MAC_SIZE);
      unsigned char const *word = (i < SIZEOF (words) ? words[i]
                                   : i == SIZEOF (words) ? connector.out
                                   : listener.out + ANSWER_MAC_AT);
      CHECK_NUMBER (feed (&connector, word, MAC_SIZE), PROOF_FAILED);
    }
}

/* What an end says is nothing to itself.  */
static void
check_reflection (bool decider)
{
  struct proof connector, other, listener;
  row_is ("the listener's own answer comes back, decider %d", decider);
  begin_connector (&connector, !decider);
  begin_listener (&listener, &connector, decider);
  CHECK_NUMBER (feed (&listener, listener.out + ANSWER_MAC_AT, MAC_SIZE),
                PROOF_FAILED);

  row_is ("the connector's own hello comes back, decider %d", decider);
  unsigned char echo[PROOF_ANSWER_SIZE];
  begin_connector (&connector, decider);
  memset (echo, 0, sizeof echo);
  memcpy (echo, connector.out, PROOF_HELLO_SIZE);
  CHECK_NUMBER (feed (&connector, echo, sizeof echo), PROOF_FAILED);

  /* Somebody joins both ends of two connections of one end.  */
  row_is ("an end meets itself, decider %d", decider);
  begin_connector (&connector, decider);
  begin_listener (&listener, &connector, decider);
  CHECK_NUMBER (feed (&connector, listener.out, PROOF_ANSWER_SIZE),
                PROOF_FAILED);
  CHECK_NUMBER (connector.out_length, PROOF_HELLO_SIZE);

  row_is ("the last word of one connection for another, decider %d", decider);
  begin_connector (&connector, decider);
  begin_listener (&listener, &connector, !decider);
  connector.out_length = 0;
  CHECK_NUMBER (feed (&connector, listener.out, PROOF_ANSWER_SIZE),
                decider ? PROOF_CHOOSE : PROOF_MORE);
  if (decider)
    proof_choose (&connector);
  begin_connector (&other, decider);
  begin_listener (&listener, &other, !decider);
  CHECK_NUMBER (feed (&listener, connector.out, MAC_SIZE), PROOF_FAILED);

  row_is ("the answer for one channel given for another, decider %d",
          decider);
  begin_connector (&connector, decider);
  proof_connector (&other, secret, 1, decider);
  proof_begin (&other, 0, ORIGIN_OFFER, &paths[CONNECTOR]);
  memcpy (other.out + NONCE_AT, connector.out + NONCE_AT, NONCE_SIZE);
  begin_listener (&listener, &other, !decider);
  CHECK_NUMBER (feed (&connector, listener.out, PROOF_ANSWER_SIZE),
                PROOF_FAILED);
}

/* What a stranger says first, and after how many bytes that is clear.  */
struct rubbish
{
  char const *text;
  size_t length;
};

static struct rubbish const rubbish[] =
{
  { "GET / HTTP/1.0\r\n", 1 },
  { "\026\003\001\002", 1 },
  { "\0\0\0\0", 1 },
  { "\377\377\377\377", 1 },
  { "sockPip\002", 1 },
  { "SSH-2.0-x\r\n", 2 },
  { "SocketPipe", 5 },
  { "SockPip\001", 8 },
  { "SockPip\0", 8 },
};

static void
check_rubbish (bool decider)
{
  for (size_t i = 0; i < SIZEOF (rubbish); i++)
    {
      struct proof listener;
      row_is ("rubbish %zu, \"%s\"", i, rubbish[i].text);
      proof_listener (&listener, secret, 2, decider, &paths[LISTENER]);
      size_t length = rubbish[i].length;
      for (size_t at = 0; at < length - 1; at++)
        CHECK_NUMBER (feed (&listener, rubbish[i].text + at, 1), PROOF_MORE);
      CHECK_NUMBER (feed (&listener, rubbish[i].text + length - 1, 1),
                    PROOF_FAILED);
      CHECK_NUMBER (listener.out_length, 0);
      CHECK_NUMBER (proof_wants (&listener), 0);

      /* Nothing mends it, and nothing more is taken.  */
      CHECK_NUMBER (proof_feed (&listener, "SockPip\002", 8), PROOF_FAILED);
      CHECK_NUMBER (listener.out_length, 0);

      row_is ("rubbish %zu at once, \"%s\"", i, rubbish[i].text);
      proof_listener (&listener, secret, 2, decider, &paths[LISTENER]);
      CHECK_NUMBER (feed (&listener, rubbish[i].text, length), PROOF_FAILED);
    }
}

/* More than was wanted does not fit, and is nobody's proof.  */
static void
check_too_much (bool decider)
{
  static unsigned char bytes[PROOF_HELLO_SIZE + PADDING_MAX + 100];
  struct proof end, connector;

  row_is ("a connector gets too much, decider %d", decider);
  memset (bytes, 0, sizeof bytes);
  begin_connector (&end, decider);
  CHECK_NUMBER (proof_feed (&end, bytes, PROOF_ANSWER_SIZE + 1),
                PROOF_FAILED);
  begin_connector (&end, decider);
  feed (&end, bytes, 1);
  CHECK_NUMBER (proof_feed (&end, bytes, PROOF_ANSWER_SIZE), PROOF_FAILED);
  begin_connector (&end, decider);
  CHECK_NUMBER (proof_feed (&end, bytes, sizeof bytes), PROOF_FAILED);

  row_is ("a listener gets too much, decider %d", decider);
  begin_connector (&connector, !decider);
  memcpy (bytes, connector.out, PROOF_HELLO_SIZE);
  proof_listener (&end, secret, 1, decider, &paths[LISTENER]);
  CHECK_NUMBER (proof_feed (&end, bytes, PROOF_HELLO_SIZE + 1),
                PROOF_FAILED);
  CHECK_NUMBER (end.out_length, 0);

  row_is ("a listener gets more zeros than it wants, decider %d", decider);
  proof_connector (&connector, secret, 0, !decider);
  proof_begin (&connector, PADDING_MAX, ORIGIN_OFFER, &paths[CONNECTOR]);
  CHECK_NUMBER (connector.out_zeros, PADDING_MAX);
  memcpy (bytes, connector.out, PROOF_HELLO_SIZE);
  proof_listener (&end, secret, 1, decider, &paths[LISTENER]);
  CHECK_NUMBER (feed (&end, bytes, PROOF_HELLO_SIZE), PROOF_MORE);
  CHECK_NUMBER (end.out_length, 0);
  CHECK_NUMBER (proof_wants (&end), PADDING_MAX);
  feed (&end, bytes + PROOF_HELLO_SIZE, PADDING_MAX - 1);
  CHECK_NUMBER (proof_wants (&end), 1);
  CHECK_NUMBER (end.out_length, 0);
  CHECK_NUMBER (proof_feed (&end, bytes, 2), PROOF_FAILED);
  CHECK_NUMBER (end.out_length, 0);
}

/* No stranger gets in, whatever it sends, after as many right messages; the
   fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  for (uint8_t how = 0; how < 16; how++)
    {
      uint8_t sample[4 + PROOF_HELLO_SIZE + 10]
        = "\0\0\0\12SockPip\2\0\0\0\1\0\12";
      row_is ("any bytes, %d", how);
      sample[0] = how;
      fuzz_run (sample, sizeof sample, 3000, how);
    }
}

int
main (void)
{
  check_chosen ();
  check_replays (BY_CONNECTOR);
  check_replays (BY_LISTENER);
  for (int decider = 0; decider <= 1; decider++)
    {
      check_reflection (decider);
      check_rubbish (decider);
      check_too_much (decider);
    }
  check_any_bytes ();
  return test_result ();
}
