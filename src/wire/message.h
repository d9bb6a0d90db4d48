/* Messages of the control connection, as bytes.  Pure: no descriptor, no
   memory of its own but a builder's.
   Copyright (C) 2026 The socketpipe authors.
   SPDX-License-Identifier: GPL-3.0-or-later

   A message is a header of 5 bytes, the length of the body (4 bytes, most
   significant first) and the type; a body of fields; and a newline, which the
   length does not count, so that a login that passes on whole lines only
   passes on each message at once.  A field is a key (2 bytes), a length
   (4 bytes) and that many bytes.  A key may occur more than once.  What a
   field holds may be fields: a nested field, which a reader knows by its
   key.  Keys that a reader does not know are ignored,
   types that it does not know are an error, so that what must not be
   overlooked comes as a new type or a new protocol version.  */

#ifndef MESSAGE_H
# define MESSAGE_H 1

# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
# include <sys/types.h>

/* The protocol versions that this program speaks.  */
enum { PROTOCOL_MIN = 1, PROTOCOL_MAX = 1 };

/* The words that open each direction, followed by the least and the greatest
   version spoken, the program's version, and a newline.  */
# define BANNER_LOCAL "=socketpipe-local "
# define BANNER_AGENT "=socketpipe-agent "

enum message_type
{
  MESSAGE_TASK = 1,             /* leader -> worker: what this host has to
                                   do */
  MESSAGE_LINK,                 /* leader -> worker: one more link; or a new
                                   limit for one */
  MESSAGE_START,                /* leader -> worker: a held stage may start */
  MESSAGE_HELLO,                /* agent -> leader: about its host */
  MESSAGE_ERROR,                /* worker -> leader: cannot go on; leader ->
                                   worker: the other end of a link cannot */
  MESSAGE_NOTE,                 /* worker -> leader: for the user to read */
  MESSAGE_OFFER,                /* over a link: where this end listens */
  MESSAGE_TRIED,                /* over a link: what failed at this end */
  MESSAGE_ROUTE,                /* over a link, from the decider: a login
                                   carries this channel; in a probe, leader ->
                                   agent: both shall do so now */
  MESSAGE_CONNECTED,            /* worker -> leader: this channel is */
  MESSAGE_STARTED,              /* worker -> leader, and on to those at the
                                   other ends of its channels: a stage runs */
  MESSAGE_STAGE_END,            /* worker -> leader: how it ended */
  MESSAGE_CHANNEL_END,          /* over a channel: this end is over */
  MESSAGE_CREDIT,               /* over a channel: KEY_BYTES more of it may be
                                   sent */
  MESSAGE_DATA,                 /* over a channel: bytes of it */
  MESSAGE_METER,                /* worker -> leader: how far an end is, and
                                   what it waited for; leader -> worker: report
                                   that now */
  MESSAGE_RATE,                 /* leader -> worker: KEY_RATE_LIMIT, from now
                                   on */
  MESSAGE_STOP,                 /* leader -> worker: end the stages */
  MESSAGE_PING,                 /* both: I am here */
  MESSAGE_BYE,                  /* leader -> agent: all is done */
  MESSAGE_PROBE,                /* leader -> agent: instead of MESSAGE_TASK */
  MESSAGE_PROBED,               /* agent -> leader: how a candidate of mine,
                                   number KEY_CHANNEL, did; without that:
                                   these were all */
  MESSAGE_TYPES                 /* one more than the last */
};

enum message_key
{
  KEY_ANY,                      /* in message_next only: every key */
  /* Which one.  */
  KEY_STAGE,                    /* number; in a task, a nested field */
  KEY_LINK,                     /* number; in a task, a nested field */
  KEY_CHANNEL,                  /* number */
  /* Of a stage.  */
  KEY_KIND,                     /* number: enum stage_kind */
  KEY_ROLE,                     /* text for people: "remote command" */
  KEY_ARGUMENT,                 /* text; one for each word of the command */
  KEY_INPUT,                    /* number: channel of standard input */
  KEY_OUTPUT,                   /* number: channel of standard output */
  KEY_HOLD,                     /* number: 1 = wait for MESSAGE_START */
  KEY_RATE_LIMIT,               /* number: bytes/s of what is sent */
  KEY_BLOCK_SIZE,               /* number: bytes of each read */
  KEY_BUFFER,                   /* number: bytes in front of the command */
  KEY_START_AT,                 /* number: per cent of these */
  /* Of a link.  */
  KEY_SECRET,                   /* 32 bytes */
  KEY_DECIDER,                  /* number: 1 = this end decides */
  KEY_FALLBACK,                 /* number: 1 = logins may carry channels */
  KEY_LISTEN,                   /* number: 1 = this end is to listen */
  KEY_DIAL,                     /* number: 1 = it is to connect */
  KEY_TO_LEADER,                /* number: 1 = the other end is on the leader's
                                   host, where the login comes from */
  KEY_PORT_LOW,                 /* number: the ports to listen on; 0 = any */
  KEY_PORT_HIGH,
  KEY_TIMEOUT,                  /* number: ms for the rendezvous, 0 = none */
  KEY_HOST,                     /* text: name or address given by the user */
  KEY_OFFER,                    /* nested: the other end's offer */
  /* Of an offer.  */
  KEY_PORT4,                    /* number: TCP port, IPv4 */
  KEY_PORT6,                    /* number: TCP port, IPv6 */
  KEY_ADDRESS,                  /* text: numeric address, best first */
  KEY_NODENAME,                 /* text: uname -n */
  KEY_SSH_CONNECTION,           /* text: the sender's own */
  KEY_SAME_HOST,                /* 32 bytes: see same-host.h */
  KEY_ENCRYPT,                  /* number: in a task, and in an offer to the
                                   decider, enum encrypt_mode; else enum
                                   secure_mode */
  KEY_KTLS,                     /* number: 1 = the kernel has it */
  KEY_CHACHA,                   /* number: 1 = is faster than AES there */
  /* Of a whole task.  */
  KEY_FAMILY,                   /* number: 4 or 6; absent or 0 = both */
  KEY_MULTIPATH,                /* number: 1 = several paths */
  KEY_DSCP,                     /* number: 0 to 63; absent = the system's */
  KEY_CONGESTION,               /* text: congestion control */
  KEY_DEAD_PEER,                /* number: seconds */
  KEY_STRICT,                   /* number: not 0 = any status but 0 cuts a
                                   stage's output */
  KEY_WAIT_FOR_WRITERS,         /* number: ms; absent = no limit */
  KEY_NAME_AFTER,               /* number: ms; absent = never: see task.h */
  KEY_METER,                    /* number: in a task, ms between two
                                   MESSAGE_METERs of a channel; in one of
                                   these 1 = the last */
  /* Of a connected channel.  */
  KEY_CARRIED,                  /* number: 1 = by a login */
  KEY_ACCEPTED,                 /* number: 1 = accepted here, not made */
  KEY_HERE,                     /* text: address and port of this end */
  KEY_THERE,                    /* text: ... of the other end */
  KEY_COUNTED,                  /* number: a channel whose bytes are counted
                                   at this end */
  /* Of an end of a channel.  */
  KEY_WRITER,                   /* number: 1 writing end, 0 reading end */
  KEY_OUTCOME,                  /* number: enum channel_outcome */
  KEY_BYTES,                    /* number, absent where they are not
                                   counted */
  KEY_RECORDS,                  /* number: TLS records, where the kernel makes
                                   or opens them */
  KEY_RELAYED,                  /* number: 1 = relays are next to the stage */
  KEY_DATA,                     /* bytes of a channel; the last field */
  KEY_ROUND_TRIP,               /* number: us */
  KEY_RETRANSMITTED,            /* number: bytes */
  KEY_WAIT_WRITER,              /* number: us that a channel waited for it */
  KEY_WAIT_NETWORK,
  KEY_WAIT_BUFFER,
  KEY_WAIT_READER,
  /* Of the end of a stage.  */
  KEY_STATUS,                   /* number: exit status */
  KEY_SIGNAL,                   /* number: signal */
  KEY_SIGNAL_TEXT,              /* text: the signal's description there */
  KEY_ERRNO_TEXT,               /* text: why exec failed */
  KEY_NOT_FOUND,                /* number: 1 if the command was not found */
  KEY_WALL_TIME,                /* number: us that a command took */
  KEY_USER_TIME,
  KEY_SYSTEM_TIME,
  KEY_MEMORY,                   /* number: its most, in bytes; 0 = unknown */
  /* Of an end that is wanted.  */
  KEY_GRACE,                    /* number: ms before the signal is sent */
  KEY_CUT,                      /* number: 1 = cut all channels */
  /* For people.  */
  KEY_CODE,                     /* number: enum error_code */
  KEY_LEVEL,                    /* number: enum note_level */
  KEY_TEXT,                     /* text for people */
  /* Of a probe.  */
  KEY_TIME,                     /* number: us */
  KEY_SEGMENT,                  /* number: least that a connection needed */
  KEY_SYSTEM,                   /* text: uname -srm */
  KEY_MPTCP,                    /* number: 1 = the kernel has it */
  KEY_END                       /* one more than the last */
};

/* What a MESSAGE_ERROR is about.  */
enum error_code
{
  ERROR_OTHER,
  ERROR_TERMINAL,               /* the login gives a terminal */
  ERROR_NO_INPUT,               /* the login closed the agent's input */
  ERROR_LISTEN,                 /* this host cannot listen as asked */
  ERROR_NO_ROUTE,               /* no way to the other end of a link */
  ERROR_ROUTE_LOST,             /* a connection was lost when the other end
                                   had chosen it */
  ERROR_UNABLE,                 /* the run asks for what this host cannot */
  ERROR_LOST,                   /* the other end of a link is dead */
  ERROR_BROKEN,                 /* it lives, but a connection with it broke */
  ERROR_PROTOCOL                /* it has sent what cannot be */
};

/* How much a user must want to know to be shown a MESSAGE_NOTE.  */
enum note_level
{
  NOTE_COMPLAIN,                /* it is an error */
  NOTE_WARN,
  NOTE_VERBOSE
};

/* The greatest number of a stage, a link or a channel.  */
enum { CHANNEL_NUMBER_MAX = 4095 };

/* The longest body that an agent takes: beyond any kernel's limit on
   arguments; and the longest of a message of an agent, MESSAGE_DATA apart.
   The fields have bounds of their own: see bound.h.  */
enum { MESSAGE_MAX = 8 * 1024 * 1024, AGENT_MESSAGE_MAX = 64 * 1024 };

/* What ends each message.  */
enum { MESSAGE_LAST = '\n' };

/* A MESSAGE_DATA is a prefix of DATA_PREFIX bytes, with the channel, then 1 to
   DATA_MAX bytes of that channel, and MESSAGE_LAST; so the bytes of the
   channel can be moved as they are.  */
enum { DATA_PREFIX = 25, DATA_MAX = 256 * 1024 };

/* How deep fields may be nested: a field of the message itself has depth 0,
   one in it 1, and so on.  */
enum { NESTED_MAX = 3 };

/* A received message, or a nested field of one, read by the same functions;
   BODY points into the receiver's buffer.  */
struct message
{
  enum message_type type;       /* that of the message, in a nested one too */
  unsigned char const *body;
  size_t length;
  unsigned depth;               /* 0 = the message itself */
};

/* A field of a message; BYTES points into the message's body.  */
struct field
{
  unsigned key;                 /* enum message_key, or an unknown one */
  unsigned char const *bytes;   /* NULL = before the first field */
  size_t length;
};

/* A message in the making: BYTES is malloc'ed and belongs to the builder.  */
struct message_builder
{
  unsigned char *bytes;
  size_t length;
  size_t size;
  size_t nested[NESTED_MAX];    /* where the bytes of each open one begin */
  unsigned depth;               /* how many are open */
  unsigned key;                 /* of the last field ... */
  unsigned in_row;              /* ... and how many of them were last */
};

/* Begin a message of TYPE; add fields; message_finish writes the length and
   MESSAGE_LAST, and leaves LENGTH bytes in BYTES.  message_wipe overwrites
   and frees them.  They exit when memory is used up.  A field that is one too
   many in a row (bound.h) is left out, so a list begins with what is most
   important, and a text that is too long is cut, at the end of a
   character.  */
extern void message_begin (struct message_builder *builder,
                           enum message_type type);
extern void message_add (struct message_builder *builder,
                         enum message_key key, void const *bytes,
                         size_t length);
extern void message_add_text (struct message_builder *builder,
                              enum message_key key, char const *text);
extern void message_add_number (struct message_builder *builder,
                                enum message_key key, uint64_t number);

/* Begin a field with KEY that holds the fields added until the matching
   message_end_nested.  At most NESTED_MAX may be open at a time, and none at
   message_finish; the program aborts otherwise.  */
extern void message_begin_nested (struct message_builder *builder,
                                  enum message_key key);
extern void message_end_nested (struct message_builder *builder);

/* Begin a copy of *MESSAGE, to be sent on; fields may be added.  */
extern void message_copy (struct message_builder *builder,
                          struct message const *message);

extern void message_finish (struct message_builder *builder);
extern void message_wipe (struct message_builder *builder);

/* Look for a message at the start of the LENGTH bytes at BYTES.  Return how
   many bytes it takes and describe it in *MESSAGE; 0 when more bytes are
   needed; -1 when these bytes cannot be a message: unknown type, too long,
   fields that do not fill the body exactly or are beyond their bounds, or
   no MESSAGE_LAST after it.  */
extern ssize_t message_parse (unsigned char const *bytes, size_t length,
                              struct message *message);

/* Return whether the LENGTH bytes at BYTES begin a message, valid or not, with
   a body of more than MOST bytes, as far as they show.  */
extern bool message_is_longer (unsigned char const *bytes, size_t length,
                               size_t most);

/* Write the prefix of a MESSAGE_DATA with LENGTH bytes of CHANNEL to the
   DATA_PREFIX bytes at PREFIX.  */
extern void message_put_data (unsigned char *prefix, uint64_t channel,
                              size_t length);

/* Return whether the LENGTH bytes at BYTES begin a MESSAGE_DATA, as far as
   they show, and not another message.  */
extern bool message_is_data (unsigned char const *bytes, size_t length);

/* Look for the prefix of a MESSAGE_DATA at the start of the LENGTH bytes at
   BYTES, exactly as message_put_data writes it.  Return DATA_PREFIX, and set
   *CHANNEL to any number and *DATA to how many bytes follow the prefix; 0
   when more bytes are needed; -1 when these bytes cannot be one.  */
extern ssize_t message_get_data (unsigned char const *bytes, size_t length,
                                 uint64_t *channel, size_t *data);

/* Return how many bytes (at least one) can follow the LENGTH bytes at BYTES,
   which begin a message but are not all of it, such that none of them is of a
   channel.  */
extern size_t message_missing (unsigned char const *bytes, size_t length);

/* Set *FIELD to the next field of *MESSAGE with KEY (KEY_ANY: with any key)
   behind *FIELD, or to the first one if FIELD->bytes is NULL.  Return false,
   and leave *FIELD, when there is none.  Going through all fields so takes
   time in proportion to the length of the message, so this is for whatever
   may occur many times.  */
extern bool message_next (struct message const *message,
                          enum message_key key, struct field *field);

/* Take FIELD as a number of 1 to 8 bytes, most significant first.  Return
   true and set *NUMBER if it is one.  */
extern bool field_number (struct field const *field, uint64_t *number);

/* Return FIELD as a malloc'ed string, or NULL when it has a NUL inside.  */
extern char *field_text (struct field const *field);

/* Describe what the nested FIELD of *MESSAGE holds in *NESTED, which may be
   read like a message, and points into *MESSAGE's body.  Return false when it
   does not hold whole fields within their bounds and nothing else, or is
   nested too deep.  An empty field holds none.  */
extern bool field_nested (struct message const *message,
                          struct field const *field,
                          struct message *nested);

/* Likewise the field number INDEX (from 0) with KEY; return false too when
   there is none.  */
extern bool message_nested (struct message const *message,
                            enum message_key key, size_t index,
                            struct message *nested);

/* Find the field number INDEX (from 0) with KEY in *MESSAGE.  Return its
   bytes and set *LENGTH, or return NULL.  */
extern unsigned char const *message_field (struct message const *message,
                                           enum message_key key, size_t index,
                                           size_t *length);

/* Take the first field with KEY as a number of 1 to 8 bytes.  Return true
   and set *NUMBER if there is such a one.  */
extern bool message_number (struct message const *message,
                            enum message_key key, uint64_t *number);

/* Return the field number INDEX with KEY as a malloc'ed string, or NULL when
   there is none or it has a NUL inside.  */
extern char *message_text (struct message const *message,
                           enum message_key key, size_t index);

/* Put all fields with KEY into *LIST, a malloc'ed array of malloc'ed strings
   with a NULL at its end.  Return their number, or -1, and no list, when one
   of them has a NUL inside.  */
extern ptrdiff_t message_texts (struct message const *message,
                                enum message_key key, char ***list);

/* Free such a list; NULL is none.  */
extern void texts_free (char **list);

/* Parse a banner line "MIN MAX VERSION\n" (what follows BANNER_LOCAL or
   BANNER_AGENT) of LENGTH bytes at LINE.  On success return true, set *MIN
   and *MAX and copy the version to VERSION of SIZE bytes, cut to fit.  */
extern bool banner_parse (char const *line, size_t length, unsigned *min,
                          unsigned *max, char *version, size_t size);

#endif
