/* What to do about what a probe has found.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef PROBE_ADVICE_H
# define PROBE_ADVICE_H 1

# include "probe/probe-report.h"

/* Return one line of advice on REPORT, malloc'ed.  */
extern char *probe_advice (struct probe_report const *report);

#endif
