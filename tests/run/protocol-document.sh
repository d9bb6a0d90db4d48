#!/bin/sh
# doc/protocol has every message, key and error that there is, by its number,
# and no other.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"

header=$srcdir/src/wire/message.h
document=$srcdir/doc/protocol

# enumerators_ TYPE PREFIX: print the numbers and names of the enumeration, but
# for the bounds of it.
enumerators_ ()
{
  awk -v type="$1" -v prefix="$2" '
    $1 == "enum" && $2 == type && NF == 2 { inside = 1; next }
    inside && /^}/ { exit }
    inside && match ($0, "^  " prefix "[A-Z0-9_]+") {
      name = substr ($0, 3 + length (prefix), RLENGTH - 2 - length (prefix))
      rest = substr ($0, RSTART + RLENGTH)
      if (rest ~ /^ *= *[0-9]+/) {
        sub (/^ *= */, "", rest)
        number = rest + 0
      }
      if (name != "ANY" && name != "END" && name != "TYPES")
        print number + 0, name
      number++
    }' "$header"
}

# documented_ TITLE: print what the section has.
documented_ ()
{
  awk -v title="$1" '
    /^\* / { inside = $3 == title; next }
    inside && /^ ? ?[0-9 ][0-9]  [A-Z0-9_]+( |$)/ { print $1, $2 }' "$document"
}

hold_ ()
{
  enumerators_ "$1" "$2" > exp
  documented_ "$3" > out
  test "$(wc -l < exp)" -ge "$4" || fail=1
  compare exp out || fail=1
}

hold_ message_type MESSAGE_ Messages 20
hold_ message_key KEY_ Keys 50
hold_ error_code ERROR_ Errors 5

# A key that no message has, and a word in such a list that is none, are
# slips.
documented_ Keys | sed 's/.* //' | sort > keys
awk '/^\* / { inside = $3 == "Messages"; next }
  inside && /^       / && !/See section/' "$document" \
  | tr -c 'A-Z0-9_\n' '\n' | grep -E '^[A-Z][A-Z0-9_]{2,}$' | sort -u > used
documented_ Messages | sed 's/.* //' | sort > messages
sort -u keys messages | comm -13 - used > wrong
compare /dev/null wrong || fail=1
# Section 4 has that.
echo DATA > exp
comm -23 keys used > out
compare exp out || fail=1

# What is bounded has its bound written down.
for bound in "enum { DATA_PREFIX = 25, DATA_MAX = 256 * 1024 };" \
             "MESSAGE_MAX = 8 * 1024 * 1024, AGENT_MESSAGE_MAX = 64 * 1024" \
             "enum { NESTED_MAX = 3 };"; do
  grep -F "$bound" "$header" > /dev/null \
    || { warn_ "no longer so: $bound"; fail=1; }
done

Exit $fail
