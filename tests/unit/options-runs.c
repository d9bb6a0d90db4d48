/* Command lines that ask for a run, or for something in its place.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "options-rows.h"

struct row const options_runs[] =
{
  /* Runs.  */
  { ALL, "i[tar][c][/] l[ssh][h] r[dd]", OPTIONS_RUN },
  { LOGIN REMOTE "|-o|{|cat|}", "l[ssh][h] r[dd] o[cat]", OPTIONS_RUN },
  { ALL "|-o|{|cat|}", "i[tar][c][/] l[ssh][h] r[dd] o[cat]", OPTIONS_RUN },
  { LOGIN REMOTE "|-i|-", "i- l[ssh][h] r[dd]", OPTIONS_RUN },
  { LOGIN REMOTE "|-o|-", "l[ssh][h] r[dd] o-", OPTIONS_RUN },
  { LOGIN REMOTE "|-i|-|-o|-", "i- l[ssh][h] r[dd] o-", OPTIONS_RUN },
  { LOGIN REMOTE "|-i-|-o-", "i- l[ssh][h] r[dd] o-", OPTIONS_RUN },
  { LOGIN REMOTE "|--input=-|--output=-", "i- l[ssh][h] r[dd] o-",
    OPTIONS_RUN },
  /* In any order, with other options anywhere between.  */
  { REMOTE INPUT LOGIN, "i[tar][c][/] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-o|{|a|}" REMOTE "|-b" LOGIN "|-v|-i|{|b|}|-t|5",
    "i[b] l[ssh][h] r[dd] o[a] batch t=5 level=1", OPTIONS_RUN },
  { ALL "|--", "i[tar][c][/] l[ssh][h] r[dd]", OPTIONS_RUN },
  /* Words that look like options, or are empty, are the command's.  */
  { "|-i|{|-b|-i|--|--help|-|}" LOGIN REMOTE,
    "i[-b][-i][--][--help][-] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|echo||a b|$x *;'\"\n|}" LOGIN REMOTE,
    "i[echo][][a b][$x *;'\"\n] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|{}|{a|a}|{ }|}" LOGIN REMOTE,
    "i[{}][{a][a}][{ }] l[ssh][h] r[dd]", OPTIONS_RUN },
  /* Nested braces stay.  */
  { "|-i|{|a|{|b|}|}" LOGIN REMOTE, "i[a][{][b][}] l[ssh][h] r[dd]",
    OPTIONS_RUN },
  { "|-i|{|a|{|b|{|c|}|d|}|{|e|}|}" LOGIN REMOTE,
    "i[a][{][b][{][c][}][d][}][{][e][}] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|1|{|2|{|3|{|4|{|5|}|}|}|}|}" LOGIN REMOTE,
    "i[1][{][2][{][3][{][4][{][5][}][}][}][}] l[ssh][h] r[dd]",
    OPTIONS_RUN },
  { "|-i|{|{|}|}" LOGIN REMOTE, "i[{][}] l[ssh][h] r[dd]", OPTIONS_RUN },
  /* Escaped braces lose one backslash and do not count.  */
  { "|-i|{|e|\\{|}" LOGIN REMOTE, "i[e][{] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|e|\\}|}" LOGIN REMOTE, "i[e][}] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|\\{|}" LOGIN REMOTE, "i[{] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|e|\\\\}|\\\\\\{|}" LOGIN REMOTE,
    "i[e][\\}][\\\\{] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|e|\\|\\\\|\\a|\\{}|\\{\\|{\\|}" LOGIN REMOTE,
    "i[e][\\][\\\\][\\a][\\{}][\\{\\][{\\] l[ssh][h] r[dd]", OPTIONS_RUN },
  { "|-i|{|a|{|\\\\}|}|\\{|}" LOGIN REMOTE,
    "i[a][{][\\}][}][{] l[ssh][h] r[dd]", OPTIONS_RUN },
  /* Letters in a cluster, long names, abbreviations, attached values.  */
  { "|-bi|{|tar|}" LOGIN REMOTE, "i[tar] l[ssh][h] r[dd] batch",
    OPTIONS_RUN },
  { "|-bvqi|-" LOGIN REMOTE, "i- l[ssh][h] r[dd] batch level=-1",
    OPTIONS_RUN },
  { "|-bt5" LOGIN REMOTE "|-qvo-", "l[ssh][h] r[dd] o- batch t=5 level=1",
    OPTIONS_RUN },
  { "|--input|{|a|}|--login|{|b|}|--remote|{|c|}|--output|{|d|}",
    "i[a] l[b] r[c] o[d]", OPTIONS_RUN },
  { "|--in|{|a|}|--lo|{|b|}|--remote|{|c|}|--ou|{|d|}|--ba|--ho=x|--ti=3"
    "|--remote-p=p|--de=9|--verb",
    "i[a] l[b] r[c] o[d] batch host=x t=3 d=9 path=p level=1", OPTIONS_RUN },
  { ALL "|-hx", "i[tar][c][/] l[ssh][h] r[dd] host=x", OPTIONS_RUN },
  { ALL "|-h|-x", "i[tar][c][/] l[ssh][h] r[dd] host=-x", OPTIONS_RUN },
  { ALL "|--host|192.0.2.1", "i[tar][c][/] l[ssh][h] r[dd] host=192.0.2.1",
    OPTIONS_RUN },
  { ALL "|--remote-path=/opt/x y", "i[tar][c][/] l[ssh][h] r[dd] "
    "path=/opt/x y", OPTIONS_RUN },
  /* Numbers at their limits.  */
  { ALL "|-t|0", "i[tar][c][/] l[ssh][h] r[dd] t=0", OPTIONS_RUN },
  { ALL "|-t|2147483", "i[tar][c][/] l[ssh][h] r[dd] t=2147483",
    OPTIONS_RUN },
  { ALL "|-t007", "i[tar][c][/] l[ssh][h] r[dd] t=7", OPTIONS_RUN },
  { ALL "|--dead-peer-timeout=5", "i[tar][c][/] l[ssh][h] r[dd] d=5",
    OPTIONS_RUN },
  { ALL "|--dead-peer-timeout|86400", "i[tar][c][/] l[ssh][h] r[dd] d=86400",
    OPTIONS_RUN },
  /* When a stream ends.  */
  { ALL "|--strict", DD " strict", OPTIONS_RUN },
  { ALL "|--stri|--wait=1", DD " strict wait=1", OPTIONS_RUN },
  { ALL "|--wait-for-writers|2147483", DD " wait=2147483", OPTIONS_RUN },
  /* The way between the hosts.  */
  { ALL "|-4", DD " family=4", OPTIONS_RUN },
  { ALL "|--ipv4", DD " family=4", OPTIONS_RUN },
  { ALL "|-b6", DD " batch family=6", OPTIONS_RUN },
  { ALL "|--ipv6|--no-fallback", DD " family=6 no-fallback", OPTIONS_RUN },
  { ALL "|--listen=both", DD, OPTIONS_RUN },
  { ALL "|--listen|local", DD " listen=local", OPTIONS_RUN },
  { ALL "|--lis=remote", DD " listen=remote", OPTIONS_RUN },
  { ALL "|--port=1", DD " port=1:1", OPTIONS_RUN },
  { ALL "|--port|4000:4010", DD " port=4000:4010", OPTIONS_RUN },
  { ALL "|--port=65535:65535", DD " port=65535:65535", OPTIONS_RUN },
  { ALL "|--po=0080", DD " port=80:80", OPTIONS_RUN },
  { ALL "|--no-f", DD " no-fallback", OPTIONS_RUN },
  { ALL "|-4|--listen=local|--port=7|--no-fallback",
    DD " family=4 listen=local port=7:7 no-fallback", OPTIONS_RUN },
  { LOGIN "|--probe", "l[ssh][h] probe", OPTIONS_RUN },
  { LOGIN "|--probe=json", "l[ssh][h] probe=json", OPTIONS_RUN },
  { "|--prob|-v|-6|--port=5:6|-t|3|-hx|--listen=remote" LOGIN,
    "l[ssh][h] host=x t=3 level=1 family=6 listen=remote port=5:6 probe",
    OPTIONS_RUN },
  /* Harmless when repeated.  */
  { ALL "|-v|-v", "i[tar][c][/] l[ssh][h] r[dd] level=2", OPTIONS_RUN },
  { ALL "|-qq", "i[tar][c][/] l[ssh][h] r[dd] level=-1", OPTIONS_RUN },

  /* No runs.  */
  { "|--help", NULL, OPTIONS_HELP },
  { "|--he", NULL, OPTIONS_HELP },
  { ALL "|--help", NULL, OPTIONS_HELP },
  { "|--version", NULL, OPTIONS_VERSION },
  { "|--vers", NULL, OPTIONS_VERSION },
  { "|--agent", NULL, OPTIONS_AGENT },
  { "|--agent=50001.50002.2.0", NULL, OPTIONS_AGENT },
  /* What comes later may say more there.  */
  { "|--agent=x", NULL, OPTIONS_AGENT },
  /* What stands behind -s is none of our options.  */
  { "|-s", NULL, OPTIONS_SERVE },
  { "|-s|host|1|cat", NULL, OPTIONS_SERVE },
  { "|-s|host|1|cat|--help|-i|{", NULL, OPTIONS_SERVE },
  { "|-s|--agent", NULL, OPTIONS_SERVE },
  { "|--agent|-v", AGENT_ALONE, OPTIONS_BAD },
  { "|-v|--agent", AGENT_ALONE, OPTIONS_BAD },
  { "|--agent|--agent", AGENT_ALONE, OPTIONS_BAD },
  { "|--agent|--", AGENT_ALONE, OPTIONS_BAD },
  { "|--agent|word", AGENT_ALONE, OPTIONS_BAD },
  { ALL "|--agent", AGENT_ALONE, OPTIONS_BAD },
  { NULL, NULL, OPTIONS_BAD }
};
