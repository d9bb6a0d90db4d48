/* Lines on standard error.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef DIAGNOSE_H
# define DIAGNOSE_H 1

# include <attribute.h>
# include <stdbool.h>

/* Set how much is said: -1 errors only, 0 warnings as well, 1 each step,
   2 what happens inside too.  */
extern void diagnose_level (int level);

/* Name the host HOST (not copied, may be NULL) in every line, for the side
   that the user does not sit at.  */
extern void diagnose_host (char const *host);

/* Call CLEAR before each line, which makes room for it; NULL = do not.  */
extern void diagnose_before (void (*clear) (void));

/* Each of these writes "socketpipe: ", the text by FORMAT and a newline as
   one write, so that lines of several processes do not mix.  complain, and
   answer, for what was asked for, always do, warn unless told to be quiet,
   verbose only when asked to be, debug when asked twice.  errno is kept.  */
extern void complain (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));
extern void warn (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));
extern void answer (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));
extern void verbose (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

extern void debug (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

/* Return whether verbose writes.  */
extern bool diagnose_is_verbose (void);

/* Say that memory is used up and exit.  For gnulib's xalloc too.  */
extern _Noreturn void xalloc_die (void);

#endif
