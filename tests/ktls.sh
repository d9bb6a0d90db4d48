# For tests of what the kernel encrypts.  Source it after lib.sh.

# Copyright (C) 2026 The socketpipe authors.
# SPDX-License-Identifier: GPL-3.0-or-later

# ktls_need_: skip the test where the kernel does not encrypt connections.
ktls_need_ ()
{
  encrypt_need_
  # A guest has it as a module.
  modprobe tls 2> /dev/null
  bounded_ socketpipe --encrypt=kernel -l { env } -r { true } -o - \
    2> ktls.err > ktls.out && return
  cat ktls.err >&2
  grep 'its kernel cannot\|module tls is not loaded' ktls.err > /dev/null \
    && skip_ "this kernel has no TLS"
  framework_failure_ "cannot find out if the kernel has TLS"
}
