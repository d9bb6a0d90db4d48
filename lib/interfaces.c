/* The addresses of this host's network interfaces.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "interfaces.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#if HAVE_GETIFADDRS
# include <ifaddrs.h>
# include <net/if.h>

int
interfaces_each (void (*fn) (void *, struct sockaddr const *, socklen_t),
                 void *context)
{
  struct ifaddrs *list;
  if (getifaddrs (&list) != 0)
    return -1;
  for (struct ifaddrs const *i = list; i != NULL; i = i->ifa_next)
    {
      if (i->ifa_addr == NULL || !(i->ifa_flags & IFF_UP))
        continue;
      if (i->ifa_addr->sa_family == AF_INET)
        fn (context, i->ifa_addr, sizeof (struct sockaddr_in));
      else if (i->ifa_addr->sa_family == AF_INET6)
        fn (context, i->ifa_addr, sizeof (struct sockaddr_in6));
    }
  freeifaddrs (list);
  return 0;
}

#else

int
interfaces_each (void (*fn) (void *, struct sockaddr const *, socklen_t),
                 void *context)
{
  char name[256];
  if (gethostname (name, sizeof name) != 0)
    return -1;
  name[sizeof name - 1] = '\0';
  struct addrinfo hints, *list;
  memset (&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo (name, NULL, &hints, &list) == 0)
    {
      for (struct addrinfo const *i = list; i != NULL; i = i->ai_next)
        fn (context, i->ai_addr, i->ai_addrlen);
      freeaddrinfo (list);
    }
  /* The name may have no loopback address, which a run on one host needs.  */
  struct sockaddr_in loopback;
  memset (&loopback, 0, sizeof loopback);
  loopback.sin_family = AF_INET;
  loopback.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fn (context, (struct sockaddr *) &loopback, sizeof loopback);
  return 0;
}

#endif
