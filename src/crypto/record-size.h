/* Sizes of the records of TLS 1.3: RFC 8446, section 5.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef RECORD_SIZE_H
# define RECORD_SIZE_H 1

enum
{
  RECORD_HEADER = 5,
  RECORD_TAG = 16,
  RECORD_PLAIN_MAX = 16384,
  /* The longest record that is accepted; those that are made are shorter.  */
  RECORD_MAX = RECORD_HEADER + RECORD_PLAIN_MAX + 256
};

#endif
