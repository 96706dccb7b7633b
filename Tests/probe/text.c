#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { deepest = 256, out_of_memory = 71 };

void text_reserve(struct text *text, size_t more) {
    if (text->capacity - text->length >= more) return;
    size_t capacity = text->capacity ? text->capacity : 256;
    while (capacity - text->length < more) capacity *= 2;
    char *bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) _exit(out_of_memory);
    text->bytes = bytes;
    text->capacity = capacity;
}

void text_add(struct text *text, const void *bytes, size_t length) {
    if (length == 0) return;
    text_reserve(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void text_add_slice(struct text *text, struct slice slice) { text_add(text, slice.start, slice.length); }

void text_format(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    text_reserve(text, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void text_quote(struct text *text, const char *bytes, size_t length) {
    text_add(text, "\"", 1);
    for (size_t index = 0; index < length; index++) {
        unsigned char byte = (unsigned char)bytes[index];
        if (byte == '"' || byte == '\\') {
            char pair[2] = {'\\', (char)byte};
            text_add(text, pair, 2);
        } else if (byte < 0x20 || byte > 0x7e) {
            text_format(text, "\\u%04x", byte);
        } else {
            text_add(text, &bytes[index], 1);
        }
    }
    text_add(text, "\"", 1);
}

void text_quote_string(struct text *text, const char *string) { text_quote(text, string, strlen(string)); }

void text_free(struct text *text) {
    free(text->bytes);
    *text = (struct text){0};
}

struct slice slice_of(const char *string) { return (struct slice){string, strlen(string)}; }

bool slice_is(struct slice slice, const char *string) {
    return slice.length == strlen(string) && memcmp(slice.start, string, slice.length) == 0;
}

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) at++;
    return at;
}

static bool is_digit(const char *at, const char *end) { return at < end && *at >= '0' && *at <= '9'; }

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/// Each `skip_` function returns the end of what it read, or NULL.
static const char *skip_string(const char *at, const char *end) {
    if (at == end || *at != '"') return NULL;
    for (at++; at < end; at++) {
        if (*at == '"') return at + 1;
        if ((unsigned char)*at < 0x20) return NULL;
        if (*at != '\\') continue;
        if (++at == end) return NULL;
        if (*at == 'u') {
            if (end - at < 5) return NULL;
            for (int digit = 1; digit <= 4; digit++)
                if (hex_value(at[digit]) < 0) return NULL;
            at += 4;
        } else if (strchr("\"\\/bfnrt", *at) == NULL || *at == '\0') {
            return NULL;
        }
    }
    return NULL;
}

static const char *skip_number(const char *at, const char *end) {
    if (at < end && *at == '-') at++;
    if (!is_digit(at, end)) return NULL;
    if (*at == '0') at++;
    else while (is_digit(at, end)) at++;
    if (at < end && *at == '.') {
        if (!is_digit(++at, end)) return NULL;
        while (is_digit(at, end)) at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        if (!is_digit(at, end)) return NULL;
        while (is_digit(at, end)) at++;
    }
    return at;
}

static const char *skip_word(const char *at, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0 ? at + length : NULL;
}

static const char *skip_value(const char *at, const char *end, int depth);

static const char *skip_members(const char *at, const char *end, int depth) {
    char closing = *at == '{' ? '}' : ']';
    at = skip_space(at + 1, end);
    if (at < end && *at == closing) return at + 1;
    for (;;) {
        if (closing == '}') {
            if ((at = skip_string(skip_space(at, end), end)) == NULL) return NULL;
            at = skip_space(at, end);
            if (at == end || *at++ != ':') return NULL;
        }
        if ((at = skip_value(at, end, depth + 1)) == NULL) return NULL;
        at = skip_space(at, end);
        if (at == end) return NULL;
        if (*at == closing) return at + 1;
        if (*at++ != ',') return NULL;
    }
}

static const char *skip_value(const char *at, const char *end, int depth) {
    at = skip_space(at, end);
    if (at == end || depth > deepest) return NULL;
    switch (*at) {
    case '{':
    case '[': return skip_members(at, end, depth);
    case '"': return skip_string(at, end);
    case 't': return skip_word(at, end, "true");
    case 'f': return skip_word(at, end, "false");
    case 'n': return skip_word(at, end, "null");
    default: return skip_number(at, end);
    }
}

bool json_value(struct slice text, struct slice *value) {
    const char *end = text.start + text.length;
    const char *start = skip_space(text.start, end);
    const char *after = skip_value(start, end, 0);
    if (after == NULL || skip_space(after, end) != end) return false;
    *value = (struct slice){start, (size_t)(after - start)};
    return true;
}

bool json_member(struct slice object, const char *name, struct slice *value) {
    const char *at = object.start, *end = object.start + object.length;
    if (object.length == 0 || *at != '{') return false;
    at = skip_space(at + 1, end);
    while (at < end && *at == '"') {
        const char *key = at + 1;
        if ((at = skip_string(at, end)) == NULL) return false;
        struct slice found = {key, (size_t)(at - 1 - key)};
        at = skip_space(at, end);
        const char *start = skip_space(at + 1, end);
        if ((at = skip_value(start, end, 0)) == NULL) return false;
        if (slice_is(found, name)) {
            *value = (struct slice){start, (size_t)(at - start)};
            return true;
        }
        at = skip_space(at, end);
        if (at < end && *at == ',') at = skip_space(at + 1, end);
    }
    return false;
}

static size_t put_utf8(char *out, unsigned point) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t index = length - 1; index > 0; index--, point >>= 6) out[index] = (char)(0x80 | (point & 0x3f));
    static const unsigned char leading[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(leading[length] | point);
    return length;
}

static unsigned four_digits(const char *at) {
    unsigned unit = 0;
    for (int digit = 0; digit < 4; digit++) unit = unit << 4 | (unsigned)hex_value(at[digit]);
    return unit;
}

/// The byte sequence that the escape at `*at` (behind its backslash) stands for; a lone surrogate becomes U+FFFD.
static size_t unescape(const char **at, const char *end, char out[4]) {
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (**at != 'u') {
        out[0] = meant[strchr(plain, **at) - plain];
        return 1;
    }
    unsigned point = four_digits(*at + 1);
    *at += 4;
    if (point >= 0xd800 && point < 0xdc00 && end - *at > 6 && (*at)[1] == '\\' && (*at)[2] == 'u') {
        unsigned low = four_digits(*at + 3);
        if (low >= 0xdc00 && low < 0xe000) {
            *at += 6;
            return put_utf8(out, 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    return put_utf8(out, point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
}

bool json_string(struct slice value, char *string, size_t capacity) {
    if (value.length < 2 || *value.start != '"') return false;
    size_t length = 0;
    const char *end = value.start + value.length - 1;
    for (const char *at = value.start + 1; at < end; at++) {
        char bytes[4] = {*at};
        size_t count = 1;
        if (*at == '\\') {
            at++;
            count = unescape(&at, end, bytes);
        }
        if (bytes[0] == '\0' || length + count >= capacity) return false;
        memcpy(string + length, bytes, count);
        length += count;
    }
    string[length] = '\0';
    return true;
}

bool json_number(struct slice value, double *number) {
    char digits[64];
    if (value.length == 0 || value.length >= sizeof digits) return false;
    if (skip_number(value.start, value.start + value.length) != value.start + value.length) return false;
    memcpy(digits, value.start, value.length);
    digits[value.length] = '\0';
    *number = strtod(digits, NULL);
    return true;
}

bool json_integer(struct slice value, long long *integer) {
    char digits[32];
    if (value.length == 0 || value.length >= sizeof digits) return false;
    memcpy(digits, value.start, value.length);
    digits[value.length] = '\0';
    char *end;
    errno = 0;
    *integer = strtoll(digits, &end, 10);
    return errno == 0 && *end == '\0' && end != digits && (digits[0] == '-' || is_digit(digits, digits + 1));
}
