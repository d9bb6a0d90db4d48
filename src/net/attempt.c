/* One connection that may become a channel.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "minmax.h"
#include "monotonic.h"
#include "multipath.h"
#include "tcp-abort.h"
#include "tcp-meter.h"
#include "tcp-no-delay.h"
#include "tcp-segment.h"
#include "xalloc.h"

#ifndef MSG_NOSIGNAL
# define MSG_NOSIGNAL 0
#endif

enum
{
  PROOF_LIMIT = 5000,           /* ms that a proof may take */
  CHOICE_LIMIT = 15000,         /* ms for the decider's choice, after it */
  QUIET_LIMIT = 1000,           /* ms after which another way is tried, too */
  FIRST_MOMENTS = 1000000,      /* us in which the other end's first message
                                   arrives */
  SEGMENT_USUAL = 1460          /* where the size is not known */
};

/* Segments that pass where larger ones are lost: by the least packets that
   IPv6 (RFC 8200, section 5), and that hosts (RFC 1122, section 3.3.2) have to
   let pass.  */
enum
{
  SEGMENT_SMALL = 1180,
  SEGMENT_SMALLEST = 512
};

static struct attempt *
new_attempt (struct attempts *all, int fd, struct sockaddr const *address,
             socklen_t length, bool accepted)
{
  struct attempt *attempt = xzalloc (sizeof *attempt);
  attempt->all = all;
  attempt->next = all->list;
  all->list = attempt;
  attempt->accepted = accepted;
  all->strangers += accepted;
  attempt->fd = fd;
  attempt->began = monotonic_us ();
  attempt->candidate.length = MIN (length,
                                   sizeof attempt->candidate.address);
  memcpy (&attempt->candidate.address, address, attempt->candidate.length);
  address_format (address, attempt->where);
  return attempt;
}

void
attempt_release (struct attempt *attempt)
{
  struct attempts *all = attempt->all;
  struct events *events = all->events;
  struct attempt **link = &all->list;
  while (*link != attempt)
    link = &(*link)->next;
  *link = attempt->next;
  all->strangers -= attempt->accepted;
  timer_clear (events, &attempt->limit);
  timer_clear (events, &attempt->quiet);
  events_forget (events, attempt->fd);
  explicit_bzero (&attempt->proof, sizeof attempt->proof);
  secure_free (attempt->secure);
  free (attempt);
}

void
attempt_drop (struct attempt *attempt)
{
  int fd = attempt->fd;
  /* The connector may have completed the proof and started its reader already,
     which must not take this for the end of the data.  */
  if (attempt->accepted && attempt->proof.channel != UINT32_MAX)
    tcp_abort (fd);
  attempt_release (attempt);
  close (fd);
}

static void
fail (struct attempt *attempt, char const *why)
{
  attempt->all->failed (attempt->all->context, attempt, why);
}

/* The connection has ended, with ERROR, or without one.  A listener that has
   too many resets some, even before their first message.  */
static void
end_early (struct attempt *attempt, int error)
{
  attempt->dropped = ((attempt->connected && error != EAGAIN)
                      || error == ECONNRESET);
  fail (attempt, error != 0 ? strerror (error) : "closed");
}

static void
too_slow (void *context)
{
  fail (context, "connected, but did not prove itself in time");
}

static void
too_quiet (void *context)
{
  struct attempt *attempt = context;
  attempt->all->quiet (attempt->all->context, attempt);
}

/* Send LENGTH bytes at BYTES at once.  The first messages on a new connection
   fit into its buffer; if they do not, it has failed.  */
static bool
send_at_once (struct attempt *attempt, void const *bytes, size_t length)
{
  ssize_t sent = length == 0 ? 0 : send (attempt->fd, bytes, length,
                                         MSG_NOSIGNAL);
  if (sent < 0)
    return false;
  attempt->sent += sent;
  errno = EAGAIN;
  return (size_t) sent == length;
}

/* Send what the proof, or the handshake, wants to send.  */
static bool
send_proof (struct attempt *attempt)
{
  static char const zeros[PADDING_MAX];
  struct proof *proof = &attempt->proof;
  struct secure *secure = attempt->secure;
  if (secure != NULL)
    {
      bool sent = send_at_once (attempt, secure->out, secure->out_length);
      secure->out_length = 0;
      return sent;
    }
  bool good = (send_at_once (attempt, proof->out, proof->out_length)
               && send_at_once (attempt, zeros, proof->out_zeros));
  proof->out_length = proof->out_zeros = 0;
  return good;
}

/* Return how many zeros fill a segment of the connection.  */
static unsigned
padding_for (int fd)
{
  int segment = tcp_segment_size (fd);
  return segment < 0 ? SEGMENT_USUAL : MIN (segment, PADDING_MAX);
}

/* Take the connection, as the decider.  Return the new state.  */
static enum proof_state
choose (struct attempt *attempt)
{
  if (attempt->secure == NULL)
    proof_choose (&attempt->proof);
  else
    secure_choose (attempt->secure);
  return attempt->secure ? attempt->secure->state : attempt->proof.state;
}

/* The proof, or the handshake, has come to STATE: do what follows from it.  */
static void
go_on (struct attempt *attempt, enum proof_state state)
{
  struct proof const *proof = &attempt->proof;
  /* The other end's zeros, which follow in a larger packet, belong to its
     answer.  */
  if (proof->answered)
    timer_clear (attempt->all->events, &attempt->quiet);
  bool wanted = (proof->channel == UINT32_MAX
                 || attempt->all->wanted (attempt->all->context,
                                          proof->channel));
  if (state == PROOF_CHOOSE && wanted)
    state = choose (attempt);
  if (state == PROOF_MORE && proof->answered && !proof->listener)
    timer_set (attempt->all->events, &attempt->limit, CHOICE_LIMIT, too_slow,
               attempt);
  if (state == PROOF_FAILED)
    fail (attempt, !proof->detour ? "is not the other end of this run"
          : "is behind a NAT or a go-between: used only with --encrypt, or"
            " when -h names it");
  else if (!wanted)
    fail (attempt, "comes too late");
  else if (!send_proof (attempt))
    end_early (attempt, errno);
  else if (state == PROOF_DONE)
    attempt->all->proven (attempt->all->context, attempt);
}

static void
ready_to_prove (void *context, int fd, short ready)
{
  struct attempt *attempt = context;
  struct proof *proof = &attempt->proof;
  (void) ready;
  unsigned char bytes[2048];
  ssize_t got = recv (fd, bytes, MIN (proof_wants (proof), sizeof bytes), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0)
    {
      end_early (attempt, got < 0 ? errno : 0);
      return;
    }
  attempt->received += got;
  go_on (attempt, proof_feed (proof, bytes, got));
}

static void
ready_to_secure (void *context, int fd, short ready)
{
  struct attempt *attempt = context;
  struct secure *secure = attempt->secure;
  (void) fd, (void) ready;
  enum proof_state state = secure_step (secure);
  attempt->received = secure->received;
  attempt->proof.channel = secure->channel;
  attempt->proof.answered = secure->answered;
  if (state == PROOF_FAILED && (secure->closed || secure->error != 0))
    end_early (attempt, secure->error);
  else
    go_on (attempt, state);
}

/* The attempt's connection is there: begin the proof, or the handshake.  */
static void
begin_proof (struct attempt *attempt)
{
  struct tcp_meter meter;
  struct events *events = attempt->all->events;
  if (tcp_meter_read (attempt->fd, &meter) == 0)
    /* What is not acknowledged yet is not data of ours; Linux reports a byte
       when the other end has agreed to only one path.  */
    attempt->sent_at_first = meter.sent - meter.unacknowledged;
  else if (errno != ENOTSUP)
    /* The offset of later readings is unknown.  */
    tcp_meter_distrust ();
  attempt->connected = true;
  attempt->connect_time = monotonic_us () - attempt->began;
  timer_set (events, &attempt->limit, PROOF_LIMIT, too_slow, attempt);
  events_watch (events, attempt->fd, POLLIN,
                attempt->all->encrypt ? ready_to_secure : ready_to_prove,
                attempt);
}

void
attempt_hear (struct attempt *attempt)
{
  if (attempt->secure)
    ready_to_secure (attempt, attempt->fd, POLLIN);
  else
    ready_to_prove (attempt, attempt->fd, POLLIN);
}

struct attempt *
attempt_accept (struct attempts *all, int fd,
                struct sockaddr const *address, socklen_t length)
{
  struct attempt *attempt = new_attempt (all, fd, address, length, true);
  /* Not every system lets it inherit this from the listener.  */
  tcp_no_delay (fd);
  struct proof_path path;
  address_path (fd, &path);
  proof_listener (&attempt->proof, all->secret, all->channels, all->decider,
                  &path);
  if (all->encrypt)
    attempt->secure = secure_listener (fd, all->secret, all->channels,
                                       all->mode, all->kernel, all->decider);
  begin_proof (attempt);
  return attempt;
}

/* Be the client of a handshake on a new connection.  */
static void
begin_handshake (struct attempt *attempt)
{
  struct attempts const *all = attempt->all;
  attempt->secure = secure_connector (attempt->fd, all->secret,
                                      attempt->proof.channel, all->mode,
                                      padding_for (attempt->fd),
                                      all->decider);
  ready_to_secure (attempt, attempt->fd, 0);
}

static void ready_connected (void *context, int fd, short ready);

/* The other end has not agreed to several paths: connect once more, by a
   plain socket.  What the kernel makes of the first one is counted otherwise,
   and not always right.  Return whether that has begun.  */
static bool
connect_plainly (struct attempt *attempt)
{
  struct sockaddr const *any
    = (struct sockaddr const *) &attempt->candidate.address;
  struct socket_choice choice = attempt->all->socket;
  choice.multipath = false;
  int fd = endpoint_socket (any->sa_family, &choice);
  if (fd < 0)
    return false;
  events_forget (attempt->all->events, attempt->fd);
  close (attempt->fd);
  attempt->fd = fd;
  attempt->plain = true;
  if (connect (fd, any, attempt->candidate.length) != 0
      && errno != EINPROGRESS)
    return false;
  events_watch (attempt->all->events, fd, POLLOUT, ready_connected, attempt);
  return true;
}

static void
ready_connected (void *context, int fd, short ready)
{
  struct attempt *attempt = context;
  (void) ready;
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
    error = errno;
  if (error != 0)
    {
      end_early (attempt, error);
      return;
    }
  if (attempt->all->socket.multipath && !attempt->plain
      && attempt->segment == 0 && !multipath_agreed (fd))
    {
      if (!connect_plainly (attempt))
        fail (attempt, strerror (errno));
      return;
    }
  struct proof_path path;
  address_path (fd, &path);
  /* The list of this host's addresses need not be complete.  */
  if (!attempt->all->same_host && address_same (path.here, path.there))
    {
      fail (attempt, "is an address of this host itself");
      return;
    }
  begin_proof (attempt);
  timer_set (attempt->all->events, &attempt->quiet, QUIET_LIMIT, too_quiet,
             attempt);
  if (attempt->all->encrypt)
    {
      begin_handshake (attempt);
      return;
    }
  proof_begin (&attempt->proof, padding_for (fd), attempt->candidate.origin,
               &path);
  if (!send_proof (attempt))
    end_early (attempt, errno);
}

/* Return a socket that connects to CANDIDATE, with segments of at most SEGMENT
   bytes unless that is 0; or -1 with errno set.  */
static int
begin_to_connect (struct attempts const *all,
                  struct candidate const *candidate, int segment)
{
  struct sockaddr const *any = (struct sockaddr const *) &candidate->address;
  struct socket_choice choice = all->socket;
  /* The size of segments is each path's own.  */
  choice.multipath = choice.multipath && segment == 0;
  int fd = -1;
  if (all->early && segment == 0)
    fd = early_take (all->early, candidate);
  if (0 <= fd)
    return fd;
  fd = endpoint_socket (any->sa_family, &choice);
  if (fd < 0)
    return -1;
  if ((segment != 0 && tcp_segment_limit (fd, segment) != 0)
      || (connect (fd, any, candidate->length) != 0 && errno != EINPROGRESS))
    {
      int saved = errno;
      close (fd);
      errno = saved;
      return -1;
    }
  return fd;
}

struct attempt *
attempt_connect (struct attempts *all, unsigned channel,
                 struct candidate const *candidate, int segment,
                 char const **why)
{
  struct sockaddr const *any = (struct sockaddr const *) &candidate->address;
  if (candidate->refused)
    {
      *why = candidate->refused;
      return NULL;
    }
  int fd = begin_to_connect (all, candidate, segment);
  if (fd < 0)
    {
      *why = strerror (errno);
      return NULL;
    }
  struct attempt *attempt = new_attempt (all, fd, any, candidate->length,
                                         false);
  attempt->segment = segment;
  attempt->candidate.origin = candidate->origin;
  proof_connector (&attempt->proof, all->secret, channel, all->decider);
  events_watch (all->events, fd, POLLOUT, ready_connected, attempt);
  return attempt;
}

int
attempt_smaller (struct attempt const *attempt)
{
  return (attempt->segment == 0 ? SEGMENT_SMALL
          : attempt->segment == SEGMENT_SMALL ? SEGMENT_SMALLEST : 0);
}

bool
attempts_connecting (struct attempts const *all)
{
  for (struct attempt const *i = all->list; i != NULL; i = i->next)
    if (!i->accepted)
      return true;
  return false;
}

/* Who goes first when there are too many, from the last to the first.  */
enum standing { HAS_SPOKEN, IS_NEW, IS_SILENT };

static enum standing
standing_of (struct attempt const *attempt, int64_t now)
{
  char byte;
  if (attempt->proof.channel != UINT32_MAX
      || 0 < recv (attempt->fd, &byte, 1, MSG_PEEK))
    return HAS_SPOKEN;
  return now - attempt->began < FIRST_MOMENTS ? IS_NEW : IS_SILENT;
}

struct attempt *
attempt_unlucky (struct attempts *all)
{
  struct attempt *unlucky = NULL;
  enum standing worst = HAS_SPOKEN;
  uint32_t count = 0;
  int64_t now = monotonic_us ();
  for (struct attempt *i = all->list; i != NULL; i = i->next)
    {
      enum standing standing = (i->accepted ? standing_of (i, now)
                                : HAS_SPOKEN);
      if (!i->accepted || standing < worst)
        continue;
      if (worst < standing)
        count = 0;
      worst = standing;
      /* Of those so far each is as likely.  */
      uint32_t chance;
      proof_random (&chance, sizeof chance);
      if (chance % ++count == 0)
        unlucky = i;
    }
  return unlucky;
}

/* The meter must have counted what the proof of ATTEMPT took, if it is to be
   trusted with the data.  */
static void
check_meter (struct attempt const *attempt)
{
  struct tcp_meter meter;
  if (tcp_meter_read (attempt->fd, &meter) == 0 && !meter.gone
      && (meter.sent < attempt->sent_at_first + attempt->sent
          || meter.received < attempt->received))
    tcp_meter_distrust ();
}

void
attempt_describe (struct attempt const *attempt,
                  struct connection *connection)
{
  check_meter (attempt);
  *connection = (struct connection) {
    .channel = attempt->proof.channel,
    .fd = attempt->fd,
    .accepted = attempt->accepted,
    .sent_before = attempt->sent_at_first + attempt->sent,
    .received_before = attempt->received
  };
  if (attempt->secure)
    secure_copy_keys (&connection->keys, &attempt->secure->keys);
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  struct sockaddr *any = (struct sockaddr *) &address;
  if (getsockname (attempt->fd, any, &length) == 0)
    address_format (any, connection->here);
  length = sizeof address;
  if (getpeername (attempt->fd, any, &length) == 0)
    address_format (any, connection->there);
}
