/* Print what a probe has found, as a table or as JSON.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "probe/probe-print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "minmax.h"
#include "net/address.h"
#include "probe/probe-advice.h"
#include "quotearg.h"

/* The table.  */

enum { TEXT = 400 };

/* What comes from the other host goes to a terminal.  */
static char const *
shown (char const *text)
{
  return text ? quotearg_style (escape_quoting_style, text) : "unknown";
}

static void
print_host (char const *label, struct probe_host const *host)
{
  printf ("%s %s: ", label, shown (host->name));
  printf ("socketpipe %s", shown (host->version));
  if (host->protocol_min == host->protocol_max)
    printf (", protocol %u", host->protocol_min);
  else
    printf (", protocols %u to %u", host->protocol_min, host->protocol_max);
  printf (", %s", shown (host->system));
  printf (", kTLS: %s, MPTCP: %s\n", host->ktls ? "yes" : "no",
          host->mptcp ? "yes" : "no");
}

/* Write SECONDS to TEXT for people.  */
static void
format_time (double seconds, char *text)
{
  if (seconds < 0)
    strcpy (text, "-");
  else if (seconds < 0.01)
    snprintf (text, TEXT, "%.3f ms", seconds * 1e3);
  else if (seconds < 1)
    snprintf (text, TEXT, "%.1f ms", seconds * 1e3);
  else
    snprintf (text, TEXT, "%.2f s", seconds);
}

static void
format_rate (double rate, char *text)
{
  static char const *const units[] = { "B/s", "kB/s", "MB/s", "GB/s" };
  size_t unit = 0;
  if (rate <= 0)
    {
      strcpy (text, "-");
      return;
    }
  while (999.5 <= rate && unit < 3)
    {
      rate /= 1000;
      unit++;
    }
  snprintf (text, TEXT, "%.*f %s", rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0,
            rate, units[unit]);
}

static char const *
shown_address (struct probe_route const *route)
{
  return route->address ? shown (route->address) : "-";
}

/* Return how wide the column of the addresses is.  */
static int
address_width (struct probe_report const *report)
{
  size_t width = strlen ("address");
  for (size_t i = 0; i < report->count; i++)
    width = MAX (width, strlen (shown_address (&report->routes[i])));
  return width;
}

static void
print_route (struct probe_route const *route, int width)
{
  char connect[TEXT], trip[TEXT], to[TEXT], from[TEXT];
  printf ("%-15s  %-*s  ", direction_name (route->direction), width,
          shown_address (route));
  if (route->why)
    {
      printf ("%s\n", shown (route->why));
      return;
    }
  format_time (route->connect_time, connect);
  format_time (route->round_trip, trip);
  format_rate (route->to, to);
  format_rate (route->from, from);
  printf ("%10s  %10s  %10s  %10s%s\n", connect, trip, to, from,
          route->segment != 0 ? "  small packets only" : "");
}

void
probe_print_table (struct probe_report const *report)
{
  int width = address_width (report);
  print_host ("this host ", &report->local);
  print_host ("other host", &report->remote);
  printf ("\n%-15s  %-*s  %10s  %10s  %10s  %10s\n", "route", width,
          "address", "connect", "round trip", "to it", "from it");
  for (size_t i = 0; i < report->count; i++)
    print_route (&report->routes[i], width);
  char *advice = probe_advice (report);
  printf ("\nadvice: %s\n", advice);
  free (advice);
}


/* JSON (RFC 8259).  */

static void
print_key (char const *key)
{
  printf ("\"%s\": ", key);
}

static void
print_json_host (char const *key, struct probe_host const *host)
{
  printf ("  \"%s\": {\"name\": ", key);
  json_string (stdout, host->name);
  fputs (", \"version\": ", stdout);
  json_string (stdout, host->version);
  fputs (", \"system\": ", stdout);
  json_string (stdout, host->system);
  printf (", \"ktls\": %s, \"mptcp\": %s, "
          "\"protocol_min\": %u, \"protocol_max\": %u},\n",
          host->ktls ? "true" : "false", host->mptcp ? "true" : "false",
          host->protocol_min, host->protocol_max);
}

/* Print KEY and NUMBER, or null unless KNOWN.  */
static void
print_number (char const *key, double number, bool known, int digits)
{
  fputs (", ", stdout);
  print_key (key);
  if (known)
    printf ("%.*f", digits, number);
  else
    fputs ("null", stdout);
}

static void
print_json_route (struct probe_route const *route)
{
  char *host = NULL;
  int port = 0;
  bool works = route->why == NULL;
  if (route->address)
    address_split (route->address, &host, &port);
  printf ("    {\"route\": \"%s\", \"address\": ",
          direction_name (route->direction));
  json_string (stdout, host);
  free (host);
  print_number ("port", port, port != 0, 0);
  printf (", \"works\": %s, \"error\": ", works ? "true" : "false");
  json_string (stdout, route->why);
  print_number ("connect_time", route->connect_time,
                0 <= route->connect_time, 6);
  print_number ("round_trip", route->round_trip, 0 <= route->round_trip, 6);
  print_number ("throughput_to", route->to, 0 < route->to, 0);
  print_number ("throughput_from", route->from, 0 < route->from, 0);
  print_number ("segment_limit", route->segment, route->segment != 0, 0);
  putchar ('}');
}

void
probe_print_json (struct probe_report const *report)
{
  fputs ("{\n", stdout);
  print_json_host ("local", &report->local);
  print_json_host ("remote", &report->remote);
  fputs ("  \"routes\": [\n", stdout);
  for (size_t i = 0; i < report->count; i++)
    {
      print_json_route (&report->routes[i]);
      fputs (i + 1 < report->count ? ",\n" : "\n", stdout);
    }
  fputs ("  ],\n  \"advice\": ", stdout);
  char *advice = probe_advice (report);
  json_string (stdout, advice);
  free (advice);
  fputs ("\n}\n", stdout);
}
