/* Lines on standard error.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef DIAGNOSE_H
# define DIAGNOSE_H 1

# include <attribute.h>
# include <stdbool.h>

/* Set which messages are written: -1 errors only, 0 warnings as well, 1 each
   step, 2 internal events too.  */
extern void diagnose_level (int level);

/* Name the host HOST (not copied, may be NULL) in every line, on a host other
   than the user's.  */
extern void diagnose_host (char const *host);

/* Call CLEAR before each line, to clear the terminal's line for it; NULL = no
   call.  */
extern void diagnose_before (void (*clear) (void));

/* Each of these writes "socketpipe: ", the text by FORMAT and a newline as one
   write, so that lines of several processes do not mix.  complain (errors) and
   answer (the result that the user asked for) always do, warn at level 0 or
   above, verbose at 1, debug at 2.  errno is kept.  */
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

/* Report that memory is exhausted, and exit.  gnulib's xalloc calls it
   too.  */
extern _Noreturn void xalloc_die (void);

#endif
