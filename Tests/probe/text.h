/// Texts that grow, and just enough of JSON to read a `cloister/1` message and to write one.
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stddef.h>

/// A part of a text that somebody else owns.
struct slice {
    const char *start;
    size_t length;
};

/// A text that grows. Starts as `{0}`; ends the process with status 71 when memory is out.
struct text {
    char *bytes;
    size_t length;
    size_t capacity;
};

void text_reserve(struct text *text, size_t more);
void text_add(struct text *text, const void *bytes, size_t length);
void text_add_slice(struct text *text, struct slice slice);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Adds a JSON string with its quotes. Bytes outside printable ASCII become `\u00XX`: the result is valid whatever a path or
/// an environment holds.
void text_quote(struct text *text, const char *bytes, size_t length);
void text_quote_string(struct text *text, const char *string);
void text_free(struct text *text);

struct slice slice_of(const char *string);
bool slice_is(struct slice slice, const char *string);

/// The one JSON value (RFC 8259) that `text` consists of, without the white space round it; false when it is anything else or
/// nests deeper than 256. UTF-8 inside strings is not checked.
bool json_value(struct slice text, struct slice *value);
/// The first member of that name in a value which `json_value` has accepted; names with escapes are not matched.
bool json_member(struct slice object, const char *name, struct slice *value);
/// Decodes a string of less than `capacity` bytes; false when it is no string, too long, or holds U+0000.
bool json_string(struct slice value, char *string, size_t capacity);
bool json_integer(struct slice value, long long *integer);
bool json_number(struct slice value, double *number);

#endif
