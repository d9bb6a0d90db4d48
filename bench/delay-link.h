/* Shared by the parts of delay-link.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SOCKETPIPE_BENCH_DELAY_LINK_H
#define SOCKETPIPE_BENCH_DELAY_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's notes about a packet, which stand before it: struct
   virtio_net_hdr of linux/virtio_net.h, which conflicts with some C
   libraries.  */
struct notes
{
  uint8_t flags;
  uint8_t gso_type;             /* 0 = one segment, or GSO_TCPV4 */
  uint16_t header_length;
  uint16_t gso_size;            /* data bytes of a segment */
  uint16_t checksum_start;
  uint16_t checksum_offset;
};

enum { GSO_NONE = 0, GSO_TCPV4 = 1, GSO_ECN = 0x80 };

/* Return how many packets of a wire PACKET, of LENGTH bytes with its notes,
   stands for: a sender that leaves the cutting to the network card makes
   large ones.  0 if it is of a kind that cannot be cut here.  */
extern unsigned segments_of (char const *packet, size_t length);

/* Copy to PIECE the segments FIRST to LAST of PACKET, of LENGTH bytes, which
   has so many, as a packet of its own.  Return its length.  */
extern size_t cut_piece (char *piece, char const *packet, size_t length,
                         unsigned first, unsigned last);

#endif
