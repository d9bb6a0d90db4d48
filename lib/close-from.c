/* Close every descriptor from one number on.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "close-from.h"

#include <unistd.h>

#if HAVE_CLOSEFROM

void
close_from (int lowest)
{
  closefrom (lowest);
}

#else
# include <dirent.h>
# include <stdlib.h>

/* Close what the directory NAME lists, as /proc/self/fd does.  Return
   whether it could be read.  */
static int
close_listed (char const *name, int lowest)
{
  DIR *dir = opendir (name);
  if (dir == NULL)
    return 0;
  struct dirent const *entry;
  while ((entry = readdir (dir)) != NULL)
    {
      char *end;
      long fd = strtol (entry->d_name, &end, 10);
      if (*end == '\0' && end != entry->d_name && lowest <= fd
          && fd != dirfd (dir))
        close (fd);
    }
  closedir (dir);
  return 1;
}

void
close_from (int lowest)
{
  /* On some systems /dev/fd lists 0 to 2 only, but those have closefrom.  */
  if (close_listed ("/proc/self/fd", lowest)
      || close_listed ("/dev/fd", lowest))
    return;
  long limit = sysconf (_SC_OPEN_MAX);
  if (limit < 0 || 65536 < limit)
    limit = 65536;
  for (long fd = lowest; fd < limit; fd++)
    close (fd);
}

#endif
