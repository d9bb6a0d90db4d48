/* Amounts as texts for people.  Pure.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Bytes have the units of IEC 80000-13: KiB, MiB, GiB.  */

#ifndef AMOUNT_H
# define AMOUNT_H 1

# include <stdint.h>

/* Room for any of these texts.  */
enum { AMOUNT_MAX = 40 };

/* Write to TEXT, of AMOUNT_MAX bytes, and return it: BYTES as "1.2 GiB";
   bytes a second as "105 MiB/s"; a time, in us, as "0:00:12".  */
extern char *amount_bytes (uint64_t bytes, char *text);
extern char *amount_rate (double rate, char *text);
extern char *amount_time (int64_t us, char *text);

#endif
