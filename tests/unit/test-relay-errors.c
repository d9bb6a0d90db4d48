/* Test which errors of a relay are the other side's doing.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "data/relay.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback-pair.h"
#include "test-macros.h"

/* What an errno says, where: of a pipe, a local socket, a connection.  */
struct error_row
{
  int error;
  char const *name;
  bool reads[3];                /* the other side's doing */
  bool writes[3];
};

#define ERROR_ROW(Error) Error, #Error
static struct error_row const error_rows[] =
{
  { ERROR_ROW (EPIPE), { false, false, false }, { true, true, true } },
  { ERROR_ROW (ECONNRESET), { true, true, true }, { true, true, true } },
  { ERROR_ROW (ETIMEDOUT), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ECONNABORTED), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ENOTCONN), { false, false, true }, { false, false, true } },
  { ERROR_ROW (EHOSTUNREACH), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ENETUNREACH), { false, false, true }, { false, false, true } },
  { ERROR_ROW (ENETDOWN), { false, false, true }, { false, false, true } },
  { ERROR_ROW (EBADMSG), { false, false, true }, { false, false, false } },
  { ERROR_ROW (EMSGSIZE), { false, false, true }, { false, false, false } },
  { ERROR_ROW (EIO), { false, false, true }, { false, false, false } },
  { ERROR_ROW (ENOBUFS), { false, false, false }, { false, false, false } },
  { ERROR_ROW (ENOMEM), { false, false, false }, { false, false, false } },
  { ERROR_ROW (EINVAL), { false, false, false }, { false, false, false } },
  { ERROR_ROW (ENOSPC), { false, false, false }, { false, false, false } }
};

static void
check_errors (void)
{
  int pairs[3][2];
  NEED (pipe (pairs[0]) == 0);
  NEED (socketpair (AF_UNIX, SOCK_STREAM, 0, pairs[1]) == 0);
  connect_pair (pairs[2]);
  for (size_t i = 0; i < SIZEOF (error_rows); i++)
    for (int where = 0; where < 3; where++)
      {
        struct error_row const *row = &error_rows[i];
        row_is ("%s, %d", row->name, where);
        CHECK_NUMBER (relay_read_error (pairs[where][0], row->error),
                      row->reads[where] ? RELAY_READ_FAILED : RELAY_FAILED);
        CHECK_NUMBER (relay_write_error (pairs[where][1], row->error),
                      row->writes[where] ? RELAY_WRITE_FAILED : RELAY_FAILED);
      }

  /* A connection that is lost is one still.  */
  row_is ("a connection that was reset");
  struct linger const reset = { .l_onoff = 1 };
  char byte;
  NEED (setsockopt (pairs[2][0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset)
        == 0 && close (pairs[2][0]) == 0);
  CHECK (read (pairs[2][1], &byte, 1) == -1 && errno == ECONNRESET);
  CHECK_NUMBER (relay_read_error (pairs[2][1], ETIMEDOUT), RELAY_READ_FAILED);
  for (int where = 0; where < 3; where++)
    for (int i = where == 2; i < 2; i++)
      close (pairs[where][i]);
}

int
main (void)
{
  check_errors ();
  return test_result ();
}
