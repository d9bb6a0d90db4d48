/* A directory for the files of a unit test.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SCRATCH_H
# define SCRATCH_H 1

# include <dirent.h>
# include <stdio.h>
# include <stdlib.h>
# include <string.h>
# include <sys/stat.h>
# include <unistd.h>

# include "test-macros.h"
# include "xvasprintf.h"

static char *scratch;           /* its absolute name */
static pid_t scratch_owner;

/* Return the name of FILE in the scratch directory, malloc'ed.  */
static char *
scratch_name (char const *file)
{
  return xasprintf ("%s/%s", scratch, file);
}

/* Remove the directory and the files and empty directories in it.  */
static void
scratch_remove (void)
{
  /* A child that exits leaves it alone.  */
  if (getpid () != scratch_owner)
    return;
  DIR *directory = opendir (scratch);
  struct dirent *entry;
  while (directory != NULL && (entry = readdir (directory)) != NULL)
    if (!STREQ (entry->d_name, ".") && !STREQ (entry->d_name, ".."))
      {
        char *name = scratch_name (entry->d_name);
        if (unlink (name) != 0)
          rmdir (name);
        free (name);
      }
  if (directory != NULL)
    closedir (directory);
  rmdir (scratch);
}

/* Make the scratch directory, which only this user may enter; it is removed
   when the test exits.  */
static void
scratch_make (void)
{
  char const *where = getenv ("TMPDIR");
  if (where == NULL || *where != '/')
    where = "/tmp";
  scratch = xasprintf ("%s/test-XXXXXX", where);
  NEED (mkdtemp (scratch) != NULL);
  scratch_owner = getpid ();
  atexit (scratch_remove);
}

/* Make FILE in it, with TEXT and the permissions of MODE.  */
static void
scratch_write (char const *file, char const *text, mode_t mode)
{
  char *name = scratch_name (file);
  FILE *stream = fopen (name, "w");
  NEED (stream != NULL && fputs (text, stream) != EOF
        && fclose (stream) == 0 && chmod (name, mode) == 0);
  free (name);
}

#endif
