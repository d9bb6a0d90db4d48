/* What tells this host, and this network of its own, from all others.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "host-identity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>

#if HAVE_DECL_KERN_BOOTTIME

# include <string.h>
# include <sys/param.h>
# include <sys/sysctl.h>
# include <sys/utsname.h>

# include "xvasprintf.h"

/* Return whether this is a jail: it may have a network of its own.  */
static bool
is_jailed (void)
{
  int jailed = 0;
# if HAVE_SYSCTLBYNAME
  size_t size = sizeof jailed;
  if (sysctlbyname ("security.jail.jailed", &jailed, &size, NULL, 0) != 0)
    jailed = 0;
# endif
  return jailed != 0;
}

char *
host_identity (void)
{
  int name[] = { CTL_KERN, KERN_BOOTTIME };
  /* A struct timeval, or a struct timespec.  */
  unsigned char time[64];
  size_t size = sizeof time;
  struct utsname system;
  if (is_jailed () || sysctl (name, 2, time, &size, NULL, 0) != 0
      || uname (&system) < 0)
    return NULL;
  char *text = xasprintf ("%s ", system.nodename);
  for (size_t i = 0; i < size; i++)
    {
      char *more = xasprintf ("%s%02x", text, time[i]);
      free (text);
      text = more;
    }
  return text;
}

#else

# include <fcntl.h>
# include <unistd.h>

# include "xvasprintf.h"

/* The text of a UUID (RFC 9562, section 4).  */
enum { UUID_LENGTH = 36 };

char *
host_identity (void)
{
  char boot[UUID_LENGTH + 1], space[64];
  int fd = open ("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  ssize_t got = read (fd, boot, UUID_LENGTH);
  close (fd);
  ssize_t length = readlink ("/proc/self/ns/net", space, sizeof space - 1);
  if (got != UUID_LENGTH || length <= 0)
    return NULL;
  boot[got] = space[length] = '\0';
  return xasprintf ("%s %s", boot, space);
}

#endif
