/* Let the kernel encrypt and decrypt a TCP connection, as TLS 1.3 does.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "ktls.h"

#include <errno.h>

#if HAVE_LINUX_TLS

# include <stdio.h>
# include <string.h>
# include <linux/tls.h>
# include <netinet/in.h>
# include <netinet/tcp.h>
# include <poll.h>
# include <sys/socket.h>
# include <sys/uio.h>
# include <sys/utsname.h>
# include <unistd.h>

# include "stream-socket.h"

# ifndef SOL_TLS
#  define SOL_TLS 282
# endif

/* The type of a record that carries data of the application.  */
enum { APPLICATION_DATA = 23 };

/* ms that a connection over loopback may take.  */
enum { SELF_LIMIT = 2000 };

typedef struct tls12_crypto_info_chacha20_poly1305 crypto_info;

static int
set_keys (int fd, int direction, struct ktls_keys const *keys)
{
  crypto_info info = {
    .info = { .version = TLS_1_3_VERSION,
              .cipher_type = TLS_CIPHER_CHACHA20_POLY1305 }
  };
  memcpy (info.key, keys->key, sizeof info.key);
  memcpy (info.iv, keys->iv, sizeof info.iv);
  for (int i = 0; i < 8; i++)
    info.rec_seq[i] = keys->sequence >> (56 - 8 * i) & 0xff;
  int result = setsockopt (fd, SOL_TLS, direction, &info, sizeof info);
  int saved = errno;
  explicit_bzero (&info, sizeof info);
  errno = saved;
  return result;
}

int
ktls_prepare (int fd)
{
  return setsockopt (fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls");
}

int
ktls_start (int fd, struct ktls_keys const *send,
            struct ktls_keys const *receive)
{
  /* After the second alone, data would be sent in clear.  */
  return (set_keys (fd, TLS_TX, send) != 0 ? -1
          : set_keys (fd, TLS_RX, receive));
}

int
ktls_records (int fd, bool sent, uint64_t *number)
{
  crypto_info info = { .info = { .version = TLS_1_3_VERSION } };
  socklen_t length = sizeof info;
  int result = getsockopt (fd, SOL_TLS, sent ? TLS_TX : TLS_RX, &info,
                           &length);
  uint64_t count = 0;
  for (int i = 0; i < 8; i++)
    count = count << 8 | info.rec_seq[i];
  if (result == 0)
    *number = count;
  int saved = errno;
  explicit_bzero (&info, sizeof info);
  errno = saved;
  return result;
}

int
ktls_peek (int fd)
{
  char byte;
  return recv (fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

int
ktls_flush (int fd)
{
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (1)];
  } control;
  memset (&control, 0, sizeof control);
  struct iovec nothing = { .iov_base = &control, .iov_len = 0 };
  struct msghdr message = {
    .msg_iov = &nothing, .msg_iovlen = 1,
    .msg_control = control.space, .msg_controllen = sizeof control.space
  };
  struct cmsghdr *type = CMSG_FIRSTHDR (&message);
  type->cmsg_level = SOL_TLS;
  type->cmsg_type = TLS_SET_RECORD_TYPE;
  type->cmsg_len = CMSG_LEN (1);
  *CMSG_DATA (type) = APPLICATION_DATA;
  message.msg_controllen = type->cmsg_len;
  return sendmsg (fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Make a connection over loopback.  Return 0 and set both ends, or -1.  */
static int
connect_self (int family, int ends[2])
{
  union
  {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
  } address;
  socklen_t length = (family == AF_INET ? sizeof address.in4
                      : sizeof address.in6);
  memset (&address, 0, sizeof address);
  address.any.sa_family = family;
  if (family == AF_INET)
    address.in4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  else
    address.in6.sin6_addr = in6addr_loopback;

  ends[0] = ends[1] = -1;
  int listener = stream_socket (family);
  if (listener < 0)
    return -1;
  if (bind (listener, &address.any, length) == 0
      && listen (listener, 1) == 0
      && getsockname (listener, &address.any, &length) == 0)
    ends[0] = stream_socket (family);
  struct pollfd wait = { .fd = listener, .events = POLLIN };
  if (0 <= ends[0]
      && (connect (ends[0], &address.any, length) == 0
          || errno == EINPROGRESS)
      && poll (&wait, 1, SELF_LIMIT) == 1)
    ends[1] = stream_accept (listener, NULL, NULL);
  close (listener);
  if (0 <= ends[1])
    return 0;
  if (0 <= ends[0])
    close (ends[0]);
  return -1;
}

/* Return whether a record passes the connection from FROM to TO, and is
   counted.  */
static bool
carries_record (int from, int to)
{
  char byte = 'x';
  uint64_t sent, received;
  struct pollfd wait = { .fd = to, .events = POLLIN };
  return (send (from, &byte, 1, MSG_NOSIGNAL | MSG_MORE) == 1
          && ktls_flush (from) == 0
          && poll (&wait, 1, SELF_LIMIT) == 1
          && recv (to, &byte, 1, 0) == 1
          && ktls_records (from, true, &sent) == 0
          && ktls_records (to, false, &received) == 0
          && sent == 1 && received == 1);
}

static bool
works (int family)
{
  int ends[2];
  struct ktls_keys keys;
  memset (&keys, 1, sizeof keys);
  keys.sequence = 0;
  if (connect_self (family, ends) != 0)
    return false;
  bool good = (ktls_prepare (ends[0]) == 0 && ktls_prepare (ends[1]) == 0
               && ktls_start (ends[0], &keys, &keys) == 0
               && ktls_start (ends[1], &keys, &keys) == 0
               && carries_record (ends[0], ends[1]));
  close (ends[0]);
  close (ends[1]);
  return good;
}

/* Return whether the running kernel came with the module, which is not
   loaded.  */
static bool
has_module_file (void)
{
  static char const *const suffixes[] = { "", ".xz", ".zst", ".gz" };
  struct utsname system;
  if (uname (&system) < 0)
    return false;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    {
      char name[sizeof system.release + 80];
      snprintf (name, sizeof name, "/lib/modules/%s/kernel/net/tls/tls.ko%s",
                system.release, suffixes[i]);
      if (access (name, F_OK) == 0)
        return true;
    }
  return false;
}

enum ktls_support
ktls_probe (void)
{
  int family = AF_INET;
  int fd = stream_socket (family);
  if (fd < 0)
    {
      family = AF_INET6;
      fd = stream_socket (family);
    }
  if (fd < 0)
    return KTLS_NONE;
  /* A module that is there asks for a connection first.  */
  bool there = ktls_prepare (fd) == 0 || errno == ENOTCONN;
  bool unknown = !there && errno == ENOENT;
  close (fd);
  if (!there)
    return unknown && has_module_file () ? KTLS_NOT_LOADED : KTLS_NONE;
  return works (family) ? KTLS_READY : KTLS_NONE;
}

#else /* !HAVE_LINUX_TLS */

enum ktls_support
ktls_probe (void)
{
  return KTLS_NONE;
}

int
ktls_prepare (int fd)
{
  (void) fd;
  errno = ENOTSUP;
  return -1;
}

int
ktls_start (int fd, struct ktls_keys const *send,
            struct ktls_keys const *receive)
{
  (void) fd, (void) send, (void) receive;
  errno = ENOTSUP;
  return -1;
}

int
ktls_records (int fd, bool sent, uint64_t *number)
{
  (void) fd, (void) sent, (void) number;
  errno = ENOTSUP;
  return -1;
}

int
ktls_peek (int fd)
{
  (void) fd;
  errno = ENOTSUP;
  return -1;
}

int
ktls_flush (int fd)
{
  (void) fd;
  return 0;
}

#endif
