#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Landlock's version 4; the headers of Linux 6.1 do not know it.
#define RULE_NET_PORT 2
struct net_port_rule {
    uint64_t allowed_access, port;
};

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

void set_limits(const struct plan *plan) {
    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    while (plan_next(plan, &cursor, &record, &payload)) {
        if (record.kind != LAUNCH_LIMIT) continue;
        struct launch_limit limit;
        memcpy(&limit, payload, sizeof limit);
        struct rlimit current;
        if (getrlimit((int)limit.resource, &current) != 0) fail(STEP_LIMITS, errno, "getrlimit");
        // A lower ceiling that the daemon itself lives under stays in force.
        struct rlimit value = {.rlim_cur = limit.soft, .rlim_max = limit.hard};
        if (value.rlim_max > current.rlim_max) value.rlim_max = current.rlim_max;
        if (value.rlim_cur > value.rlim_max) value.rlim_cur = value.rlim_max;
        if (setrlimit((int)limit.resource, &value) != 0) fail(STEP_LIMITS, errno, "setrlimit");
    }
}

void drop_privileges(const struct plan *plan) {
    const struct launch_settings *settings = &plan->settings;
    for (int capability = 0; capability <= 63; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
            fail(STEP_CAPABILITIES, errno, "bounding set");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) fail(STEP_CAPABILITIES, errno, "ambient set");
    unsigned long locked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                           SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    if (prctl(PR_SET_SECUREBITS, locked, 0, 0, 0) != 0) fail(STEP_CAPABILITIES, errno, "securebits");

    if (setresgid(settings->inner_gid, settings->inner_gid, settings->inner_gid) != 0)
        fail(STEP_IDENTITY, errno, "group");
    if (setresuid(settings->inner_uid, settings->inner_uid, settings->inner_uid) != 0)
        fail(STEP_IDENTITY, errno, "user");

    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0) fail(STEP_CAPABILITIES, errno, "sets");

    // Nothing in the sandbox may look into the reaper; the plugin becomes dumpable again when it is executed.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail(STEP_IDENTITY, errno, "dumpable");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(STEP_NO_NEW_PRIVILEGES, errno, "prctl");
    if (settings->flags & LAUNCH_WRITE_XOR_EXECUTE &&
        prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0 && errno != EINVAL)
        fail(STEP_NO_NEW_PRIVILEGES, errno, "write xor execute");
}

void restrict_files(const struct plan *plan) {
    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    int ruleset = -1;
    while (plan_next(plan, &cursor, &record, &payload)) {
        if (record.kind == LAUNCH_LANDLOCK) {
            struct launch_landlock handled;
            memcpy(&handled, payload, sizeof handled);
            // The kernel's attribute grew by one word at a time; this header may know fewer words than the kernel.
            uint64_t attribute[3] = {handled.files, handled.network, handled.scopes};
            if (handled.size == 0 || handled.size > sizeof attribute) fail(STEP_PLAN, EBADMSG, "landlock");
            ruleset = (int)syscall(SYS_landlock_create_ruleset, attribute, (size_t)handled.size, 0);
            if (ruleset < 0) fail(STEP_LANDLOCK, errno, "ruleset");
        } else if (record.kind == LAUNCH_RULE) {
            struct launch_rule rule;
            memcpy(&rule, payload, sizeof rule);
            const char *path = (const char *)payload + sizeof rule;
            if (ruleset < 0) fail(STEP_PLAN, EBADMSG, path);
            struct landlock_path_beneath_attr beneath = {.allowed_access = rule.access};
            beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
            if (beneath.parent_fd < 0) fail(STEP_LANDLOCK, errno, path);
            if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
                fail(STEP_LANDLOCK, errno, path);
            close(beneath.parent_fd);
        } else if (record.kind == LAUNCH_PORT_RULE) {
            struct launch_port_rule rule;
            memcpy(&rule, payload, sizeof rule);
            if (ruleset < 0) fail(STEP_PLAN, EBADMSG, "port rule");
            struct net_port_rule port = {.allowed_access = rule.access, .port = rule.port};
            if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &port, 0) != 0) fail(STEP_LANDLOCK, errno, "port");
        }
    }
    if (ruleset < 0) return;
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) fail(STEP_LANDLOCK, errno, "restrict");
    close(ruleset);
}

// The listener's descriptor where one was asked for, otherwise 0 or -1 where the plan has no such program.
static long install(const struct plan *plan, enum launch_record_kind kind, unsigned flags) {
    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    while (plan_next(plan, &cursor, &record, &payload)) {
        if (record.kind != kind) continue;
        struct sock_fprog program = {
            .len = (unsigned short)(record.length / sizeof(struct sock_filter)),
            .filter = (struct sock_filter *)payload,
        };
        long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
        if (result < 0) fail(STEP_FILTER, errno, "seccomp");
        return result;
    }
    return -1;
}

int install_filter(const struct plan *plan) {
    bool notify = plan->settings.flags & LAUNCH_NOTIFY;
    long result = install(plan, LAUNCH_FILTER, notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
    if (result < 0) fail(STEP_FILTER, ENOENT, "no filter in the plan");
    return notify ? (int)result : -1;
}

void install_child_filter(const struct plan *plan) { install(plan, LAUNCH_CHILD_FILTER, 0); }
