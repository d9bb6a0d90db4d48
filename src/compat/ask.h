/* Ask the other host what the address of this one is.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A 1.10 over there has to be told on its command line where to connect to.
   So a login before the real one runs "env" there, which any login can pass
   on, by a shell or without; SSH_CONNECTION or SSH_CLIENT has the address.  */

#ifndef ASK_H
# define ASK_H 1

# include <stdbool.h>

# include "leader/login.h"

struct ask
{
  struct supervisor *supervisor;
  struct run const *run;
  int family;                   /* 4 or 6 */
  struct login login;
  int fd;                       /* the login's output; -1 = ended */
  char *answer;                 /* malloc'ed */
  size_t length;
  size_t size;
  struct timer timer;
  bool over;
  /* ADDRESS is numeric, or NULL after a message; good during the call.  */
  void (*answered) (void *context, char const *address);
  void *context;
};

/* Start the login of RUN that asks for an address of FAMILY, 4 or 6.
   ANSWERED is called with CONTEXT once it has ended.  Return 0, or -1 with
   errno set; ask_free is needed in either case.  */
extern int ask_start (struct ask *ask, struct supervisor *supervisor,
                      struct run const *run, int family,
                      void (*answered) (void *, char const *),
                      void *context);

/* Say and call nothing any more.  */
extern void ask_stop (struct ask *ask);

/* Children may have ended: see if it was the login.  */
extern void ask_reap (struct ask *ask);

/* Find the client's address in ENVIRONMENT, what "env" prints, LENGTH bytes:
   that of SSH_CONNECTION or SSH_CLIENT, unless it has the value that it has in
   our own environment, and so was merely handed on.  An IPv4 address in IPv6
   notation becomes one.  Return it, malloc'ed, or NULL if there is none.  */
extern char *ask_find (char const *environment, size_t length);

/* Free what *ASK holds.  */
extern void ask_free (struct ask *ask);

#endif
