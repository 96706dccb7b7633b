// The Cloister SDK for C11; cloister.h says what it does.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cloister.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_LIMIT = 8 << 20, // until the host has said how long a line may be
    MESSAGE_LIMIT = 4096, // what the host keeps of an error's message
    DEPTH_LIMIT = 256,
    VALUE_LIMIT = 1 << 19, // values of one message; each takes some fifty bytes
    TOP_RESERVE = 64,      // members of the message itself that find room in any case
    CALL_LIMIT = 1024,
    WORKER_LIMIT = 64,
};

static void *allocate(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (memory) return memory;
    static const char words[] = "out of memory\n";
    if (write(STDERR_FILENO, words, sizeof words - 1) < 0) _exit(2);
    _exit(1);
}

// ---- Reading JSON: a tree of nodes whose texts lie in the line, where their escapes are undone in place.

struct cloister_value {
    const char *name, *text;
    struct cloister_value *first, *next;
    uint32_t name_length, length; // of a container: how many it holds
    uint8_t kind;
    bool flag;
};

struct block {
    struct block *next;
    size_t used;
    struct cloister_value values[512];
};

// A line and what was read of it.
struct message {
    struct message *next;
    struct block *blocks;
    size_t values;
    bool is_crowded; // it has more values than are kept
    struct cloister_value root;
    size_t length;
    char text[];
};

static void free_message(struct message *message) {
    if (!message) return;
    for (struct block *block = message->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(message);
}

struct parser {
    struct message *message;
    char *at, *end;
};

static struct cloister_value *new_value(struct message *message, int depth) {
    if (message->values >= (size_t)VALUE_LIMIT + (depth <= 1 ? TOP_RESERVE : 0)) {
        message->is_crowded = true;
        return NULL;
    }
    if (!message->blocks || message->blocks->used == sizeof message->blocks->values / sizeof *message->blocks->values) {
        struct block *block = allocate(NULL, sizeof *block);
        block->next = message->blocks;
        block->used = 0;
        message->blocks = block;
    }
    message->values++;
    struct cloister_value *value = &message->blocks->values[message->blocks->used++];
    *value = (struct cloister_value){0};
    return value;
}

static void skip_space(struct parser *parser) {
    while (parser->at < parser->end && strchr(" \t\r\n", *parser->at) && *parser->at) parser->at++;
}

static bool take(struct parser *parser, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(parser->end - parser->at) < length || memcmp(parser->at, word, length) != 0) return false;
    parser->at += length;
    return true;
}

// The bytes of one character of UTF-8 (RFC 3629), 0 where there is none.
static size_t character(const char *at, size_t left) {
    const unsigned char *byte = (const unsigned char *)at;
    size_t length = 0;
    if (byte[0] < 0x80) length = 1;
    else if (byte[0] >= 0xC2 && byte[0] < 0xF5) length = byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
    if (length == 0 || length > left) return 0;
    for (size_t index = 1; index < length; index++)
        if ((byte[index] & 0xC0) != 0x80) return 0;
    if (byte[0] == 0xE0 && byte[1] < 0xA0) return 0;
    if (byte[0] == 0xED && byte[1] > 0x9F) return 0;
    if (byte[0] == 0xF0 && byte[1] < 0x90) return 0;
    if (byte[0] == 0xF4 && byte[1] > 0x8F) return 0;
    return length;
}

static bool read_unit(struct parser *parser, uint32_t *unit) {
    if (parser->end - parser->at < 4) return false;
    *unit = 0;
    for (int count = 0; count < 4; count++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = *parser->at ? strchr(digits, *parser->at) : NULL;
        if (!digit) return false;
        parser->at++;
        ptrdiff_t value = digit - digits;
        *unit = *unit << 4 | (uint32_t)(value < 16 ? value : value - 6);
    }
    return true;
}

// Behind the backslash. What it stands for is never longer than itself.
static bool read_escape(struct parser *parser, char **out) {
    if (parser->at == parser->end) return false;
    char letter = *parser->at++;
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found) {
        *(*out)++ = meanings[found - letters];
        return true;
    }
    uint32_t code, low;
    if (letter != 'u' || !read_unit(parser, &code)) return false;
    if (code >= 0xDC00 && code < 0xE000) return false;
    if (code >= 0xD800 && code < 0xDC00) {
        if (!take(parser, "\\u") || !read_unit(parser, &low) || low < 0xDC00 || low >= 0xE000) return false;
        code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
    }
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    *(*out)++ = (char)(leads[more] | code >> 6 * more);
    while (more-- > 0) *(*out)++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return true;
}

static bool read_string(struct parser *parser, const char **text, uint32_t *length) {
    if (!take(parser, "\"")) return false;
    char *out = parser->at;
    *text = out;
    while (parser->at < parser->end && *parser->at != '"') {
        if (*parser->at == '\\') {
            parser->at++;
            if (!read_escape(parser, &out)) return false;
            continue;
        }
        size_t size = character(parser->at, (size_t)(parser->end - parser->at));
        if (size == 0 || (unsigned char)*parser->at < 0x20) return false;
        memmove(out, parser->at, size);
        out += size;
        parser->at += size;
    }
    if (!take(parser, "\"")) return false;
    *length = (uint32_t)(out - *text);
    *out = 0;
    return true;
}

static bool read_digits(struct parser *parser) {
    const char *start = parser->at;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') parser->at++;
    return parser->at > start;
}

static bool read_number(struct parser *parser) {
    take(parser, "-");
    if (!take(parser, "0") && !read_digits(parser)) return false;
    if (take(parser, ".") && !read_digits(parser)) return false;
    if (take(parser, "e") || take(parser, "E")) {
        if (!take(parser, "+")) take(parser, "-");
        if (!read_digits(parser)) return false;
    }
    return true;
}

// Reads into `value`; NULL only checks, where there is no room for more.
static bool read_value(struct parser *parser, struct cloister_value *value, int depth) {
    struct cloister_value ignored = {0};
    bool is_kept = value != NULL;
    if (!is_kept) value = &ignored;
    skip_space(parser);
    if (parser->at == parser->end) return false;
    char start = *parser->at;
    if (start == '{' || start == '[') {
        if (depth >= DEPTH_LIMIT) return false;
        bool is_object = start == '{';
        const char *close = is_object ? "}" : "]";
        value->kind = is_object ? CLOISTER_OBJECT : CLOISTER_ARRAY;
        parser->at++;
        skip_space(parser);
        if (take(parser, close)) return true;
        struct cloister_value **place = &value->first;
        do {
            struct cloister_value *part = is_kept ? new_value(parser->message, depth + 1) : NULL;
            const char *name = NULL;
            uint32_t name_length = 0;
            if (is_object) {
                skip_space(parser);
                if (!read_string(parser, &name, &name_length)) return false;
                skip_space(parser);
                if (!take(parser, ":")) return false;
            }
            if (!read_value(parser, part, depth + 1)) return false;
            if (part) {
                part->name = name;
                part->name_length = name_length;
                *place = part;
                place = &part->next;
                value->length++;
            }
            skip_space(parser);
        } while (take(parser, ","));
        return take(parser, close);
    }
    if (start == '"') {
        value->kind = CLOISTER_STRING;
        return read_string(parser, &value->text, &value->length);
    }
    if (take(parser, "null")) return true;
    value->kind = CLOISTER_BOOL;
    if ((value->flag = take(parser, "true")) || take(parser, "false")) return true;
    value->kind = CLOISTER_NUMBER;
    value->text = parser->at;
    if (!read_number(parser)) return false;
    value->length = (uint32_t)(parser->at - value->text);
    return true;
}

static struct message *parse(const char *line, size_t length) {
    struct message *message = allocate(NULL, sizeof *message + length + 1);
    memset(message, 0, sizeof *message);
    message->length = length;
    memcpy(message->text, line, length);
    message->text[length] = 0;
    struct parser parser = {message, message->text, message->text + length};
    bool is_valid = read_value(&parser, &message->root, 0);
    skip_space(&parser);
    if (is_valid && parser.at == parser.end) return message;
    free_message(message);
    return NULL;
}

enum cloister_kind cloister_kind_of(const cloister_value *value) {
    return value ? (enum cloister_kind)value->kind : CLOISTER_NULL;
}

static bool is_kind(const cloister_value *value, enum cloister_kind kind) { return value && value->kind == kind; }

const cloister_value *cloister_member(const cloister_value *object, const char *name) {
    size_t length = strlen(name);
    if (!is_kind(object, CLOISTER_OBJECT)) return NULL;
    for (const cloister_value *member = object->first; member; member = member->next)
        if (member->name_length == length && memcmp(member->name, name, length) == 0) return member;
    return NULL;
}

const cloister_value *cloister_first(const cloister_value *container) { return container ? container->first : NULL; }
const cloister_value *cloister_next(const cloister_value *element) { return element ? element->next : NULL; }
const char *cloister_name(const cloister_value *member) { return member ? member->name : NULL; }

size_t cloister_count(const cloister_value *container) {
    return is_kind(container, CLOISTER_OBJECT) || is_kind(container, CLOISTER_ARRAY) ? container->length : 0;
}

const char *cloister_bytes(const cloister_value *value, size_t *length) {
    if (!is_kind(value, CLOISTER_STRING)) return NULL;
    *length = value->length;
    return value->text;
}

const char *cloister_text(const cloister_value *value) {
    return is_kind(value, CLOISTER_STRING) && strlen(value->text) == value->length ? value->text : NULL;
}

bool cloister_is_true(const cloister_value *value) { return is_kind(value, CLOISTER_BOOL) && value->flag; }

// A number's text, ended by NUL; false where the value is none or has more digits than any number needs.
static bool digits_of(const cloister_value *value, char digits[static 512]) {
    if (!is_kind(value, CLOISTER_NUMBER) || value->length >= 512) return false;
    memcpy(digits, value->text, value->length);
    digits[value->length] = 0;
    return true;
}

bool cloister_integer(const cloister_value *value, int64_t *result) {
    char digits[512], *end;
    if (!digits_of(value, digits)) return false;
    errno = 0;
    long long number = strtoll(digits, &end, 10);
    if (*end || errno) return false;
    *result = number;
    return true;
}

bool cloister_number(const cloister_value *value, double *result) {
    char digits[512];
    if (!digits_of(value, digits)) return false;
    *result = strtod(digits, NULL);
    return true;
}

// ---- Writing JSON

struct cloister_writer {
    struct cloister_writer *next;
    char *bytes;
    size_t length, capacity, limit;
    int depth;
    bool is_spoiled, is_overlong, has_key;
    bool is_object[DEPTH_LIMIT + 1], has_parts[DEPTH_LIMIT + 1];
};

static void add(cloister_writer *writer, const char *bytes, size_t length) {
    if (writer->length + length > writer->limit) writer->is_overlong = true;
    if (writer->is_overlong) return;
    if (writer->length + length > writer->capacity) {
        writer->capacity = (writer->length + length) * 2;
        writer->bytes = allocate(writer->bytes, writer->capacity);
    }
    if (length) memcpy(writer->bytes + writer->length, bytes, length);
    writer->length += length;
}

static void add_text(cloister_writer *writer, const char *text) { add(writer, text, strlen(text)); }

static void add_quoted(cloister_writer *writer, const char *bytes, size_t length) {
    add_text(writer, "\"");
    for (size_t at = 0, size; at < length; at += size ? size : 1) {
        size = character(bytes + at, length - at);
        unsigned char byte = (unsigned char)bytes[at];
        if (size == 0) {
            add_text(writer, "\xEF\xBF\xBD");
        } else if (byte == '"' || byte == '\\') {
            add(writer, (char[]){'\\', (char)byte}, 2);
        } else if (byte < 0x20) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", byte);
            add_text(writer, escape);
        } else {
            add(writer, bytes + at, size);
        }
    }
    add_text(writer, "\"");
}

// Whether a value may come here, with the comma before it.
static bool begins(cloister_writer *writer) {
    int depth = writer->depth;
    if (writer->is_object[depth] ? !writer->has_key : depth == 0 && writer->has_parts[0]) writer->is_spoiled = true;
    if (writer->is_spoiled) return false;
    if (!writer->is_object[depth] && writer->has_parts[depth]) add_text(writer, ",");
    writer->has_parts[depth] = true;
    writer->has_key = false;
    return true;
}

static void open_container(cloister_writer *writer, bool is_object) {
    if (!begins(writer)) return;
    if (writer->depth == DEPTH_LIMIT) {
        writer->is_spoiled = true;
        return;
    }
    writer->depth++;
    writer->is_object[writer->depth] = is_object;
    writer->has_parts[writer->depth] = false;
    add_text(writer, is_object ? "{" : "[");
}

static void close_container(cloister_writer *writer, bool is_object) {
    bool is_open = writer->depth > 0 && writer->is_object[writer->depth] == is_object;
    if (!is_open || writer->has_key) writer->is_spoiled = true;
    if (writer->is_spoiled) return;
    writer->depth--;
    add_text(writer, is_object ? "}" : "]");
}

void cloister_open_object(cloister_writer *writer) { open_container(writer, true); }
void cloister_close_object(cloister_writer *writer) { close_container(writer, true); }
void cloister_open_array(cloister_writer *writer) { open_container(writer, false); }
void cloister_close_array(cloister_writer *writer) { close_container(writer, false); }

void cloister_key(cloister_writer *writer, const char *name) {
    if (!writer->is_object[writer->depth] || writer->has_key) writer->is_spoiled = true;
    if (writer->is_spoiled) return;
    if (writer->has_parts[writer->depth]) add_text(writer, ",");
    writer->has_parts[writer->depth] = true;
    add_quoted(writer, name, strlen(name));
    add_text(writer, ":");
    writer->has_key = true;
}

void cloister_put_bytes(cloister_writer *writer, const char *bytes, size_t length) {
    if (begins(writer)) add_quoted(writer, bytes, length);
}

void cloister_put_text(cloister_writer *writer, const char *text) {
    if (text) cloister_put_bytes(writer, text, strlen(text));
    else cloister_put_null(writer);
}

void cloister_put_format(cloister_writer *writer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) writer->is_spoiled = true;
    else cloister_put_bytes(writer, text, (size_t)length);
    if (length >= 0) free(text);
}

static void put_word(cloister_writer *writer, const char *word) {
    if (begins(writer)) add_text(writer, word);
}

void cloister_put_integer(cloister_writer *writer, int64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    put_word(writer, digits);
}

// With as few digits as bring the same number back.
void cloister_put_number(cloister_writer *writer, double number) {
    char digits[40] = "null";
    for (int precision = 15; isfinite(number) && precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) break;
    }
    put_word(writer, digits);
}

void cloister_put_bool(cloister_writer *writer, bool flag) { put_word(writer, flag ? "true" : "false"); }
void cloister_put_null(cloister_writer *writer) { put_word(writer, "null"); }

void cloister_put_value(cloister_writer *writer, const cloister_value *value) {
    switch (cloister_kind_of(value)) {
    case CLOISTER_NULL: cloister_put_null(writer); return;
    case CLOISTER_BOOL: cloister_put_bool(writer, value->flag); return;
    case CLOISTER_STRING: cloister_put_bytes(writer, value->text, value->length); return;
    case CLOISTER_NUMBER:
        if (begins(writer)) add(writer, value->text, value->length);
        return;
    case CLOISTER_ARRAY:
    case CLOISTER_OBJECT: break;
    }
    bool is_object = value->kind == CLOISTER_OBJECT;
    open_container(writer, is_object);
    for (const cloister_value *part = value->first; part; part = part->next) {
        // A name may have a NUL in it, and so does not go through `cloister_key`.
        if (is_object && !writer->is_spoiled) {
            if (writer->has_parts[writer->depth]) add_text(writer, ",");
            writer->has_parts[writer->depth] = true;
            add_quoted(writer, part->name, part->name_length);
            add_text(writer, ":");
            writer->has_key = true;
        }
        cloister_put_value(writer, part);
    }
    close_container(writer, is_object);
}

// ---- The plugin's state: one plugin in a process.

struct cloister_call {
    struct cloister_call *next_waiting, *next;
    struct message *request, *configuration;
    struct message *answers; // to its own requests
    struct cloister_writer *writers;
    char *id; // as JSON
    const char *name, *hook, *run;
    const cloister_tool *tool;
    const cloister_handler *filter, *action;
    const cloister_value *grants;
    int64_t deadline, milliseconds; // in nanoseconds of the monotonic clock; what the host allowed
    atomic_bool is_cancelled;
    int code;
    char *words, *hint;
};

// A request to the host that waits for its answer.
struct question {
    struct question *next;
    uint64_t number;
    struct message *answer;
};

static struct {
    const cloister_plugin *plugin;
    int output;
    size_t line_limit;
    pthread_mutex_t writing, lock;
    pthread_cond_t changed; // of everything below; on the monotonic clock
    struct cloister_call *waiting, **waiting_end, *calls;
    size_t call_count;
    struct question *questions;
    uint64_t last_question;
    char **shutdowns; // the ids of `shutdown`, answered behind the last call
    size_t shutdown_count;
    struct message *configuration; // of `initialize` or `configuration/changed`, kept for good: calls refer to it
    const cloister_value *grants;
    bool has_ended;
} host = {
    .output = -1,
    .line_limit = LINE_LIMIT,
    .writing = PTHREAD_MUTEX_INITIALIZER,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Writes the line and its end at once, or ends the process when nobody reads it any more.
static void send_line(cloister_writer *writer) {
    if (!writer->is_overlong) {
        writer->limit++;
        add_text(writer, "\n");
        pthread_mutex_lock(&host.writing);
        for (size_t at = 0; at < writer->length;) {
            ssize_t count = write(host.output, writer->bytes + at, writer->length - at);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) _exit(0);
            at += (size_t)count;
        }
        pthread_mutex_unlock(&host.writing);
    }
    free(writer->bytes);
    writer->bytes = NULL;
}

static void answer_error(const char *id, int code, const char *words, const char *hint) {
    // Escaped, a byte may take six.
    size_t longest = host.line_limit / 16 < MESSAGE_LIMIT ? host.line_limit / 16 : MESSAGE_LIMIT;
    cloister_writer line = {.limit = host.line_limit};
    char number[16];
    snprintf(number, sizeof number, "%d", code);
    add_text(&line, "{\"jsonrpc\":\"2.0\",\"id\":");
    add_text(&line, id);
    add_text(&line, ",\"error\":{\"code\":");
    add_text(&line, number);
    add_text(&line, ",\"message\":");
    add_quoted(&line, words, strnlen(words, longest));
    if (hint) {
        add_text(&line, ",\"data\":{\"hint\":");
        add_quoted(&line, hint, strnlen(hint, longest));
        add_text(&line, "}");
    }
    add_text(&line, "}}");
    send_line(&line);
}

__attribute__((format(printf, 3, 4))) static void refuse(const char *id, int code, const char *format, ...) {
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    answer_error(id, code, words, NULL);
}

// `member` names what the result is wrapped in; NULL for none.
static void answer_result(const char *id, const char *member, const cloister_writer *result) {
    cloister_writer line = {.limit = host.line_limit};
    add_text(&line, "{\"jsonrpc\":\"2.0\",\"id\":");
    add_text(&line, id);
    add_text(&line, ",\"result\":");
    if (member) {
        add_text(&line, "{\"");
        add_text(&line, member);
        add_text(&line, "\":");
    }
    if (result && result->length) add(&line, result->bytes, result->length);
    else add_text(&line, member ? "null" : "{}");
    add_text(&line, member ? "}}" : "}");
    bool is_overlong = line.is_overlong;
    send_line(&line);
    if (is_overlong)
        refuse(id, CLOISTER_QUOTA_EXCEEDED, "the result is longer than a line may be: %zu bytes", host.line_limit);
}

void cloister_log(const char *level, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    cloister_writer line = {.limit = host.line_limit};
    add_text(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"level\":");
    add_quoted(&line, level, strlen(level));
    add_text(&line, ",\"message\":");
    add_quoted(&line, text, (size_t)length);
    add_text(&line, "}}");
    free(text);
    if (host.output >= 0) send_line(&line);
    else free(line.bytes);
}

// ---- Calls

static void set_failure(cloister_call *call, int code, char *words) {
    cloister_forgive(call);
    call->code = code;
    call->words = words;
}

bool cloister_fail(cloister_call *call, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *words = NULL;
    if (vasprintf(&words, format, arguments) < 0) words = NULL;
    va_end(arguments);
    set_failure(call, code, words);
    return false;
}

bool cloister_hint(cloister_call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    free(call->hint);
    if (vasprintf(&call->hint, format, arguments) < 0) call->hint = NULL;
    va_end(arguments);
    return false;
}

int cloister_failure(const cloister_call *call) { return call->code; }

void cloister_forgive(cloister_call *call) {
    free(call->words);
    free(call->hint);
    call->words = call->hint = NULL;
    call->code = 0;
}

bool cloister_cancelled(const cloister_call *call) { return atomic_load(&call->is_cancelled); }

double cloister_seconds_left(const cloister_call *call) {
    int64_t left = call->deadline - now();
    return left > 0 ? (double)left / 1e9 : 0;
}

bool cloister_check(cloister_call *call) {
    if (cloister_cancelled(call)) return cloister_fail(call, CLOISTER_CANCELLED, "cancelled");
    if (call->deadline <= now())
        return cloister_fail(call, CLOISTER_DEADLINE_EXCEEDED, "deadline exceeded: %s", call->name);
    return true;
}

// A little less than the host's own time, so that the reason for a late answer is still heard.
static void prolong(cloister_call *call) { call->deadline = now() + call->milliseconds * 950000; }

void cloister_progress(cloister_call *call, double done, double total, const char *message) {
    cloister_writer values = {.limit = host.line_limit}, line = {.limit = host.line_limit};
    cloister_open_object(&values);
    cloister_key(&values, "done");
    cloister_put_number(&values, done);
    if (total >= 0) {
        cloister_key(&values, "total");
        cloister_put_number(&values, total);
    }
    if (message) {
        cloister_key(&values, "message");
        cloister_put_text(&values, message);
    }
    cloister_close_object(&values);
    add_text(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"id\":");
    add_text(&line, call->id);
    add_text(&line, ",");
    if (!values.is_overlong) add(&line, values.bytes + 1, values.length - 1);
    add_text(&line, "}");
    free(values.bytes);
    if (values.is_overlong) {
        free(line.bytes);
        return;
    }
    prolong(call);
    send_line(&line);
}

const cloister_value *cloister_configuration(const cloister_call *call) {
    if (!call->configuration) return NULL;
    return cloister_member(cloister_member(&call->configuration->root, "params"), "configuration");
}

const cloister_value *cloister_grants(const cloister_call *call) { return call->grants; }
const char *cloister_hook(const cloister_call *call) { return call->hook; }
const char *cloister_hook_run(const cloister_call *call) { return call->run; }

cloister_writer *cloister_new_writer(cloister_call *call) {
    cloister_writer *writer = allocate(NULL, sizeof *writer);
    memset(writer, 0, sizeof *writer);
    writer->limit = host.line_limit;
    writer->next = call->writers;
    call->writers = writer;
    return writer;
}

static bool is_complete(const cloister_writer *writer) {
    return !writer->is_spoiled && !writer->is_overlong && writer->depth == 0;
}

// Waits for the answer to a question in the list, where it was `asked`, and takes it off. NULL when there is none.
static struct message *answer_to(struct question *question, cloister_call *call, bool asked) {
    pthread_mutex_lock(&host.lock);
    while (asked && !question->answer && !cloister_cancelled(call) && call->deadline > now()) {
        struct timespec until = {call->deadline / 1000000000, call->deadline % 1000000000};
        pthread_cond_timedwait(&host.changed, &host.lock, &until);
    }
    for (struct question **place = &host.questions; *place; place = &(*place)->next)
        if (*place == question) {
            *place = question->next;
            break;
        }
    struct message *answer = question->answer;
    pthread_mutex_unlock(&host.lock);
    return answer;
}

bool cloister_request(
    cloister_call *call, const char *method, cloister_writer *parameters, const cloister_value **result) {
    if (!cloister_check(call)) return false;
    if (parameters && !is_complete(parameters))
        return parameters->is_overlong
            ? cloister_fail(call, CLOISTER_QUOTA_EXCEEDED, "a request is longer than a line may be: %s", method)
            : cloister_fail(call, CLOISTER_PLUGIN_FAILED, "the parameters of %s are no JSON", method);
    struct question question = {0};
    pthread_mutex_lock(&host.lock);
    question.number = ++host.last_question;
    question.next = host.questions;
    host.questions = &question;
    pthread_mutex_unlock(&host.lock);

    cloister_writer line = {.limit = host.line_limit};
    char id[32];
    snprintf(id, sizeof id, "\"p%llu\"", (unsigned long long)question.number);
    add_text(&line, "{\"jsonrpc\":\"2.0\",\"id\":");
    add_text(&line, id);
    add_text(&line, ",\"method\":");
    add_quoted(&line, method, strlen(method));
    add_text(&line, ",\"params\":");
    if (parameters && parameters->length) add(&line, parameters->bytes, parameters->length);
    else add_text(&line, "{}");
    add_text(&line, "}");
    bool is_overlong = line.is_overlong;
    send_line(&line);
    struct message *answer = answer_to(&question, call, !is_overlong);
    if (is_overlong)
        return cloister_fail(call, CLOISTER_QUOTA_EXCEEDED, "a request is longer than a line may be: %s", method);
    if (!answer) {
        if (cloister_check(call)) cloister_fail(call, CLOISTER_UNREACHABLE, "the host does not answer: %s", method);
        return false;
    }
    answer->next = call->answers;
    call->answers = answer;
    const cloister_value *error = cloister_member(&answer->root, "error");
    if (!error) {
        if (result) *result = cloister_member(&answer->root, "result");
        return true;
    }
    int64_t code = CLOISTER_PLUGIN_FAILED;
    cloister_integer(cloister_member(error, "code"), &code);
    const char *words = cloister_text(cloister_member(error, "message"));
    const char *hint = cloister_text(cloister_member(cloister_member(error, "data"), "hint"));
    cloister_fail(call, (int)code, "%s", words ? words : "the host refuses");
    if (hint) cloister_hint(call, "%s", hint);
    return false;
}

// Parameters that are a few texts: names and values in turn, ended by NULL. A value of NULL is left out.
__attribute__((sentinel)) static cloister_writer *texts(cloister_call *call, const char *name, ...) {
    cloister_writer *writer = cloister_new_writer(call);
    va_list arguments;
    va_start(arguments, name);
    cloister_open_object(writer);
    for (; name; name = va_arg(arguments, const char *)) {
        const char *value = va_arg(arguments, const char *);
        if (!value) continue;
        cloister_key(writer, name);
        cloister_put_text(writer, value);
    }
    va_end(arguments);
    return writer;
}

static cloister_writer *closed(cloister_writer *writer) {
    cloister_close_object(writer);
    return writer;
}

// Adds a member that the plugin has written elsewhere.
static cloister_writer *with(cloister_writer *writer, const char *name, const cloister_writer *value) {
    cloister_key(writer, name);
    if (value && !is_complete(value)) writer->is_spoiled = true;
    if (begins(writer)) {
        if (value && value->length) add(writer, value->bytes, value->length);
        else add_text(writer, "null");
    }
    return closed(writer);
}

// `id` is the document's, where the answer does not name it.
static bool document_request(
    cloister_call *call, const char *method, cloister_writer *parameters, const char *id, cloister_document *result) {
    const cloister_value *answer = NULL;
    if (!cloister_request(call, method, parameters, &answer)) return false;
    const char *given = cloister_text(cloister_member(answer, "document"));
    *result = (cloister_document){
        .document = given ? given : id,
        .path = cloister_text(cloister_member(answer, "path")),
        .name = cloister_text(cloister_member(answer, "name")),
        .media_type = cloister_text(cloister_member(answer, "mediaType")),
        .sha256 = cloister_text(cloister_member(answer, "sha256")),
    };
    cloister_integer(cloister_member(answer, "size"), &result->size);
    return true;
}

bool cloister_open(cloister_call *call, const char *document, cloister_document *result) {
    return document_request(call, "document/open", closed(texts(call, "document", document, NULL)), document, result);
}

bool cloister_info(cloister_call *call, const char *document, cloister_document *result) {
    return document_request(call, "document/info", closed(texts(call, "document", document, NULL)), document, result);
}

bool cloister_create(
    cloister_call *call, const char *path, const char *name, const char *media_type, cloister_document *result) {
    cloister_writer *parameters = closed(texts(call, "path", path, "name", name, "mediaType", media_type, NULL));
    return document_request(call, "document/create", parameters, NULL, result);
}

bool cloister_storage_get(cloister_call *call, const char *key, const cloister_value **value) {
    const cloister_value *answer = NULL;
    if (!cloister_request(call, "storage/get", closed(texts(call, "key", key, NULL)), &answer)) return false;
    *value = cloister_member(answer, "value");
    return true;
}

bool cloister_storage_put(cloister_call *call, const char *key, cloister_writer *value) {
    return cloister_request(call, "storage/put", with(texts(call, "key", key, NULL), "value", value), NULL);
}

bool cloister_storage_delete(cloister_call *call, const char *key, bool *deleted) {
    const cloister_value *answer = NULL;
    if (!cloister_request(call, "storage/delete", closed(texts(call, "key", key, NULL)), &answer)) return false;
    if (deleted) *deleted = cloister_is_true(cloister_member(answer, "deleted"));
    return true;
}

bool cloister_storage_list(
    cloister_call *call, const char *prefix, const char **cursor, int limit, const cloister_value **keys) {
    const cloister_value *answer = NULL;
    cloister_writer *parameters = texts(call, "prefix", prefix, "cursor", *cursor, NULL);
    if (limit > 0) {
        cloister_key(parameters, "limit");
        cloister_put_integer(parameters, limit);
    }
    if (!cloister_request(call, "storage/list", closed(parameters), &answer)) return false;
    *keys = cloister_member(answer, "keys");
    *cursor = cloister_text(cloister_member(answer, "cursor"));
    return true;
}

bool cloister_secret(cloister_call *call, const char *name, const char **value) {
    const cloister_value *answer = NULL;
    if (!cloister_request(call, "secret/get", closed(texts(call, "name", name, NULL)), &answer)) return false;
    *value = cloister_text(cloister_member(answer, "value"));
    return *value || cloister_fail(call, CLOISTER_PLUGIN_FAILED, "a secret that is no text: %s", name);
}

bool cloister_emit(cloister_call *call, const char *event, cloister_writer *value) {
    return cloister_request(call, "event/emit", with(texts(call, "event", event, NULL), "value", value), NULL);
}

bool cloister_connection(
    cloister_call *call, const char *connection, const char *action, cloister_writer *input,
    const cloister_value **result) {
    cloister_writer *parameters = with(texts(call, "connection", connection, "action", action, NULL), "input", input);
    return cloister_request(call, "connection/call", parameters, result);
}

// ---- Serving

static void free_call(struct cloister_call *call) {
    cloister_forgive(call);
    free_message(call->request);
    for (struct message *answer = call->answers, *next; answer; answer = next) {
        next = answer->next;
        free_message(answer);
    }
    for (struct cloister_writer *writer = call->writers, *next; writer; writer = next) {
        next = writer->next;
        free(writer->bytes);
        free(writer);
    }
    free(call->id);
    free(call);
}

// An identifier as the JSON text that goes back: a string or a whole number. NULL for anything else. To be freed.
static char *identifier(const cloister_value *value) {
    int64_t number;
    if (!is_kind(value, CLOISTER_STRING) && !cloister_integer(value, &number)) return NULL;
    cloister_writer text = {.limit = 4096};
    cloister_put_value(&text, value);
    add(&text, "", 1);
    if (!text.is_overlong) return text.bytes;
    free(text.bytes);
    return NULL;
}

// With the lock held: takes the ids of `shutdown` when they are due.
static char **due_shutdowns(size_t *count) {
    *count = host.calls ? 0 : host.shutdown_count;
    char **due = *count ? host.shutdowns : NULL;
    if (*count) {
        host.shutdowns = NULL;
        host.shutdown_count = 0;
    }
    return due;
}

static void answer_shutdowns(char **ids, size_t count) {
    for (size_t index = 0; index < count; index++) {
        answer_result(ids[index], NULL, NULL);
        free(ids[index]);
    }
    free(ids);
}

// With the failure that is set, or with this one where none is.
static void answer_failure(const char *id, const struct cloister_call *call, int code, const char *words) {
    answer_error(id, call->code ? call->code : code, call->words ? call->words : words, call->hint);
}

static void run_call(struct cloister_call *call) {
    const cloister_value *parameters = cloister_member(&call->request->root, "params");
    cloister_writer *result = cloister_new_writer(call);
    bool is_done = cloister_check(call);
    if (is_done && call->tool) {
        is_done = call->tool->run(call, cloister_member(parameters, "input"), result);
    } else if (is_done) {
        const cloister_handler *handler = call->filter ? call->filter : call->action;
        const cloister_value *context = cloister_member(parameters, "context");
        is_done = handler->run(call, cloister_member(parameters, "value"), context, result);
    }
    if (is_done && result->is_overlong)
        is_done = cloister_fail(call, CLOISTER_QUOTA_EXCEEDED, "the result is longer than a line may be");
    if (is_done && !is_complete(result))
        is_done = cloister_fail(call, CLOISTER_PLUGIN_FAILED, "the result of %s is no JSON", call->name);
    const char *member = call->tool ? "output" : call->filter ? "value" : NULL;
    if (is_done) answer_result(call->id, member, call->action ? NULL : result);
    else answer_failure(call->id, call, CLOISTER_PLUGIN_FAILED, "failed");
}

static void *work(void *unused) {
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&host.lock);
        while (!host.waiting && !host.has_ended) pthread_cond_wait(&host.changed, &host.lock);
        struct cloister_call *call = host.waiting;
        if (call) {
            host.waiting = call->next_waiting;
            if (!host.waiting) host.waiting_end = &host.waiting;
        }
        pthread_mutex_unlock(&host.lock);
        if (!call) return NULL;
        run_call(call);
        pthread_mutex_lock(&host.lock);
        for (struct cloister_call **place = &host.calls; *place; place = &(*place)->next)
            if (*place == call) {
                *place = call->next;
                break;
            }
        host.call_count--;
        size_t count;
        char **due = due_shutdowns(&count);
        pthread_cond_broadcast(&host.changed);
        pthread_mutex_unlock(&host.lock);
        free_call(call);
        answer_shutdowns(due, count);
    }
}

static const cloister_handler *handler_named(const cloister_handler *handlers, const char *name) {
    for (; handlers && handlers->name; handlers++)
        if (strcmp(handlers->name, name) == 0) return handlers;
    return NULL;
}

static const cloister_tool *tool_named(const cloister_tool *tools, const char *name) {
    for (; tools && tools->name; tools++)
        if (strcmp(tools->name, name) == 0) return tools;
    return NULL;
}

// Takes over `message` and `id`.
static void start_call(struct message *message, char *id, const char *method) {
    const cloister_value *parameters = cloister_member(&message->root, "params");
    bool is_tool = strcmp(method, "tool/call") == 0, is_filter = strcmp(method, "hook/filter") == 0;
    bool is_known = is_tool || is_filter || strcmp(method, "hook/action") == 0;
    const char *name = cloister_text(cloister_member(parameters, is_tool ? "name" : "handler"));
    const cloister_tool *tool = is_tool && name ? tool_named(host.plugin->tools, name) : NULL;
    const cloister_handler *filter = is_filter && name ? handler_named(host.plugin->filters, name) : NULL;
    const cloister_handler *action = !is_tool && !is_filter && name ? handler_named(host.plugin->actions, name) : NULL;
    const char *kind = is_tool ? "tool" : is_filter ? "filter" : "action";
    const cloister_value *input = cloister_member(parameters, "input");
    if (!is_known) refuse(id, CLOISTER_METHOD_NOT_FOUND, "method not found: %.80s", method);
    else if (!name) refuse(id, CLOISTER_INVALID_PARAMETERS, "the name of a %s is missing", kind);
    else if (!tool && !filter && !action) refuse(id, CLOISTER_NOT_FOUND, "%s not found: %.80s", kind, name);
    else if (tool && input && input->kind != CLOISTER_OBJECT)
        refuse(id, CLOISTER_INVALID_PARAMETERS, "the input of %s is no object", name);
    else if (message->is_crowded)
        refuse(id, CLOISTER_QUOTA_EXCEEDED, "more than %d values in one message", VALUE_LIMIT);
    else if (host.shutdown_count) refuse(id, CLOISTER_SHUTTING_DOWN, "the plugin is about to end");
    else if (host.call_count >= CALL_LIMIT) refuse(id, CLOISTER_RETRY_LATER, "more than %d calls at once", CALL_LIMIT);
    else {
        struct cloister_call *call = allocate(NULL, sizeof *call);
        *call = (struct cloister_call){
            .request = message,
            .id = id,
            .name = name,
            .tool = tool,
            .filter = filter,
            .action = action,
            .configuration = host.configuration,
            .grants = host.grants,
            .milliseconds = 30000,
        };
        int64_t given;
        if (cloister_integer(cloister_member(parameters, "deadlineMs"), &given) && given > 0)
            call->milliseconds = given < 86400000 ? given : 86400000;
        if (!is_tool) {
            call->hook = cloister_text(cloister_member(parameters, "hook"));
            call->run = cloister_text(cloister_member(parameters, "id"));
        }
        prolong(call);
        pthread_mutex_lock(&host.lock);
        call->next = host.calls;
        host.calls = call;
        host.call_count++;
        *host.waiting_end = call;
        host.waiting_end = &call->next_waiting;
        pthread_cond_broadcast(&host.changed);
        pthread_mutex_unlock(&host.lock);
        return;
    }
    free(id);
    free_message(message);
}

static void put_names(cloister_writer *writer, const cloister_handler *handlers) {
    for (; handlers && handlers->name; handlers++) cloister_put_text(writer, handlers->name);
}

// Keeps the message: what calls see of the configuration lies in it. True when the plugin takes it.
static bool configure(struct message *message, const char *id) {
    const cloister_value *parameters = cloister_member(&message->root, "params");
    struct cloister_call call = {.name = "configuration", .deadline = INT64_MAX, .configuration = message};
    const cloister_value *configuration = cloister_member(parameters, "configuration");
    bool is_taken = !host.plugin->configure || host.plugin->configure(&call, configuration);
    if (!is_taken) answer_failure(id, &call, CLOISTER_INVALID_CONFIGURATION, "the configuration is refused");
    cloister_forgive(&call);
    if (is_taken) host.configuration = message;
    return is_taken;
}

// True when the message is kept.
static bool initialize(struct message *message, const char *id) {
    const cloister_value *parameters = cloister_member(&message->root, "params");
    const char *protocol = cloister_text(cloister_member(parameters, "protocol"));
    if (!protocol || strcmp(protocol, CLOISTER_PROTOCOL) != 0) {
        if (!protocol) protocol = "no protocol";
        refuse(id, CLOISTER_UNSUPPORTED, "the host speaks %.40s, this plugin " CLOISTER_PROTOCOL, protocol);
        return false;
    }
    int64_t limit;
    const cloister_value *limits = cloister_member(parameters, "limits");
    if (cloister_integer(cloister_member(limits, "lineBytes"), &limit) && limit >= 1024 && limit <= INT32_MAX)
        host.line_limit = (size_t)limit;
    if (!configure(message, id)) return false;
    host.grants = cloister_member(parameters, "grants");
    cloister_writer result = {.limit = host.line_limit};
    cloister_open_object(&result);
    cloister_key(&result, "name");
    cloister_put_text(&result, host.plugin->name);
    cloister_key(&result, "version");
    cloister_put_text(&result, host.plugin->version);
    cloister_key(&result, "tools");
    cloister_open_array(&result);
    for (const cloister_tool *tool = host.plugin->tools; tool && tool->name; tool++)
        cloister_put_text(&result, tool->name);
    cloister_close_array(&result);
    cloister_key(&result, "hooks");
    cloister_open_array(&result);
    put_names(&result, host.plugin->filters);
    put_names(&result, host.plugin->actions);
    cloister_close_array(&result);
    cloister_close_object(&result);
    answer_result(id, NULL, &result);
    free(result.bytes);
    return true;
}

// Takes over `id`.
static void shut_down(char *id) {
    pthread_mutex_lock(&host.lock);
    host.shutdowns = allocate(host.shutdowns, (host.shutdown_count + 1) * sizeof *host.shutdowns);
    host.shutdowns[host.shutdown_count++] = id;
    size_t count;
    char **due = due_shutdowns(&count);
    pthread_mutex_unlock(&host.lock);
    answer_shutdowns(due, count);
}

static void cancel(const cloister_value *parameters) {
    char *id = identifier(cloister_member(parameters, "id"));
    if (!id) return;
    pthread_mutex_lock(&host.lock);
    for (struct cloister_call *call = host.calls; call; call = call->next)
        if (strcmp(call->id, id) == 0) atomic_store(&call->is_cancelled, true);
    pthread_cond_broadcast(&host.changed);
    pthread_mutex_unlock(&host.lock);
    free(id);
}

// An answer of the host. True when somebody waits for it and has taken the message over.
static bool deliver(struct message *message) {
    const char *id = cloister_text(cloister_member(&message->root, "id"));
    if (!id || *id != 'p') return false;
    uint64_t number = strtoull(id + 1, NULL, 10);
    bool is_awaited = false;
    pthread_mutex_lock(&host.lock);
    for (struct question *question = host.questions; question && !is_awaited; question = question->next)
        if (question->number == number && !question->answer) {
            question->answer = message;
            is_awaited = true;
        }
    pthread_cond_broadcast(&host.changed);
    pthread_mutex_unlock(&host.lock);
    return is_awaited;
}

static void take_line(const char *line, size_t length) {
    struct message *message = parse(line, length);
    if (!message || message->root.kind != CLOISTER_OBJECT) {
        fprintf(stderr, "passed over a line that is not a message\n");
        free_message(message);
        return;
    }
    const cloister_value *parameters = cloister_member(&message->root, "params");
    const char *method = cloister_text(cloister_member(&message->root, "method"));
    const cloister_value *given = cloister_member(&message->root, "id");
    char *id = identifier(given);
    bool is_kept = false;
    if (!method) {
        is_kept = deliver(message);
    } else if (!given) {
        if (strcmp(method, "cancel") == 0) cancel(parameters);
    } else if (!id) {
        fprintf(stderr, "passed over a request whose id is neither a string nor an integer\n");
    } else if (cloister_kind_of(parameters) != CLOISTER_OBJECT && cloister_kind_of(parameters) != CLOISTER_NULL) {
        refuse(id, CLOISTER_INVALID_PARAMETERS, "the parameters of %.80s are no object", method);
    } else if (strcmp(method, "tool/call") == 0 || strncmp(method, "hook/", 5) == 0) {
        start_call(message, id, method);
        return;
    } else if (strcmp(method, "initialize") == 0) {
        is_kept = initialize(message, id);
    } else if (strcmp(method, "configuration/changed") == 0) {
        is_kept = configure(message, id);
        if (is_kept) answer_result(id, NULL, NULL);
    } else if (strcmp(method, "ping") == 0) {
        answer_result(id, NULL, NULL);
    } else if (strcmp(method, "shutdown") == 0) {
        shut_down(id);
        id = NULL;
    } else {
        refuse(id, CLOISTER_METHOD_NOT_FOUND, "method not found: %.80s", method);
    }
    free(id);
    if (!is_kept) free_message(message);
}

// Reads lines until the end of the input. One over the limit is passed over, and no more than the limit of it is kept.
static void read_lines(void) {
    size_t capacity = 1 << 16, filled = 0;
    char *buffer = allocate(NULL, capacity);
    bool is_overlong = false;
    for (;;) {
        if (filled == capacity) buffer = allocate(buffer, capacity *= 2);
        ssize_t count = read(STDIN_FILENO, buffer + filled, capacity - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        size_t searched = filled, start = 0;
        filled += (size_t)count;
        for (char *end; (end = memchr(buffer + searched, '\n', filled - searched));) {
            size_t stop = (size_t)(end - buffer);
            if (!is_overlong && stop - start <= host.line_limit) take_line(buffer + start, stop - start);
            else fprintf(stderr, "passed over a line that is longer than a line may be\n");
            is_overlong = false;
            searched = start = stop + 1;
        }
        memmove(buffer, buffer + start, filled - start);
        filled -= start;
        if (filled > host.line_limit) {
            is_overlong = true;
            filled = 0;
        }
    }
    free(buffer);
}

int cloister_run(const cloister_plugin *plugin) {
    host.plugin = plugin;
    host.waiting_end = &host.waiting;
    signal(SIGPIPE, SIG_IGN);
    // The protocol keeps the pipe for itself; whatever else prints is for people.
    host.output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (host.output < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&host.changed, &attributes);

    int workers = plugin->workers < 1 ? 1 : plugin->workers > WORKER_LIMIT ? WORKER_LIMIT : plugin->workers;
    for (int index = 0; index < workers; index++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, NULL) != 0) return 1;
        pthread_detach(thread);
    }
    read_lines();

    // What is in flight is cancelled and has a second to clean up.
    int64_t until = now() + 1000000000;
    pthread_mutex_lock(&host.lock);
    host.has_ended = true;
    for (struct cloister_call *call = host.calls; call; call = call->next) atomic_store(&call->is_cancelled, true);
    pthread_cond_broadcast(&host.changed);
    while (host.calls && now() < until) {
        struct timespec time = {until / 1000000000, until % 1000000000};
        pthread_cond_timedwait(&host.changed, &host.lock, &time);
    }
    pthread_mutex_unlock(&host.lock);
    return 0;
}
