/* The relays of an encrypted channel: one makes its records, one opens them.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/record-relay.h"

#include <stdlib.h>
#include <string.h>

#include "base/diagnose.h"
#include "minmax.h"
#include "crypto/record.h"
#include "xalloc.h"

enum
{
  BATCH = 16,                   /* records */
  PLAIN_SIZE = BATCH * RECORD_PLAIN_MAX,
  SEALED_SIZE = BATCH * (RECORD_MAX + RECORD_UPDATE)
};

/* The state of a relay of either kind.  */
struct work
{
  struct relay_ends *ends;
  struct record_cipher cipher;
  unsigned char *plain;
  unsigned char *sealed;
  size_t held;                  /* bytes in SEALED */
};

static void
begin_work (struct work *work, struct relay_ends *ends)
{
  *work = (struct work) { .ends = ends };
  /* record_seal uses one byte behind the last; and a record may be longer when
     opened than its data.  */
  work->plain = xmalloc (PLAIN_SIZE + 256);
  work->sealed = xmalloc (SEALED_SIZE);
}

/* Free everything, and return END.  */
static enum relay_end
end_work (struct work *work, enum relay_end end)
{
  record_finish (&work->cipher);
  free (work->plain);
  free (work->sealed);
  return end;
}

static enum relay_end
library_fails (struct relay_ends const *ends)
{
  complain ("%s relay of the %s channel: the encryption library fails",
            ends->name, ends->channel);
  return RELAY_FAILED;
}

/* Make records of the LENGTH bytes in PLAIN, and send them.  */
static enum relay_end
seal_batch (struct work *work, size_t length)
{
  work->held = 0;
  for (size_t done = 0; done < length;)
    {
      size_t part = MIN (length - done, RECORD_PLAIN_MAX);
      size_t sealed = record_seal (&work->cipher, work->plain + done, part,
                                   work->sealed + work->held);
      if (sealed == 0)
        return library_fails (work->ends);
      work->held += sealed;
      done += part;
    }
  return relay_give (work->ends, work->sealed, work->held);
}

static enum relay_end
seal_all (struct work *work)
{
  ssize_t got;
  while (0 < (got = relay_take (work->ends, work->plain, PLAIN_SIZE)))
    {
      enum relay_end end = seal_batch (work, got);
      if (end != RELAY_DONE)
        return end;
    }
  if (got < 0)
    return relay_take_failed (work->ends);
  if (relay_is_cut (work->ends))
    return RELAY_DONE;
  work->held = record_seal_end (&work->cipher, work->sealed);
  if (work->held == 0)
    return library_fails (work->ends);
  return relay_give (work->ends, work->sealed, work->held);
}

enum relay_end
record_seal_relay (struct relay_ends *ends, void *context)
{
  struct secure_keys *keys = context;
  struct work work;
  begin_work (&work, ends);
  int result = record_begin (&work.cipher, keys->mode, &keys->send);
  secure_wipe_keys (keys);
  if (result != 0)
    return end_work (&work, library_fails (ends));
  return end_work (&work, seal_all (&work));
}

/* Open the records in SEALED, as far as PLAIN has room, and set *LENGTH to the
   bytes in PLAIN.  Return the last result: RECORD_DATA if there may be
   more.  */
static enum record_result
open_batch (struct work *work, size_t *length)
{
  size_t used, data, at = 0;
  enum record_result result = RECORD_DATA;
  *length = 0;
  while (result == RECORD_DATA
         && *length + RECORD_PLAIN_MAX <= PLAIN_SIZE)
    {
      result = record_open (&work->cipher, work->sealed + at,
                            work->held - at, &used, work->plain + *length,
                            &data);
      if (result == RECORD_DATA)
        {
          *length += data;
          at += used;
        }
    }
  work->held -= at;
  memmove (work->sealed, work->sealed + at, work->held);
  return result;
}

static enum relay_end
open_all (struct work *work)
{
  for (;;)
    {
      size_t length;
      enum record_result result = open_batch (work, &length);
      relay_count (work->ends, length);
      enum relay_end end = relay_give (work->ends, work->plain, length);
      if (end != RELAY_DONE)
        return end;
      if (result == RECORD_END)
        return RELAY_DONE;
      if (result == RECORD_BAD)
        return RELAY_TAMPERED;
      if (result == RECORD_DATA)
        continue;
      ssize_t got = relay_take (work->ends, work->sealed + work->held,
                                SEALED_SIZE - work->held);
      if (got < 0)
        return relay_take_failed (work->ends);
      /* An end of file without close_notify: its writer did not make it.  */
      if (got == 0)
        return RELAY_READ_FAILED;
      work->held += got;
    }
}

enum relay_end
record_open_relay (struct relay_ends *ends, void *context)
{
  struct secure_keys *keys = context;
  struct work work;
  begin_work (&work, ends);
  ends->wrapped = true;
  int result = record_begin (&work.cipher, keys->mode, &keys->receive);
  secure_wipe_keys (keys);
  if (result != 0)
    return end_work (&work, library_fails (ends));
  return end_work (&work, open_all (&work));
}
