// cloister-launch: applies a launch plan to itself and executes a plugin under it.
//
// Three processes. The launcher, a child of the daemon, stays outside and waits; pid 1 of the sandbox builds the
// view, gives up every privilege and reaps; the plugin is pid 2. Each dies with the one before it: the launcher by
// PDEATHSIG with the daemon, pid 1 by PDEATHSIG with the launcher, everything else with pid 1 by the kernel.
// The order of the steps is the security argument; see the threat model in the manual.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

// Where the lifeline lies in the sandbox: the plan's place, beside the status pipe.
#define LIFELINE LAUNCH_FD_PLAN

void report(const struct launch_status *status) {
    // The daemon may be gone; then nobody is left to tell.
    ssize_t written = write(LAUNCH_FD_STATUS, status, sizeof *status);
    (void)written;
}

_Noreturn void fail(enum launch_step step, int error, const char *detail) {
    struct launch_status status = {.kind = LAUNCH_FAILED, .step = step, .error = error};
    strncpy(status.detail, detail, sizeof status.detail - 1);
    report(&status);
    _exit(127);
}

static void die_with_parent(void) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) fail(STEP_PARENT, errno, "prctl");
}

static void check_lifeline(int lifeline) {
    struct pollfd end = {.fd = lifeline};
    if (poll(&end, 1, 0) != 0) _exit(1);
}

static _Noreturn void become_sandbox(const struct plan *plan, int lifeline) {
    die_with_parent();
    char go;
    if (plan->settings.flags & LAUNCH_LOOPBACK) raise_loopback();
    open_way_out(plan);
    if (read(lifeline, &go, 1) != 1) _exit(1);

    if (plan->settings.flags & LAUNCH_TWO_IDS && (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0))
        fail(STEP_MAP, errno, "inner root");
    forbid_nested_namespaces();
    build_view(plan);
    // Only now: made in the same clone, the namespace would have the daemon's group as its root.
    if (unshare(CLONE_NEWCGROUP) != 0) fail(STEP_GROUP_NAMESPACE, errno, "unshare");

    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    while (plan_next(plan, &cursor, &record, &payload))
        if (record.kind == LAUNCH_HOSTNAME && sethostname((const char *)payload, record.length - 1) != 0)
            fail(STEP_HOSTNAME, errno, "sethostname");

    set_limits(plan);
    drop_privileges(plan);
    // A change of credentials disarms it (prctl(2)); the launcher may have died meanwhile.
    die_with_parent();
    check_lifeline(lifeline);
    if (chdir(plan->directory) != 0) fail(STEP_EXEC, errno, plan->directory);
    restrict_files(plan);

    // Nothing but standard streams, the lifeline and the status pipe lives on. For real, not by close-on-exec alone:
    // the path that is executed could name a descriptor that is about to close (CVE-2024-21626).
    if (lifeline != LIFELINE && dup3(lifeline, LIFELINE, O_CLOEXEC) < 0) fail(STEP_EXEC, errno, "lifeline");
    if (close_range(LAUNCH_FD_STATUS + 1, ~0u, 0) != 0) fail(STEP_EXEC, errno, "close_range");
    run_plugin(plan, LIFELINE);
}

static pid_t clone_sandbox(int group) {
    struct clone_args arguments = {
        .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET,
        .exit_signal = SIGCHLD,
    };
    if (group >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)group;
    }
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

// Waits for pid 1 and hands on the request to end; everything worth knowing was reported from inside.
static int wait_for(pid_t sandbox, const sigset_t *watched) {
    for (;;) {
        siginfo_t signal;
        int number = sigwaitinfo(watched, &signal);
        if (number == SIGTERM) kill(sandbox, SIGTERM);
        int wait_status;
        if (waitpid(sandbox, &wait_status, WNOHANG) == sandbox)
            return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    }
}

int main(void) {
    fcntl(LAUNCH_FD_STATUS, F_SETFD, FD_CLOEXEC);
    fcntl(LAUNCH_FD_PLAN, F_SETFD, FD_CLOEXEC);
    // Where there is none, its number is free for others: it is closed below only where it is what it should be.
    bool has_egress = fcntl(LAUNCH_FD_EGRESS, F_SETFD, FD_CLOEXEC) == 0;
    close_range(LAUNCH_FD_EGRESS + 1, ~0u, 0);
    int group = fcntl(LAUNCH_FD_GROUP, F_SETFD, FD_CLOEXEC) == 0 ? LAUNCH_FD_GROUP : -1;

    struct plan plan = {0};
    plan_read(&plan, LAUNCH_FD_PLAN);
    close(LAUNCH_FD_PLAN);
    die_with_parent();
    if ((uint32_t)getppid() != plan.settings.parent) fail(STEP_PARENT, ESRCH, "the daemon is gone");
    if (sched_getaffinity((pid_t)plan.settings.parent, sizeof plan.processors, &plan.processors) != 0) CPU_ZERO(&plan.processors);
    if (setsid() < 0 && errno != EPERM) fail(STEP_SESSION, errno, "setsid");
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL); // kernels without keyrings have none to leak
    umask(022);
    if (plan.settings.flags & LAUNCH_DROP_GROUPS && setgroups(0, NULL) != 0) fail(STEP_GROUPS, errno, "setgroups");

    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_SETMASK, &watched, NULL);

    int lifeline[2];
    if (pipe2(lifeline, O_CLOEXEC) != 0) fail(STEP_CLONE, errno, "pipe");
    pid_t sandbox = clone_sandbox(group);
    if (sandbox < 0) fail(STEP_CLONE, errno, "clone3");
    if (sandbox == 0) {
        close(lifeline[1]);
        become_sandbox(&plan, lifeline[0]);
    }
    close(lifeline[0]);
    if (has_egress) close(LAUNCH_FD_EGRESS);
    map_identity(&plan, sandbox);
    struct launch_status started = {.kind = LAUNCH_STARTED, .value = sandbox};
    report(&started);
    if (write(lifeline[1], "g", 1) != 1) fail(STEP_CLONE, errno, "lifeline");
    // The plugin's pipes must close when the plugin closes them; the write end of the lifeline stays open.
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    if (group >= 0) close(group);
    return wait_for(sandbox, &watched);
}
