#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_file(int child, const char *name, const char *content) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", child, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) fail(STEP_MAP, errno, path);
    ssize_t size = (ssize_t)strlen(content);
    if (write(file, content, (size_t)size) != size) fail(STEP_MAP, errno, path);
    close(file);
}

// newuidmap and newgidmap are setuid: they may map what /etc/subuid and /etc/subgid grant to the daemon's user.
static void run_tool(const char *tool, int child, uint32_t self, uint32_t inner, uint32_t outer) {
    char target[16], own[16], inside[16], outside[16];
    snprintf(target, sizeof target, "%d", child);
    snprintf(own, sizeof own, "%u", self);
    snprintf(inside, sizeof inside, "%u", inner);
    snprintf(outside, sizeof outside, "%u", outer);
    char *arguments[] = {(char *)tool, target, "0", own, "1", inside, outside, "1", NULL};
    char *environment[] = {NULL};
    pid_t process;
    int error = posix_spawn(&process, tool, NULL, NULL, arguments, environment);
    if (error != 0) fail(STEP_MAP, error, tool);
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) fail(STEP_MAP, errno, tool);
    if (status != 0) fail(STEP_MAP, EPERM, tool);
}

void map_identity(const struct plan *plan, int child) {
    const struct launch_settings *settings = &plan->settings;
    if (settings->flags & LAUNCH_MAP_TOOLS) {
        run_tool("/usr/bin/newuidmap", child, getuid(), settings->inner_uid, settings->outer_uid);
        run_tool("/usr/bin/newgidmap", child, getgid(), settings->inner_gid, settings->outer_gid);
        return;
    }
    char users[96], groups[96];
    if (settings->flags & LAUNCH_TWO_IDS) {
        snprintf(users, sizeof users, "0 %u 1\n%u %u 1\n", getuid(), settings->inner_uid, settings->outer_uid);
        snprintf(groups, sizeof groups, "0 %u 1\n%u %u 1\n", getgid(), settings->inner_gid, settings->outer_gid);
    } else {
        snprintf(users, sizeof users, "%u %u 1\n", settings->inner_uid, getuid());
        snprintf(groups, sizeof groups, "%u %u 1\n", settings->inner_gid, getgid());
    }
    // Groups stay what they are: without this, dropping one could open a file that the group is refused.
    write_file(child, "setgroups", "deny");
    write_file(child, "uid_map", users);
    write_file(child, "gid_map", groups);
}
