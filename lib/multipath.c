/* Connections over several paths at once: Multipath TCP (RFC 8684).
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "multipath.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#if HAVE_DECL_IPPROTO_MPTCP && HAVE_DECL_SOCK_CLOEXEC \
    && HAVE_DECL_SOCK_NONBLOCK

/* Of the kernel's interface, which is younger than many systems' headers.  */
enum
{
  LEVEL_MPTCP = 284,            /* SOL_MPTCP */
  OPTION_INFO = 1,              /* MPTCP_INFO */
  FLAG_FALLBACK = 1             /* MPTCP_INFO_FLAG_FALLBACK */
};

int
multipath_socket (int family)
{
  return socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                 IPPROTO_MPTCP);
}

bool
multipath_agreed (int fd)
{
  /* The flags of struct mptcp_info are in its second word.  */
  uint32_t info[64];
  socklen_t length = sizeof info;
  memset (info, 0, sizeof info);
  return (getsockopt (fd, LEVEL_MPTCP, OPTION_INFO, info, &length) == 0
          && 2 * sizeof *info <= length && !(info[2] & FLAG_FALLBACK));
}

#else

int
multipath_socket (int family)
{
  (void) family;
  errno = ENOTSUP;
  return -1;
}

bool
multipath_agreed (int fd)
{
  (void) fd;
  return false;
}

#endif
