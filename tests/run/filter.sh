#!/bin/sh
# With -i - and -o - a run is a filter between whatever files it is given.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
print_ver_ socketpipe

# Not a whole number of anything.
helper random 20000003 > data || framework_failure_
filter_ () { status_ 0 socketpipe -i - -l { env } -r { cat } -o -; }

# Pipes.
cat data | filter_ 2> err | cat > out || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# Files.
filter_ < data > out 2> err || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# A file from where it was read up to.
{ read -r line; filter_; } < "$srcdir/tests/run/filter.sh" > out 2> err \
  || fail=1
sed 1d "$srcdir/tests/run/filter.sh" > exp
compare exp out || fail=1
compare /dev/null err || fail=1

# A file in append mode, with something in it, twice.
echo before > out
echo before > exp
filter_ < data >> out 2> err || fail=1
echo between >> out
cat data | filter_ >> out 2>> err || fail=1
{ cat data; echo between; cat data; } >> exp
cmp exp out || fail=1
compare /dev/null err || fail=1

# A file where something was written before, and will be after.
{ echo before; filter_ < data; echo after; } > out 2> err || fail=1
{ echo before; cat data; echo after; } > exp
cmp exp out || fail=1
compare /dev/null err || fail=1

# Both.
cp data both || framework_failure_
filter_ < data 1<> both 2> err || fail=1
cmp data both || fail=1
compare /dev/null err || fail=1

# Nothing.
filter_ < /dev/null > out 2> err || fail=1
compare /dev/null out || fail=1
filter_ < /dev/null > /dev/null 2>> err || fail=1
filter_ < data > /dev/null 2>> err || fail=1
: | filter_ > out 2>> err || fail=1
compare /dev/null out || fail=1
compare /dev/null err || fail=1

# A named pipe.
mkfifo fifo || framework_failure_
filter_ < data > fifo 2> err &
pid=$!
at_exit_ "kill $pid 2> /dev/null"
cat fifo > out || fail=1
wait $pid || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# Standard output by default.
status_ 0 socketpipe -i - -l { env } -r { cat } < data > out 2> err || fail=1
cmp data out || fail=1
compare /dev/null err || fail=1

# What comes slowly goes on at once: each answer before the next question.
mkfifo questions answers || framework_failure_
filter_ < questions > answers 2> err &
pid=$!
at_exit_ "kill $pid 2> /dev/null"
exec 5> questions 6< answers
for word in one two three; do
  echo $word >&5
  read -r answer <&6 && test "$answer" = $word || { fail=1; break; }
done
exec 5>&-
cat <&6 > out
exec 6<&-
wait $pid || fail=1
compare /dev/null out || fail=1
compare /dev/null err || fail=1

# As a part of a pipeline, between tars.
make_tree_ tree 1M
mkdir copy || framework_failure_
tar cf - tree \
  | status_ 0 socketpipe -i - -l { env } -r { gzip -c } -o - 2> err \
  | gzip -dc | (cd copy && tar xpf -) || fail=1
describe_tree_ tree > exp || framework_failure_
describe_tree_ copy/tree > out || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

no_process_left_ || fail=1

Exit $fail
