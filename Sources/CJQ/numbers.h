#ifndef CJQ_NUMBERS_H
#define CJQ_NUMBERS_H

#include "CJQ.h"

/// The number that `count` characters of text stand for; they follow the grammar of JSON and are followed by one that
/// cannot be part of a number.
jv cjq_number(const char *text, size_t count);

/// Whether the number carries digits beyond its double.
int cjq_is_whole(jv number);

/// Writes a whole number into `digits` and returns how many characters it has.
size_t cjq_whole_digits(jv number, char digits[48]);

/// Whether both are one and the same array or object that equals itself: one without a NaN. In a time that grows with its
/// parts, however often each is referred to. Consumes neither.
int cjq_is_same(jv a, jv b);

/// Appends the value as libjq does, which cuts off what is nested deeper than it writes, but with every digit of whole
/// numbers. Does not consume the value.
enum cjq_fault cjq_write_cut(jv value, struct cjq_text *text);

/// libjq's own jv_dump_string.
jv cjq_libjq_dump(jv value, int flags);

/// Where there is no memory.
_Noreturn void cjq_no_memory(void);

#endif
