/* Let the kernel encrypt and decrypt a TCP connection, as TLS 1.3 does.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Who then writes to the socket or reads from it, in whatever process, does so
   in clear; what is on the wire is TLS records with ChaCha20-Poly1305, which
   needs no new key however much is sent.  */

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

/* Find out what this kernel can do, by trying it out on a connection with
   itself.  A kernel may load the module by itself when the caller is
   privileged.  */
extern enum ktls_support ktls_probe (void);

/* Prepare the TCP socket FD for ktls_start, as long as both its directions are
   open: later the kernel refuses.  Nothing changes for now, but it cannot be
   undone.  Return 0, or -1 with errno set.  */
extern int ktls_prepare (int fd);

/* Hand the prepared FD over to the kernel.  Return 0, or -1 with errno set; FD
   is then fit for nothing but to be closed.  */
extern int ktls_start (int fd, struct ktls_keys const *send,
                       struct ktls_keys const *receive);

/* Set *NUMBER to how many records have been sent on FD, or received if not
   SENT, counting from the handshake.  Return 0, or -1 with errno set.  */
extern int ktls_records (int fd, bool sent, uint64_t *number);

/* See what the reader of FD would meet, without taking or waiting.  Return 1
   for data, 0 for the end of file, or -1 with errno set: EAGAIN for nothing
   yet, ECONNRESET, or else what says that a record could not be opened.  */
extern int ktls_peek (int fd);

/* Send what the kernel holds back because its writer announced more (with
   MSG_MORE, or splice), which no later end of the connection would send.  Do
   not wait.  Return 0, or -1 with errno set, EAGAIN when there was no
   room.  */
extern int ktls_flush (int fd);

#endif
