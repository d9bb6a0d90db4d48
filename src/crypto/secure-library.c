/* GnuTLS, loaded when it is needed.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/secure-library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct secure_library secure_library;

/* Set *PLACE, a pointer to a function or to data, to NAME in HANDLE.  POSIX
   (dlsym) has the two kinds of pointers alike.  */
static bool
find (void *handle, char const *name, void *place)
{
  void **pointer = place;
  *pointer = dlsym (handle, name);
  return *pointer != NULL;
}

char const *
secure_library_load (void)
{
  static char why[300];
  static bool loaded;
  if (loaded)
    return NULL;
  void *handle = dlopen (GNUTLS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  bool good = handle != NULL;
#define FIND(name)                                                      \
  good = good && find (handle, "gnutls_" #name, &secure_library.name);
  SECURE_FUNCTIONS (FIND)
#undef FIND
  good = good && find (handle, "gnutls_malloc", &secure_library.malloc);
  if (good)
    {
      loaded = true;
      return NULL;
    }
  char const *error = dlerror ();
  snprintf (why, sizeof why, "the library GnuTLS cannot be loaded: %s",
            error ? error : GNUTLS_LIBRARY);
  return why;
}
