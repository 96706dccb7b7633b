#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { read_size = 256 * 1024, out_of_memory = 71 };

struct buffer {
    char *bytes;
    size_t length, capacity;
};

struct slice {
    const char *start;
    size_t length;
};

static void reserve(struct buffer *buffer, size_t more) {
    if (buffer->capacity - buffer->length >= more) return;
    size_t capacity = buffer->capacity ? buffer->capacity : read_size;
    while (capacity - buffer->length < more) capacity *= 2;
    buffer->bytes = realloc(buffer->bytes, capacity);
    if (buffer->bytes == NULL) _exit(out_of_memory);
    buffer->capacity = capacity;
}

static void add(struct buffer *buffer, const char *bytes, size_t length) {
    reserve(buffer, length);
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

#define ADD(buffer, literal) add(buffer, literal, sizeof(literal) - 1)

static const char *after_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) at++;
    return at;
}

/// Behind the string that starts at `at`; a quote is the end unless an odd number of backslashes is before it.
static const char *after_string(const char *at, const char *end) {
    for (const char *quote = at + 1; quote < end && (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL; quote++) {
        const char *slash = quote;
        while (slash[-1] == '\\') slash--;
        if ((quote - slash) % 2 == 0) return quote + 1;
    }
    return end;
}

/// Behind the value that starts at `at`. The host sends valid JSON; of anything else only the bounds are kept.
static const char *after_value(const char *at, const char *end) {
    int depth = 0;
    while (at < end) {
        char byte = *at;
        if (byte == '"') {
            at = after_string(at, end);
        } else if (byte == '{' || byte == '[') {
            depth++;
            at++;
        } else if (byte == '}' || byte == ']') {
            if (depth == 0) return at;
            depth--;
            at++;
        } else if (depth == 0 && byte == ',') {
            return at;
        } else {
            at++;
            continue;
        }
        if (depth == 0) return at;
    }
    return end;
}

static bool is(struct slice slice, const char *text, size_t length) {
    return slice.length == length && memcmp(slice.start, text, length) == 0;
}

#define IS(slice, literal) is(slice, literal, sizeof(literal) - 1)

/// Steps through an object: the next key (without quotes) and its value.
static bool next_member(const char **at, const char *end, struct slice *key, struct slice *value) {
    const char *start = after_space(*at, end);
    if (start < end && (*start == '{' || *start == ',')) start = after_space(start + 1, end);
    if (start >= end || *start != '"') return false;
    const char *stop = after_string(start, end);
    *key = (struct slice){start + 1, (size_t)(stop - start) - 2};
    start = after_space(stop, end);
    if (start >= end || *start != ':') return false;
    start = after_space(start + 1, end);
    stop = after_value(start, end);
    *value = (struct slice){start, (size_t)(stop - start)};
    while (value->length > 0 && (stop[-1] == ' ' || stop[-1] == '\r')) stop--, value->length--;
    *at = start + value->length;
    *at = after_space(*at, end);
    return true;
}

static struct slice member(struct slice object, const char *name, size_t length) {
    const char *at = object.start, *end = object.start + object.length;
    struct slice key, value;
    while (next_member(&at, end, &key, &value))
        if (is(key, name, length)) return value;
    return (struct slice){0};
}

#define MEMBER(object, literal) member(object, literal, sizeof(literal) - 1)

static size_t number(struct slice object, const char *name) {
    struct slice value = member(object, name, strlen(name));
    return value.length > 0 ? strtoull(value.start, NULL, 10) : 0;
}

static void call(struct buffer *output, struct slice parameters) {
    struct slice name = MEMBER(parameters, "name"), input = MEMBER(parameters, "input");
    char text[96];
    size_t length = 0;
    if (IS(name, "\"fetch\"")) {
        double time = fetch((int)number(input, "port"), (int)number(input, "proxy"), &length);
        snprintf(text, sizeof text, "{\"bytes\":%zu,\"ns\":%.0f}", length, time);
        add(output, text, strlen(text));
    } else if (IS(name, "\"connects\"")) {
        double time = connect_often((int)number(input, "port"), (int)number(input, "proxy"), number(input, "rounds"));
        snprintf(text, sizeof text, "{\"ns\":%.0f}", time);
        add(output, text, strlen(text));
    } else if (input.length > 0) {
        add(output, input.start, input.length);
    } else {
        ADD(output, "null");
    }
}

static void answer(struct buffer *output, struct slice line) {
    const char *at = line.start, *end = line.start + line.length;
    struct slice key, value, id = {0}, method = {0}, parameters = {0};
    while (next_member(&at, end, &key, &value)) {
        if (IS(key, "id")) id = value;
        else if (IS(key, "method")) method = value;
        else if (IS(key, "params")) parameters = value;
    }
    if (id.length == 0 || method.length == 0) return;
    ADD(output, "{\"jsonrpc\":\"2.0\",\"id\":");
    add(output, id.start, id.length);
    if (IS(method, "\"tool/call\"")) {
        ADD(output, ",\"result\":{\"output\":");
        call(output, parameters);
        ADD(output, "}}\n");
    } else if (IS(method, "\"hook/filter\"")) {
        struct slice value = MEMBER(parameters, "value");
        ADD(output, ",\"result\":{\"value\":");
        if (value.length > 0) add(output, value.start, value.length);
        else ADD(output, "null");
        ADD(output, "}}\n");
    } else if (IS(method, "\"initialize\"")) {
        ADD(output, ",\"result\":{\"name\":\"cloister-peer\",\"version\":\"1.0.0\",\"hooks\":[\"echo\"],\"tools\":[\"echo\"]}}\n");
    } else if (IS(method, "\"ping\"") || IS(method, "\"shutdown\"") || IS(method, "\"hook/action\"") || IS(method, "\"configuration/changed\"")) {
        ADD(output, ",\"result\":{}}\n");
    } else {
        ADD(output, ",\"error\":{\"code\":-32601,\"message\":\"there is no such method\"}}\n");
    }
}

int serve_echo(void) {
    struct buffer input = {0}, output = {0};
    size_t searched = 0;
    for (;;) {
        reserve(&input, read_size);
        ssize_t count = read(STDIN_FILENO, input.bytes + input.length, input.capacity - input.length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return 0;
        input.length += (size_t)count;
        size_t start = 0;
        char *feed;
        while ((feed = memchr(input.bytes + searched, '\n', input.length - searched)) != NULL) {
            size_t stop = (size_t)(feed - input.bytes);
            answer(&output, (struct slice){input.bytes + start, stop - start});
            start = searched = stop + 1;
        }
        memmove(input.bytes, input.bytes + start, input.length - start);
        searched = input.length -= start;
        if (!write_all(STDOUT_FILENO, output.bytes, output.length)) return 0;
        output.length = 0;
    }
}
