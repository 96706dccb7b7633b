#include "numbers.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cjq_append(struct cjq_text *text, const char *bytes, size_t count) {
  if (text->capacity - text->count < count) {
    size_t capacity = text->capacity * 2 + count + 64;
    char *grown = realloc(text->bytes, capacity);
    if (!grown) cjq_no_memory();
    text->bytes = grown;
    text->capacity = capacity;
  }
  if (count) memcpy(text->bytes + text->count, bytes, count);
  text->count += count;
}

struct writer {
  struct cjq_text *text;
  size_t end;
  /// Whether what is too deep is cut off and not refused.
  int cuts;
};

// The words of libjq, which stand for whatever lies deeper than it writes.
static const char cut[] = "<stripped: exceeds max depth>";

static enum cjq_fault write_value(struct writer *writer, jv value, int depth);

static enum cjq_fault put(struct writer *writer, const char *bytes, size_t count) {
  if (count > writer->end - writer->text->count) return CJQ_TOO_LARGE;
  cjq_append(writer->text, bytes, count);
  return CJQ_OK;
}

/// Escapes what `jq -c` escapes.
static enum cjq_fault write_string(struct writer *writer, jv value) {
  const char *next = jv_string_value(value);
  const char *end = next + jv_string_length_bytes(jv_copy(value));
  enum cjq_fault fault = put(writer, "\"", 1);
  while (!fault && next < end) {
    const char *start = next;
    while (next < end && *next != '"' && *next != '\\' && (unsigned char)*next >= 0x20 && *next != 0x7F) next++;
    fault = put(writer, start, (size_t)(next - start));
    if (fault || next == end) break;
    static const char characters[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    char escape[8];
    const char *found = *next ? strchr(characters, *next) : NULL;
    int length = found ? snprintf(escape, sizeof escape, "\\%c", names[found - characters])
                       : snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)*next);
    fault = put(writer, escape, (size_t)length);
    next++;
  }
  return fault ? fault : put(writer, "\"", 1);
}

static enum cjq_fault write_number(struct writer *writer, jv value) {
  char digits[48];
  double number = jv_number_value(value);
  if (cjq_is_whole(value)) return put(writer, digits, cjq_whole_digits(value, digits));
  if (number == trunc(number) && fabs(number) < 1e15 && !(number == 0 && signbit(number)))
    return put(writer, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)number));
  // The shortest text that reads as the same double, as libjq writes it.
  jv string = cjq_libjq_dump(value, 0);
  enum cjq_fault fault = put(writer, jv_string_value(string), strlen(jv_string_value(string)));
  jv_free(string);
  return fault;
}

static enum cjq_fault write_array(struct writer *writer, jv value, int depth) {
  int count = jv_array_length(jv_copy(value));
  enum cjq_fault fault = put(writer, "[", 1);
  for (int index = 0; index < count && !fault; index++) {
    if (index) fault = put(writer, ",", 1);
    jv element = jv_array_get(jv_copy(value), index);
    if (!fault) fault = write_value(writer, element, depth + 1);
    jv_free(element);
  }
  return fault ? fault : put(writer, "]", 1);
}

static enum cjq_fault write_object(struct writer *writer, jv value, int depth) {
  enum cjq_fault fault = put(writer, "{", 1);
  int first = 1;
  for (int place = jv_object_iter(value); jv_object_iter_valid(value, place) && !fault;
       place = jv_object_iter_next(value, place)) {
    if (!first) fault = put(writer, ",", 1);
    first = 0;
    jv key = jv_object_iter_key(value, place), member = jv_object_iter_value(value, place);
    if (!fault) fault = write_string(writer, key);
    if (!fault) fault = put(writer, ":", 1);
    if (!fault) fault = write_value(writer, member, depth + 1);
    jv_free(key);
    jv_free(member);
  }
  return fault ? fault : put(writer, "}", 1);
}

static enum cjq_fault write_value(struct writer *writer, jv value, int depth) {
  // libjq writes one level more than it reads.
  if (writer->cuts && depth > CJQ_DEPTH) return put(writer, cut, sizeof cut - 1);
  switch (jv_get_kind(value)) {
  case JV_KIND_NULL: return put(writer, "null", 4);
  case JV_KIND_FALSE: return put(writer, "false", 5);
  case JV_KIND_TRUE: return put(writer, "true", 4);
  case JV_KIND_NUMBER: return write_number(writer, value);
  case JV_KIND_STRING: return write_string(writer, value);
  case JV_KIND_ARRAY: return writer->cuts || depth < CJQ_DEPTH ? write_array(writer, value, depth) : CJQ_TOO_DEEP;
  case JV_KIND_OBJECT: return writer->cuts || depth < CJQ_DEPTH ? write_object(writer, value, depth) : CJQ_TOO_DEEP;
  case JV_KIND_INVALID: break;
  }
  return CJQ_MALFORMED;
}

enum cjq_fault cjq_write(jv value, struct cjq_text *text, size_t limit) {
  struct writer writer = {text, limit > SIZE_MAX - text->count ? SIZE_MAX : text->count + limit, 0};
  return write_value(&writer, value, 0);
}

enum cjq_fault cjq_write_cut(jv value, struct cjq_text *text) {
  struct writer writer = {text, SIZE_MAX, 1};
  return write_value(&writer, value, 0);
}
