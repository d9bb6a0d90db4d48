/* Test the reading of the command line.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "cli/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"
#include "test-macros.h"
#include "xalloc.h"

/* The words of a command line stand in one string, each behind a '|'.  */
#define LOGIN "|-l|{|ssh|h|}"
#define REMOTE "|-r|{|dd|}"
#define INPUT "|-i|{|tar|c|/|}"
#define ALL INPUT LOGIN REMOTE

struct row
{
  char const *words;
  /* For a run, what describe_run makes of it; else the message, or NULL.  */
  char const *wanted;
  enum options_result result;
};

#define SECONDS(Word, Name, Least, Most) \
  "bad number of seconds '" Word "' after " Name ": give a whole number " \
  "from " #Least " to " #Most
#define EXPECTED(Word, Name, OrDash) \
  "expected '{' after " Name ", not '" Word "': write " Name \
  " { COMMAND ARGUMENT... }" OrDash
#define APART(Name, OrDash) \
  "braces must be words of their own: write " Name " { COMMAND ARGUMENT... " \
  "}" OrDash " with a space around each brace, and do not quote it as a whole"
#define UNCLOSED(Name) \
  "no '}' closes the '{' after " Name ": end the command with a '}' of its " \
  "own (a lone brace is written '\\}')"
#define EMPTY(Name) \
  "empty command after " Name ": give one, as in " Name " { COMMAND }"
#define NAMELESS(Name) \
  "empty command name after " Name ": give one, as in " Name " { COMMAND }"
#define MISSING(Name) \
  "no command after " Name ": write " Name " { COMMAND ARGUMENT... }"
#define NO_VALUE(Name) "no value after " Name ": see 'socketpipe --help'"
#define TWICE(Name) "option " Name " is given twice: give it once"
#define UNKNOWN(Name) "unknown option '" Name "': see 'socketpipe --help'"
#define NOT_VALUE(Name) \
  "option '" Name "' takes no value: see 'socketpipe --help'"
#define AMBIGUOUS(Word) \
  "ambiguous option '" Word "': spell it out, see 'socketpipe --help'"
#define STRAY(Brace) \
  "stray '" Brace "': a command in braces stands behind -i, -l, -r or -o"
#define UNEXPECTED(Word) \
  "unexpected word '" Word "': commands stand in braces behind -i, -l, -r " \
  "or -o"
#define NO_LOGIN \
  "no login command: give one that reaches the other host, as in " \
  "-l { ssh HOST }"
#define NO_REMOTE "no remote command: give one with -r { COMMAND }"
#define NEITHER \
  "neither -i nor -o: give the local command that writes or reads, or use " \
  "-i - or -o - for standard input and output"
#define AGENT_ALONE \
  "--agent is for socketpipe itself, and stands alone: see " \
  "'socketpipe --help'"
#define OR_DASH " (or -)"
#define PORTS(Word) \
  "bad port '" Word "' after --port: give LOW or LOW:HIGH, each from 1 to " \
  "65535"
#define SIDE(Word) \
  "bad side '" Word "' after --listen: give local, remote or both"
#define FAMILIES \
  "-4 and -6 exclude each other: give one of them, or neither for both " \
  "families"
#define NO_PROBE(Name) "--probe runs no command: leave out " Name
#define NO_PROBE_OF_DATA(Name) \
  "--probe measures the network as it is: leave out " Name
#define NUMBER_OF_BYTES(Word, Name, Least, Most) \
  "bad number of bytes '" Word "' after " Name ": give a whole number from " \
  #Least " to " #Most "; K, M, G and T behind it stand for powers of 1024, " \
  "KB, MB, GB and TB for powers of 1000"
#define SIZE(Word) NUMBER_OF_BYTES (Word, "--size", 1, 9223372036854775807)
#define RATE(Word) \
  NUMBER_OF_BYTES (Word, "--rate-limit", 1024, 9223372036854775807)
#define BLOCK(Word) NUMBER_OF_BYTES (Word, "--block-size", 1, 1099511627776)
#define PER_CENT(Word) \
  "bad number of per cent '" Word "' after --start-at: give a whole number " \
  "from 0 to 100"
#define CODE_POINT(Word) \
  "bad name '" Word "' after --dscp: give CS0 to CS7, AF11 to AF43, EF, VA, " \
  "LE, or a number from 0 to 63"
#define DD "i[tar][c][/] l[ssh][h] r[dd]"

static struct row const rows[] =
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

  /* Something is missing.  */
  { "", "nothing to do: see 'socketpipe --help'", OPTIONS_BAD },
  { "|-b", NO_LOGIN, OPTIONS_BAD },
  { "|--", NO_LOGIN, OPTIONS_BAD },
  { INPUT REMOTE, NO_LOGIN, OPTIONS_BAD },
  { INPUT LOGIN, NO_REMOTE, OPTIONS_BAD },
  { LOGIN REMOTE, NEITHER, OPTIONS_BAD },
  { LOGIN REMOTE "|-b|-t|5", NEITHER, OPTIONS_BAD },
  { LOGIN REMOTE "|-i", MISSING ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-bi", MISSING ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|--input", MISSING ("-i"), OPTIONS_BAD },
  { INPUT REMOTE "|-l", MISSING ("-l"), OPTIONS_BAD },
  { INPUT LOGIN "|-r", MISSING ("-r"), OPTIONS_BAD },
  { LOGIN REMOTE "|--out", MISSING ("-o"), OPTIONS_BAD },
  { ALL "|-h", NO_VALUE ("-h"), OPTIONS_BAD },
  { ALL "|--host", NO_VALUE ("-h"), OPTIONS_BAD },
  { ALL "|-t", NO_VALUE ("-t"), OPTIONS_BAD },
  { ALL "|--rate-limit", NO_VALUE ("--rate-limit"), OPTIONS_BAD },
  { ALL "|--remote-path", NO_VALUE ("--remote-path"), OPTIONS_BAD },
  { ALL "|--dead-peer-timeout", NO_VALUE ("--dead-peer-timeout"),
    OPTIONS_BAD },

  { ALL "|--port", NO_VALUE ("--port"), OPTIONS_BAD },
  { ALL "|--listen", NO_VALUE ("--listen"), OPTIONS_BAD },
  { "|--probe", NO_LOGIN, OPTIONS_BAD },

  /* How the data goes.  */
  { ALL "|-p", DD " progress", OPTIONS_RUN },
  { ALL "|--progress|--size=10k", DD " progress size=10240", OPTIONS_RUN },
  { ALL "|--size=10KB", DD " size=10000", OPTIONS_RUN },
  { ALL "|--size=3GiB", DD " size=3221225472", OPTIONS_RUN },
  { ALL "|--size=2T", DD " size=2199023255552", OPTIONS_RUN },
  { ALL "|--stats", DD " stats", OPTIONS_RUN },
  { ALL "|--stats=json", DD " stats=json", OPTIONS_RUN },
  { ALL "|--stats-file=x", DD " stats file=x", OPTIONS_RUN },
  { ALL "|--stats-file=x|--stats=json", DD " stats=json file=x",
    OPTIONS_RUN },
  { ALL "|--rate-limit=10M", DD " rate=10485760", OPTIONS_RUN },
  { ALL "|--block-size=32k", DD " block=32768", OPTIONS_RUN },
  { ALL "|--buffer=1G|--start-at=80", DD " buffer=1073741824 start=80",
    OPTIONS_RUN },
  { ALL "|--congestion=bbr", DD " congestion=bbr", OPTIONS_RUN },
  { ALL "|--multipath", DD " multipath", OPTIONS_RUN },
  { ALL "|--dscp=cs1", DD " dscp=9", OPTIONS_RUN },
  { ALL "|--dscp=AF43", DD " dscp=39", OPTIONS_RUN },
  { ALL "|--dscp=EF", DD " dscp=47", OPTIONS_RUN },
  { ALL "|--dscp=va", DD " dscp=45", OPTIONS_RUN },
  { ALL "|--dscp=Le", DD " dscp=2", OPTIONS_RUN },
  { ALL "|--dscp=0x3f", DD " dscp=64", OPTIONS_RUN },
  { ALL "|--dscp=0", DD " dscp=1", OPTIONS_RUN },
  { ALL "|-e", DD " encrypt", OPTIONS_RUN },
  { ALL "|--encrypt", DD " encrypt", OPTIONS_RUN },
  { ALL "|--encrypt=kernel|-bpv", DD " batch level=1 progress encrypt=kernel",
    OPTIONS_RUN },
  { ALL "|--size=0", SIZE ("0"), OPTIONS_BAD },
  { ALL "|--size=", SIZE (""), OPTIONS_BAD },
  { ALL "|--size=-1", SIZE ("-1"), OPTIONS_BAD },
  { ALL "|--size=1.5G", SIZE ("1.5G"), OPTIONS_BAD },
  { ALL "|--size=1X", SIZE ("1X"), OPTIONS_BAD },
  { ALL "|--size=9E", SIZE ("9E"), OPTIONS_BAD },
  { ALL "|--rate-limit=1023", RATE ("1023"), OPTIONS_BAD },
  { ALL "|--rate-limit=fast", RATE ("fast"), OPTIONS_BAD },
  { ALL "|--block-size=0", BLOCK ("0"), OPTIONS_BAD },
  { ALL "|--block-size=2T", BLOCK ("2T"), OPTIONS_BAD },
  { ALL "|--buffer=1M|--start-at=101", PER_CENT ("101"), OPTIONS_BAD },
  { ALL "|--buffer=1M|--start-at=50%", PER_CENT ("50%"), OPTIONS_BAD },
  { ALL "|--start-at=50", "--start-at says how full the buffer must be: give "
    "its size with --buffer", OPTIONS_BAD },
  { ALL "|--dscp=", CODE_POINT (""), OPTIONS_BAD },
  { ALL "|--dscp=64", CODE_POINT ("64"), OPTIONS_BAD },
  { ALL "|--dscp=CS8", CODE_POINT ("CS8"), OPTIONS_BAD },
  { ALL "|--dscp=AF44", CODE_POINT ("AF44"), OPTIONS_BAD },
  { ALL "|--dscp=AF51", CODE_POINT ("AF51"), OPTIONS_BAD },
  { ALL "|--dscp=-1", CODE_POINT ("-1"), OPTIONS_BAD },
  { ALL "|--dscp=EF2", CODE_POINT ("EF2"), OPTIONS_BAD },
  { ALL "|--congestion=", "empty name after --congestion: give one or leave "
    "the option out", OPTIONS_BAD },
  { ALL "|--stats-file=", "empty file name after --stats-file: give one or "
    "leave the option out", OPTIONS_BAD },
  { ALL "|--stats=xml", "bad format 'xml' after --stats: give --stats or "
    "--stats=json", OPTIONS_BAD },
  { ALL "|--encrypt=relay", "bad way 'relay' after --encrypt: give --encrypt "
    "or --encrypt=kernel", OPTIONS_BAD },
  { ALL "|--multipath|--rate-limit=1M", "--rate-limit does not go with "
    "--multipath: the kernel cannot pace several paths together",
    OPTIONS_BAD },
  { ALL "|--rate-limit|1M|--multipath|--rate-limit=2M",
    TWICE ("--rate-limit"), OPTIONS_BAD },
  { "|--adjust=12", "nothing to adjust: give the new rate with --rate-limit",
    OPTIONS_BAD },
  { "|--adjust=12|--rate-limit=1M|-b", "-b does not go with --adjust, which "
    "changes a run that goes on: leave it out", OPTIONS_BAD },
  { ALL "|--adjust=12|--rate-limit=1M", "-i does not go with --adjust, which "
    "changes a run that goes on: leave it out", OPTIONS_BAD },
  { "|--adjust=0|--rate-limit=1M", "bad number of a process '0' after "
    "--adjust: give a whole number from 1 to 2147483647", OPTIONS_BAD },
  { ALL "|--block-size=32k|-o|-", "--block-size is for a command that reads: "
    "let it write the file, as in -o { dd of=FILE bs=SIZE }", OPTIONS_BAD },
  { ALL "|-e|--encrypt=kernel", TWICE ("-e"), OPTIONS_BAD },
  { ALL "|--st", AMBIGUOUS ("--st"), OPTIONS_BAD },
  { "|--probe|--strict" LOGIN, NO_PROBE_OF_DATA ("--strict"), OPTIONS_BAD },
  { "|--probe|--wait-for-writers=1" LOGIN,
    NO_PROBE_OF_DATA ("--wait-for-writers"), OPTIONS_BAD },
  { "|--probe|-p" LOGIN, NO_PROBE_OF_DATA ("-p"), OPTIONS_BAD },
  { "|--probe|--encrypt" LOGIN, NO_PROBE_OF_DATA ("-e"), OPTIONS_BAD },
  { "|--probe|--dscp=EF" LOGIN, NO_PROBE_OF_DATA ("--dscp"), OPTIONS_BAD },

  /* Braces wrong.  */
  { LOGIN REMOTE "|-i|{", UNCLOSED ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{|tar", UNCLOSED ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{|tar|{|}", UNCLOSED ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{|tar|\\}", UNCLOSED ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{|tar|/}", UNCLOSED ("-i"), OPTIONS_BAD },
  { INPUT REMOTE "|--login|{|ssh|h", UNCLOSED ("-l"), OPTIONS_BAD },
  { INPUT "|-l|{|ssh" REMOTE "|-r|{|dd|}", UNCLOSED ("-l"), OPTIONS_BAD },
  { LOGIN REMOTE "|-o|{|}", EMPTY ("-o"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{|}", EMPTY ("-i"), OPTIONS_BAD },
  { INPUT REMOTE "|-l|{|}", EMPTY ("-l"), OPTIONS_BAD },
  { INPUT LOGIN "|-r|{|}", EMPTY ("-r"), OPTIONS_BAD },
  { INPUT LOGIN "|-r|{||}", NAMELESS ("-r"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{||a|}", NAMELESS ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i{|tar|}", APART ("-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-bi{|tar|}", APART ("-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|--input={|tar|}", APART ("-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{ tar c / }", APART ("-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{tar|c|/}", APART ("-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|{}", APART ("-i", OR_DASH), OPTIONS_BAD },
  { INPUT REMOTE "|-l{|ssh|h|}", APART ("-l", ""), OPTIONS_BAD },
  { INPUT LOGIN "|-r|{ dd }", APART ("-r", ""), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|tar c /", EXPECTED ("tar c /", "-i", OR_DASH),
    OPTIONS_BAD },
  { LOGIN REMOTE "|-i|tar", EXPECTED ("tar", "-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|", EXPECTED ("", "-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-o|}", EXPECTED ("}", "-o", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|-b", EXPECTED ("-b", "-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|--", EXPECTED ("--", "-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i--", EXPECTED ("--", "-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-itar", EXPECTED ("tar", "-i", OR_DASH), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|a\nb", EXPECTED ("a\\nb", "-i", OR_DASH),
    OPTIONS_BAD },
  { INPUT REMOTE "|-l|-", EXPECTED ("-", "-l", ""), OPTIONS_BAD },
  { INPUT LOGIN "|-r|-", EXPECTED ("-", "-r", ""), OPTIONS_BAD },
  { INPUT LOGIN "|-r|\\{|dd|}", EXPECTED ("\\\\{", "-r", ""), OPTIONS_BAD },
  { ALL "|}", STRAY ("}"), OPTIONS_BAD },
  { "|{|a|}" ALL, STRAY ("{"), OPTIONS_BAD },
  { "|-i|{|tar|}|}" LOGIN REMOTE, STRAY ("}"), OPTIONS_BAD },
  { ALL "|--|}", STRAY ("}"), OPTIONS_BAD },

  /* Words too many.  */
  { ALL "|word", UNEXPECTED ("word"), OPTIONS_BAD },
  { "|word" ALL, UNEXPECTED ("word"), OPTIONS_BAD },
  { ALL "|--|-b", UNEXPECTED ("-b"), OPTIONS_BAD },
  { ALL "|-", UNEXPECTED ("-"), OPTIONS_BAD },
  { ALL "|", UNEXPECTED (""), OPTIONS_BAD },
  { ALL "|two\nlines", UNEXPECTED ("two\\nlines"), OPTIONS_BAD },
  { LOGIN REMOTE "|-i|-|{|tar|}", STRAY ("{"), OPTIONS_BAD },

  /* Options that there are not.  */
  { ALL "|-x", UNKNOWN ("-x"), OPTIONS_BAD },
  { ALL "|-bx", UNKNOWN ("-x"), OPTIONS_BAD },
  { "|-xi|{|a|}" LOGIN REMOTE, UNKNOWN ("-x"), OPTIONS_BAD },
  { ALL "|--batch|-xb", UNKNOWN ("-x"), OPTIONS_BAD },
  { ALL "|--host=x|-xb", UNKNOWN ("-x"), OPTIONS_BAD },
  { ALL "|-:", UNKNOWN ("-:"), OPTIONS_BAD },
  { ALL "|-+", UNKNOWN ("-+"), OPTIONS_BAD },
  { ALL "|-?", UNKNOWN ("-?"), OPTIONS_BAD },
  { ALL "|--nonsense", UNKNOWN ("--nonsense"), OPTIONS_BAD },
  { ALL "|--nonsense=1", UNKNOWN ("--nonsense=1"), OPTIONS_BAD },
  { ALL "|--compat=1.10", UNKNOWN ("--compat=1.10"), OPTIONS_BAD },
  { ALL "|--Input|-", UNKNOWN ("--Input"), OPTIONS_BAD },
  { ALL "|--h", AMBIGUOUS ("--h"), OPTIONS_BAD },
  { ALL "|--h=x", AMBIGUOUS ("--h=x"), OPTIONS_BAD },
  { ALL "|--ver", AMBIGUOUS ("--ver"), OPTIONS_BAD },
  { ALL "|--rem|{|a|}", AMBIGUOUS ("--rem"), OPTIONS_BAD },
  { ALL "|--batch=yes", NOT_VALUE ("--batch"), OPTIONS_BAD },
  { ALL "|--quiet=", NOT_VALUE ("--quiet"), OPTIONS_BAD },
  { "|--help=x", NOT_VALUE ("--help"), OPTIONS_BAD },
  { ALL "|-\n", UNKNOWN ("-\\n"), OPTIONS_BAD },
  { ALL "|-b\033", UNKNOWN ("-\\033"), OPTIONS_BAD },
  { ALL "|-\351", UNKNOWN ("-\\351"), OPTIONS_BAD },

  /* Bad values.  */
  { ALL "|-t|", SECONDS ("", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|x", SECONDS ("x", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|-1", SECONDS ("-1", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t5s", SECONDS ("5s", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|1.5", SECONDS ("1.5", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|1k", SECONDS ("1k", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|0x10", SECONDS ("0x10", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|1 ", SECONDS ("1 ", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|-t|2147484", SECONDS ("2147484", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|--timeout=4294967297", SECONDS ("4294967297", "-t", 0, 2147483),
    OPTIONS_BAD },
  { ALL "|-t|18446744073709551616",
    SECONDS ("18446744073709551616", "-t", 0, 2147483), OPTIONS_BAD },
  { ALL "|--dead-peer-timeout=4",
    SECONDS ("4", "--dead-peer-timeout", 5, 86400), OPTIONS_BAD },
  { ALL "|--dead-peer-timeout=86401",
    SECONDS ("86401", "--dead-peer-timeout", 5, 86400), OPTIONS_BAD },
  { ALL "|--dead-peer-timeout=",
    SECONDS ("", "--dead-peer-timeout", 5, 86400), OPTIONS_BAD },
  { ALL "|--wait-for-writers=0",
    SECONDS ("0", "--wait-for-writers", 1, 2147483), OPTIONS_BAD },
  { ALL "|--wait-for-writers=-1",
    SECONDS ("-1", "--wait-for-writers", 1, 2147483), OPTIONS_BAD },
  { ALL "|--wait-for-writers=2147484",
    SECONDS ("2147484", "--wait-for-writers", 1, 2147483), OPTIONS_BAD },
  { ALL "|--wait-for-writers=5s",
    SECONDS ("5s", "--wait-for-writers", 1, 2147483), OPTIONS_BAD },
  { ALL "|--wait-for-writers", NO_VALUE ("--wait-for-writers"),
    OPTIONS_BAD },
  { ALL "|--strict=yes", NOT_VALUE ("--strict"), OPTIONS_BAD },
  { ALL "|-h|", "empty host name after -h: give one or leave the option out",
    OPTIONS_BAD },
  { ALL "|--host=", "empty host name after -h: give one or leave the option "
    "out", OPTIONS_BAD },
  { ALL "|--remote-path=", "empty program after --remote-path: give one or "
    "leave the option out", OPTIONS_BAD },

  { ALL "|--port=", PORTS (""), OPTIONS_BAD },
  { ALL "|--port=0", PORTS ("0"), OPTIONS_BAD },
  { ALL "|--port=65536", PORTS ("65536"), OPTIONS_BAD },
  { ALL "|--port=1:65536", PORTS ("1:65536"), OPTIONS_BAD },
  { ALL "|--port=7:6", PORTS ("7:6"), OPTIONS_BAD },
  { ALL "|--port=7:", PORTS ("7:"), OPTIONS_BAD },
  { ALL "|--port=:7", PORTS (":7"), OPTIONS_BAD },
  { ALL "|--port=7-8", PORTS ("7-8"), OPTIONS_BAD },
  { ALL "|--port=7:8:9", PORTS ("7:8:9"), OPTIONS_BAD },
  { ALL "|--port=-1", PORTS ("-1"), OPTIONS_BAD },
  { ALL "|--port=1k", PORTS ("1k"), OPTIONS_BAD },
  { ALL "|--port=http", PORTS ("http"), OPTIONS_BAD },
  { ALL "|--port=18446744073709551617", PORTS ("18446744073709551617"),
    OPTIONS_BAD },
  { ALL "|--listen=", SIDE (""), OPTIONS_BAD },
  { ALL "|--listen=here", SIDE ("here"), OPTIONS_BAD },
  { ALL "|--listen=Local", SIDE ("Local"), OPTIONS_BAD },
  { LOGIN "|--probe=xml", "bad format 'xml' after --probe: give --probe or "
    "--probe=json", OPTIONS_BAD },
  { LOGIN "|--probe=", "bad format '' after --probe: give --probe or "
    "--probe=json", OPTIONS_BAD },
  { ALL "|--no-fallback=1", NOT_VALUE ("--no-fallback"), OPTIONS_BAD },
  { ALL "|-s", UNKNOWN ("-s"), OPTIONS_BAD },
  { "|-v|-s|host|1|cat", UNKNOWN ("-s"), OPTIONS_BAD },

  /* Options that do not go together.  */
  { ALL "|-4|-6", FAMILIES, OPTIONS_BAD },
  { ALL "|-6|--ipv4", FAMILIES, OPTIONS_BAD },
  { LOGIN INPUT "|--probe", NO_PROBE ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|--probe", NO_PROBE ("-r"), OPTIONS_BAD },
  { LOGIN "|--probe|-o|-", NO_PROBE ("-o"), OPTIONS_BAD },

  /* Twice.  */
  { ALL INPUT, TWICE ("-i"), OPTIONS_BAD },
  { ALL "|-i|-", TWICE ("-i"), OPTIONS_BAD },
  { ALL "|--input|-", TWICE ("-i"), OPTIONS_BAD },
  { LOGIN REMOTE "|-o|-|-o|-", TWICE ("-o"), OPTIONS_BAD },
  { ALL LOGIN, TWICE ("-l"), OPTIONS_BAD },
  { ALL REMOTE, TWICE ("-r"), OPTIONS_BAD },
  { ALL "|-bb", TWICE ("-b"), OPTIONS_BAD },
  { ALL "|-ha|-hb", TWICE ("-h"), OPTIONS_BAD },
  { ALL "|-t1|--timeout=1", TWICE ("-t"), OPTIONS_BAD },
  { ALL "|--remote-path=a|--remote-path=a", TWICE ("--remote-path"),
    OPTIONS_BAD },
  { ALL "|--dead-peer-timeout=9|--dead-peer-timeout=9",
    TWICE ("--dead-peer-timeout"), OPTIONS_BAD },
  { ALL "|--strict|--strict", TWICE ("--strict"), OPTIONS_BAD },
  { ALL "|--wait-for-writers=9|--wait-for-writers=9",
    TWICE ("--wait-for-writers"), OPTIONS_BAD },
  { ALL "|-44", TWICE ("-4"), OPTIONS_BAD },
  { ALL "|--port=1|--port=1", TWICE ("--port"), OPTIONS_BAD },
  { ALL "|--listen=both|--listen=both", TWICE ("--listen"), OPTIONS_BAD },
  { ALL "|--no-fallback|--no-fallback", TWICE ("--no-fallback"),
    OPTIONS_BAD },
  { LOGIN "|--probe|--probe=json", TWICE ("--probe"), OPTIONS_BAD },
};

/* What a run looks like in the table.  */
static char described[1024];

static void add (char const *format, ...)
  ATTRIBUTE_FORMAT ((__printf__, 1, 2));

static void
add (char const *format, ...)
{
  size_t used = strlen (described);
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (described + used, sizeof described - used, format, arguments);
  va_end (arguments);
}

static void
add_command (char const *name, bool given, char **words)
{
  if (!given && words == NULL)
    return;
  add ("%s%s", *described == '\0' ? "" : " ", name);
  if (words == NULL)
    add ("-");
  else
    for (; *words != NULL; words++)
      add ("[%s]", *words);
}

/* What is to be seen of the flow, and how it is steered.  */
static void
describe_flow (struct run const *run)
{
  static char const *const stats[] = { "", " stats", " stats=json" };
  static char const *const encrypt[] = { "", " encrypt", " encrypt=kernel" };
  struct { char const *name; uint64_t value; } const numbers[] = {
    { "size", run->size }, { "rate", run->rate_limit },
    { "block", run->block_size }, { "buffer", run->buffer },
    { "start", run->start_at }, { "dscp", run->dscp + 1 }
  };
  if (run->progress)
    add (" progress");
  add ("%s", stats[run->stats]);
  if (run->stats_file)
    add (" file=%s", run->stats_file);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i].value != 0)
      add (" %s=%" PRIu64, numbers[i].name, numbers[i].value);
  if (run->adjust)
    add (" adjust=%d", run->adjust);
  if (run->congestion)
    add (" congestion=%s", run->congestion);
  if (run->multipath)
    add (" multipath");
  add ("%s", encrypt[run->encrypt]);
}

/* A remote host without options.  */
static struct run_host const far = { .remote_path = "socketpipe" };

/* Add the stage of RUN that is called PLACE, as the option NAME, if it was
   given.  */
static void
add_stage (struct run const *run, char const *name, char const *place)
{
  for (size_t i = 0; i < run->stage_count; i++)
    if (STREQ (run->stages[i].place, place))
      add_command (name, !run->stages[i].implied, run->stages[i].argv);
}

/* Write to DESCRIBED all that is in RUN, but for defaults.  */
static void
describe_run (struct run const *run)
{
  *described = '\0';
  struct run_host const *host = &far;
  if (run->host_count == 2)
    host = &run->hosts[1];
  add_stage (run, "i", "input");
  add_command ("l", false, host->login);
  add_stage (run, "r", "remote");
  add_stage (run, "o", "output");
  if (run->batch)
    add (" batch");
  if (host->address)
    add (" host=%s", host->address);
  if (run->timeout != 10)
    add (" t=%d", run->timeout);
  if (run->dead_peer != 120)
    add (" d=%d", run->dead_peer);
  if (run->strict)
    add (" strict");
  if (run->wait_for_writers != 0)
    add (" wait=%d", run->wait_for_writers);
  if (!STREQ (host->remote_path, "socketpipe"))
    add (" path=%s", host->remote_path);
  if (run->level != 0)
    add (" level=%d", run->level);
  static char const *const sides[] = { "both", "local", "remote" };
  static char const *const purposes[] = { "", " probe", " probe=json" };
  if (run->family != 0)
    add (" family=%d", run->family);
  if (host->listeners != LISTEN_BOTH)
    add (" listen=%s", sides[host->listeners]);
  if (host->port_low != 0 || host->port_high != 0)
    add (" port=%d:%d", host->port_low, host->port_high);
  if (run->no_fallback)
    add (" no-fallback");
  add ("%s", purposes[run->purpose]);
  describe_flow (run);
}

/* Make a command line of the '|'-led words in TEXT, which is cut up.  */
static char **
split (char *text, int *count)
{
  static char program[] = "socketpipe";
  size_t most = strlen (text) + 2;
  char **argv = xnmalloc (most, sizeof *argv);
  *count = 0;
  argv[(*count)++] = program;
  while ((text = strchr (text, '|')) != NULL)
    {
      *text++ = '\0';
      argv[(*count)++] = text;
    }
  argv[*count] = NULL;
  return argv;
}

static void
check_row (struct row const *row)
{
  row_is ("socketpipe %s", row->words);
  char *text = xstrdup (row->words);
  int argc;
  char **argv = split (text, &argc);
  char **before = xmemdup (argv, (argc + 1) * sizeof *argv);

  struct run run;
  char message[OPTIONS_MESSAGE_MAX];
  memset (message, 0, sizeof message);
  enum options_result result = options_parse (argc, argv, &run, message);
  CHECK_NUMBER (result, row->result);
  if (result == OPTIONS_BAD)
    {
      CHECK_TEXT (message, row->wanted);
      CHECK (strchr (message, '\n') == NULL);
    }
  else if (result == OPTIONS_RUN)
    {
      describe_run (&run);
      CHECK_TEXT (described, row->wanted);
    }
  CHECK (memcmp (before, argv, (argc + 1) * sizeof *argv) == 0);
  run_free (&run);
  CHECK (run.hosts == NULL && run.stages == NULL && run.channels == NULL);

  free (before);
  free (argv);
  free (text);
}

/* A word that does not fit the message: it is cut, and still one line.  */
static void
check_long_words (void)
{
  static char const *const options[] = { "|", "|-t|", "|-i|", "|--" };
  for (size_t i = 0; i < SIZEOF (options); i++)
    {
      row_is ("socketpipe %s and 100000 newlines", options[i]);
      size_t used = strlen (options[i]);
      char *text = xmalloc (used + 100001);
      memcpy (text, options[i], used);
      memset (text + used, '\n', 100000);
      text[used + 100000] = '\0';
      int argc;
      char **argv = split (text, &argc);
      struct run run;
      char message[OPTIONS_MESSAGE_MAX + 1];
      memset (message, '#', sizeof message);
      CHECK_NUMBER (options_parse (argc, argv, &run, message), OPTIONS_BAD);
      CHECK (message[OPTIONS_MESSAGE_MAX] == '#');
      CHECK (memchr (message, '\0', OPTIONS_MESSAGE_MAX) != NULL
             && strchr (message, '\n') == NULL);
      run_free (&run);
      free (argv);
      free (text);
    }
}

/* Braces to any depth.  */
static void
check_depth (void)
{
  for (int depth = 1; depth <= 200; depth++)
    {
      row_is ("braces %d deep", depth);
      char text[2000] = LOGIN REMOTE "|-i";
      for (int i = 0; i < depth; i++)
        strcat (text, "|{|a");
      for (int i = 0; i < depth; i++)
        strcat (text, "|}");
      int argc;
      char **argv = split (text, &argc);
      struct run run;
      char message[OPTIONS_MESSAGE_MAX];
      if (CHECK_NUMBER (options_parse (argc, argv, &run, message),
                        OPTIONS_RUN))
        {
          int words = 0;
          while (run.stages[0].argv[words] != NULL)
            words++;
          CHECK_NUMBER (words, 3 * depth - 2);
        }
      run_free (&run);

      row_is ("braces %d deep, the last one missing", depth);
      CHECK_NUMBER (options_parse (argc - 1, argv, &run, message),
                    OPTIONS_BAD);
      CHECK_TEXT (message, UNCLOSED ("-i"));
      run_free (&run);
      free (argv);
    }
}

int
main (void)
{
  /* Twice, because getopt has a memory of its own.  */
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < SIZEOF (rows); i++)
      check_row (&rows[i]);
  check_long_words ();
  check_depth ();
  return test_result ();
}
