#include "protocol.h"

#include "modes.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t under_way = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_was_cancelled;
static struct call *calls;
static atomic_bool stubborn;

void become_stubborn(void) {
    stubborn = true;
    signal(SIGTERM, SIG_IGN);
}

void send_repeatedly(const char *bytes, size_t length, size_t times) {
    pthread_mutex_lock(&output);
    size_t at = 0;
    while (times > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes + at, length - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            if (!stubborn) _exit(0);
            break;
        }
        at += (size_t)written;
        if (at < length) continue;
        at = 0;
        times--;
    }
    pthread_mutex_unlock(&output);
}

void send_bytes(const char *bytes, size_t length) { send_repeatedly(bytes, length, 1); }

void send_text(struct text *text) {
    send_bytes(text->bytes, text->length);
    text_free(text);
}

static void begin_answer(struct text *answer, struct slice id) {
    text_format(answer, "{\"jsonrpc\":\"2.0\",\"id\":");
    text_add_slice(answer, id);
}

static void answer_error(struct slice id, int code, const char *message) {
    struct text answer = {0};
    begin_answer(&answer, id);
    text_format(&answer, ",\"error\":{\"code\":%d,\"message\":", code);
    text_quote_string(&answer, message);
    text_format(&answer, "}}\n");
    send_text(&answer);
}

static void answer_nothing(struct slice id) {
    struct text answer = {0};
    begin_answer(&answer, id);
    text_format(&answer, ",\"result\":{}}\n");
    send_text(&answer);
}

void answer_initialize(struct slice id) {
    struct text answer = {0};
    begin_answer(&answer, id);
    text_format(&answer, ",\"result\":{\"name\":\"cloister-probe\",\"version\":\"1.0.0\",\"hooks\":[],\"tools\":[");
    list_tools(&answer);
    text_format(&answer, "]}}\n");
    send_text(&answer);
}

void fail(struct call *call, int error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(call->message, sizeof call->message, format, arguments);
    va_end(arguments);
    call->error = error;
}

static void finish_call(struct call *call) {
    pthread_mutex_lock(&under_way);
    for (struct call **at = &calls; *at; at = &(*at)->next) {
        if (*at != call) continue;
        *at = call->next;
        break;
    }
    pthread_mutex_unlock(&under_way);
    if (call->error != 0) {
        answer_error(call->id, call->error, call->message);
    } else {
        struct text answer = {0};
        begin_answer(&answer, call->id);
        text_format(&answer, ",\"result\":{\"output\":");
        if (call->output.length == 0) text_format(&call->output, "null");
        text_add(&answer, call->output.bytes, call->output.length);
        text_format(&answer, "}}\n");
        send_text(&answer);
    }
    text_free(&call->line);
    text_free(&call->output);
    free(call);
}

static void *run_call(void *argument) {
    struct call *call = argument;
    call->tool->run(call);
    finish_call(call);
    return NULL;
}

/// A part of a message as the same part of a copy of it.
static struct slice moved(struct slice slice, const char *from, const char *to) {
    return (struct slice){to + (slice.start - from), slice.length};
}

static void call_tool(struct slice line, struct slice id, struct slice parameters) {
    struct slice name, input;
    char plain[64];
    if (!json_member(parameters, "name", &name) || !json_string(name, plain, sizeof plain))
        return answer_error(id, invalid_parameters, "tool/call wants a name");
    const struct tool *tool = find_tool(slice_of(plain));
    if (tool == NULL) return answer_error(id, unknown_method, "there is no such tool");
    if (!json_member(parameters, "input", &input)) input = slice_of("{}");
    struct call *call = calloc(1, sizeof *call);
    text_add_slice(&call->line, line);
    call->id = moved(id, line.start, call->line.bytes);
    bool inside = input.start >= line.start && input.start < line.start + line.length;
    call->input = inside ? moved(input, line.start, call->line.bytes) : input;
    call->tool = tool;
    pthread_mutex_lock(&under_way);
    call->next = calls;
    calls = call;
    pthread_mutex_unlock(&under_way);
    if (tool->quick) {
        run_call(call);
        return;
    }
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run_call, call);
    if (error == 0) {
        pthread_detach(thread);
    } else {
        fail(call, plugin_failed, "no thread: %s", strerror(error));
        finish_call(call);
    }
}

static void cancel(struct slice parameters) {
    struct slice id;
    if (!json_member(parameters, "id", &id)) return;
    pthread_mutex_lock(&under_way);
    for (struct call *call = calls; call; call = call->next)
        if (call->id.length == id.length && memcmp(call->id.start, id.start, id.length) == 0) call->cancelled = true;
    pthread_cond_broadcast(&one_was_cancelled);
    pthread_mutex_unlock(&under_way);
}

bool wait_unless_cancelled(struct call *call, double seconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    long long nanoseconds = until.tv_nsec + (long long)(seconds * 1e9);
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&under_way);
    int error = 0;
    while (!call->cancelled && error != ETIMEDOUT) error = pthread_cond_timedwait(&one_was_cancelled, &under_way, &until);
    bool waited = !call->cancelled;
    pthread_mutex_unlock(&under_way);
    return waited;
}

static void take(struct slice line) {
    static const struct slice nobody = {"null", 4};
    struct slice message, method, id, parameters;
    if (!json_value(line, &message)) return answer_error(nobody, -32700, "that is not JSON");
    bool asks = json_member(message, "id", &id);
    if (!json_member(message, "params", &parameters)) parameters = slice_of("{}");
    char name[64];
    if (!json_member(message, "method", &method)) return; // an answer to a request of ours
    if (!json_string(method, name, sizeof name)) name[0] = '\0';
    if (!asks) {
        if (strcmp(name, "cancel") == 0) cancel(parameters);
    } else if (strcmp(name, "initialize") == 0) {
        if (!misbehave(on_initialize, id)) answer_initialize(id);
    } else if (strcmp(name, "tool/call") == 0) {
        if (!misbehave(on_call, id)) call_tool(line, id, parameters);
    } else if (strcmp(name, "shutdown") == 0) {
        if (!stubborn) answer_nothing(id);
    } else if (strcmp(name, "ping") == 0 || strcmp(name, "configuration/changed") == 0) {
        answer_nothing(id);
    } else {
        answer_error(id, unknown_method, "there is no such method");
    }
}

void serve(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&one_was_cancelled, &monotonic);
    struct text input = {0};
    size_t searched = 0;
    for (;;) {
        text_reserve(&input, 65536);
        ssize_t count = read(STDIN_FILENO, input.bytes + input.length, input.capacity - input.length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        input.length += (size_t)count;
        size_t start = 0;
        for (char *end; (end = memchr(input.bytes + searched, '\n', input.length - searched)) != NULL;) {
            size_t stop = (size_t)(end - input.bytes);
            take((struct slice){input.bytes + start, stop - start});
            start = searched = stop + 1;
        }
        memmove(input.bytes, input.bytes + start, input.length - start);
        searched = input.length -= start;
    }
    while (stubborn) pause();
    _exit(0);
}
