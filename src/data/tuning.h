/* How data is to pass between a channel and its command.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   The kernel does it where it can, on the descriptor that the command has: it
   paces what is sent, and lets a read wait for a full block.  Where it cannot,
   and for a large buffer, there are relays for it (relay-chain.h), with the
   functions here.  */

#ifndef TUNING_H
# define TUNING_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>

# include "data/relay.h"

struct tuning
{
  uint64_t rate_limit;          /* bytes/s of each writer; 0 = none */
  /* Of the command that reads.  */
  uint64_t block_size;          /* bytes of each read; 0 = any */
  uint64_t buffer;              /* bytes that may wait for it; 0 = none */
  int start_at;                 /* per cent of these to begin with */
};

/* Return whether this host can do what TUNING asks for.  If not, write to WHY,
   of SIZE bytes, what it cannot do: "let each read get 5000000 bytes: 65536 at
   most".  */
extern bool tuning_possible (struct tuning const *tuning, char *why,
                             size_t size);

/* How a reader gets full blocks.  */
enum block_way
{
  BLOCK_BY_SOCKET,              /* the system does it, on any local socket */
  BLOCK_BY_PIPE,                /* a relay does it, in front of a pipe */
  BLOCK_BY_NOTHING
};

/* Return the best way for blocks of SIZE bytes on this system, apart from what
   it can do on a channel's own socket.  */
extern enum block_way tuning_block_way (uint64_t size);

/* The relays.  CONTEXT is a struct tuning, which must live as long as they do.
   The first sends no faster than the limit.  The second has a buffer; it
   begins to write when that has the wanted level, or the input has ended, and
   waits for that again whenever the buffer has been empty.  The third writes
   full blocks to a pipe.  */
extern relay_fn relay_pace;
extern relay_fn relay_buffer;
extern relay_fn relay_blocks;

#endif
