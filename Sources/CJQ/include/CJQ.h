#ifndef CLOISTER_CJQ_H
#define CLOISTER_CJQ_H

// libjq 1.6, and what Cloister adds to it: whole numbers that keep every digit, and JSON in and out with bounds.
//
// Linking this replaces functions of libjq for the whole process (numbers.c, memory.c), so only cloister-worker does.

#include <jq.h>
// mallopt, which Swift's module of glibc lacks.
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>

/// Values nested deeper than this are neither read nor written; libjq's own parser has the same bound.
#define CJQ_DEPTH 256

enum cjq_fault {
  CJQ_OK = 0,
  CJQ_MALFORMED,
  CJQ_TOO_DEEP,
  CJQ_TOO_LARGE,
};

/// A text that grows.
struct cjq_text {
  char *bytes;
  size_t count;
  size_t capacity;
};

/// Reads one JSON text (RFC 8259) with nothing but white space around it. `value` is set where it returns CJQ_OK. Of
/// members of the same name the last counts. Whole numbers of up to CJQ_DIGITS digits keep all of them.
enum cjq_fault cjq_read(const char *text, size_t length, jv *value);
#define CJQ_DIGITS 25

/// Appends the value as JSON, as `jq -c` would write it but with every digit of whole numbers, and at most `limit` bytes
/// and CJQ_DEPTH levels. Does not consume the value.
enum cjq_fault cjq_write(jv value, struct cjq_text *text, size_t limit);

/// Appends bytes; see cjq_when_out_of_memory.
void cjq_append(struct cjq_text *text, const char *bytes, size_t count);

/// What libjq and this module call when memory is used up; it does not return. Set it before anything else.
void cjq_when_out_of_memory(void (*handler)(void));

/// Whether the process runs with the functions of this module in place of libjq's: a libjq that is linked in itself
/// otherwise (`-Bsymbolic`) would silently lose digits.
int cjq_keeps_digits(void);

#endif
