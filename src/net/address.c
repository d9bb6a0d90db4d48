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
