/* socketpipe on a kernel that gives all of struct tcp_info, but counts nothing
   in it, as gVisor's: what stands here takes the place of the C library's.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined TCP_INFO && defined SYS_getsockopt

# undef getsockopt

/* The first bytes of struct tcp_info are the state and other numbers that are
   true.  */
enum { TRUE_BYTES = 8 };

int
getsockopt (int fd, int level, int option, void *value, socklen_t *length)
{
  int result = syscall (SYS_getsockopt, fd, level, option, value, length);
  if (result == 0 && level == IPPROTO_TCP && option == TCP_INFO
      && TRUE_BYTES < *length)
    memset ((char *) value + TRUE_BYTES, 0, *length - TRUE_BYTES);
  return result;
}

#endif
