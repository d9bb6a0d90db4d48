/* Command lines about how the data goes.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "options-rows.h"

struct row const options_of_flow[] =
{
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
  { NULL, NULL, OPTIONS_BAD }
};
