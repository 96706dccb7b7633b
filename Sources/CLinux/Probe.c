#define _GNU_SOURCE
#include "CLinuxProbe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif

int cloister_landlock_abi(void) {
    enum { create_ruleset_version = 1 };
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, create_ruleset_version);
    return version < 0 ? -errno : (int)version;
}

int cloister_seccomp_knows(uint32_t action) {
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int cloister_pidfd_error(void) {
    long descriptor = syscall(SYS_pidfd_open, getpid(), 0);
    if (descriptor < 0) return errno;
    close((int)descriptor);
    return 0;
}

int cloister_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int cloister_mdwe_error(void) { return prctl(PR_GET_MDWE, 0, 0, 0, 0) < 0 ? errno : 0; }

int cloister_has_capabilities(const char *path) { return getxattr(path, "security.capability", NULL, 0) > 0; }

static int write_all(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    size_t length = strlen(text);
    int error = write(file, text, length) == (ssize_t)length ? 0 : errno;
    close(file);
    return error;
}

// Runs in the child, with a copy of the parent's memory and no other thread: system calls only from here on.
static void try_mounts(struct cloister_namespaces *result, const char *users, const char *groups) {
    write_all("/proc/self/setgroups", "deny");
    write_all("/proc/self/uid_map", users);
    write_all("/proc/self/gid_map", groups);
    result->mounts = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : errno;
    if (result->mounts != 0) return;
    result->tmpfs = mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") == 0 ? 0 : errno;
    if (result->tmpfs != 0) return;
    result->proc = mount("proc", "/tmp", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid") == 0 ? 0 : errno;
}

static int try_clone(unsigned long flags, struct cloister_namespaces *result, const char *users, const char *groups) {
    // With an exit signal of 0 nobody but wait4 with __WALL sees the child. No stack is given and no memory shared: a fork.
    long child = syscall(SYS_clone, flags, 0, 0, 0, 0);
    if (child < 0) return errno;
    if (child == 0) {
        if (result != NULL) try_mounts(result, users, groups);
        _exit(0);
    }
    int status;
    while (wait4((pid_t)child, &status, __WALL, NULL) < 0)
        if (errno != EINTR) break;
    return 0;
}

void cloister_probe_namespaces(struct cloister_namespaces *result) {
    static const struct cloister_namespaces nothing = {-1, -1, -1, -1, -1};
    *result = nothing;
    result->user = try_clone(CLONE_NEWUSER, NULL, NULL, NULL);
    if (result->user != 0) return;

    // Shared with the child, which writes down how far it came.
    struct cloister_namespaces *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        result->all = errno;
        return;
    }
    *shared = *result;
    char users[32], groups[32];
    snprintf(users, sizeof users, "0 %u 1\n", geteuid());
    snprintf(groups, sizeof groups, "0 %u 1\n", getegid());
    unsigned long flags =
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;
    int error = try_clone(flags, shared, users, groups);
    *result = *shared;
    result->all = error;
    munmap(shared, sizeof *shared);
}
