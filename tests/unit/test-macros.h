/* What the unit tests share.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A test is tables and CHECKs.  Name the row at hand by row_is; a CHECK that
   fails prints it, and the test goes on with the next one, so that one run
   shows all that is wrong.  main ends with return test_result ().  */

#ifndef TEST_MACROS_H
# define TEST_MACROS_H 1

# include <stdarg.h>
# include <stdbool.h>
# include <stdio.h>
# include <stdlib.h>
# include <string.h>

# include "attribute.h"
# include "base/system.h"

# define SIZEOF(Array) (sizeof (Array) / sizeof *(Array))

static char test_row[1024] = "(no row)";
static int test_failures;

static void row_is (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

/* Name the row that the next CHECKs are about.  */
static void
row_is (char const *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (test_row, sizeof test_row, format, arguments);
  va_end (arguments);
}

static bool
test_check (bool good, char const *file, int line, char const *condition)
{
  if (!good)
    {
      test_failures++;
      fprintf (stderr, "%s:%d: row: %s\n  failed: %s\n", file, line, test_row,
               condition);
    }
  return good;
}

/* Also tell what the two texts are.  */
static bool
test_check_text (char const *got, char const *wanted, char const *file,
                 int line, char const *condition)
{
  bool good = (got == NULL || wanted == NULL ? got == wanted
               : STREQ (got, wanted));
  if (!test_check (good, file, line, condition))
    fprintf (stderr, "  got:    %s\n  wanted: %s\n", got ? got : "(null)",
             wanted ? wanted : "(null)");
  return good;
}

static bool
test_check_number (long long got, long long wanted, char const *file,
                   int line, char const *condition)
{
  if (!test_check (got == wanted, file, line, condition))
    fprintf (stderr, "  got:    %lld\n  wanted: %lld\n", got, wanted);
  return got == wanted;
}

/* Each returns whether it is as it should be.  */
# define CHECK(Condition) \
    test_check (Condition, __FILE__, __LINE__, #Condition)
# define CHECK_TEXT(Got, Wanted) \
    test_check_text (Got, Wanted, __FILE__, __LINE__, #Got " == " #Wanted)
# define CHECK_NUMBER(Got, Wanted) \
    test_check_number (Got, Wanted, __FILE__, __LINE__, #Got " == " #Wanted)

/* What Automake takes for a hard error.  */
enum { EXIT_SET_UP = 99 };

/* The set-up of a test must work: no test can go on without it.  */
# define NEED(Condition) \
    do \
      { \
        if (!test_check (Condition, __FILE__, __LINE__, \
                         "set-up: " #Condition)) \
          exit (EXIT_SET_UP); \
      } \
    while (0)

/* Return the exit status of the test.  */
static int
test_result (void)
{
  /* For tests that need but some of the checks.  */
  (void) test_check_text;
  (void) test_check_number;
  if (0 < test_failures)
    fprintf (stderr, "%d checks failed\n", test_failures);
  return test_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
