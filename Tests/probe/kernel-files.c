#include "attempts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_path(struct finding *finding, const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    expect(finding, path, result_word(file));
    if (file >= 0) close(file);
}

static void check_devices(struct finding *finding) {
    static const struct {
        const char *path;
        unsigned minor;
    } devices[] = {{"/dev/null", 3}, {"/dev/zero", 5}, {"/dev/full", 7}, {"/dev/random", 8}, {"/dev/urandom", 9}};
    for (size_t index = 0; index < sizeof devices / sizeof *devices; index++) {
        struct stat status;
        bool right = lstat(devices[index].path, &status) == 0 && S_ISCHR(status.st_mode)
            && status.st_rdev == makedev(1, devices[index].minor);
        expect_fact(finding, right, "%s is not device 1:%u", devices[index].path, devices[index].minor);
    }
    struct stat folder;
    expect_fact(finding, lstat("/dev", &folder) == 0 && S_ISDIR(folder.st_mode), "/dev is no folder");
    DIR *entries = opendir("/dev");
    for (struct dirent *entry; entries && (entry = readdir(entries)) != NULL;)
        expect_fact(finding, words_contain(". .. null zero full random urandom fd stdin stdout stderr", entry->d_name),
            "/dev holds %.60s", entry->d_name);
    if (entries) closedir(entries);
    say(finding, "the five and no others");
}

static void open_devices(struct finding *finding) {
    static const char *const paths[] = {"/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/tty",
        "/dev/console", "/dev/ptmx", "/dev/pts/ptmx", "/dev/pts/0", "/dev/sda", "/dev/vda", "/dev/loop-control", "/dev/net/tun",
        "/dev/userfaultfd", "/dev/vhost-vsock", "/dev/dri/card0", "/dev/uinput", "/dev/snapshot", "/dev/cuse", "/dev/mapper/control"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        struct stat status;
        expect(finding, paths[index], result_word(stat(paths[index], &status)));
    }
}

static void replace_devices(struct finding *finding) {
    if (access("/dev", W_OK) == 0) return expect_fact(finding, false, "/dev is writable: not attempted");
    expect(finding, "unlink", result_word(unlink("/dev/null")));
    expect(finding, "symlink", result_word(symlink("/etc/passwd", "/dev/cloister-probe")));
    expect(finding, "rename", result_word(rename("/dev/null", "/dev/cloister-probe")));
    expect(finding, "mkdir", result_word(mkdir("/dev/pts", 0755)));
    expect(finding, "chmod", result_word(chmod("/dev/null", 0666)));
}

static void check_proc(struct finding *finding) {
    struct statfs space;
    expect_fact(finding, statfs("/proc", &space) == 0 && space.f_type == 0x9fa0 /* procfs */, "/proc is no procfs");
    char link[32] = "";
    expect_fact(finding, readlink("/proc/self", link, sizeof link - 1) > 0 && atoi(link) == getpid(),
        "/proc/self is %s and not this process", link);
    say(finding, "a procfs of this pid namespace");
}

static void write_proc(struct finding *finding) {
    static const char *const paths[] = {"/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups",
        "/proc/self/oom_score_adj", "/proc/self/attr/exec", "/proc/self/loginuid"};
    static const char *const texts[] = {"0 0 1", "0 0 1", "allow", "-1000", "unconfined", "0"};
    if (!sealed_or_refused(finding)) return;
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        int file = open(paths[index], O_WRONLY | O_CLOEXEC);
        ssize_t written = file < 0 ? -1 : write(file, texts[index], strlen(texts[index]));
        expect(finding, paths[index], result_word(written));
        if (file >= 0) close(file);
    }
}

static void open_settings(struct finding *finding) {
    static const char *const paths[] = {"/proc/sys", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
        "/proc/sys/kernel/hostname", "/proc/sys/user/max_user_namespaces", "/proc/sys/vm/overcommit_memory",
        "/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/binfmt_misc/register", "/proc/sys/kernel/yama/ptrace_scope",
        "/proc/sysrq-trigger", "/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/proc/keys", "/proc/key-users", "/proc/timer_list",
        "/proc/sched_debug", "/proc/interrupts", "/proc/modules", "/proc/config.gz", "/proc/cmdline", "/proc/partitions",
        "/proc/diskstats", "/proc/swaps", "/proc/mtrr", "/proc/bus", "/proc/acpi", "/proc/scsi", "/proc/irq", "/proc/fs",
        "/proc/asound", "/proc/driver", "/proc/sysvipc", "/proc/vmallocinfo", "/proc/pagetypeinfo", "/proc/iomem", "/proc/ioports",
        "/sys", "/sys/kernel", "/sys/kernel/debug", "/sys/kernel/security", "/sys/fs/bpf", "/sys/firmware", "/sys/class/net",
        "/sys/kernel/uevent_helper", "/sys/power/state"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        open_path(finding, paths[index], O_RDONLY);
        // Only opened: a write is what would do the harm.
        open_path(finding, paths[index], O_WRONLY);
    }
}

static void open_reaper(struct finding *finding) {
    static const char *const names[] = {"environ", "mem", "maps", "smaps", "smaps_rollup", "numa_maps", "pagemap", "auxv", "stack",
        "syscall", "io", "fd", "fdinfo", "cwd", "root", "exe", "map_files", "ns/user", "ns/mnt", "ns/net", "ns/pid", "personality",
        "patch_state", "task/1/mem", "task/1/environ", "task/1/fd", "task/1/root", "cwd/..", "root/etc/passwd"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/1/%s", names[index]);
        open_path(finding, path, O_RDONLY);
    }
}

static void write_reaper(struct finding *finding) {
    static const char *const names[] = {"mem", "oom_score_adj", "clear_refs", "uid_map", "gid_map", "timens_offsets", "comm",
        "coredump_filter", "sched", "autogroup"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/1/%s", names[index]);
        open_path(finding, path, O_WRONLY);
    }
}

static const char *const writable[] = {"/data", "/tmp", "/exchange/out"};
enum { writable_count = sizeof writable / sizeof *writable };

static void make_devices(struct finding *finding) {
    static const struct {
        mode_t kind;
        unsigned major, minor;
    } devices[] = {{S_IFBLK, 8, 0}, {S_IFBLK, 253, 0}, {S_IFBLK, 254, 0}, {S_IFBLK, 7, 0}, {S_IFCHR, 1, 1}, {S_IFCHR, 1, 11},
        {S_IFCHR, 5, 1}, {S_IFCHR, 1, 3}, {S_IFCHR, 10, 232}};
    for (int folder = 0; folder < writable_count; folder++) {
        for (size_t index = 0; index < sizeof devices / sizeof *devices; index++) {
            char path[64], name[64];
            snprintf(path, sizeof path, "%s/cloister-probe-device", writable[folder]);
            snprintf(name, sizeof name, "%s %u:%u", writable[folder], devices[index].major, devices[index].minor);
            dev_t device = makedev(devices[index].major, devices[index].minor);
            if (access(writable[folder], W_OK) != 0) continue;
            expect(finding, name, result_word(mknod(path, devices[index].kind | 0600, device)));
            unlink(path);
#if defined(SYS_mknod)
            expect(finding, name, result_word(syscall(SYS_mknod, path, devices[index].kind | 0600, device)));
            unlink(path);
#endif
        }
    }
}

static void make_nodes(struct finding *finding) {
    static const mode_t kinds[] = {S_IFIFO, S_IFREG, 0};
    const char *folder = access("/data", W_OK) == 0 ? "/data" : "/tmp";
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
        char path[64];
        snprintf(path, sizeof path, "%s/cloister-probe-node", folder);
        expect(finding, path, result_word(mknod(path, kinds[index] | 0600, 0)));
        unlink(path);
    }
}

static void find_control_groups(struct finding *finding) {
    static const char *const paths[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified",
        "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/release_agent", "/cgroup"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) open_path(finding, paths[index], O_RDONLY);
}

static void look_at_mounts(struct finding *finding) {
    static char line[4096];
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    expect_fact(finding, mounts != NULL, "/proc/self/mountinfo: %s", mounts ? "" : result_word(-1));
    while (mounts && fgets(line, sizeof line, mounts)) {
        line[strcspn(line, "\n")] = '\0';
        expect_fact(finding, !strstr(line, " - cgroup") && !strstr(line, " - sysfs") && !strstr(line, " - debugfs"),
            "mounted: %.100s", line);
    }
    if (mounts) fclose(mounts);
    FILE *groups = fopen("/proc/self/cgroup", "re");
    while (groups && fgets(line, sizeof line, groups)) {
        line[strcspn(line, "\n")] = '\0';
        size_t length = strlen(line);
        expect_fact(finding, length >= 2 && strcmp(line + length - 2, ":/") == 0, "its group shows: %.100s", line);
    }
    if (groups) fclose(groups);
    say(finding, "no cgroupfs, and its own group is the root");
}

/// The value behind `name:` in the status of a process, or -1. Identities are the effective ones.
static long long status_value(pid_t process, const char *name, int base, int column) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", process);
    FILE *status = fopen(path, "re");
    long long value = -1;
    while (status && value < 0 && fgets(line, sizeof line, status)) {
        size_t length = strlen(name);
        if (strncmp(line, name, length) != 0 || line[length] != ':') continue;
        char *at = line + length + 1;
        while (column-- >= 0) value = (long long)strtoull(at, &at, base);
    }
    if (status) fclose(status);
    return value;
}

static void expect_powerless(struct finding *finding, const char *who, pid_t process) {
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    for (size_t index = 0; index < sizeof sets / sizeof *sets; index++) {
        long long set = status_value(process, sets[index], 16, 0);
        expect_fact(finding, set == 0, "%s: %s is %llx", who, sets[index], (unsigned long long)set);
    }
    expect_fact(finding, status_value(process, "NoNewPrivs", 10, 0) == 1, "%s: no_new_privs is not set", who);
    expect_fact(finding, status_value(process, "Seccomp", 10, 0) == 2, "%s: there is no syscall filter", who);
    for (int column = 1; column < 4; column++)
        expect_fact(finding, status_value(process, "Uid", 10, column) == (long long)getuid(), "%s: its identity changed", who);
    expect_fact(finding, getuid() != 0, "%s: its identity is 0", who);
}

static void look_at_itself(struct finding *finding) {
    expect_powerless(finding, "the plugin", getpid());
    say(finding, "no capability, no_new_privs, a syscall filter");
}

/// Runs a setuid program whose output goes into a full pipe: it stands still there, and can be looked at.
static bool look_at_program(struct finding *finding, const char *path, const char *argument) {
    struct stat status;
    if (stat(path, &status) != 0 || !(status.st_mode & (S_ISUID | S_ISGID))) return false;
    int full[2];
    if (pipe2(full, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    static char block[4096];
    while (write(full[1], block, sizeof block) > 0) {}
    fcntl(full[1], F_SETFL, 0);
    pid_t process = fork();
    if (process == 0) {
        dup2(full[1], 1);
        dup2(full[1], 2);
        execl(path, path, argument, (char *)NULL);
        _exit(127);
    }
    char mine[64] = "", theirs[64] = "", name[64];
    snprintf(name, sizeof name, "/proc/%d/exe", getpid());
    ssize_t length = readlink(name, mine, sizeof mine - 1);
    snprintf(name, sizeof name, "/proc/%d/exe", process);
    bool changed = false;
    for (int tries = 0; tries < 200 && !changed && waitpid(process, NULL, WNOHANG) == 0; tries++) {
        usleep(1000);
        // A program with more rights than ours cannot be read: that too shows that it has begun.
        ssize_t now = readlink(name, theirs, sizeof theirs - 1);
        changed = now < 0 || now != length || memcmp(mine, theirs, (size_t)now) != 0;
    }
    if (changed) expect_powerless(finding, path, process);
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    close(full[0]);
    close(full[1]);
    return changed;
}

static void run_setuid_programs(struct finding *finding) {
    static const char *const programs[] = {"/usr/bin/passwd", "/usr/bin/su", "/usr/bin/newuidmap", "/usr/bin/mount", "/usr/bin/chfn",
        "/usr/bin/gpasswd", "/usr/bin/sudo", "/usr/bin/newgrp", "/usr/bin/pkexec", "/usr/bin/fusermount3", "/usr/bin/chage"};
    int looked = 0;
    for (size_t index = 0; index < sizeof programs / sizeof *programs; index++)
        looked += look_at_program(finding, programs[index], "--help");
    say(finding, "no gain in %d setuid programs", looked);
}

static void change_identity(struct finding *finding) {
    struct {
        unsigned version;
        int process;
    } header = {0x20080522, 0};
    struct {
        unsigned effective, permitted, inheritable;
    } sets[2] = {{0xffffffff, 0xffffffff, 0xffffffff}, {0x1ff, 0x1ff, 0x1ff}};
    static const unsigned long root[6], group[6] = {1, 0};
    expect(finding, "setuid", call_apart(SYS_setuid, root));
    expect(finding, "setgid", call_apart(SYS_setgid, root));
    expect(finding, "setresuid", call_apart(SYS_setresuid, root));
    expect(finding, "setreuid", call_apart(SYS_setreuid, root));
    expect(finding, "setresgid", call_apart(SYS_setresgid, root));
    expect(finding, "setgroups", call_apart(SYS_setgroups, group));
    unsigned long capable[6] = {(unsigned long)&header, (unsigned long)sets};
    expect(finding, "capset", call_apart(SYS_capset, capable));
    static const unsigned long bits[6] = {PR_SET_SECUREBITS, 0}, ambient[6] = {PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21};
    expect(finding, "securebits", call_apart(SYS_prctl, bits));
    expect(finding, "ambient", call_apart(SYS_prctl, ambient));
}

/// A setuid file is harmless inside, and lies on the host in the tenant's folder.
static void mark_setuid(struct finding *finding) {
    const char *folder = access("/data", W_OK) == 0 ? "/data" : "/tmp";
    static const mode_t modes[] = {S_ISUID, S_ISGID, S_ISUID | S_ISGID};
    char path[64];
    snprintf(path, sizeof path, "%s/cloister-probe-setuid", folder);
    for (size_t index = 0; index < sizeof modes / sizeof *modes; index++) {
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, modes[index] | 0700);
        expect(finding, "open", result_word(file));
        if (file >= 0) close(file);
        unlink(path);
        expect(finding, "mknod", result_word(mknod(path, S_IFREG | modes[index] | 0700, 0)));
        unlink(path);
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        expect(finding, "chmod", result_word(chmod(path, modes[index] | 0700)));
        expect(finding, "fchmodat", result_word(fchmodat(AT_FDCWD, path, modes[index] | 0700, 0)));
        expect(finding, "fchmod", result_word(fchmod(file, modes[index] | 0700)));
        if (file >= 0) close(file);
        unlink(path);
    }
}

#define REFUSED "EPERM or EACCES or EROFS"
#define HIDDEN "ENOENT or EACCES or EPERM or EROFS"

static const struct variant variants[] = {
    LOOK(27, "right", "the five and no others", check_devices),
    LOOK(27, "others", "ENOENT", open_devices),
    LOOK(27, "replace", REFUSED, replace_devices),
    LOOK(28, "right", "a procfs of this pid namespace", check_proc),
    LOOK(28, "write", REFUSED " or ENOENT or EINVAL or ENODEV", write_proc),
    LOOK(29, "open", "ENOENT", open_settings),
    LOOK(30, "read", HIDDEN, open_reaper),
    LOOK(30, "write", HIDDEN " or EISDIR", write_reaper),
    LOOK(31, "devices", "EPERM", make_devices),
    LOOK(31, "others-work", "success", make_nodes),
    LOOK(32, "open", "ENOENT", find_control_groups),
    LOOK(32, "mounts", "no cgroupfs", look_at_mounts),
    LOOK(33, "itself", "no capability, no_new_privs, a syscall filter", look_at_itself),
    LOOK(33, "programs", "no gain", run_setuid_programs),
    LOOK(33, "mark", "EPERM", mark_setuid),
    LOOK(33, "identity", "EPERM or EINVAL or ENOSYS", change_identity),
};

struct variants kernel_file_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
