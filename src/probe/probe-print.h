/* Print what a probe has found, as a table or as JSON.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef PROBE_PRINT_H
# define PROBE_PRINT_H 1

# include "probe/probe-report.h"

/* Write REPORT and the advice for it to standard output: as a table for
   people, or as one object of JSON (RFC 8259).  Errors are left in
   ferror (stdout).  */
extern void probe_print_table (struct probe_report const *report);
extern void probe_print_json (struct probe_report const *report);

#endif
