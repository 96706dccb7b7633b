#include "modes.h"

#include "protocol.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mode {
    const char *name;
    enum moment moment;
    /// True when nothing more is to be answered.
    bool (*act)(struct slice id);
    /// What goes on beside the answers, for as long as the process lives.
    void *(*go_on)(void *unused);
};

static const struct mode *mode;
static enum moment moment;
static const char *argument = "";

static void send_line(const char *line) {
    struct text text = {0};
    text_format(&text, "%s\n", line);
    send_text(&text);
}

/// An answer whose output is the given text, whatever that is.
static bool answer_with(struct slice id, const char *output, size_t length) {
    struct text text = {0};
    text_format(&text, "{\"jsonrpc\":\"2.0\",\"id\":");
    text_add_slice(&text, id);
    text_format(&text, ",\"result\":{\"output\":");
    text_add(&text, output, length);
    text_format(&text, "}}\n");
    send_text(&text);
    return true;
}

static void start_thread(void *(*body)(void *), void *value) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, value) == 0) pthread_detach(thread);
}

static bool print_banner(struct slice id) {
    (void)id;
    send_line("cloister-probe 1.0.0: welcome");
    return false;
}

static void *repeat_banner(void *unused) {
    for (;;) {
        sleep(3);
        send_line("cloister-probe: still here");
    }
    return unused;
}

static bool stay_silent(struct slice id) {
    (void)id;
    char discarded[65536];
    while (read(STDIN_FILENO, discarded, sizeof discarded) > 0) {}
    _exit(0);
}

static bool end(struct slice id) {
    (void)id;
    _exit(atoi(argument));
}

static bool speak_another(struct slice id) {
    struct text text = {0};
    text_format(&text, "{\"jsonrpc\":\"2.0\",\"id\":");
    text_add_slice(&text, id);
    if (strcmp(argument, "result") == 0)
        text_format(&text, ",\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"serverInfo\":{}}}\n");
    else
        text_format(&text, ",\"error\":{\"code\":%d,\"message\":\"the host speaks cloister/1, this plugin cloister/99\"}}\n",
            unsupported);
    send_text(&text);
    return true;
}

static void *flood_line(void *unused) {
    enum { mebibyte = 1 << 20, count = 1024 };
    struct text line = {0};
    text_reserve(&line, mebibyte);
    memset(line.bytes, 'x', mebibyte);
    send_repeatedly(line.bytes, mebibyte, count);
    return unused;
}

static void *flood_lines(void *unused) {
    struct text lines = {0};
    for (int line = 0; line < 500; line++)
        text_format(&lines, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"level\":\"info\",\"message\":\"flood %d\"}}\n", line);
    for (;;) send_bytes(lines.bytes, lines.length);
    return unused;
}

static void *flood_garbage(void *unused) {
    struct text lines = {0};
    for (int line = 0; line < 4096; line++) text_format(&lines, "%c{]%x,\\\x01 not a message\n", 'a' + line % 26, line * 7919);
    for (;;) send_bytes(lines.bytes, lines.length);
    return unused;
}

static void *flood_errors(void *unused) {
    static char line[4096];
    memset(line, 'e', sizeof line);
    line[79] = line[sizeof line - 1] = '\n';
    for (;;)
        if (write(STDERR_FILENO, line, sizeof line) < 0) break;
    return unused;
}

static bool go_deaf(struct slice id) {
    (void)id;
    for (;;) pause();
    return true;
}

static bool nest_deeply(struct slice id) {
    enum { depth = 100000 };
    static char nested[2 * depth];
    memset(nested, '[', depth);
    memset(nested + depth, ']', depth);
    return answer_with(id, nested, sizeof nested);
}

static bool break_utf8(struct slice id) {
    static const char broken[] = "{\"a\":\"\xff\xfe \xc3( \xed\xa0\x80 \xf5\x80\x80\x80\",\"overlong\":\"\xc0\xaf\"}";
    return answer_with(id, broken, sizeof broken - 1);
}

static bool send_surrogates(struct slice id) {
    static const char lone[] = "{\"high\":\"\\ud800\",\"low\":\"\\udc00x\",\"\\udfff\":\"\\ud800\\ud800\"}";
    return answer_with(id, lone, sizeof lone - 1);
}

static bool repeat_keys(struct slice id) {
    struct text text = {0};
    text_format(&text, "{\"jsonrpc\":\"2.0\",\"id\":999999,\"id\":");
    text_add_slice(&text, id);
    text_format(&text, ",\"result\":{\"output\":{\"a\":1,\"a\":2}},\"result\":{\"output\":{\"a\":3}}}\n");
    send_text(&text);
    return true;
}

static bool forge_ids(struct slice id) {
    static const char *const forged[] = {"7777777", "\"forged\"", "null", "-1", "1e300", "0.5", "[1]", "{}", "true", "18446744073709551616"};
    for (size_t index = 0; index < sizeof forged / sizeof *forged; index++) answer_with(slice_of(forged[index]), "\"forged\"", 8);
    answer_with(id, "\"genuine\"", 9);
    answer_with(id, "\"repeated\"", 10);
    return answer_with(id, "\"repeated\"", 10);
}

static bool send_long_line(struct slice id) {
    size_t wanted = strtoull(argument, NULL, 10);
    struct text whole = {0};
    text_format(&whole, "{\"jsonrpc\":\"2.0\",\"id\":");
    text_add_slice(&whole, id);
    text_format(&whole, ",\"result\":{\"output\":\"");
    static const char closing[] = "\"}}\n";
    size_t around = whole.length + sizeof closing - 2; // the line feed is not a part of the line
    size_t padding = wanted > around ? wanted - around : 0;
    text_reserve(&whole, padding);
    memset(whole.bytes + whole.length, 'x', padding);
    whole.length += padding;
    text_add(&whole, closing, sizeof closing - 1);
    send_text(&whole);
    return true;
}

static void *report_progress(void *value) {
    struct text *id = value;
    for (long done = 0;; done++) {
        struct text text = {0};
        text_format(&text, "{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"id\":%.*s,\"done\":%ld,\"total\":0,\"message\":\"on\"}}\n",
            (int)id->length, id->bytes, done);
        send_text(&text);
    }
    return NULL;
}

static bool progress_for_ever(struct slice id) {
    struct text *copy = calloc(1, sizeof *copy);
    text_add_slice(copy, id);
    start_thread(report_progress, copy);
    return true;
}

static bool request_for_ever(struct slice id) {
    answer_initialize(id);
    for (long number = 0;; number++) {
        struct text text = {0};
        text_format(&text, "{\"jsonrpc\":\"2.0\",\"id\":\"p%ld\",\"method\":\"storage/get\",\"params\":{\"key\":\"k%ld\"}}\n", number, number);
        send_text(&text);
    }
    return true;
}

static bool start_slowly(struct slice id) {
    (void)id;
    usleep((useconds_t)(atof(argument) * 1e6));
    return false;
}

static bool send_half(struct slice id) {
    struct text text = {0};
    text_format(&text, "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":{\"outp", (int)id.length, id.start);
    send_text(&text);
    _exit(0);
}

static bool crash(struct slice id) {
    (void)id;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    _exit(1);
}

static bool refuse_to_end(struct slice id) {
    (void)id;
    become_stubborn();
    return false;
}

static const struct mode modes[] = {
    {"banner", on_start, print_banner, NULL},
    {"late-banner", on_start, NULL, repeat_banner},
    {"silent", on_start, stay_silent, NULL},
    {"exit-at-once", on_start, end, NULL},
    {"wrong-protocol", on_initialize, speak_another, NULL},
    {"flood-line", on_start, NULL, flood_line},
    {"flood-lines", on_start, NULL, flood_lines},
    {"flood-garbage", on_start, NULL, flood_garbage},
    {"flood-stderr", on_start, NULL, flood_errors},
    {"deaf", on_start, go_deaf, NULL},
    {"deep", on_call, nest_deeply, NULL},
    {"bad-utf8", on_call, break_utf8, NULL},
    {"lone-surrogate", on_call, send_surrogates, NULL},
    {"duplicate-keys", on_call, repeat_keys, NULL},
    {"forged-ids", on_call, forge_ids, NULL},
    {"long-line", on_call, send_long_line, NULL},
    {"progress-flood", on_call, progress_for_ever, NULL},
    {"request-flood", on_initialize, request_for_ever, NULL},
    {"slow-start", on_start, start_slowly, NULL},
    {"half-line", on_call, send_half, NULL},
    {"crash-on-call", on_call, crash, NULL},
    {"stubborn", on_start, refuse_to_end, NULL},
};

bool choose_mode(int count, char **arguments) {
    if (count < 2) return true;
    for (size_t index = 0; index < sizeof modes / sizeof *modes; index++)
        if (strcmp(modes[index].name, arguments[1]) == 0) mode = &modes[index];
    if (mode == NULL) return false;
    moment = mode->moment;
    for (int index = 2; index < count; index++) {
        if (strcmp(arguments[index], "start") == 0) moment = on_start;
        else if (strcmp(arguments[index], "initialize") == 0) moment = on_initialize;
        else if (strcmp(arguments[index], "call") == 0) moment = on_call;
        else argument = arguments[index];
    }
    return true;
}

bool misbehave(enum moment now, struct slice id) {
    if (mode == NULL || moment != now) return false;
    if (mode->go_on != NULL) {
        start_thread(mode->go_on, NULL);
        return false;
    }
    // A payload needs an id even when nobody has asked for anything yet.
    return mode->act(id.length > 0 ? id : slice_of("null"));
}
