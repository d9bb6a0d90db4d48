/* GnuTLS, loaded when it is needed.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   For secure*.c only.  The library is not linked: to load it takes longer than
   the rest of the start, and several times the memory.  */

#ifndef SECURE_LIBRARY_H
# define SECURE_LIBRARY_H 1

# include <gnutls/gnutls.h>
# include <gnutls/crypto.h>

/* The functions that we use, without their prefix.  */
# define SECURE_FUNCTIONS(X)                    \
  X (aead_cipher_decrypt)                       \
  X (aead_cipher_deinit)                        \
  X (aead_cipher_encrypt)                       \
  X (aead_cipher_init)                          \
  X (alpn_get_selected_protocol)                \
  X (alpn_set_protocols)                        \
  X (buffer_append_data)                        \
  X (cipher_get)                                \
  X (credentials_set)                           \
  X (deinit)                                    \
  X (error_is_fatal)                            \
  X (handshake)                                 \
  X (handshake_set_max_packet_length)           \
  X (init)                                      \
  X (kx_get)                                    \
  X (priority_set_direct)                       \
  X (psk_allocate_client_credentials)           \
  X (psk_allocate_server_credentials)           \
  X (psk_free_client_credentials)               \
  X (psk_free_server_credentials)               \
  X (psk_set_client_credentials)                \
  X (psk_set_server_credentials_function)       \
  X (record_recv)                               \
  X (record_send)                               \
  X (session_ext_register)                      \
  X (session_get_ptr)                           \
  X (session_set_keylog_function)               \
  X (session_set_ptr)                           \
  X (strerror)                                  \
  X (transport_set_errno)                       \
  X (transport_set_ptr)                         \
  X (transport_set_pull_function)               \
  X (transport_set_push_function)

struct secure_library
{
# define SECURE_MEMBER(name) __typeof__ (gnutls_##name) *name;
  SECURE_FUNCTIONS (SECURE_MEMBER)
# undef SECURE_MEMBER
  gnutls_alloc_function *malloc;
};

/* Load the library, once.  Return NULL, or a text: what failed.  */
extern char const *secure_library_load (void);

/* Its functions, once it is loaded.  */
extern struct secure_library secure_library;

/* How its functions are called here: TLS (init) (...).  */
# define TLS(name) (secure_library.name)

#endif
