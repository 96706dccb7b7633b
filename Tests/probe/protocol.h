/// The plugin's side of `cloister/1`.
#ifndef PROBE_PROTOCOL_H
#define PROBE_PROTOCOL_H

#include "text.h"

enum {
    unknown_method = -32601,
    invalid_parameters = -32602,
    plugin_failed = -31990,
    cancelled = -31996,
    unsupported = -31989,
};

/// A tool call under way. The tool adds its output or calls `fail`.
struct call {
    struct text line;
    struct slice id; ///< as it came, a part of `line`
    struct slice input;
    const struct tool *tool;
    struct text output;
    int error;
    char message[200];
    bool cancelled;
    struct call *next;
};

struct tool {
    const char *name;
    void (*run)(struct call *call);
    bool quick; ///< answered by the reading thread itself
};

const struct tool *find_tool(struct slice name);
/// Adds the names as JSON strings.
void list_tools(struct text *names);

void fail(struct call *call, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/// Members of the input; the fallback where there is none of that type.
long long input_integer(const struct call *call, const char *name, long long fallback);
double input_number(const struct call *call, const char *name, double fallback);
bool input_string(const struct call *call, const char *name, char *string, size_t capacity);
bool input_flag(const struct call *call, const char *name);

/// Waits until the time is over or the call was cancelled; false in the latter case.
bool wait_unless_cancelled(struct call *call, double seconds);

/// One message or anything else, written whole; the end of the process when nobody reads it any more.
void send_bytes(const char *bytes, size_t length);
/// The same bytes again and again, with nothing of another thread's in between.
void send_repeatedly(const char *bytes, size_t length, size_t times);
void send_text(struct text *text);
void answer_initialize(struct slice id);

/// Reads messages until stdin ends.
void serve(void);
/// From now on neither `shutdown`, nor the end of stdin, nor SIGTERM ends the process.
void become_stubborn(void);

#endif
