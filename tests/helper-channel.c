/* The part of the helper that looks at channels and messages from outside.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later */

#include "helper.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- How a stream ended, as a writer and as a reader sees it ---- */

static char const *
error_name (int error)
{
  return error == EPIPE ? "EPIPE" : error == ECONNRESET ? "ECONNRESET"
         : error == ETIMEDOUT ? "ETIMEDOUT" : strerror (error);
}

static volatile sig_atomic_t sigpipe_seen;

static void
note_sigpipe (int sig)
{
  (void) sig;
  sigpipe_seen = 1;
}

int
cmd_fill (int argc, char **argv)
{
  static char block[64 * 1024];
  long long left = argc < 3 ? LLONG_MAX : number (argv[2], 0, LLONG_MAX);
  /* It may come twice: with a write of which a part was taken, too.  */
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_handler = note_sigpipe;
  sigemptyset (&action.sa_mask);
  sigaction (SIGPIPE, &action, NULL);
  memset (block, 'x', sizeof block);
  while (left)
    {
      ssize_t n = write (STDOUT_FILENO, block,
                         left < (long long) sizeof block ? (size_t) left
                         : sizeof block);
      if (n < 0)
        {
          char text[200];
          snprintf (text, sizeof text, "%s%s ", error_name (errno),
                    sigpipe_seen ? " SIGPIPE" : "");
          announce (argv[1], text, getpid ());
          if (sigpipe_seen)
            die_of (SIGPIPE);
          return EXIT_FAILURE;
        }
      left -= n;
    }
  announce (argv[1], "done ", getpid ());
  return EXIT_SUCCESS;
}

int
cmd_drain (int argc, char **argv)
{
  (void) argc;
  static char block[64 * 1024];
  long count = 0;
  ssize_t n;
  while (0 < (n = read (STDIN_FILENO, block, sizeof block)))
    count += n;
  char text[200];
  snprintf (text, sizeof text, "%s ", n == 0 ? "end" : error_name (errno));
  announce (argv[1], text, count);
  return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
cmd_no_delay (int argc, char **argv)
{
  (void) argc;
  int fd = number (argv[1], 0, INT_MAX);
  int on = 0;
  socklen_t length = sizeof on;
  if (getsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, &length) != 0)
    fail (EXIT_HARD, "TCP_NODELAY");
  puts (on ? "at once" : "delayed");
  return EXIT_SUCCESS;
}

/* ---- The control connection, written and read by hand ---- */

/* See src/message.h; repeated here, since a change of these numbers must not
   go unnoticed.  */
enum { TYPE_TASK = 1, TYPE_OFFER = 7, TYPE_TRIED = 8, TYPE_PING = 19 };
enum
{
  KEY_STAGE = 1, KEY_LINK = 2, KEY_CHANNEL = 3, KEY_ROLE = 5,
  KEY_ARGUMENT = 6, KEY_OUTPUT = 8, KEY_SECRET = 14, KEY_DECIDER = 15,
  KEY_DIAL = 18, KEY_TO_LEADER = 19, KEY_TIMEOUT = 22, KEY_HOST = 23,
  KEY_OFFER = 24, KEY_PORT4 = 25, KEY_ADDRESS = 27, KEY_SAME_HOST = 30,
  KEY_DEAD_PEER = 38, KEY_TEXT = 73
};

static unsigned char body[512 * 1024];
static size_t body_length;
enum { HEADER = 5, LAST = '\n' };

static void
put (unsigned long long value, int bytes, unsigned char *at)
{
  for (int i = bytes; 0 < i--; value >>= 8)
    at[i] = value & 0xff;
}

static unsigned long long
get (unsigned char const *at, int bytes)
{
  unsigned long long value = 0;
  for (int i = 0; i < bytes; i++)
    value = value << 8 | at[i];
  return value;
}

/* The first message is sent as a line of base64 (RFC 4648).  */
static char const digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  "abcdefghijklmnopqrstuvwxyz0123456789+/";

static void
write_line (unsigned char const *bytes, size_t length)
{
  for (size_t i = 0; i < length; i += 3)
    {
      unsigned char three[3] = { 0, 0, 0 };
      size_t n = length - i < 3 ? length - i : 3;
      memcpy (three, bytes + i, n);
      unsigned long long value = get (three, 3);
      char text[5];
      for (int j = 0; j < 4; j++)
        text[j] = j <= (int) n ? digits[value >> (18 - 6 * j) & 63] : '=';
      write_all (STDOUT_FILENO, text, 4);
    }
  write_all (STDOUT_FILENO, "\n", 1);
}

/* Decode the line at LINE in its place.  Return how many bytes it makes.  */
static size_t
read_line (unsigned char *line, unsigned char const *end)
{
  unsigned char *to = line;
  unsigned char const *from = line;
  char const *digit;
  unsigned long value = 0;
  int bits = 0;
  for (; from < end && *from && (digit = strchr (digits, *from)); from++)
    {
      value = (value << 6 | (digit - digits)) & 0xffff;
      bits += 6;
      if (8 <= bits)
        {
          bits -= 8;
          *to++ = value >> bits & 0xff;
        }
    }
  if (from == end)
    fail_usage ("message-field", "message cut short");
  return to - line;
}

static void
add_field (int key, void const *bytes, size_t length)
{
  if (sizeof body - body_length <= length + 6)
    fail_usage ("run-message", "too long");
  put (key, 2, body + body_length);
  put (length, 4, body + body_length + 2);
  memcpy (body + body_length + 6, bytes, length);
  body_length += 6 + length;
}

static void
add_number (int key, unsigned long long value)
{
  unsigned char bytes[8];
  put (value, 8, bytes);
  add_field (key, bytes, sizeof bytes);
}

/* Begin a field with KEY that holds those added until end_nested.  Return
   where it begins.  */
static size_t
begin_nested (int key)
{
  add_field (key, "", 0);
  return body_length;
}

static void
end_nested (size_t start)
{
  put (body_length - start, 4, body + start - 4);
}

/* The HMAC-SHA-256 by 32 times 's' of "host of the other: one host": what an
   end says for which all hosts are one (one-host.c).  */
static unsigned char const one_host[32] =
{
  0xe5, 0xbf, 0x50, 0xb1, 0x46, 0xfb, 0x87, 0x68, 0xd0, 0x8e, 0xbe, 0x05,
  0x36, 0xa3, 0x6e, 0x4c, 0x19, 0xb3, 0xb2, 0x43, 0xc7, 0xfd, 0x7b, 0x71,
  0x67, 0xd0, 0x51, 0x82, 0xa1, 0xa3, 0xcf, 0x16
};

int
cmd_run_message (int argc, char **argv)
{
  static char const banner[] = "=socketpipe-local 1 1 2.0\n";
  unsigned char secret[32];
  body_length = HEADER;
  memset (secret, 's', sizeof secret);
  add_number (KEY_DEAD_PEER, 120);
  size_t stage = begin_nested (KEY_STAGE);
  add_field (KEY_ROLE, "remote command", 14);
  for (int i = 4; i < argc; i++)
    add_field (KEY_ARGUMENT, argv[i], strlen (argv[i]));
  add_number (KEY_OUTPUT, 0);
  end_nested (stage);
  size_t link = begin_nested (KEY_LINK);
  add_field (KEY_SECRET, secret, sizeof secret);
  add_number (KEY_DECIDER, 1);
  add_number (KEY_DIAL, 1);
  add_number (KEY_TO_LEADER, 1);
  add_number (KEY_TIMEOUT, number (argv[3], 0, INT_MAX));
  add_number (KEY_CHANNEL, 0);
  size_t offer = begin_nested (KEY_OFFER);
  add_number (KEY_PORT4, number (argv[2], 1, 65535));
  add_field (KEY_HOST, argv[1], strlen (argv[1]));
  add_field (KEY_SAME_HOST, one_host, sizeof one_host);
  end_nested (offer);
  end_nested (link);
  put (body_length - HEADER, 4, body);
  body[4] = TYPE_TASK;
  /* add_field has left room for it.  */
  body[body_length++] = LAST;
  write_all (STDOUT_FILENO, banner, sizeof banner - 1);
  write_line (body, body_length);
  return EXIT_SUCCESS;
}

/* Split ARGUMENT, "[COUNT*]KEY=TEXT" or "[COUNT*]KEY:NUMBER".  Return the
   field's bytes, of *LENGTH, with its key and length before it, which stand
   COUNT times in a message.  */
static unsigned char const *
make_field (char *argument, unsigned long *count, size_t *length)
{
  char *at = argument;
  *count = strtoul (at, &at, 10);
  int key = *at == '*' ? (int) strtoul (at + 1, &at, 10) : (int) *count;
  if (*at != '=' && *at != ':')
    fail_usage (argument, "no field");
  if (strchr (argument, '*') == NULL || at < strchr (argument, '*'))
    *count = 1;
  body_length = 0;
  if (*at == '=')
    add_field (key, at + 1, strlen (at + 1));
  else
    add_number (key, strtoull (at + 1, NULL, 10));
  *length = body_length;
  return body;
}

int
cmd_message (int argc, char **argv)
{
  unsigned char header[HEADER];
  unsigned long count;
  size_t length, all = 0;
  for (int i = 2; i < argc; i++)
    {
      make_field (argv[i], &count, &length);
      all += count * length;
    }
  put (all, 4, header);
  header[4] = number (argv[1], 0, 255);
  write_all (STDOUT_FILENO, header, sizeof header);
  for (int i = 2; i < argc; i++)
    for (make_field (argv[i], &count, &length); 0 < count; count--)
      write_all (STDOUT_FILENO, body, length);
  write_all (STDOUT_FILENO, "\n", 1);
  return EXIT_SUCCESS;
}

/* Write a message of TYPE, about link 0, with COUNT times the LENGTH bytes at
   FIELD.  */
static void
write_fields (int type, long count, unsigned char const *field,
              size_t length)
{
  unsigned char header[HEADER + 7] = { 0 };
  put (7 + count * length, 4, header);
  header[4] = type;
  put (KEY_LINK, 2, header + HEADER);
  put (1, 4, header + HEADER + 2);
  write_all (STDOUT_FILENO, header, sizeof header);
  for (long left = count; 0 < left; )
    {
      size_t used = 0;
      for (; 0 < left && used + length <= sizeof body; left--)
        {
          memcpy (body + used, field, length);
          used += length;
        }
      write_all (STDOUT_FILENO, body, used);
    }
  write_all (STDOUT_FILENO, "\n", 1);
}

int
cmd_flood (int argc, char **argv)
{
  (void) argc;
  static unsigned char address[] = "\0\0\0\0\0\0" "192.0.2.1";
  unsigned char text[6] = { 0 };
  long count = number (argv[2], 0, INT_MAX / sizeof address);
  if (STREQ (argv[1], "beats"))
    for (long i = 0; i < count; i++)
      write_fields (TYPE_PING, 0, text, 0);
  else if (STREQ (argv[1], "offer"))
    {
      put (KEY_ADDRESS, 2, address);
      put (sizeof address - 7, 4, address + 2);
      write_fields (TYPE_OFFER, count, address, sizeof address - 1);
    }
  else if (STREQ (argv[1], "tried"))
    {
      put (KEY_TEXT, 2, text);
      write_fields (TYPE_TRIED, count, text, sizeof text);
    }
  else
    fail_usage ("flood", argv[1]);
  return EXIT_SUCCESS;
}

/* Return the number of the key that PATH, "offer/port4" for one, begins
   with.  */
static int
key_of (char const *path)
{
  static struct { char const *name; int key; } const keys[] = {
    { "stage", KEY_STAGE }, { "link", KEY_LINK }, { "offer", KEY_OFFER },
    { "secret", KEY_SECRET }, { "port4", KEY_PORT4 },
    { "address", KEY_ADDRESS }
  };
  size_t length = strcspn (path, "/");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strlen (keys[i].name) == length
        && strncmp (keys[i].name, path, length) == 0)
      return keys[i].key;
  fail_usage ("message-field", path);
  return 0;
}

/* Return the first field with KEY from AT to END, and set *LENGTH; or return
   NULL.  */
static unsigned char const *
find_field (unsigned char const *at, unsigned char const *end, int key,
            size_t *length)
{
  for (; 6 <= end - at; at += 6 + *length)
    {
      *length = get (at + 2, 4);
      if ((size_t) (end - at - 6) < *length)
        return NULL;
      if ((int) get (at, 2) == key)
        return at + 6;
    }
  return NULL;
}

/* Read N bytes to BUF.  Exit at the end of the input.  */
static void
read_exactly (void *buf, size_t n)
{
  if (fread (buf, 1, n, stdin) != n)
    exit (ferror (stdin) ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Remove all fields with KEY from BODY, which begins with a header.  */
static void
remove_fields (int key)
{
  size_t kept = HEADER;
  for (size_t at = HEADER; at < body_length; )
    {
      size_t size = 6 + get (body + at + 2, 4);
      if ((int) get (body + at, 2) != key)
        {
          memmove (body + kept, body + at, size);
          kept += size;
        }
      at += size;
    }
  body_length = kept;
  put (body_length - HEADER, 4, body);
}

int
cmd_without (int argc, char **argv)
{
  int type = number (argv[1], 1, 255);
  int key = argc < 3 ? 0 : number (argv[2], 1, 65535);
  char c;
  do
    {
      read_exactly (&c, 1);
      write_all (STDOUT_FILENO, &c, 1);
    }
  while (c != '\n');
  for (;;)
    {
      read_exactly (body, HEADER);
      size_t length = get (body, 4);
      if (sizeof body - HEADER - 1 < length)
        fail_usage ("without", "message too long");
      read_exactly (body + HEADER, length + 1);
      body_length = HEADER + length;
      if (body[4] == type && key == 0)
        continue;
      if (body[4] == type)
        remove_fields (key);
      body[body_length++] = LAST;
      write_all (STDOUT_FILENO, body, body_length);
    }
}

int
cmd_until (int argc, char **argv)
{
  (void) argc;
  size_t wanted = strlen (argv[1]), have = 0;
  char bytes[256], byte;
  if (wanted == 0 || sizeof bytes < wanted)
    fail_usage (argv[1], "too long or too short");
  while (read_some (STDIN_FILENO, &byte, 1) == 1)
    {
      if (have == wanted)
        memmove (bytes, bytes + 1, --have);
      bytes[have++] = byte;
      if (have == wanted && memcmp (bytes, argv[1], wanted) == 0)
        return EXIT_SUCCESS;
    }
  return EXIT_FAILURE;
}

int
cmd_message_field (int argc, char **argv)
{
  size_t n;
  while (body_length < sizeof body
         && (n = read_some (STDIN_FILENO, body + body_length,
                            sizeof body - body_length)) != 0)
    body_length += n;

  unsigned char *line = memchr (body, '\n', body_length);
  if (!line)
    fail_usage ("message-field", "no message");
  line++;
  unsigned char const *end = line + read_line (line, body + body_length) - 1;
  unsigned char const *at = line + HEADER;
  for (char const *path = argv[1]; *path; path += strspn (path, "/"))
    {
      size_t length;
      at = find_field (at, end, key_of (path), &length);
      if (at == NULL)
        return EXIT_FAILURE;
      end = at + length;
      path += strcspn (path, "/");
    }
  if (argc < 3)
    write_all (STDOUT_FILENO, at, end - at);
  else
    printf ("%llu\n", get (at, end - at));
  return fclose (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
