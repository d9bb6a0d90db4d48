/* The names of differentiated services code points.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef DSCP_H
# define DSCP_H 1

/* Return the code point, 0 to 63, that NAME stands for: a class selector CS0
   to CS7 (RFC 2474), an assured forwarding class AF11 to AF43 (RFC 2597), EF
   (RFC 3246), VA (RFC 5865), LE (RFC 8622), in capitals or not; or a number,
   decimal or with 0x before it.  Return -1 when it stands for none.  */
extern int dscp_parse (char const *name);

#endif
