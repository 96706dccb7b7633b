#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/// When a process began, in clock ticks since boot (proc(5), field 22 of stat), or -1.
static long long began(pid_t process) {
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = read(file, line, sizeof line - 1);
    close(file);
    char *at = length > 0 ? strrchr(line, ')') : NULL;
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    return at ? atoll(at) : -1;
}

/// In a pid namespace of its own, everything but the reaper began after the plugin (process 2).
static void signal_everybody(struct finding *finding) {
    pid_t plugin = getppid();
    long long first = began(plugin);
    int reached = 0;
    expect_fact(finding, first >= 0, "the plugin's own start could not be read");
    for (pid_t process = 2; process < 65536 && reached < 5; process++) {
        if (kill(process, 0) != 0 && errno != EPERM) continue;
        if (began(process) >= first || (kill(process, 0) != 0 && errno == ESRCH)) continue;
        expect_fact(finding, false, "process %d, older than the plugin, can be seen", process);
        reached++;
    }
    say(finding, "only its own");
}

static void kill_reaper(struct finding *finding) {
    if (!sealed_or_refused(finding)) return;
    // Not SIGTERM: the reaper passes that on to the whole sandbox, as the host wants it to, and the probe would be gone.
    static const int signals[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGCONT};
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
        kill(1, signals[index]);
        syscall(SYS_tkill, 1, signals[index]);
        syscall(SYS_tgkill, 1, 1, signals[index]);
    }
    siginfo_t details = {.si_signo = SIGKILL, .si_code = SI_QUEUE};
    syscall(SYS_rt_sigqueueinfo, 1, SIGKILL, &details);
    int file = (int)syscall(SYS_pidfd_open, 1, 0);
    if (file >= 0) syscall(SYS_pidfd_send_signal, file, SIGKILL, NULL, 0);
    usleep(50000);
    // Its end would have ended everything here, this sentence too.
    expect_fact(finding, kill(1, 0) == 0 || errno == EPERM, "process 1 is gone");
    say(finding, "process 1 lives");
}

static void signal_broadcast(struct finding *finding) {
    if (!sealed_or_refused(finding)) return;
    // SIGURG, so that those whom it reaches live on.
    expect_words(finding, "success ESRCH EPERM", "kill(-1)", result_word(kill(-1, SIGURG)));
    expect_words(finding, "success ESRCH EPERM", "kill(0)", result_word(kill(0, SIGURG)));
    expect_fact(finding, kill(1, 0) == 0 || errno == EPERM, "process 1 is gone");
    say(finding, "process 1 lives");
}

static void signal_by_group(struct finding *finding) {
    for (pid_t group = 2; group < 4096; group++) {
        long long when = began(group);
        if (when < 0 || when >= began(getppid()) || kill(-group, 0) != 0) continue;
        expect_fact(finding, false, "process group %d, older than the plugin, can be reached", group);
        break;
    }
    if (is_sealed())
        expect_words(finding, "EPERM EACCES ESRCH ENOSYS", "priority of the reaper", result_word(setpriority(PRIO_PROCESS, 1, -5)));
    say(finding, "only its own");
}

static void exhaust_descriptors(struct finding *finding) {
    enum { most = 1 << 20 };
    int opened = 0;
    while (opened < most && open("/dev/null", O_RDONLY) >= 0) opened++;
    expect(finding, "open", result_word(opened < most ? -1 : 0));
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    expect_fact(finding, limit.rlim_max <= 65536, "up to %llu may be open", (unsigned long long)limit.rlim_max);
    limit.rlim_max += 1;
    expect_words(finding, "EPERM", "raise the limit", result_word(setrlimit(RLIMIT_NOFILE, &limit)));
    say(finding, "EMFILE after %d", opened);
}

static void crash(void *signal) {
    int number = *(int *)signal;
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    kill(getpid(), number);
    pause();
}

static void dump_core(struct finding *finding) {
    static const int signals[] = {SIGSEGV, SIGABRT, SIGQUIT, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP, SIGXCPU};
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
        int number = signals[index];
        struct ending ending = run_apart(crash, &number, sizeof number, call_patience);
        expect_fact(finding, ending.signal == signals[index], "signal %d did not end it", signals[index]);
        expect_fact(finding, !ending.core, "a core was dumped on signal %d", signals[index]);
    }
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    // A limit of 1 is the kernel's own mark for `not even into a pipe` (do_coredump); 0 keeps files away only.
    expect_fact(finding, limit.rlim_max <= 1, "the limit can be raised to %llu", (unsigned long long)limit.rlim_max);
    say(finding, "no core");
}

static void look_at_environment(struct finding *finding) {
    static const char *const allowed[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/data", "TMPDIR=/tmp", "LANG=C.UTF-8",
        "CLOISTER_PROTOCOL=cloister/1", "CLOISTER_SDK=/sdk"};
    enum { count = sizeof allowed / sizeof *allowed };
    for (char **entry = environ; *entry; entry++) {
        bool known = false;
        for (int index = 0; index < count; index++) known |= strcmp(*entry, allowed[index]) == 0;
        // The value of what should not be there is not repeated: it may be a secret.
        expect_fact(finding, known, "%.*s", (int)strcspn(*entry, "="), *entry);
    }
    say(finding, "the six");
}

static void read_environment(struct finding *finding) {
    static char environment[65536];
    int file = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    if (file < 0) return expect_words(finding, "ENOENT EACCES", "/proc/self/environ", result_word(-1));
    ssize_t length = read(file, environment, sizeof environment - 1);
    close(file);
    for (char *entry = environment; entry < environment + length; entry += strlen(entry) + 1) {
        size_t name = strcspn(entry, "=");
        char known[32];
        snprintf(known, sizeof known, "%.*s", (int)name, entry);
        expect_fact(finding, words_contain("PATH HOME TMPDIR LANG CLOISTER_PROTOCOL CLOISTER_SDK", known), "%s", known);
    }
    say(finding, "the six");
}

static const struct variant variants[] = {
    LOOK(42, "seen", "only its own", signal_everybody),
    LOOK(42, "reaper", "process 1 lives", kill_reaper),
    LOOK(42, "broadcast", "process 1 lives", signal_broadcast),
    LOOK(42, "groups", "only its own", signal_by_group),
    LOOK(52, "open", "EMFILE", exhaust_descriptors),
    LOOK(53, "signals", "no core", dump_core),
    LOOK(62, "values", "the six", look_at_environment),
    LOOK(62, "proc", "the six", read_environment),
};

struct variants process_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
