#include "bombs.h"

#include "observe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    atomic_llong allocated;
    atomic_int done;
    atomic_int error;
};

enum { chunk = 1 << 20 };

static void eat(struct shared *shared, long long bytes) {
    for (long long eaten = 0; eaten < bytes; eaten += chunk) {
        char *memory = mmap(NULL, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            shared->error = errno;
            break;
        }
        // Different in every page, so that nothing can merge or compress them away.
        for (int page = 0; page < chunk; page += 4096) memset(memory + page, page >> 12 | 1, 4096);
        shared->allocated += chunk;
    }
    shared->done++;
}

/// Several processes eat at once, so that a limit which counts them one by one is seen through. `bytes` bounds the damage
/// where no limit is in force.
void use_up_memory(struct call *call) {
    enum { most = 16 };
    if (!is_sealed()) return fail(call, unsupported, "not in a pid namespace of its own");
    long long bytes = input_integer(call, "bytes", 1LL << 30), count = input_integer(call, "processes", 4);
    if (count < 1 || count > most) return fail(call, invalid_parameters, "processes are 1 to %d", most);
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return fail(call, plugin_failed, "no shared page: %s", strerror(errno));
    pid_t processes[most];
    int started = 0, killed = 0;
    while (started < count) {
        pid_t process = fork();
        if (process == 0) {
            eat(shared, bytes / count);
            for (;;) pause();
        }
        if (process < 0) break;
        processes[started++] = process;
    }
    while (shared->done + killed < started) {
        usleep(10000);
        int status;
        for (int index = 0; index < started; index++) {
            if (processes[index] == 0 || waitpid(processes[index], &status, WNOHANG) <= 0) continue;
            processes[index] = 0;
            killed++;
        }
    }
    for (int index = 0; index < started; index++) {
        if (processes[index] == 0) continue;
        kill(processes[index], SIGKILL);
        waitpid(processes[index], NULL, 0);
    }
    errno = shared->error;
    text_format(&call->output, "{\"allocated\":%lld,\"processes\":%d,\"killed\":%d,\"error\":", (long long)shared->allocated, started, killed);
    if (shared->error) text_quote_string(&call->output, result_word(-1));
    else text_format(&call->output, "null");
    text_format(&call->output, "}");
    munmap(shared, sizeof *shared);
}

/// What was forked sleeps until the whole group is killed: not one of them listens to anything else.
void use_up_processes(struct call *call) {
    if (!is_sealed()) return fail(call, unsupported, "not in a pid namespace of its own");
    long long most = input_integer(call, "limit", 4096), forked = 0;
    pid_t process = 0;
    while (forked < most && (process = fork()) > 0) forked++;
    if (process == 0 && forked < most) {
        signal(SIGTERM, SIG_IGN);
        for (;;) pause();
    }
    const char *word = process < 0 ? result_word(-1) : NULL;
    text_format(&call->output, "{\"forked\":%lld,\"error\":", forked);
    if (word) text_quote_string(&call->output, word);
    else text_format(&call->output, "null");
    text_format(&call->output, "}");
}

/// The classic daemon: two forks and a session of its own. It keeps the streams open, as a careless one does.
void leave_orphan(struct call *call) {
    enum { hour = 3600 };
    if (!is_sealed()) return fail(call, unsupported, "not in a pid namespace of its own");
    int numbers[2];
    if (pipe2(numbers, O_CLOEXEC) != 0) return fail(call, plugin_failed, "no pipe: %s", strerror(errno));
    pid_t between = fork();
    if (between == 0) {
        setsid();
        pid_t orphan = fork();
        if (orphan != 0) _exit(write(numbers[1], &orphan, sizeof orphan) < 0);
        static const int ignored[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE};
        for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index++) signal(ignored[index], SIG_IGN);
        close(numbers[0]);
        close(numbers[1]);
        sleep(hour);
        _exit(0);
    }
    close(numbers[1]);
    pid_t orphan = -1;
    if (between < 0 || read(numbers[0], &orphan, sizeof orphan) != sizeof orphan || orphan < 0)
        fail(call, plugin_failed, "could not fork: %s", strerror(errno));
    close(numbers[0]);
    if (between > 0) waitpid(between, NULL, 0);
    text_format(&call->output, "{\"process\":%d}", orphan);
}

void kill_everybody(struct call *call) {
    if (!is_sealed()) return fail(call, unsupported, "not in a pid namespace of its own");
    int number = (int)input_integer(call, "signal", SIGKILL);
    pid_t process = fork();
    if (process == 0) _exit(kill(-1, number) != 0);
    int status = 0;
    if (process > 0) waitpid(process, &status, 0);
    text_format(&call->output, "{\"sent\":%s}", process > 0 && status == 0 ? "true" : "false");
}
