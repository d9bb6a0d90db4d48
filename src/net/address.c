/* Addresses of sockets: what kind they are, and how they read.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "net/address.h"

#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

bool
address_is_loopback (struct sockaddr const *address)
{
  if (address->sa_family == AF_INET)
    {
      struct sockaddr_in const *in = (void const *) address;
      return ntohl (in->sin_addr.s_addr) >> 24 == 127;
    }
  struct sockaddr_in6 const *in6 = (void const *) address;
  return IN6_IS_ADDR_LOOPBACK (&in6->sin6_addr);
}

bool
address_is_link_local (struct sockaddr const *address)
{
  if (address->sa_family == AF_INET)
    {
      struct sockaddr_in const *in = (void const *) address;
      return ntohl (in->sin_addr.s_addr) >> 16 == (169 << 8 | 254);
    }
  struct sockaddr_in6 const *in6 = (void const *) address;
  return IN6_IS_ADDR_LINKLOCAL (&in6->sin6_addr);
}

bool
address_is_special (struct sockaddr const *address)
{
  if (address->sa_family == AF_INET)
    {
      struct sockaddr_in const *in = (void const *) address;
      unsigned first = ntohl (in->sin_addr.s_addr) >> 24;
      return first == 0 || 224 <= first;
    }
  if (address->sa_family != AF_INET6)
    return true;
  struct sockaddr_in6 const *in6 = (void const *) address;
  return (IN6_IS_ADDR_UNSPECIFIED (&in6->sin6_addr)
          || IN6_IS_ADDR_MULTICAST (&in6->sin6_addr));
}

bool
address_lacks_scope (struct sockaddr const *address)
{
  struct sockaddr_in6 const *in6 = (void const *) address;
  return (address->sa_family == AF_INET6
          && IN6_IS_ADDR_LINKLOCAL (&in6->sin6_addr)
          && in6->sin6_scope_id == 0);
}

void
address_unmap (struct sockaddr_storage *address, socklen_t *length)
{
  struct sockaddr_in6 in6;
  struct sockaddr_in in;
  if (address->ss_family != AF_INET6)
    return;
  memcpy (&in6, address, sizeof in6);
  if (!IN6_IS_ADDR_V4MAPPED (&in6.sin6_addr))
    return;
  memset (&in, 0, sizeof in);
  in.sin_family = AF_INET;
  in.sin_port = in6.sin6_port;
  memcpy (&in.sin_addr, in6.sin6_addr.s6_addr + 12, sizeof in.sin_addr);
  memset (address, 0, sizeof *address);
  memcpy (address, &in, sizeof in);
  *length = sizeof in;
}

void
address_canonical (struct sockaddr const *address,
                   unsigned char bytes[PROOF_ADDRESS_SIZE])
{
  unsigned char *host = bytes + 1, *port = bytes + PROOF_ADDRESS_SIZE - 2;
  memset (bytes, 0, PROOF_ADDRESS_SIZE);
  if (address->sa_family == AF_INET)
    {
      struct sockaddr_in const *in = (void const *) address;
      bytes[0] = 4;
      memcpy (host, &in->sin_addr, sizeof in->sin_addr);
      memcpy (port, &in->sin_port, 2);
    }
  else if (address->sa_family == AF_INET6)
    {
      struct sockaddr_in6 const *in6 = (void const *) address;
      bool mapped = IN6_IS_ADDR_V4MAPPED (&in6->sin6_addr);
      bytes[0] = mapped ? 4 : 6;
      memcpy (host, in6->sin6_addr.s6_addr + (mapped ? 12 : 0),
              mapped ? 4 : 16);
      memcpy (port, &in6->sin6_port, 2);
    }
}

bool
address_same (unsigned char const one[PROOF_ADDRESS_SIZE],
              unsigned char const other[PROOF_ADDRESS_SIZE])
{
  return one[0] != 0 && memcmp (one, other, PROOF_ADDRESS_SIZE - 2) == 0;
}

void
address_path (int fd, struct proof_path *path)
{
  struct sockaddr_storage address;
  struct sockaddr *any = (struct sockaddr *) &address;
  socklen_t length = sizeof address;
  memset (path, 0, sizeof *path);
  if (getsockname (fd, any, &length) == 0)
    address_canonical (any, path->here);
  length = sizeof address;
  if (getpeername (fd, any, &length) == 0)
    address_canonical (any, path->there);
}

bool
address_numeric (struct sockaddr const *address, char *text, size_t size)
{
  void const *any = address;
  struct sockaddr_in const *in = any;
  struct sockaddr_in6 const *in6 = any;
  if (address->sa_family == AF_INET)
    return inet_ntop (AF_INET, &in->sin_addr, text, size) != NULL;
  return (address->sa_family == AF_INET6
          && inet_ntop (AF_INET6, &in6->sin6_addr, text, size) != NULL);
}

void
address_format (struct sockaddr const *address, char *text)
{
  char host[ADDRESS_TEXT_MAX];
  void const *any = address;
  struct sockaddr_in const *in = any;
  struct sockaddr_in6 const *in6 = any;
  if (!address_numeric (address, host, sizeof host))
    snprintf (text, ADDRESS_TEXT_MAX, "an unknown address");
  else
    snprintf (text, ADDRESS_TEXT_MAX, "%.60s port %d", host,
              ntohs (address->sa_family == AF_INET ? in->sin_port
                     : in6->sin6_port));
}

void
address_split (char const *text, char **host, int *port)
{
  static char const separator[] = " port ";
  char const *at = strstr (text, separator);
  long number = at ? strtol (at + strlen (separator), NULL, 10) : 0;
  *host = xstrdup (text);
  *port = 0 < number && number < 65536 ? number : 0;
  if (at)
    (*host)[at - text] = '\0';
}
