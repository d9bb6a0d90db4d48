/* The mutual challenge and response on a new connection.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/proof.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/diagnose.h"
#include "hmac.h"
#include "minmax.h"
#include "base/system.h"

/* Who makes a MAC.  A decider's roles are not those of the other end.  */
enum role
{
  ROLE_LISTENER = 'L',
  ROLE_CONNECTOR = 'C',
  ROLE_DECIDING_LISTENER = 'l',
  ROLE_DECIDING_CONNECTOR = 'c',
  ROLE_CHOOSER = 'x'            /* deciding listener's second one */
};

static unsigned char const magic[PROOF_MAGIC_SIZE]
  = { 'S', 'o', 'c', 'k', 'P', 'i', 'p', 2 };

void
secret_copy (unsigned char *to, unsigned char const *from)
{
  unsigned char const volatile *byte = from;
  for (int i = 0; i < SECRET_SIZE; i++)
    to[i] = byte[i];
}

void
proof_random (void *bytes, size_t size)
{
  unsigned char *at = bytes;
  while (0 < size)
    {
      ssize_t got = getrandom (at, size, 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          complain ("cannot get random numbers: %s", strerror (errno));
          exit (EXIT_OWN_FAILURE);
        }
      at += got;
      size -= got;
    }
}

static void
put_channel (unsigned char *bytes, uint32_t channel)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = channel >> (24 - 8 * i) & 0xff;
}

static void
put_padding (unsigned char *bytes, unsigned padding)
{
  bytes[0] = padding >> 8 & 0xff;
  bytes[1] = padding & 0xff;
}

/* Write PATH to BYTES, of PROOF_PATH_SIZE; or read it from there.  */
static void
put_path (unsigned char *bytes, struct proof_path const *path)
{
  memcpy (bytes, path->here, PROOF_ADDRESS_SIZE);
  memcpy (bytes + PROOF_ADDRESS_SIZE, path->there, PROOF_ADDRESS_SIZE);
}

static void
get_path (struct proof_path *path, unsigned char const *bytes)
{
  memcpy (path->here, bytes, PROOF_ADDRESS_SIZE);
  memcpy (path->there, bytes + PROOF_ADDRESS_SIZE, PROOF_ADDRESS_SIZE);
}

static bool
same_address (unsigned char const *one, unsigned char const *other)
{
  /* The family: 0 = unknown.  */
  return one[0] != 0 && memcmp (one, other, PROOF_ADDRESS_SIZE) == 0;
}

bool
proof_paths_agree (enum origin origin, struct proof_path const *connector,
                   struct proof_path const *listener)
{
  return (origin == ORIGIN_USER
          || (same_address (connector->there, listener->here)
              && (origin == ORIGIN_LOGIN
                  || same_address (connector->here, listener->there))));
}

/* Return whether the paths of PROOF, which has both, do not agree, and
   remember it.  */
static bool
is_detour (struct proof *proof)
{
  proof->detour = !proof_paths_agree (proof->origin, &proof->connector_path,
                                      &proof->listener_path);
  return proof->detour;
}

/* Write to MAC what the end in ROLE has to show.  */
static void
compute_mac (struct proof const *proof, enum role role, unsigned char *mac)
{
  unsigned char text[PROOF_MAGIC_SIZE + 1 + 4 + 2 + 1 + 2 * PROOF_PATH_SIZE
                     + 2 * NONCE_SIZE];
  unsigned char *at = text;
  memcpy (at, magic, sizeof magic);
  at += sizeof magic;
  *at++ = role;
  put_channel (at, proof->channel);
  at += 4;
  put_padding (at, proof->padding);
  at += 2;
  *at++ = proof->origin;
  put_path (at, &proof->connector_path);
  at += PROOF_PATH_SIZE;
  put_path (at, &proof->listener_path);
  at += PROOF_PATH_SIZE;
  memcpy (at, proof->connector_nonce, NONCE_SIZE);
  at += NONCE_SIZE;
  memcpy (at, proof->listener_nonce, NONCE_SIZE);
  /* It fails only for want of memory, and then matches nothing.  */
  if (hmac_sha256 (proof->secret, SECRET_SIZE, text, sizeof text, mac) != 0)
    proof_random (mac, MAC_SIZE);
}

/* Return whether MAC is what the end in ROLE has to show, in a time that does
   not depend on where they differ.  */
static bool
check_mac (struct proof const *proof, enum role role,
           unsigned char const *mac)
{
  unsigned char expected[MAC_SIZE];
  compute_mac (proof, role, expected);
  unsigned char volatile difference = 0;
  for (int i = 0; i < MAC_SIZE; i++)
    difference = difference | (expected[i] ^ mac[i]);
  explicit_bzero (expected, sizeof expected);
  return difference == 0;
}

static void
send_bytes (struct proof *proof, void const *bytes, size_t length)
{
  memcpy (proof->out + proof->out_length, bytes, length);
  proof->out_length += length;
}

static void
send_mac (struct proof *proof, enum role role)
{
  unsigned char mac[MAC_SIZE];
  compute_mac (proof, role, mac);
  send_bytes (proof, mac, MAC_SIZE);
}

void
proof_connector (struct proof *proof, unsigned char const *secret,
                 uint32_t channel, bool decider)
{
  *proof = (struct proof) { .secret = secret, .channel = channel,
                            .decider = decider };
  proof_random (proof->connector_nonce, NONCE_SIZE);
}

void
proof_listener (struct proof *proof, unsigned char const *secret,
                uint32_t channels, bool decider,
                struct proof_path const *path)
{
  *proof = (struct proof) { .secret = secret, .channels = channels,
                            .decider = decider, .listener = true,
                            .channel = UINT32_MAX, .listener_path = *path };
  proof_random (proof->listener_nonce, NONCE_SIZE);
}

void
proof_begin (struct proof *proof, unsigned padding, enum origin origin,
             struct proof_path const *path)
{
  unsigned char number[4], bytes[PROOF_PATH_SIZE];
  proof->padding = padding;
  proof->origin = origin;
  proof->connector_path = *path;
  send_bytes (proof, magic, sizeof magic);
  put_channel (number, proof->channel);
  send_bytes (proof, number, 4);
  put_padding (number, padding);
  send_bytes (proof, number, 2);
  number[0] = origin;
  send_bytes (proof, number, 1);
  put_path (bytes, path);
  send_bytes (proof, bytes, sizeof bytes);
  send_bytes (proof, proof->connector_nonce, NONCE_SIZE);
  proof->out_zeros = padding;
}

/* Return the size of the message that the proof waits for.  */
static size_t
expected (struct proof const *proof)
{
  if (proof->answered)
    return MAC_SIZE;
  return proof->listener ? PROOF_HELLO_SIZE : PROOF_ANSWER_SIZE;
}

size_t
proof_wants (struct proof const *proof)
{
  if (proof->state != PROOF_MORE)
    return 0;
  return 0 < proof->skip ? proof->skip : expected (proof) - proof->in_length;
}

/* Listener: look at the first message.  Return whether it may be one, and how
   many zeros follow.  */
static bool
take_hello (struct proof *proof)
{
  unsigned char const *in = proof->in + PROOF_MAGIC_SIZE;
  uint32_t channel = 0;
  if (memcmp (proof->in, magic, sizeof magic) != 0)
    return false;
  for (int i = 0; i < 4; i++)
    channel = channel << 8 | *in++;
  proof->padding = in[0] << 8 | in[1];
  in += 2;
  unsigned origin = *in++;
  if (proof->channels <= channel || PADDING_MAX < proof->padding
      || ORIGIN_USER < origin)
    return false;
  proof->channel = channel;
  proof->origin = origin;
  get_path (&proof->connector_path, in);
  in += PROOF_PATH_SIZE;
  memcpy (proof->connector_nonce, in, NONCE_SIZE);
  proof->skip = proof->padding;
  return true;
}

/* A whole message of the other end, but for its zeros, has come.  Return
   whether it may be one.  */
static bool
read_message (struct proof *proof)
{
  if (proof->listener && !proof->answered)
    return take_hello (proof);
  if (proof->listener)
    return (check_mac (proof, proof->decider ? ROLE_CONNECTOR
                       : ROLE_DECIDING_CONNECTOR, proof->in)
            && !is_detour (proof));
  if (proof->answered)
    return check_mac (proof, ROLE_CHOOSER, proof->in);
  unsigned char const *in = proof->in;
  get_path (&proof->listener_path, in);
  in += PROOF_PATH_SIZE;
  memcpy (proof->listener_nonce, in, NONCE_SIZE);
  in += NONCE_SIZE;
  proof->skip = proof->padding;
  return (check_mac (proof, proof->decider ? ROLE_LISTENER
                     : ROLE_DECIDING_LISTENER, in)
          && !is_detour (proof));
}

/* The message is complete, with its zeros.  Return the state after it.  */
static enum proof_state
go_on (struct proof *proof)
{
  bool first = !proof->answered;
  proof->answered = true;
  proof->in_length = 0;
  if (first && proof->listener)
    {
      /* Also where the paths do not agree: the connector learns it from
         this.  */
      unsigned char bytes[PROOF_PATH_SIZE];
      put_path (bytes, &proof->listener_path);
      send_bytes (proof, bytes, sizeof bytes);
      send_bytes (proof, proof->listener_nonce, NONCE_SIZE);
      send_mac (proof, proof->decider ? ROLE_DECIDING_LISTENER
                : ROLE_LISTENER);
      proof->out_zeros = proof->padding;
      return PROOF_MORE;
    }
  if (proof->decider)
    return PROOF_CHOOSE;
  if (!first)
    return PROOF_DONE;
  send_mac (proof, ROLE_CONNECTOR);
  return PROOF_MORE;
}

enum proof_state
proof_feed (struct proof *proof, void const *bytes, size_t length)
{
  if (length == 0)
    return proof->state;
  if (proof_wants (proof) < length)
    return proof->state = PROOF_FAILED;
  if (0 < proof->skip)
    proof->skip -= length;
  else
    {
      memcpy (proof->in + proof->in_length, bytes, length);
      proof->in_length += length;
      /* A wrong first word is enough to know a stranger.  */
      if (proof->listener && !proof->answered
          && memcmp (proof->in, magic,
                     MIN (proof->in_length, sizeof magic)) != 0)
        return proof->state = PROOF_FAILED;
      if (0 < proof_wants (proof))
        return proof->state;
      if (!read_message (proof))
        return proof->state = PROOF_FAILED;
    }
  if (proof->skip == 0)
    proof->state = go_on (proof);
  return proof->state;
}

void
proof_choose (struct proof *proof)
{
  send_mac (proof, proof->listener ? ROLE_CHOOSER : ROLE_DECIDING_CONNECTOR);
  proof->state = PROOF_DONE;
}
