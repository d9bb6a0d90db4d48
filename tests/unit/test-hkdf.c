/* Test the making of keys from keys.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include <config.h>

#include "crypto/hkdf.h"

#include "test-macros.h"

/* Return the bytes at BYTES in hexadecimal.  */
static char const *
hex (unsigned char const *bytes, size_t length)
{
  static char text[2 * HKDF_SIZE + 1];
  for (size_t i = 0; i < length; i++)
    snprintf (text + 2 * i, 3, "%02x", bytes[i]);
  return text;
}

/* RFC 5869, appendix A.  */
static void
test_rfc5869 (void)
{
  unsigned char key[22], salt[13], info[10], out[HKDF_SIZE];
  unsigned char okm[HKDF_SIZE];
  memset (key, 0x0b, sizeof key);
  for (size_t i = 0; i < sizeof salt; i++)
    salt[i] = i;
  for (size_t i = 0; i < sizeof info; i++)
    info[i] = 0xf0 + i;
  row_is ("A.1");
  hkdf_extract (out, salt, sizeof salt, key, sizeof key);
  CHECK_TEXT (hex (out, sizeof out), "077709362c2e32df0ddc3f0dc47bba63"
              "90b6c73bb50f9c3122ec844ad7c2b3e5");
  hkdf_expand (okm, sizeof okm, out, info, sizeof info);
  CHECK_TEXT (hex (okm, sizeof okm), "3cb25f25faacd57a90434f64d0362f2a"
              "2d2d0a90cf1a5a4c5db02d56ecc4c5bf");

  row_is ("A.3");
  hkdf_extract (out, "", 0, key, sizeof key);
  CHECK_TEXT (hex (out, sizeof out), "19ef24a32c717b167f33a91d6f648bdf"
              "96596776afdb6377ac434c1c293ccb04");
  hkdf_expand (okm, sizeof okm, out, "", 0);
  CHECK_TEXT (hex (okm, sizeof okm), "8da4e775a563c18f715f802a063c5a31"
              "b8a11f5c5ee1879ec3454e5f3c738d2d");
}

/* RFC 8448, section 3: the server's handshake keys.  */
static void
test_label (void)
{
  static unsigned char const secret[HKDF_SIZE] = {
    0xb6, 0x7b, 0x7d, 0x69, 0x0c, 0xc1, 0x6c, 0x4e,
    0x75, 0xe5, 0x42, 0x13, 0xcb, 0x2d, 0x37, 0xb4,
    0xe9, 0xc9, 0x12, 0xbc, 0xde, 0xd9, 0x10, 0x5d,
    0x42, 0xbe, 0xfd, 0x59, 0xd3, 0x91, 0xad, 0x38
  };
  unsigned char out[HKDF_SIZE];
  row_is ("key");
  hkdf_expand_label (out, 16, secret, "key");
  CHECK_TEXT (hex (out, 16), "3fce516009c21727d0f2e4e86ee403bc");
  row_is ("iv");
  hkdf_expand_label (out, 12, secret, "iv");
  CHECK_TEXT (hex (out, 12), "5d313eb2671276ee13000b30");
}

int
main (void)
{
  test_rfc5869 ();
  test_label ();
  return test_result ();
}
