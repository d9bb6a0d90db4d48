/* Test which processes are found to have a socket where the kernel does not
   list the children of a process.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

/* What is compiled here takes the place of what is in the library.  */
#define CHILDREN_FILE "absent"
#include "../../lib/process-tree.c"
#include "test-holders.c"
