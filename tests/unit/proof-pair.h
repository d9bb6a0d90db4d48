/* Two ends of a proof, and what goes between them, for tests of it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   To be included once, behind test-macros.h.  */

#include <string.h>

#include "crypto/proof.h"
#include "hmac.h"
#include "minmax.h"

static unsigned char const secret[SECRET_SIZE] = "this is the run's secret";

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
  ORIGIN_AT = PADDING_AT + 2,
  PATH_AT = ORIGIN_AT + 1,
  NONCE_AT = PATH_AT + PROOF_PATH_SIZE,
  /* ... and in the second one.  */
  ANSWER_NONCE_AT = PROOF_PATH_SIZE,
  ANSWER_MAC_AT = ANSWER_NONCE_AT + NONCE_SIZE
};

/* The ends, and who decides.  */
enum { CONNECTOR, LISTENER };
enum decider { BY_CONNECTOR, BY_LISTENER, BY_BOTH, BY_NONE, DECIDERS };

static char const *const decider_names[DECIDERS]
  = { "connector", "listener", "both", "none" };

/* An address of IPv4 as it is in a proof.  */
#define ADDRESS4(a, b, c, d, port) \
  { 4, a, b, c, d, [PROOF_ADDRESS_SIZE - 2] = (port) >> 8, (port) & 0xff }
#define OF_CONNECTOR ADDRESS4 (192, 0, 2, 1, 40000)
#define OF_LISTENER ADDRESS4 (192, 0, 2, 2, 4000)

/* What the ends' kernels have for the addresses of a connection.  */
static struct proof_path const paths[2] =
{
  [CONNECTOR] = { .here = OF_CONNECTOR, .there = OF_LISTENER },
  [LISTENER] = { .here = OF_LISTENER, .there = OF_CONNECTOR }
};

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
MAYBE_UNUSED static int
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

/* One that goes well.  */
static struct row const good_row
  = { "first channel", secret, secret, 0, 2, MESSAGES };

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
                  listener_decides (decider), &paths[LISTENER]);
  CHECK_NUMBER (pair->end[CONNECTOR].out_length, 0);
  proof_begin (&pair->end[CONNECTOR], padding, ORIGIN_OFFER,
               &paths[CONNECTOR]);
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

/* Write to MAC what the end in ROLE has to say on a connection that began with
   HELLO and ANSWER.  */
MAYBE_UNUSED static void
make_mac (unsigned char *mac, char role, unsigned char const *hello,
          unsigned char const *answer)
{
  unsigned char text[PROOF_MAGIC_SIZE + 1 + 7 + 2 * PROOF_PATH_SIZE
                     + 2 * NONCE_SIZE];
  unsigned char *at = text;
  memcpy (at, hello, PROOF_MAGIC_SIZE);
  at += PROOF_MAGIC_SIZE;
  *at++ = role;
  memcpy (at, hello + CHANNEL_AT, 7 + PROOF_PATH_SIZE);
  at += 7 + PROOF_PATH_SIZE;
  memcpy (at, answer, PROOF_PATH_SIZE);
  at += PROOF_PATH_SIZE;
  memcpy (at, hello + NONCE_AT, NONCE_SIZE);
  at += NONCE_SIZE;
  memcpy (at, answer + ANSWER_NONCE_AT, NONCE_SIZE);
  NEED (hmac_sha256 (secret, SECRET_SIZE, text, sizeof text, mac) == 0);
}

/* Give BYTES to END at once.  */
static enum proof_state
feed (struct proof *end, void const *bytes, size_t size)
{
  CHECK (size <= proof_wants (end));
  return proof_feed (end, bytes, size);
}

/* Begin as a connector for channel 0, without zeros.  */
MAYBE_UNUSED static void
begin_connector (struct proof *connector, bool decider)
{
  proof_connector (connector, secret, 0, decider);
  proof_begin (connector, 0, ORIGIN_OFFER, &paths[CONNECTOR]);
  CHECK_NUMBER (connector->out_length, PROOF_HELLO_SIZE);
  CHECK_NUMBER (connector->out_zeros, 0);
}

/* Begin as a listener that has got the first message of CONNECTOR.  */
MAYBE_UNUSED static void
begin_listener (struct proof *listener, struct proof const *connector,
                bool decider)
{
  proof_listener (listener, secret, 2, decider, &paths[LISTENER]);
  CHECK_NUMBER (feed (listener, connector->out, PROOF_HELLO_SIZE),
                PROOF_MORE);
  CHECK_NUMBER (listener->out_length, PROOF_ANSWER_SIZE);
}
