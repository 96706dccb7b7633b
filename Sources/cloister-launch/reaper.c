#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t microseconds(struct timeval time) { return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec; }

// Reaps whatever has died; returns once nothing is left to reap. The plugin's death ends the sandbox: when pid 1
// exits, the kernel kills every process of the namespace, however often it forked.
static void reap(pid_t plugin) {
    int wait_status;
    struct rusage usage;
    pid_t process;
    while ((process = wait4(-1, &wait_status, WNOHANG, &usage)) > 0) {
        if (process != plugin) continue;
        struct launch_status status = {
            .kind = LAUNCH_EXITED,
            .value = wait_status,
            .user_microseconds = microseconds(usage.ru_utime),
            .system_microseconds = microseconds(usage.ru_stime),
            .peak_bytes = (uint64_t)usage.ru_maxrss * 1024u,
        };
        report(&status);
        _exit(0);
    }
}

// A call that the profile lists under `kill`: say which one, then end everything. The caller never gets an answer.
static void name_call(int notifications) {
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    if (ioctl(notifications, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
    struct launch_status status = {.kind = LAUNCH_FILTERED, .value = call.data.nr};
    report(&status);
    _exit(0);
}

// Becomes the plugin. Text file busy lasts no longer than another process takes from its fork to its own program: meanwhile it
// has open what the daemon had, and that may have been just this file, on its way to the disk.
static _Noreturn void execute(const struct plan *plan) {
    struct timespec pause = {.tv_nsec = 10000000};
    int error;
    int tries = 100;
    do {
        execve(plan->program, plan->arguments, plan->variables);
        error = errno;
    } while (error == ETXTBSY && tries-- > 0 && nanosleep(&pause, NULL) == 0);
    fail(STEP_EXEC, error, plan->program);
}

_Noreturn void run_plugin(const struct plan *plan, int lifeline) {
    sigset_t watched, none;
    sigemptyset(&none);
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) fail(STEP_FORK, errno, "signalfd");

    // The launch was kept to some of the daemon's processors (see Launcher.swift).
    if (CPU_COUNT(&plan->processors) > 0) sched_setaffinity(0, sizeof plan->processors, &plan->processors);

    // From here on the filter is in force, for this process as for the plugin.
    int notifications = install_filter(plan);

    pid_t plugin = fork();
    if (plugin < 0) fail(STEP_FORK, errno, "fork");
    if (plugin == 0) {
        setsid();
        sigprocmask(SIG_SETMASK, &none, NULL);
        close(lifeline);
        close(signals);
        if (notifications >= 0) close(notifications);
        install_child_filter(plan);
        execute(plan);
    }
    // The plugin's pipes must close when the plugin closes them.
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);

    struct pollfd watch[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = lifeline},
        {.fd = notifications, .events = POLLIN},
    };
    for (;;) {
        if (poll(watch, 3, -1) < 0 && errno != EINTR) _exit(1);
        if (watch[1].revents) _exit(1); // the launcher is gone
        if (watch[2].revents & POLLIN) name_call(notifications);
        struct signalfd_siginfo signal;
        while (read(signals, &signal, sizeof signal) == sizeof signal)
            // From outside the namespace the sender has no number here; the plugin's own signals mean nothing to pid 1.
            if (signal.ssi_signo == SIGTERM && signal.ssi_pid == 0) kill(-1, SIGTERM);
        reap(plugin);
    }
}
