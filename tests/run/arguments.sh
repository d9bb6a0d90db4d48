#!/bin/sh
# Every argument of every command arrives as it was given.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

. "${srcdir=.}/tests/init.sh"
. "$srcdir/tests/lib.sh"
. "$srcdir/tests/sshd.sh"
print_ver_ socketpipe
sshd_start_

newline='
'
tab=$(printf '\t')
latin=$(printf '\351')
utf8=$(printf '\303\251\342\202\254')

# give_ COMMAND...: run COMMAND with each argument that a shell or program on
# the way could misread.  A lone brace is not among them, since it has to be
# given in another way.
give_ ()
{
  "$@" '' ' ' 'a b' ' a ' 'a  b' "$tab" "$newline" "a${newline}b$newline" \
    "'" '"' "it's" '"a b"' "'a b'" '`' '\' '\\' '\n' '\\n' 'a\ b' '\"' \
    '$' '$HOME' '${HOME}' '$(echo x)' '`echo x`' '$((1+1))' '$$' '$1' '$@' \
    '*' '?' '[a-z]*' '/*' '~' '~root' '{}' '{a,b}' 'a}' '{a' '}{' \
    ';' ';;' '&' '&&' '|' '||' '(' ')' '()' '!' '!!' '#' 'a#' '^' '%' '%s' \
    '<' '>' '>x' '2>&1' '<<x' '=' 'a=b' 'PATH=/x' ':' ',' '.' '..' '@' \
    - -- -n -e -x --help --version -i -l -r -o -b --agent --login=x \
    if then fi for do done case esac while ! exec eval \
    "$latin" "$utf8" '' ''
}

# Each stage gets the words between its braces, and no shell sees them.
to_remote_ () { status_ 0 socketpipe -l { ssh remotehost } -r { "$@" } -o -; }
from_input_ ()
{
  status_ 0 socketpipe -i { "$@" } -l { ssh remotehost } -r { cat } -o -
}
to_output_ ()
{
  status_ 0 socketpipe -l { ssh remotehost } -r { true } -o { "$@" }
}
give_ helper args '{' '}' '\{' '\}' '\' '\x' > exp || framework_failure_
for to in to_remote_ from_input_ to_output_; do
  give_ $to helper args '\{' '\}' '\\{' '\\}' '\' '\x' > out 2> err || fail=1
  compare exp out || fail=1
  compare /dev/null err || fail=1
done

# The login command.
echo 'a  b $HOME *' > exp
status_ 0 socketpipe -l { env 'WORDS=a  b $HOME *' } \
  -r { sh -c 'echo "$WORDS"' } -o - > out 2> err || fail=1
compare exp out || fail=1
compare /dev/null err || fail=1

# Long ones, and many.
long=$(helper random 60000 | od -An -tx1 | tr -d ' \n' | cut -c 1-100000)
for to in to_remote_ from_input_ to_output_; do
  $to printf '%s\n' "$long" > out 2> err || fail=1
  printf '%s\n' "$long" > exp
  cmp exp out || fail=1
  compare /dev/null err || fail=1
done
many=$(awk 'BEGIN { for (i = 0; i < 5000; i++) print "w" i }')
to_remote_ echo $many > out 2> err || fail=1
echo $many > exp
cmp exp out || fail=1
compare /dev/null err || fail=1

# A command with a space in its name.
mkdir 'my dir' || framework_failure_
printf '#!/bin/sh\necho "$0" "$#"\n' > 'my dir/my command' \
  && chmod +x 'my dir/my command' || framework_failure_
echo "$test_dir_/my dir/my command 1" > exp
for to in to_remote_ from_input_ to_output_; do
  $to "$test_dir_/my dir/my command" '' > out 2> err || fail=1
  compare exp out || fail=1
  compare /dev/null err || fail=1
done

no_process_left_ || fail=1

Exit $fail
