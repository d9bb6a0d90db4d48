/* Cut a large packet into those that go over a wire.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "delay-link.h"

#include <arpa/inet.h>
#include <string.h>

/* Offsets: Ethernet, IPv4, TCP (RFC 791, RFC 9293).  */
enum
{
  ETHERNET = 14,
  AT_IP_LENGTH = 2, AT_IP_ID = 4, AT_IP_CHECKSUM = 10, AT_IP_ADDRESSES = 12,
  AT_TCP_SEQUENCE = 4, AT_TCP_OFFSET = 12, AT_TCP_FLAGS = 13,
  AT_TCP_CHECKSUM = 16,
  FLAG_FIN = 1, FLAG_PSH = 8, FLAG_CWR = 0x80,
  PROTOCOL_TCP = 6
};

static unsigned
get16 (char const *at)
{
  uint16_t value;
  memcpy (&value, at, sizeof value);
  return ntohs (value);
}

static void
put16 (char *at, unsigned value)
{
  uint16_t network = htons (value);
  memcpy (at, &network, sizeof network);
}

/* Add the COUNT 16-bit numbers at AT to SUM, as the Internet's checksum
   does.  */
static unsigned
add (unsigned sum, char const *at, size_t count)
{
  for (size_t i = 0; i < count; i++)
    sum += get16 (at + 2 * i);
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

static size_t
ip_header (char const *ip)
{
  return (ip[0] & 15) * 4;
}

/* The size of all headers, including the notes.  */
static size_t
header_length (char const *packet)
{
  char const *ip = packet + sizeof (struct notes) + ETHERNET;
  char const *tcp = ip + ip_header (ip);
  return tcp + (((unsigned char) tcp[AT_TCP_OFFSET]) >> 4) * 4 - packet;
}

unsigned
segments_of (char const *packet, size_t length)
{
  struct notes notes;
  memcpy (&notes, packet, sizeof notes);
  if (notes.gso_type == GSO_NONE)
    return 1;
  if ((notes.gso_type & ~GSO_ECN) != GSO_TCPV4 || notes.gso_size == 0)
    return 0;
  size_t data = length - header_length (packet);
  return (data + notes.gso_size - 1) / notes.gso_size;
}

size_t
cut_piece (char *piece, char const *packet, size_t length, unsigned first,
           unsigned last)
{
  struct notes notes;
  memcpy (&notes, packet, sizeof notes);
  size_t head = header_length (packet);
  size_t from = (size_t) first * notes.gso_size;
  size_t to = (size_t) (last + 1) * notes.gso_size;
  bool is_end = length - head <= to;
  if (is_end)
    to = length - head;
  memcpy (piece, packet, head);
  memcpy (piece + head, packet + head + from, to - from);

  char *ip = piece + sizeof notes + ETHERNET;
  char *tcp = ip + ip_header (ip);
  unsigned total = head + (to - from) - sizeof notes - ETHERNET;
  put16 (ip + AT_IP_LENGTH, total);
  put16 (ip + AT_IP_ID, get16 (ip + AT_IP_ID) + first);
  put16 (ip + AT_IP_CHECKSUM, 0);
  put16 (ip + AT_IP_CHECKSUM, ~add (0, ip, ip_header (ip) / 2));
  uint32_t sequence;
  memcpy (&sequence, tcp + AT_TCP_SEQUENCE, sizeof sequence);
  sequence = htonl (ntohl (sequence) + from);
  memcpy (tcp + AT_TCP_SEQUENCE, &sequence, sizeof sequence);
  if (!is_end)
    tcp[AT_TCP_FLAGS] &= ~(FLAG_FIN | FLAG_PSH);
  if (0 < first)
    tcp[AT_TCP_FLAGS] &= ~FLAG_CWR;
  /* The sum of what is not in the segment; the kernel adds the rest.  */
  put16 (tcp + AT_TCP_CHECKSUM,
         add (PROTOCOL_TCP + total - ip_header (ip), ip + AT_IP_ADDRESSES, 4));
  if (first == last)
    notes.gso_type = notes.gso_size = 0;
  memcpy (piece, &notes, sizeof notes);
  return head + (to - from);
}
