/* Test the challenge and response on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/proof.h"

#include <string.h>

#include "../fuzz/fuzz.h"
#include "hmac.h"
#include "minmax.h"
#include "test-macros.h"

static unsigned char const secret[SECRET_SIZE] = "this is the run's secret";
static unsigned char const wrong_secret[SECRET_SIZE]
  = "this is the run's secreT";

/* The messages, in the order of the proof; the even ones are the connector's.
   A deciding connector's LAST one is the end.  */
enum { HELLO, ANSWER, LAST, CHOSEN, MESSAGES };

/* Without the zeros that follow the first two.  */
static size_t const sizes[MESSAGES]
  = { PROOF_HELLO_SIZE, PROOF_ANSWER_SIZE, MAC_SIZE, MAC_SIZE };

/* Where things are in the first message.  */
enum
{
  CHANNEL_AT = PROOF_MAGIC_SIZE,
  PADDING_AT = CHANNEL_AT + 4,
  NONCE_AT = PADDING_AT + 2
};

/* The ends, and who decides.  */
enum { CONNECTOR, LISTENER };
enum decider { BY_CONNECTOR, BY_LISTENER, BY_BOTH, BY_NONE, DECIDERS };

static char const *const decider_names[DECIDERS]
  = { "connector", "listener", "both", "none" };

/* What the commands write once an end is done with the proof.  */
static char const data[] = "the first bytes of the commands' data";

enum { STREAM_MAX = 70000 };

/* Bytes on their way to an end.  */
struct stream
{
  unsigned char bytes[STREAM_MAX];
  size_t length;
  size_t at;
  bool data;                    /* the last of them are data */
};

/* Both ends and what goes between them.  */
struct pair
{
  struct proof end[2];
  struct stream to[2];
  int sent;                     /* messages */
  unsigned char message[MESSAGES][PROOF_LARGEST];
  size_t chunk;                 /* bytes that arrive at once; 0 = all */
  int where;                    /* the message in which a bit changes */
  int flip;                     /* the number of that bit, or -1 */
};

static bool
connector_decides (enum decider decider)
{
  return decider == BY_CONNECTOR || decider == BY_BOTH;
}

static bool
listener_decides (enum decider decider)
{
  return decider == BY_LISTENER || decider == BY_BOTH;
}

/* Return how many messages there are.  */
static int
message_count (enum decider decider)
{
  return connector_decides (decider) ? LAST + 1 : CHOSEN + 1;
}

static void
append (struct stream *stream, void const *bytes, size_t length)
{
  NEED (length <= STREAM_MAX - stream->length);
  memcpy (stream->bytes + stream->length, bytes, length);
  stream->length += length;
}

/* Send what end number FROM wants to send.  Return whether there was
   something.  */
static bool
send_message (struct pair *pair, int from)
{
  static unsigned char const zeros[UINT16_MAX];
  struct proof *end = &pair->end[from];
  struct stream *to = &pair->to[!from];
  if (end->out_length == 0)
    {
      CHECK_NUMBER (end->out_zeros, 0);
      return false;
    }
  int number = pair->sent++;
  NEED (number < MESSAGES);
  CHECK_NUMBER (from, number % 2 == 0 ? CONNECTOR : LISTENER);
  CHECK_NUMBER (end->out_length, sizes[number]);
  CHECK_NUMBER (end->out_zeros, number <= ANSWER ? end->padding : 0);
  memcpy (pair->message[number], end->out, sizes[number]);
  append (to, end->out, end->out_length);
  if (number == pair->where && 0 <= pair->flip)
    to->bytes[to->length - end->out_length + pair->flip / 8]
      ^= 1 << pair->flip % 8;
  append (to, zeros, end->out_zeros);
  end->out_length = end->out_zeros = 0;
  return true;
}

/* Let end number TO take what has come, as far as it wants.  Return whether
   it took anything.  */
static bool
receive (struct pair *pair, int to)
{
  struct proof *end = &pair->end[to];
  struct stream *stream = &pair->to[to];
  size_t left = stream->length - stream->at;
  size_t wants = proof_wants (end);
  if (end->state != PROOF_MORE)
    CHECK_NUMBER (wants, 0);
  size_t some = MIN (left, wants);
  if (pair->chunk != 0)
    some = MIN (some, pair->chunk);
  if (some == 0)
    return false;
  /* All that there is belongs to the message, but for the data.  */
  if (pair->flip < 0)
    CHECK (wants <= left - (stream->data ? sizeof data : 0));
  proof_feed (end, stream->bytes + stream->at, some);
  stream->at += some;
  return true;
}

/* Let end number I go on.  Return whether it did.  */
static bool
step (struct pair *pair, int i)
{
  struct proof *end = &pair->end[i];
  bool active = receive (pair, i);
  if (end->state == PROOF_CHOOSE)
    {
      /* Nothing is said before the connection is chosen.  */
      CHECK (end->decider);
      CHECK_NUMBER (end->out_length, 0);
      proof_choose (end);
      CHECK_NUMBER (end->state, PROOF_DONE);
    }
  active = send_message (pair, i) || active;
  if (end->state == PROOF_DONE && !pair->to[!i].data)
    {
      append (&pair->to[!i], data, sizeof data);
      pair->to[!i].data = true;
    }
  return active;
}

/* Go through the proof as far as it goes.  */
static void
go_through (struct pair *pair)
{
  bool active = true;
  while (active)
    {
      active = step (pair, CONNECTOR);
      active = step (pair, LISTENER) || active;
    }
}

/* Return whether end number I left no byte but the data, and that.  */
static bool
data_is_left (struct pair const *pair, int i)
{
  struct stream const *stream = &pair->to[i];
  return (stream->length - stream->at == sizeof data
          && memcmp (stream->bytes + stream->at, data, sizeof data) == 0);
}

/* How a proof between two ends goes: TAKEN messages are taken, and the next
   one shows that the other end is a stranger.  */
struct row
{
  char const *name;
  unsigned char const *connector_secret;
  unsigned char const *listener_secret;
  uint32_t channel;
  uint32_t channels;
  int taken;
};

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

/* Begin the proof of ROW in *PAIR, static for its size.  */
static void
begin (struct pair *pair, struct row const *row, enum decider decider,
       unsigned padding, size_t chunk)
{
  for (int i = 0; i < 2; i++)
    {
      pair->to[i].length = pair->to[i].at = 0;
      pair->to[i].data = false;
    }
  pair->sent = 0;
  pair->chunk = chunk;
  pair->flip = -1;
  proof_connector (&pair->end[CONNECTOR], row->connector_secret,
                   row->channel, connector_decides (decider));
  proof_listener (&pair->end[LISTENER], row->listener_secret, row->channels,
                  listener_decides (decider));
  CHECK_NUMBER (pair->end[CONNECTOR].out_length, 0);
  proof_begin (&pair->end[CONNECTOR], padding);
}

/* See that message number TAKEN was taken for a stranger's, or that all is
   well if it is COUNT.  */
static void
check_end (struct pair const *pair, int taken, int count)
{
  struct proof const *connector = &pair->end[CONNECTOR];
  struct proof const *listener = &pair->end[LISTENER];
  if (taken < count)
    {
      struct proof const *receiver = &pair->end[taken % 2 == 0];
      CHECK_NUMBER (receiver->state, PROOF_FAILED);
      CHECK_NUMBER (pair->sent, taken + 1);
      /* The sender of the last message cannot know.  */
      CHECK_NUMBER (pair->end[taken % 2].state,
                    taken == count - 1 ? PROOF_DONE : PROOF_MORE);
      return;
    }
  CHECK_NUMBER (connector->state, PROOF_DONE);
  CHECK_NUMBER (listener->state, PROOF_DONE);
  CHECK_NUMBER (pair->sent, count);
  CHECK_NUMBER (listener->channel, connector->channel);
  CHECK (data_is_left (pair, CONNECTOR));
  CHECK (data_is_left (pair, LISTENER));
}

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
   the message number WHERE.  One of the nonce in the first message makes the
   answer wrong, which the connector sees.  */
static int
taken_with_flip (int where, int flip)
{
  if (where != HELLO || flip < 8 * CHANNEL_AT)
    return where;
  if (8 * NONCE_AT <= flip)
    return ANSWER;
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
  begin (&pair, &rows[1], decider, padding, 0);
  pair.where = where;
  pair.flip = flip;
  go_through (&pair);
  if (where != HELLO || flip < 8 * PADDING_AT || 8 * NONCE_AT <= flip)
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
  CHECK (memcmp (pair.message[HELLO], "SockPip\1\1\2\3\4\5\6", NONCE_AT) == 0);
  for (int i = ANSWER; i < message_count (decider); i++)
    {
      unsigned char mac[MAC_SIZE], text[15 + 2 * NONCE_SIZE] = "SockPip\1";
      text[PROOF_MAGIC_SIZE] = roles[i - ANSWER];
      memcpy (text + PROOF_MAGIC_SIZE + 1, "\1\2\3\4\5\6", 6);
      memcpy (text + 15, pair.message[HELLO] + NONCE_AT, NONCE_SIZE);
      memcpy (text + 15 + NONCE_SIZE, pair.message[ANSWER], NONCE_SIZE);
      NEED (hmac_sha256 (secret, SECRET_SIZE, text, sizeof text, mac) == 0);
      CHECK (memcmp (mac, pair.message[i] + sizes[i] - MAC_SIZE, MAC_SIZE)
             == 0);
    }
}

/* Give BYTES to END at once.  */
static enum proof_state
feed (struct proof *end, void const *bytes, size_t size)
{
  CHECK (size <= proof_wants (end));
  return proof_feed (end, bytes, size);
}

/* Begin as a connector for channel 0, without zeros.  */
static void
begin_connector (struct proof *connector, bool decider)
{
  proof_connector (connector, secret, 0, decider);
  proof_begin (connector, 0);
  CHECK_NUMBER (connector->out_length, PROOF_HELLO_SIZE);
  CHECK_NUMBER (connector->out_zeros, 0);
}

/* Begin as a listener that has got the first message of CONNECTOR.  */
static void
begin_listener (struct proof *listener, struct proof const *connector,
                bool decider)
{
  proof_listener (listener, secret, 2, decider);
  CHECK_NUMBER (feed (listener, connector->out, PROOF_HELLO_SIZE),
                PROOF_MORE);
  CHECK_NUMBER (listener->out_length, PROOF_ANSWER_SIZE);
}

/* A stranger has no message but those that went over other connections.  */
static void
check_replays (enum decider decider)
{
  static struct pair old;
  struct proof listener, connector;
  char const *who = decider_names[decider];
  begin (&old, &rows[1], decider, 0, 0);
  row_is ("the proof that is replayed, %s decides", who);
  go_through (&old);
  check_end (&old, MESSAGES, message_count (decider));

  row_is ("replayed to a listener, %s decides", who);
  proof_listener (&listener, secret, 2, listener_decides (decider));
  CHECK_NUMBER (feed (&listener, old.message[HELLO], sizes[HELLO]),
                PROOF_MORE);
  CHECK (memcmp (listener.out, old.message[ANSWER], NONCE_SIZE) != 0);
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
  memcpy (forged, connector.out + NONCE_AT, NONCE_SIZE);
  memcpy (forged + NONCE_SIZE, old.message[LAST], MAC_SIZE);
  CHECK_NUMBER (feed (&connector, forged, sizeof forged), PROOF_FAILED);
}

/* The last word of a deciding listener is for this connection.  */
static void
check_chosen (void)
{
  static struct pair old;
  unsigned char const *const words[] = { old.message[CHOSEN],
                                         old.message[LAST],
                                         old.message[ANSWER] + NONCE_SIZE };
  row_is ("the listener that decides");
  begin (&old, &rows[1], BY_LISTENER, 0, 0);
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
                                   : listener.out + NONCE_SIZE);
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
  CHECK_NUMBER (feed (&listener, listener.out + NONCE_SIZE, MAC_SIZE),
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
  proof_begin (&other, 0);
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
  { "sockPip\001", 1 },
  { "SSH-2.0-x\r\n", 2 },
  { "SocketPipe", 5 },
  { "SockPip\002", 8 },
  { "SockPip\0", 8 },
};

static void
check_rubbish (bool decider)
{
  for (size_t i = 0; i < SIZEOF (rubbish); i++)
    {
      struct proof listener;
      row_is ("rubbish %zu, \"%s\"", i, rubbish[i].text);
      proof_listener (&listener, secret, 2, decider);
      size_t length = rubbish[i].length;
      for (size_t at = 0; at < length - 1; at++)
        CHECK_NUMBER (feed (&listener, rubbish[i].text + at, 1), PROOF_MORE);
      CHECK_NUMBER (feed (&listener, rubbish[i].text + length - 1, 1),
                    PROOF_FAILED);
      CHECK_NUMBER (listener.out_length, 0);
      CHECK_NUMBER (proof_wants (&listener), 0);

      /* Nothing mends it, and nothing more is taken.  */
      CHECK_NUMBER (proof_feed (&listener, "SockPip\001", 8), PROOF_FAILED);
      CHECK_NUMBER (listener.out_length, 0);

      row_is ("rubbish %zu at once, \"%s\"", i, rubbish[i].text);
      proof_listener (&listener, secret, 2, decider);
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
  proof_listener (&end, secret, 1, decider);
  CHECK_NUMBER (proof_feed (&end, bytes, PROOF_HELLO_SIZE + 1),
                PROOF_FAILED);
  CHECK_NUMBER (end.out_length, 0);

  row_is ("a listener gets more zeros than it wants, decider %d", decider);
  proof_connector (&connector, secret, 0, !decider);
  proof_begin (&connector, PADDING_MAX);
  CHECK_NUMBER (connector.out_zeros, PADDING_MAX);
  memcpy (bytes, connector.out, PROOF_HELLO_SIZE);
  proof_listener (&end, secret, 1, decider);
  CHECK_NUMBER (feed (&end, bytes, PROOF_HELLO_SIZE), PROOF_MORE);
  CHECK_NUMBER (end.out_length, 0);
  CHECK_NUMBER (proof_wants (&end), PADDING_MAX);
  feed (&end, bytes + PROOF_HELLO_SIZE, PADDING_MAX - 1);
  CHECK_NUMBER (proof_wants (&end), 1);
  CHECK_NUMBER (end.out_length, 0);
  CHECK_NUMBER (proof_feed (&end, bytes, 2), PROOF_FAILED);
  CHECK_NUMBER (end.out_length, 0);
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
  proof_begin (&connector, sizeof zeros);
  proof_listener (&listener, secret, 1, decider);
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

/* No stranger gets in, whatever it sends, after as many right messages; the
   fuzzer aborts where one does.  */
static void
check_any_bytes (void)
{
  for (uint8_t how = 0; how < 16; how++)
    {
      uint8_t sample[4 + PROOF_HELLO_SIZE + 10]
        = "\0\0\0\12SockPip\1\0\0\0\1\0\12";
      row_is ("any bytes, %d", how);
      sample[0] = how;
      fuzz_run (sample, sizeof sample, 3000, how);
    }
}

int
main (void)
{
  check_rows ();
  check_flips ();
  check_wire (BY_CONNECTOR, "Lc");
  check_wire (BY_LISTENER, "lCx");
  check_chosen ();
  check_replays (BY_CONNECTOR);
  check_replays (BY_LISTENER);
  for (int decider = 0; decider <= 1; decider++)
    {
      check_reflection (decider);
      check_rubbish (decider);
      check_too_much (decider);
      check_nothing (decider);
    }
  check_random ();
  check_any_bytes ();
  return test_result ();
}
