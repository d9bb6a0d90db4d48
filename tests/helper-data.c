/* The part of the helper that makes and takes data.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned char buffer[64 * 1024];

static size_t
min_size (long long a, size_t b)
{
  return a < (long long) b ? (size_t) a : b;
}

/* Return where the last newline of the LENGTH bytes at BYTES is, or NULL.  */
static unsigned char *
last_newline (unsigned char *bytes, size_t length)
{
  while (0 < length)
    if (bytes[--length] == '\n')
      return bytes + length;
  return NULL;
}

/* As a login does that is made for lines of text: what has no newline behind
   it yet is held back, however long.  */
int
cmd_lines (int argc, char **argv)
{
  (void) argc, (void) argv;
  unsigned char *held = NULL;
  size_t length = 0, size = 0, n;
  do
    {
      if (size - length < sizeof buffer)
        {
          size = 2 * size + sizeof buffer;
          held = realloc (held, size);
          if (!held)
            fail (EXIT_HARD, "lines");
        }
      n = read_some (STDIN_FILENO, held + length, sizeof buffer);
      unsigned char *newline = last_newline (held + length, n);
      length += n;
      size_t whole = n == 0 ? length : newline ? newline + 1 - held : 0;
      write_all (STDOUT_FILENO, held, whole);
      length -= whole;
      memmove (held, held + whole, length);
    }
  while (n);
  free (held);
  return EXIT_SUCCESS;
}

int
cmd_random (int argc, char **argv)
{
  long long left = number (argv[1], 0, LLONG_MAX);
  uint64_t state = argc < 3 ? 1 : number (argv[2], 1, LLONG_MAX);

  while (left)
    {
      /* xorshift64*: fast, and no compressor finds anything in it.  The
         bytes are taken out one by one, so that hosts of either byte order
         make the same data.  */
      for (size_t i = 0; i < sizeof buffer; i += 8)
        {
          state ^= state >> 12;
          state ^= state << 25;
          state ^= state >> 27;
          uint64_t r = state * UINT64_C (0x2545F4914F6CDD1D);
          for (int j = 0; j < 8; j++)
            buffer[i + j] = r >> 8 * j & 0xff;
        }
      size_t n = min_size (left, sizeof buffer);
      write_all (STDOUT_FILENO, buffer, n);
      left -= n;
    }
  return EXIT_SUCCESS;
}

int
cmd_read_whole (int argc, char **argv)
{
  (void) argc;
  char part[1024];
  if ((int) sizeof part <= snprintf (part, sizeof part, "%s.part", argv[1]))
    fail_usage (argv[1], "name too long");

  /* What an earlier one left must not be taken for ours.  */
  unlink (argv[1]);
  int fd = open (part, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0)
    fail (EXIT_HARD, part);
  size_t n;
  while ((n = read_some (STDIN_FILENO, buffer, sizeof buffer)) != 0)
    write_all (fd, buffer, n);
  if (close (fd) != 0 || rename (part, argv[1]) != 0)
    fail (EXIT_FAILURE, argv[1]);
  return EXIT_SUCCESS;
}

int
cmd_sum (int argc, char **argv)
{
  (void) argc, (void) argv;
  uintmax_t count = 0;
  uint64_t hash = UINT64_C (0xcbf29ce484222325);   /* FNV-1a */
  size_t n;

  while ((n = read_some (STDIN_FILENO, buffer, sizeof buffer)) != 0)
    {
      for (size_t i = 0; i < n; i++)
        hash = (hash ^ buffer[i]) * UINT64_C (0x100000001b3);
      count += n;
    }
  printf ("%ju %016jx\n", count, (uintmax_t) hash);
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
cmd_eat (int argc, char **argv)
{
  long long left = number (argv[1], 0, LLONG_MAX);
  int status = argc < 3 ? EXIT_SUCCESS : (int) number (argv[2], 0, 255);

  while (left)
    {
      size_t n = read_some (STDIN_FILENO, buffer,
                            min_size (left, sizeof buffer));
      if (!n)
        {
          fprintf (stderr, "helper: end of input, %lld bytes early\n", left);
          return EXIT_FAILURE;
        }
      left -= n;
    }
  return status;
}

int
cmd_slow (int argc, char **argv)
{
  (void) argc;
  long long chunk = number (argv[1], 1, LLONG_MAX);
  long pause = number (argv[2], 0, 3600 * 1000);

  for (;;)
    for (long long left = chunk; left;)
      {
        size_t n = read_some (STDIN_FILENO, buffer,
                              min_size (left, sizeof buffer));
        if (!n)
          return EXIT_SUCCESS;
        write_all (STDOUT_FILENO, buffer, n);
        left -= n;
        if (!left)
          pause_ms (pause);
      }
}
