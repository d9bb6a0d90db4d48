/* Keys derived from keys: HKDF with SHA-256 (RFC 5869), as TLS 1.3 uses it.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   Pure.  */

#ifndef HKDF_H
# define HKDF_H 1

# include <stddef.h>

enum { HKDF_SIZE = 32 };

/* Write to OUT, of HKDF_SIZE bytes, HKDF-Extract of the SALT_LENGTH bytes at
   SALT and the KEY_LENGTH bytes at KEY.  Exit with a message when memory is
   exhausted, like the functions below.  */
extern void hkdf_extract (unsigned char *out, void const *salt,
                          size_t salt_length, void const *key,
                          size_t key_length);

/* Write LENGTH bytes, at most HKDF_SIZE, to OUT: HKDF-Expand of the HKDF_SIZE
   bytes at KEY and the INFO_LENGTH bytes at INFO, at most HKDF_INFO_MAX.  */
enum { HKDF_INFO_MAX = 256 };
extern void hkdf_expand (unsigned char *out, size_t length,
                         unsigned char const *key, void const *info,
                         size_t info_length);

/* Likewise with the HkdfLabel that RFC 8446 (section 7.1) makes of LABEL and
   an empty context.  */
extern void hkdf_expand_label (unsigned char *out, size_t length,
                               unsigned char const *key, char const *label);

#endif
