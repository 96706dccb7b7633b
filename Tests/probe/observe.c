#include "observe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t program;

__attribute__((constructor)) static void remember_program(void) { program = getpid(); }

bool is_sealed(void) { return program == 2; }

bool sealed_or_refused(struct finding *finding) {
    expect_fact(finding, is_sealed(), "not in a pid namespace of its own: not attempted");
    return is_sealed();
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written <= 0) return;
        bytes += written;
        length -= (size_t)written;
    }
}

static void child(void (*body)(void *), void *shared, size_t size, int results) {
    setpgid(0, 0);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    body(shared);
    write_all(results, shared, size);
    _exit(0);
}

struct ending run_apart(void (*body)(void *), void *shared, size_t size, int milliseconds) {
    struct ending ending = {0};
    int results[2];
    if (pipe2(results, O_CLOEXEC) != 0) return (struct ending){.status = errno};
    pid_t process = fork();
    if (process == 0) {
        close(results[0]);
        child(body, shared, size, results[1]);
    }
    close(results[1]);
    if (process < 0) {
        close(results[0]);
        return (struct ending){.status = errno};
    }
    setpgid(process, process);
    // The pipe closes when the process ends, whatever ends it: one descriptor to wait for, and no signal handler.
    char received[sizeof(struct finding) + 64];
    size_t length = 0;
    long long deadline = now() + milliseconds;
    for (;;) {
        long long left = deadline - now();
        struct pollfd wait = {.fd = results[0], .events = POLLIN};
        if (left <= 0 || poll(&wait, 1, (int)left) == 0) {
            ending.hung = true;
            break;
        }
        ssize_t count = read(results[0], received + length, sizeof received - length);
        if (count <= 0) break;
        length += (size_t)count;
    }
    close(results[0]);
    if (ending.hung) kill(process, SIGKILL);
    int status = 0;
    waitpid(process, &status, 0);
    kill(-process, SIGKILL);
    ending.reported = length == size && size <= sizeof received;
    if (ending.reported) memcpy(shared, received, size);
    ending.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    ending.core = WIFSIGNALED(status) && WCOREDUMP(status);
    ending.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return ending;
}

const char *result_word(long result) {
    if (result != -1) return "success";
    const char *name = strerrorname_np(errno);
    return name ? name : "an unnamed error";
}

const char *ending_word(struct ending ending) {
    static _Thread_local char word[24];
    if (ending.hung) return "hung";
    if (ending.signal == 0) return "success";
    const char *name = sigabbrev_np(ending.signal);
    snprintf(word, sizeof word, "SIG%s", name ? name : "?");
    return word;
}

bool words_contain(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += length) {
        bool starts = at == words || at[-1] == ' ' || at[-1] == ',';
        bool ends = at[length] == '\0' || at[length] == ' ' || at[length] == ',';
        if (starts && ends) return true;
    }
    return false;
}

static void append(char *text, size_t capacity, const char *addition) {
    size_t length = strlen(text);
    if (length + 8 >= capacity) return;
    snprintf(text + length, capacity - length, "%s%s", length ? "; " : "", addition);
}

void expect_words(struct finding *finding, const char *words, const char *what, const char *word) {
    if (finding->made++ == 0) finding->holds = true;
    if (words_contain(words, word)) {
        if (words_contain(finding->seen, word)) return;
        size_t length = strlen(finding->seen);
        snprintf(finding->seen + length, sizeof finding->seen - length, "%s%s", length ? ", " : "", word);
        return;
    }
    char failure[300];
    snprintf(failure, sizeof failure, "%s%s%s", what, *what ? ": " : "", word);
    if (!finding->holds || finding->got[0] == '\0') append(finding->got, sizeof finding->got, failure);
    else snprintf(finding->got, sizeof finding->got, "%s", failure);
    finding->holds = false;
}

void expect(struct finding *finding, const char *what, const char *word) {
    expect_words(finding, finding->expected, what, word);
}

void expect_fact(struct finding *finding, bool fact, const char *format, ...) {
    char sentence[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (finding->made++ == 0) finding->holds = true;
    if (fact) return;
    if (finding->holds) finding->got[0] = '\0';
    append(finding->got, sizeof finding->got, sentence);
    finding->holds = false;
}

void say(struct finding *finding, const char *format, ...) {
    if (finding->made++ == 0) finding->holds = true;
    if (!finding->holds) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->got, sizeof finding->got, format, arguments);
    va_end(arguments);
    finding->said = true;
}

void finish(struct finding *finding) {
    if (finding->got[0] != '\0') return;
    if (finding->made == 0) snprintf(finding->got, sizeof finding->got, "nothing was attempted");
    else if (finding->seen[0] == '\0') snprintf(finding->got, sizeof finding->got, "as expected");
    else if (finding->made == 1) snprintf(finding->got, sizeof finding->got, "%s", finding->seen);
    else snprintf(finding->got, sizeof finding->got, "%s (%u attempts)", finding->seen, finding->made);
}

struct call {
    long number;
    unsigned long arguments[6];
    long result;
    int error;
};

static void make_call(void *shared) {
    struct call *call = shared;
    const unsigned long *a = call->arguments;
    call->result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    call->error = errno;
}

const char *call_apart(long number, const unsigned long arguments[6]) {
    struct call call = {.number = number};
    memcpy(call.arguments, arguments, sizeof call.arguments);
    struct ending ending = run_apart(make_call, &call, sizeof call, call_patience);
    if (!ending.reported) return ending_word(ending);
    errno = call.error;
    return result_word(call.result);
}
