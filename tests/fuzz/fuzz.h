/* What fuzzers and the tests that run them without libFuzzer share.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef FUZZ_H
# define FUZZ_H 1

# include <stddef.h>
# include <stdint.h>
# include <stdio.h>
# include <stdlib.h>

/* Stop at a promise that is not kept.  */
# define MUST(Condition) \
    do \
      if (!(Condition)) \
        { \
          fprintf (stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
                   #Condition); \
          abort (); \
        } \
    while (0)

/* The entry point of each fuzzer, by the name that libFuzzer calls.  It
   aborts when something is wrong with what the code makes of the SIZE bytes
   at DATA.  */
extern int LLVMFuzzerTestOneInput (uint8_t const *data, size_t size);

/* Give the fuzzer that is linked ROUNDS inputs: each is the SIZE bytes at
   SAMPLE with some of them changed, taken out or put in, or, every fourth
   time, nothing but noise.  The same SEED makes the same inputs.  */
extern void fuzz_run (uint8_t const *sample, size_t size, unsigned rounds,
                      uint32_t seed);

#endif
