#define _GNU_SOURCE
#include "numbers.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// libjq 1.6 keeps numbers as doubles. A jv that is a number has two members that libjq neither reads nor sets for
// numbers and that every copy carries along: `pad_` and `size`. A whole number that a double may not hold is the double
// nearest to it, with its distance from that double in `size` and a mark in `pad_`. libjq computes with the double, and
// what it computes is a new number without a mark. The functions below stand in for the libjq functions that turn
// numbers into text and back or compare them; libjq calls them through its procedure linkage table, where a definition
// in the program goes before its own (ELF symbol interposition).

enum { WHOLE = 0x5A };

static jv (*libjq_dump)(jv, int);
static int (*libjq_cmp)(jv, jv);
static int (*libjq_equal)(jv, jv);
static jv (*libjq_parse)(const char *, int);

__attribute__((constructor)) static void find_libjq(void) {
  libjq_dump = (jv (*)(jv, int))dlsym(RTLD_NEXT, "jv_dump_string");
  libjq_cmp = (int (*)(jv, jv))dlsym(RTLD_NEXT, "jv_cmp");
  libjq_equal = (int (*)(jv, jv))dlsym(RTLD_NEXT, "jv_equal");
  libjq_parse = (jv (*)(const char *, int))dlsym(RTLD_NEXT, "jv_parse_sized");
}

jv cjq_libjq_dump(jv value, int flags) { return libjq_dump(value, flags); }

int cjq_is_whole(jv number) { return number.pad_ == WHOLE; }

static __int128 whole(jv number) {
  return (__int128)jv_number_value(number) + (cjq_is_whole(number) ? number.size : 0);
}

static int is_digit(char byte) { return byte >= '0' && byte <= '9'; }

jv cjq_number(const char *text, size_t count) {
  size_t start = text[0] == '-';
  size_t digits = 0;
  __int128 value = 0;
  while (start + digits < count && is_digit(text[start + digits]) && digits <= CJQ_DIGITS) {
    value = value * 10 + (text[start + digits] - '0');
    digits++;
  }
  // Fifteen digits always fit a double.
  if (start + digits < count || digits <= 15 || digits > CJQ_DIGITS) return jv_number(strtod(text, NULL));
  if (start) value = -value;
  double nearest = (double)value;
  jv number = jv_number(nearest);
  // At most half the distance between two doubles below 10^25, which is 2^30.
  number.size = (int)(value - (__int128)nearest);
  number.pad_ = WHOLE;
  return number;
}

size_t cjq_whole_digits(jv number, char digits[48]) {
  __int128 value = whole(number);
  unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
  char reversed[48];
  size_t count = 0, written = 0;
  do {
    reversed[count++] = (char)('0' + (int)(rest % 10));
    rest /= 10;
  } while (rest);
  if (value < 0) digits[written++] = '-';
  while (count) digits[written++] = reversed[--count];
  return written;
}

static int are_numbers_with_digits(jv a, jv b) {
  return jv_get_kind(a) == JV_KIND_NUMBER && jv_get_kind(b) == JV_KIND_NUMBER && (cjq_is_whole(a) || cjq_is_whole(b));
}

/// By all digits. The doubles are compared first: where they differ, so do the numbers, and in the same direction.
static int compare(jv a, jv b) {
  double left = jv_number_value(a), right = jv_number_value(b);
  if (left != right) return left < right || isnan(left) ? -1 : 1;
  int from_left = cjq_is_whole(a) ? a.size : 0, from_right = cjq_is_whole(b) ? b.size : 0;
  return (from_left > from_right) - (from_left < from_right);
}

// libjq compares what is in arrays and objects without a way in, so the walk over them is here too.

static int compare_elements(jv a, jv b) {
  int left = jv_array_length(jv_copy(a)), right = jv_array_length(jv_copy(b));
  int order = 0;
  for (int index = 0; !order; index++) {
    if (index == left || index == right) {
      order = (right == index) - (left == index);
      break;
    }
    order = jv_cmp(jv_array_get(jv_copy(a), index), jv_array_get(jv_copy(b), index));
  }
  jv_free(a);
  jv_free(b);
  return order;
}

static int compare_members(jv a, jv b) {
  jv keys = jv_keys(jv_copy(a));
  int order = jv_cmp(jv_copy(keys), jv_keys(jv_copy(b)));
  int count = jv_array_length(jv_copy(keys));
  for (int index = 0; index < count && !order; index++) {
    jv key = jv_array_get(jv_copy(keys), index);
    order = jv_cmp(jv_object_get(jv_copy(a), jv_copy(key)), jv_object_get(jv_copy(b), key));
  }
  jv_free(keys);
  jv_free(a);
  jv_free(b);
  return order;
}

/// Whether nothing has to be compared; consumes both then, and neither otherwise.
static int is_one(jv_kind kind, jv a, jv b) {
  if ((kind != JV_KIND_ARRAY && kind != JV_KIND_OBJECT) || !cjq_is_same(a, b)) return 0;
  jv_free(a);
  jv_free(b);
  return 1;
}

int jv_cmp(jv a, jv b) {
  jv_kind kind = jv_get_kind(a);
  if (kind != jv_get_kind(b)) return libjq_cmp(a, b);
  if (is_one(kind, a, b)) return 0;
  switch (kind) {
  case JV_KIND_NUMBER: return are_numbers_with_digits(a, b) ? compare(a, b) : libjq_cmp(a, b);
  case JV_KIND_ARRAY: return compare_elements(a, b);
  case JV_KIND_OBJECT: return compare_members(a, b);
  default: return libjq_cmp(a, b);
  }
}

static int equal_elements(jv a, jv b) {
  int count = jv_array_length(jv_copy(a));
  int equal = count == jv_array_length(jv_copy(b));
  for (int index = 0; index < count && equal; index++)
    equal = jv_equal(jv_array_get(jv_copy(a), index), jv_array_get(jv_copy(b), index));
  jv_free(a);
  jv_free(b);
  return equal;
}

static int equal_members(jv a, jv b) {
  int equal = jv_object_length(jv_copy(a)) == jv_object_length(jv_copy(b));
  for (int place = jv_object_iter(a); jv_object_iter_valid(a, place) && equal; place = jv_object_iter_next(a, place)) {
    // What is not there is invalid, which equals nothing.
    jv other = jv_object_get(jv_copy(b), jv_object_iter_key(a, place));
    equal = jv_equal(jv_object_iter_value(a, place), other);
  }
  jv_free(a);
  jv_free(b);
  return equal;
}

int jv_equal(jv a, jv b) {
  jv_kind kind = jv_get_kind(a);
  if (kind != jv_get_kind(b)) return libjq_equal(a, b);
  if (is_one(kind, a, b)) return 1;
  switch (kind) {
  case JV_KIND_NUMBER: return are_numbers_with_digits(a, b) ? compare(a, b) == 0 : libjq_equal(a, b);
  case JV_KIND_ARRAY: return equal_elements(a, b);
  case JV_KIND_OBJECT: return equal_members(a, b);
  default: return libjq_equal(a, b);
  }
}

jv jv_dump_string(jv value, int flags) {
  if (flags) return libjq_dump(value, flags);
  struct cjq_text text = {0};
  if (cjq_write_cut(value, &text) != CJQ_OK) {
    free(text.bytes);
    return libjq_dump(value, flags);
  }
  jv_free(value);
  jv string = jv_string_sized(text.bytes, (int)text.count);
  free(text.bytes);
  return string;
}

// libjq quotes values in its messages with this one. A fault is logged and stored, so it says of what kind a value is
// and not what the value is.
char *jv_dump_string_trunc(jv value, char *buffer, size_t size) {
  static const char ellipsis[] = "\u2026";
  jv_free(value);
  if (size < sizeof ellipsis) {
    if (size) buffer[0] = 0;
  } else {
    memcpy(buffer, ellipsis, sizeof ellipsis);
  }
  return buffer;
}

static int has_long_run_of_digits(const char *text, size_t length) {
  size_t run = 0;
  for (size_t index = 0; index < length; index++) {
    run = is_digit(text[index]) ? run + 1 : 0;
    if (run > 15) return 1;
  }
  return 0;
}

/// What the lexer, `tonumber` and `fromjson` read with.
jv jv_parse_sized(const char *text, int length) {
  jv value;
  if (has_long_run_of_digits(text, (size_t)length) && cjq_read(text, (size_t)length, &value) == CJQ_OK) return value;
  value = libjq_parse(text, length);
  if (jv_is_valid(value) || !jv_invalid_has_msg(jv_copy(value))) return value;
  // The message goes on with the text itself.
  jv message = jv_invalid_get_msg(value);
  const char *quote = strstr(jv_string_value(message), " (while parsing '");
  if (!quote) return jv_invalid_with_msg(message);
  jv cut = jv_string_sized(jv_string_value(message), (int)(quote - jv_string_value(message)));
  jv_free(message);
  return jv_invalid_with_msg(cut);
}

int cjq_keeps_digits(void) {
  static const char text[] = "[9007199254740993]";
  // Through libjq's own jv_parse and jv_array_indexes, which call what is replaced.
  jv parsed = jv_parse(text);
  if (!jv_is_valid(parsed)) {
    jv_free(parsed);
    return 0;
  }
  jv neighbour = jv_array_indexes(jv_copy(parsed), JV_ARRAY_1(jv_number(9007199254740992.0)));
  int none = jv_get_kind(neighbour) == JV_KIND_NULL
             || (jv_get_kind(neighbour) == JV_KIND_ARRAY && jv_array_length(jv_copy(neighbour)) == 0);
  jv_free(neighbour);
  jv written = jv_dump_string(parsed, 0);
  int kept = strcmp(jv_string_value(written), text) == 0;
  jv_free(written);
  return none && kept;
}
