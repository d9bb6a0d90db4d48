/* Let the kernel encrypt and decrypt a TCP connection, as TLS 1.3 does.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Afterwards any process writes to the socket and reads from it in clear; on
   the wire are TLS records with ChaCha20-Poly1305, which needs no new key for
   any amount of data.  */

#ifndef KTLS_H
# define KTLS_H 1

# include <stdbool.h>
# include <stdint.h>

enum ktls_support
{
  KTLS_NONE,                    /* this kernel cannot */
  KTLS_READY,                   /* it can, in both directions */
  KTLS_NOT_LOADED               /* it could, with its module "tls" loaded */
};

enum { KTLS_KEY_SIZE = 32, KTLS_IV_SIZE = 12 };

/* The keys of one direction, and the number of its next record.  */
struct ktls_keys
{
  unsigned char key[KTLS_KEY_SIZE];
  unsigned char iv[KTLS_IV_SIZE];
  uint64_t sequence;
};

/* Find out what this kernel can do, by a trial on a loopback connection.  The
   kernel may load the module if the caller is privileged.  */
extern enum ktls_support ktls_probe (void);

/* Prepare the TCP socket FD for ktls_start, as long as both its directions are
   open: later the kernel refuses.  This has no effect yet, but cannot be
   undone.  Return 0, or -1 with errno set.  */
extern int ktls_prepare (int fd);

/* Hand the prepared FD over to the kernel.  Return 0, or -1 with errno set; FD
   can then only be closed.  */
extern int ktls_start (int fd, struct ktls_keys const *send,
                       struct ktls_keys const *receive);

/* Set *NUMBER to the number of records sent on FD, or received if not SENT,
   since the handshake.  Return 0, or -1 with errno set.  */
extern int ktls_records (int fd, bool sent, uint64_t *number);

/* Peek at what the reader of FD would get, without waiting.  Return 1 for
   data, 0 for the end of file, or -1 with errno set: EAGAIN for nothing yet,
   ECONNRESET, or the error of a record that could not be opened.  */
extern int ktls_peek (int fd);

/* Send the data that the kernel holds back because its writer announced more
   (with MSG_MORE, or splice); the end of the connection would not send it.  Do
   not wait.  Return 0, or -1 with errno set: EAGAIN when there is no room.  */
extern int ktls_flush (int fd);

#endif
