#include "attempts.h"
#include "bombs.h"
#include "protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// One at a time: attempts fork, and a process forked beside one would keep its pipe open.
static pthread_mutex_t forking = PTHREAD_MUTEX_INITIALIZER;

long long input_integer(const struct call *call, const char *name, long long fallback) {
    struct slice value;
    long long integer;
    return json_member(call->input, name, &value) && json_integer(value, &integer) ? integer : fallback;
}

double input_number(const struct call *call, const char *name, double fallback) {
    struct slice value;
    double number;
    return json_member(call->input, name, &value) && json_number(value, &number) ? number : fallback;
}

bool input_string(const struct call *call, const char *name, char *string, size_t capacity) {
    struct slice value;
    return json_member(call->input, name, &value) && json_string(value, string, capacity);
}

bool input_flag(const struct call *call, const char *name) {
    struct slice value;
    return json_member(call->input, name, &value) && slice_is(value, "true");
}

static void attempt(struct call *call) {
    char variant[64];
    bool one = input_string(call, "variant", variant, sizeof variant);
    long long number = input_integer(call, "number", 0);
    canary_port = (int)input_integer(call, "port", canary_port);
    pthread_mutex_lock(&forking);
    bool made = make_attempt(&call->output, number, one ? variant : NULL);
    pthread_mutex_unlock(&forking);
    if (!made) fail(call, invalid_parameters, "there is no attempt %lld%s%s", number, one ? " " : "", one ? variant : "");
}

static void attempts(struct call *call) { list_attempts(&call->output); }

static void all(struct call *call) {
    pthread_mutex_lock(&forking);
    make_all_attempts(&call->output);
    pthread_mutex_unlock(&forking);
}

static void echo(struct call *call) { text_add_slice(&call->output, call->input); }

static void sleep_tool(struct call *call) {
    double seconds = input_number(call, "seconds", 1);
    if (!wait_unless_cancelled(call, seconds)) return fail(call, cancelled, "cancelled");
    text_format(&call->output, "{\"slept\":%g}", seconds);
}

static void exit_tool(struct call *call) { _exit((int)input_integer(call, "status", 0)); }

static void crash(struct call *call) {
    int number = (int)input_integer(call, "signal", SIGSEGV);
    signal(number, SIG_DFL);
    kill(getpid(), number);
    // Signals like SIGCHLD end nothing.
    text_format(&call->output, "{\"survived\":%d}", number);
}

static void *turn(void *until) {
    struct timespec now, end = *(struct timespec *)until;
    volatile unsigned long turns = 0;
    do {
        for (int step = 0; step < 1000000; step++) turns = turns + 1;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    return NULL;
}

static void spin(struct call *call) {
    enum { most = 16 };
    double seconds = input_number(call, "seconds", 1);
    long long count = input_integer(call, "threads", 1);
    if (count < 1 || count > most) return fail(call, invalid_parameters, "threads are 1 to %d", most);
    struct timespec end, before, after;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)seconds;
    end.tv_nsec += (long)((seconds - (double)(long)seconds) * 1e9);
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    pthread_t threads[most];
    int started = 0;
    while (started < count && pthread_create(&threads[started], NULL, turn, &end) == 0) started++;
    for (int index = 0; index < started; index++) pthread_join(threads[index], NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    double spent = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    text_format(&call->output, "{\"threads\":%d,\"processorSeconds\":%.3f}", started, spent);
}

static void with_lock(struct call *call, void (*body)(struct call *)) {
    pthread_mutex_lock(&forking);
    body(call);
    pthread_mutex_unlock(&forking);
}

static void memory_bomb(struct call *call) { with_lock(call, use_up_memory); }
static void fork_bomb(struct call *call) { with_lock(call, use_up_processes); }
static void orphan(struct call *call) { with_lock(call, leave_orphan); }
static void kill_all(struct call *call) { with_lock(call, kill_everybody); }

static void ignore_term(struct call *call) {
    become_stubborn();
    text_format(&call->output, "{}");
}

static void stop_self(struct call *call) {
    kill(getpid(), SIGSTOP);
    text_format(&call->output, "{\"continued\":true}");
}


static void flood_errors(struct call *call) {
    static char line[4096];
    memset(line, 'e', sizeof line);
    line[sizeof line - 1] = '\n';
    long long wanted = input_integer(call, "bytes", 1 << 20), written = 0;
    while (written < wanted) {
        size_t length = wanted - written < (long long)sizeof line ? (size_t)(wanted - written) : sizeof line;
        ssize_t count = write(STDERR_FILENO, line, length);
        if (count < 0) break;
        written += count;
    }
    text_format(&call->output, "{\"written\":%lld}", written);
}

static void add_result(struct text *output, const char *name, long result) {
    const char *word = result == -1 ? result_word(-1) : NULL;
    text_format(output, "{\"%s\":%ld,\"error\":", name, result);
    if (word) text_quote_string(output, word);
    else text_format(output, "null");
    text_format(output, "}");
}

static void system_call(struct call *call) {
    unsigned long a[6] = {0};
    struct slice given;
    if (json_member(call->input, "arguments", &given)) {
        char *at = (char *)given.start + 1;
        for (int index = 0; index < 6 && *at != ']'; index++) {
            a[index] = (unsigned long)strtoll(at, &at, 0);
            at += strcspn(at, ",]");
            at += *at == ',';
        }
    }
    add_result(&call->output, "result", syscall(input_integer(call, "number", -1), a[0], a[1], a[2], a[3], a[4], a[5]));
}

static void list_descriptors(struct call *call) {
    DIR *entries = opendir("/proc/self/fd");
    if (entries == NULL) return fail(call, plugin_failed, "/proc/self/fd: %s", strerror(errno));
    text_add(&call->output, "[", 1);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(entries)) continue;
        char path[64], target[256] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", atoi(entry->d_name));
        ssize_t length = readlink(path, target, sizeof target - 1);
        text_format(&call->output, "%s{\"number\":%d,\"target\":", call->output.length > 1 ? "," : "", atoi(entry->d_name));
        text_quote(&call->output, target, length > 0 ? (size_t)length : 0);
        text_add(&call->output, "}", 1);
    }
    text_add(&call->output, "]", 1);
    closedir(entries);
}

static void list_environment(struct call *call) {
    text_add(&call->output, "{", 1);
    for (char **entry = environ; *entry; entry++) {
        size_t name = strcspn(*entry, "=");
        if (entry != environ) text_add(&call->output, ",", 1);
        text_quote(&call->output, *entry, name);
        text_add(&call->output, ":", 1);
        text_quote_string(&call->output, *entry + name + ((*entry)[name] == '='));
    }
    text_add(&call->output, "}", 1);
}

/// The first bytes of a file that may not say its size; -1 and errno when it cannot be read.
static ssize_t read_file(const char *path, struct text *content, size_t most) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return -1;
    text_reserve(content, most);
    ssize_t count = 0;
    while (content->length < most && (count = read(file, content->bytes + content->length, most - content->length)) > 0)
        content->length += (size_t)count;
    close(file);
    return count < 0 ? -1 : (ssize_t)content->length;
}

static void list_mounts(struct call *call) {
    struct text mounts = {0};
    if (read_file("/proc/self/mountinfo", &mounts, 1 << 18) < 0) return fail(call, plugin_failed, "%s", strerror(errno));
    text_add(&call->output, "[", 1);
    for (size_t start = 0, at = 0; at < mounts.length; at++) {
        if (mounts.bytes[at] != '\n') continue;
        if (start > 0) text_add(&call->output, ",", 1);
        text_quote(&call->output, mounts.bytes + start, at - start);
        start = at + 1;
    }
    text_add(&call->output, "]", 1);
    text_free(&mounts);
}

static void write_tool(struct call *call) {
    char path[4096];
    if (!input_string(call, "path", path, sizeof path)) return fail(call, invalid_parameters, "a path is wanted");
    // In a folder of its own, which is closed behind it.
    long long mode = input_integer(call, "folderMode", -1);
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    if (mode >= 0) mkdir(folder, 0700);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return add_result(&call->output, "written", -1);
    if (mode >= 0) chmod(folder, (mode_t)mode);
    static const char block[65536];
    long long wanted = input_integer(call, "bytes", 0), written = 0;
    ssize_t count = 0;
    while (written < wanted && count >= 0) {
        size_t length = wanted - written < (long long)sizeof block ? (size_t)(wanted - written) : sizeof block;
        count = write(file, block, length);
        if (count > 0) written += count;
    }
    const char *word = count < 0 ? result_word(-1) : NULL;
    close(file);
    text_format(&call->output, "{\"written\":%lld,\"error\":%s%s%s}", written, word ? "\"" : "", word ? word : "null", word ? "\"" : "");
}

static void read_tool(struct call *call) {
    char path[4096];
    if (!input_string(call, "path", path, sizeof path)) return fail(call, invalid_parameters, "a path is wanted");
    struct text content = {0};
    if (read_file(path, &content, 65536) < 0) {
        add_result(&call->output, "bytes", -1);
    } else {
        text_format(&call->output, "{\"bytes\":%zu,\"error\":null,\"text\":", content.length);
        text_quote(&call->output, content.bytes, content.length);
        text_format(&call->output, "}");
    }
    text_free(&content);
}

/// Puts something under /exchange/out that the host must not follow, and returns it as the document.
static void plant(struct call *call) {
    char kind[32] = "file", target[4096] = "/etc/passwd", path[] = "/exchange/out/planted";
    input_string(call, "kind", kind, sizeof kind);
    input_string(call, "target", target, sizeof target);
    unlink(path);
    rmdir(path);
    int result = -1;
    if (strcmp(kind, "symlink") == 0) result = symlink(target, path);
    else if (strcmp(kind, "folder") == 0) result = mkdir(path, 0755);
    else if (strcmp(kind, "fifo") == 0) result = mkfifo(path, 0644);
    else if (strcmp(kind, "missing") == 0) result = 0;
    else if (strcmp(kind, "hard-link") == 0) result = link(target, path);
    else if (strcmp(kind, "outside") == 0) result = 0;
    else if ((result = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) >= 0)
        result = write(result, "planted\n", 8) + close(result) < 0 ? -1 : 0;
    if (result != 0) return fail(call, plugin_failed, "%s: %s", kind, strerror(errno));
    text_format(&call->output, "{\"document\":");
    text_quote_string(&call->output, strcmp(kind, "outside") == 0 ? target : path);
    text_format(&call->output, "}");
}

static const struct tool tools[] = {
    {"attempt", attempt, false},
    {"attempts", attempts, true},
    {"all", all, false},
    {"echo", echo, true},
    {"sleep", sleep_tool, false},
    {"exit", exit_tool, true},
    {"crash", crash, true},
    {"memory-bomb", memory_bomb, false},
    {"fork-bomb", fork_bomb, false},
    {"spin", spin, false},
    {"orphan", orphan, false},
    {"ignore-term", ignore_term, true},
    {"stop-self", stop_self, true},
    {"kill-all", kill_all, true},
    {"stderr-flood", flood_errors, false},
    {"system-call", system_call, true},
    {"fds", list_descriptors, true},
    {"environment", list_environment, true},
    {"mounts", list_mounts, true},
    {"write", write_tool, false},
    {"read", read_tool, true},
    {"plant", plant, true},
};
enum { tool_count = sizeof tools / sizeof *tools };

const struct tool *find_tool(struct slice name) {
    for (int index = 0; index < tool_count; index++)
        if (slice_is(name, tools[index].name)) return &tools[index];
    return NULL;
}

void list_tools(struct text *names) {
    for (int index = 0; index < tool_count; index++) text_format(names, "%s\"%s\"", index ? "," : "", tools[index].name);
}
