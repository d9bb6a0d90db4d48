/* Values in JSON (RFC 8259).
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef JSON_H
# define JSON_H 1

# include <stdbool.h>
# include <stdint.h>
# include <stdio.h>

/* Write TEXT to FILE as a string, or null if it is NULL.  A byte that is not
   ASCII could be of any encoding, and becomes U+FFFD.  */
extern void json_string (FILE *file, char const *text);

/* Write NUMBER, or null unless it is KNOWN; a time in us, as seconds.  */
extern void json_number (FILE *file, bool known, uint64_t number);
extern void json_seconds (FILE *file, bool known, int64_t us);

#endif
