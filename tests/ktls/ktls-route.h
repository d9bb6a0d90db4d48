/* Connections with TLS by the kernel, and a third party in the middle of one.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For ktls-facts.c, on Linux.  Both ends have the same fixed keys in both
   directions.  */

#ifndef KTLS_ROUTE_H
# define KTLS_ROUTE_H 1

# include <errno.h>
# include <netinet/in.h>
# include <netinet/tcp.h>
# include <stdbool.h>
# include <stdint.h>
# include <string.h>
# include <sys/socket.h>
# include <sys/uio.h>
# include <unistd.h>

# include "ktls.h"
# include "../unit/test-macros.h"

/* The kernel's interface; a C library may come without its headers.  */
# ifndef TCP_ULP
#  define TCP_ULP 31
# endif
# ifndef SOL_TLS
#  define SOL_TLS 282
# endif
enum { TX = 1, RX = 2, SET_RECORD_TYPE = 1, GET_RECORD_TYPE = 2 };
enum { ALERT = 21, APPLICATION_DATA = 23 };
enum { RECORD_MAX = 16384, RECORD_HEADER = 5 };
/* A record has, in addition to the data, a header, its type and a tag.  */
enum { RECORD_MORE = RECORD_HEADER + 1 + 16 };

struct cipher
{
  char const *name;
  uint16_t number;
  /* iv, key, salt, sequence number, in this order.  */
  size_t iv, key, salt;
};
static struct cipher const ciphers[] = {
  { "chacha20-poly1305", 54, 12, 32, 0 },
  { "aes-128-gcm", 51, 8, 16, 4 }
};

/* What setsockopt and getsockopt take.  */
struct crypto_info
{
  uint16_t version;
  uint16_t cipher;
  unsigned char rest[12 + 32 + 8];
};

/* What is sent, and what was on the wire.  */
static char data[100000];
static char wire[200000];

/* Hand DIRECTION of FD over to the kernel.  */
static int
start_direction (int fd, int direction, struct cipher const *cipher)
{
  struct crypto_info info = { .version = 0x0304, .cipher = cipher->number };
  for (size_t i = 0; i < cipher->iv + cipher->key + cipher->salt; i++)
    info.rest[i] = i + 1;
  return setsockopt (fd, SOL_TLS, direction, &info,
                     4 + cipher->iv + cipher->key + cipher->salt + 8);
}

static int
start_ulp (int fd)
{
  return setsockopt (fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls");
}

/* Hand FD over in both directions.  */
static void
start (int fd, struct cipher const *cipher)
{
  NEED (start_ulp (fd) == 0);
  NEED (start_direction (fd, TX, cipher) == 0);
  NEED (start_direction (fd, RX, cipher) == 0);
}

/* Return how many records went through FD in DIRECTION, or -1.  */
static long long
records (int fd, int direction, struct cipher const *cipher)
{
  struct crypto_info info = { .version = 0x0304, .cipher = cipher->number };
  size_t before = cipher->iv + cipher->key + cipher->salt;
  socklen_t size = 4 + before + 8;
  if (getsockopt (fd, SOL_TLS, direction, &info, &size) != 0)
    return -1;
  long long count = 0;
  for (int i = 0; i < 8; i++)
    count = count << 8 | info.rest[before + i];

  /* The program's own way, for the only cipher that it gives to kernels.  */
  uint64_t number;
  if (cipher == ciphers)
    CHECK (ktls_records (fd, direction == TX, &number) == 0
           && (long long) number == count);
  return count;
}

/* Send a record of TYPE with SIZE bytes.  */
static ssize_t
send_record (int fd, unsigned char type, void const *content, size_t size)
{
  union { struct cmsghdr header; char space[CMSG_SPACE (1)]; } control;
  memset (&control, 0, sizeof control);
  struct iovec vector = { .iov_base = (void *) content, .iov_len = size };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1,
    .msg_control = &control, .msg_controllen = sizeof control
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = SOL_TLS;
  header->cmsg_type = SET_RECORD_TYPE;
  header->cmsg_len = CMSG_LEN (1);
  *CMSG_DATA (header) = type;
  return sendmsg (fd, &message, MSG_NOSIGNAL);
}

/* Make a TCP connection over loopback.  */
static void
connect_pair (int fd[2])
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NEED (0 <= listener);
  NEED (bind (listener, (struct sockaddr *) &address, size) == 0);
  NEED (listen (listener, 1) == 0);
  NEED (getsockname (listener, (struct sockaddr *) &address, &size) == 0);
  fd[0] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NEED (0 <= fd[0]);
  NEED (connect (fd[0], (struct sockaddr *) &address, size) == 0);
  fd[1] = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  NEED (0 <= fd[1]);
  close (listener);
  /* Nothing waits forever.  */
  struct timeval limit = { .tv_sec = 20 };
  for (int i = 0; i < 2; i++)
    NEED (setsockopt (fd[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit)
          == 0);
}

/* A channel with a third party in the middle.  */
struct route
{
  struct cipher const *cipher;
  int writer, near;             /* NEAR has what WRITER puts on the wire */
  int far, reader;              /* what goes into FAR is what READER gets */
};

static void
open_route (struct route *route, struct cipher const *cipher)
{
  int fd[2];
  route->cipher = cipher;
  connect_pair (fd);
  route->writer = fd[0];
  route->near = fd[1];
  connect_pair (fd);
  route->far = fd[0];
  route->reader = fd[1];
  start (route->writer, cipher);
  start (route->reader, cipher);
}

static void
close_route (struct route *route)
{
  close (route->writer);
  close (route->near);
  close (route->far);
  close (route->reader);
}

/* Read SIZE bytes, or up to the end.  */
static ssize_t
read_all (int fd, void *buffer, size_t size)
{
  size_t got = 0;
  while (got < size)
    {
      ssize_t some = read (fd, (char *) buffer + got, size - got);
      if (some < 0)
        return -1;
      if (some == 0)
        break;
      got += some;
    }
  return got;
}

/* Write SIZE bytes of data as one record; take the record from the wire, to
   AT in "wire".  Return its size.  */
static size_t
take_record (struct route *route, size_t size, size_t at)
{
  NEED (write (route->writer, data, size) == (ssize_t) size);
  size += RECORD_MORE;
  NEED (read_all (route->near, wire + at, size) == (ssize_t) size);
  return size;
}

static void
pass (struct route *route, size_t at, size_t size)
{
  NEED (write (route->far, wire + at, size) == (ssize_t) size);
}

/* Return whether the next reads from FD give ERROR, each of them.  */
static bool
fails_for_ever (int fd, int error)
{
  char byte;
  for (int i = 0; i < 3; i++)
    if (!CHECK_NUMBER (read (fd, &byte, 1), -1)
        || !CHECK_NUMBER (errno, error))
      return false;
  return true;
}

#endif
