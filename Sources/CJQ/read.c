#include "numbers.h"

#include <string.h>

struct reader {
  const char *next;
  const char *end;
};

static enum cjq_fault read_value(struct reader *reader, int depth, jv *value);

static void skip_space(struct reader *reader) {
  while (reader->next < reader->end
         && (*reader->next == ' ' || *reader->next == '\n' || *reader->next == '\r' || *reader->next == '\t'))
    reader->next++;
}

static int take(struct reader *reader, char byte) {
  skip_space(reader);
  if (reader->next == reader->end || *reader->next != byte) return 0;
  reader->next++;
  return 1;
}

static int is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static int skip_digits(struct reader *reader) {
  const char *start = reader->next;
  while (reader->next < reader->end && is_digit(*reader->next)) reader->next++;
  return reader->next > start;
}

static enum cjq_fault read_number(struct reader *reader, jv *value) {
  const char *start = reader->next;
  if (*reader->next == '-') reader->next++;
  if (reader->next < reader->end && *reader->next == '0') {
    reader->next++;
  } else if (!skip_digits(reader)) {
    return CJQ_MALFORMED;
  }
  if (reader->next < reader->end && *reader->next == '.') {
    reader->next++;
    if (!skip_digits(reader)) return CJQ_MALFORMED;
  }
  if (reader->next < reader->end && (*reader->next == 'e' || *reader->next == 'E')) {
    reader->next++;
    if (reader->next < reader->end && (*reader->next == '+' || *reader->next == '-')) reader->next++;
    if (!skip_digits(reader)) return CJQ_MALFORMED;
  }
  *value = cjq_number(start, (size_t)(reader->next - start));
  return CJQ_OK;
}

/// Four hexadecimal digits; -1 where they are not.
static long read_unit(struct reader *reader) {
  if (reader->end - reader->next < 4) return -1;
  long unit = 0;
  for (int index = 0; index < 4; index++) {
    char byte = *reader->next++;
    int digit = is_digit(byte) ? byte - '0'
                : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/// The character of an escape that begins with `\u`; U+FFFD for half a surrogate pair, -1 where it is none.
static long read_code_point(struct reader *reader) {
  long unit = read_unit(reader);
  if (unit < 0xD800 || unit > 0xDFFF) return unit;
  struct reader ahead = *reader;
  if (unit > 0xDBFF || ahead.end - ahead.next < 6 || ahead.next[0] != '\\' || ahead.next[1] != 'u') return 0xFFFD;
  ahead.next += 2;
  long low = read_unit(&ahead);
  if (low < 0) return -1;
  if (low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
  *reader = ahead;
  return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

static jv append_escape(jv string, struct reader *reader, int *malformed) {
  static const char names[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
  char name = reader->next < reader->end ? *reader->next++ : 0;
  const char *found = name ? strchr(names, name) : NULL;
  if (found) return jv_string_append_buf(string, characters + (found - names), 1);
  long code = name == 'u' ? read_code_point(reader) : -1;
  if (code >= 0) return jv_string_append_codepoint(string, (uint32_t)code);
  *malformed = 1;
  return string;
}

/// The opening quote is next.
static enum cjq_fault read_string(struct reader *reader, jv *value) {
  reader->next++;
  const char *start = reader->next;
  jv string = jv_invalid();
  int malformed = 0;
  while (!malformed) {
    while (reader->next < reader->end && *reader->next != '"' && *reader->next != '\\'
           && (unsigned char)*reader->next >= 0x20)
      reader->next++;
    if (reader->next == reader->end || (unsigned char)*reader->next < 0x20) break;
    int run = (int)(reader->next - start);
    if (*reader->next == '"' && !jv_is_valid(string)) {
      *value = jv_string_sized(start, run);
    } else {
      if (!jv_is_valid(string)) string = jv_string_empty(run + 16);
      string = jv_string_append_buf(string, start, run);
      *value = string;
    }
    if (*reader->next++ == '"') return CJQ_OK;
    string = append_escape(string, reader, &malformed);
    start = reader->next;
  }
  jv_free(string);
  return CJQ_MALFORMED;
}

static enum cjq_fault read_array(struct reader *reader, int depth, jv *value) {
  jv array = jv_array();
  reader->next++;
  if (!take(reader, ']')) {
    do {
      jv element;
      enum cjq_fault fault = read_value(reader, depth + 1, &element);
      if (fault) {
        jv_free(array);
        return fault;
      }
      array = jv_array_append(array, element);
    } while (take(reader, ','));
    if (!take(reader, ']')) {
      jv_free(array);
      return CJQ_MALFORMED;
    }
  }
  *value = array;
  return CJQ_OK;
}

static enum cjq_fault read_member(struct reader *reader, int depth, jv *object) {
  jv key, value;
  skip_space(reader);
  if (reader->next == reader->end || *reader->next != '"') return CJQ_MALFORMED;
  enum cjq_fault fault = read_string(reader, &key);
  if (fault) return fault;
  fault = take(reader, ':') ? read_value(reader, depth + 1, &value) : CJQ_MALFORMED;
  if (fault) {
    jv_free(key);
    return fault;
  }
  *object = jv_object_set(*object, key, value);
  return CJQ_OK;
}

static enum cjq_fault read_object(struct reader *reader, int depth, jv *value) {
  jv object = jv_object();
  reader->next++;
  enum cjq_fault fault = CJQ_OK;
  if (!take(reader, '}')) {
    do fault = read_member(reader, depth, &object);
    while (!fault && take(reader, ','));
    if (!fault && !take(reader, '}')) fault = CJQ_MALFORMED;
  }
  if (fault) {
    jv_free(object);
    return fault;
  }
  *value = object;
  return CJQ_OK;
}

static enum cjq_fault read_word(struct reader *reader, const char *word, jv meant, jv *value) {
  size_t length = strlen(word);
  if ((size_t)(reader->end - reader->next) < length || memcmp(reader->next, word, length)) return CJQ_MALFORMED;
  reader->next += length;
  *value = meant;
  return CJQ_OK;
}

static enum cjq_fault read_value(struct reader *reader, int depth, jv *value) {
  skip_space(reader);
  if (reader->next == reader->end) return CJQ_MALFORMED;
  switch (*reader->next) {
  case '{': return depth < CJQ_DEPTH ? read_object(reader, depth, value) : CJQ_TOO_DEEP;
  case '[': return depth < CJQ_DEPTH ? read_array(reader, depth, value) : CJQ_TOO_DEEP;
  case '"': return read_string(reader, value);
  case 't': return read_word(reader, "true", jv_true(), value);
  case 'f': return read_word(reader, "false", jv_false(), value);
  case 'n': return read_word(reader, "null", jv_null(), value);
  default: return read_number(reader, value);
  }
}

enum cjq_fault cjq_read(const char *text, size_t length, jv *value) {
  struct reader reader = {text, text + length};
  enum cjq_fault fault = read_value(&reader, 0, value);
  if (fault) return fault;
  skip_space(&reader);
  if (reader.next == reader.end) return CJQ_OK;
  jv_free(*value);
  return CJQ_MALFORMED;
}
