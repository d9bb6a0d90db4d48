/* A splice that does not work as that of Linux: what takes the place of
   lib/splice-relay.c in a test.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef FAKE_SPLICE_H
# define FAKE_SPLICE_H 1

# include "splice-relay.h"

enum fake_splice
{
  SPLICE_REAL,
  SPLICE_ZERO,                  /* 0 where it should be EAGAIN */
  SPLICE_AGAIN,                 /* EAGAIN whatever there is to move */
  SPLICE_FAILS                  /* an error that says nothing */
};

/* Do so for what is moved from FD from now on, or from anywhere if that is -1,
   and else as it should be.  */
extern void fake_splice (enum fake_splice how, int fd);

/* Return how often it did since then.  */
extern unsigned fake_splices (void);

#endif
