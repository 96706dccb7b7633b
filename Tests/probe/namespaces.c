#include "attempts.h"
#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned long flag;
} spaces[] = {
    {"newuser", CLONE_NEWUSER}, {"newns", CLONE_NEWNS},   {"newpid", CLONE_NEWPID},       {"newnet", CLONE_NEWNET},
    {"newipc", CLONE_NEWIPC},   {"newuts", CLONE_NEWUTS}, {"newcgroup", CLONE_NEWCGROUP},
};
enum { space_count = sizeof spaces / sizeof *spaces };
static const unsigned long every_space =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

// The kernel reads clone's flags as 32 bits: a filter that compares 64 lets these through.
static const unsigned long high_bit = 1UL << 32, all_high_bits = 0xffffffff00000000UL;

struct cloning {
    unsigned long flags;
    long result;
    int error;
};

static void clone_plainly(void *shared) {
    struct cloning *cloning = shared;
    cloning->result = syscall(SYS_clone, cloning->flags | SIGCHLD, 0, 0, 0, 0);
    if (cloning->result == 0) _exit(0);
    cloning->error = errno;
    if (cloning->result > 0) waitpid((pid_t)cloning->result, NULL, __WALL);
}

static int return_zero(void *unused) {
    (void)unused;
    return 0;
}

/// With CLONE_VM the child needs a stack of its own, which only the library's wrapper can arrange.
static void clone_with_stack(void *shared) {
    static char stack[64 * 1024] __attribute__((aligned(16)));
    struct cloning *cloning = shared;
    cloning->result = clone(return_zero, stack + sizeof stack, (int)(cloning->flags | SIGCHLD), NULL);
    cloning->error = errno;
    if (cloning->result > 0) waitpid((pid_t)cloning->result, NULL, __WALL);
}

static const char *clone_apart(unsigned long flags, void (*body)(void *)) {
    struct cloning cloning = {.flags = flags};
    struct ending ending = run_apart(body, &cloning, sizeof cloning, call_patience);
    if (!ending.reported) return ending_word(ending);
    errno = cloning.error;
    return result_word(cloning.result);
}

static void clone_each(struct finding *finding) {
    for (int index = 0; index < space_count; index++)
        expect(finding, spaces[index].name, clone_apart(spaces[index].flag, clone_plainly));
    expect(finding, "all at once", clone_apart(every_space, clone_plainly));
}

static void clone_with_high_bits(struct finding *finding) {
    for (int index = 0; index < space_count; index++) {
        expect(finding, spaces[index].name, clone_apart(spaces[index].flag | high_bit, clone_plainly));
        expect(finding, spaces[index].name, clone_apart(spaces[index].flag | all_high_bits, clone_plainly));
    }
}

static void clone_like_vfork(struct finding *finding) {
    for (int index = 0; index < space_count; index++)
        expect(finding, spaces[index].name, clone_apart(spaces[index].flag | CLONE_VM | CLONE_VFORK, clone_with_stack));
}

static void clone_with_company(struct finding *finding) {
    static const unsigned long company[] = {CLONE_FILES, CLONE_FS, CLONE_PARENT, CLONE_PTRACE, CLONE_IO, CLONE_UNTRACED};
    for (size_t index = 0; index < sizeof company / sizeof *company; index++) {
        char name[32];
        snprintf(name, sizeof name, "with %#lx", company[index]);
        expect(finding, name, clone_apart(CLONE_NEWUSER | company[index], clone_plainly));
    }
}

static void unshare_with_high_bits(struct finding *finding) {
    for (int index = 0; index < space_count; index++) {
        unsigned long arguments[6] = {spaces[index].flag | high_bit};
        expect(finding, spaces[index].name, call_apart(SYS_unshare, arguments));
    }
}

static void unshare_in_company(struct finding *finding) {
    static const unsigned long company[] = {CLONE_FS, CLONE_FILES, CLONE_SYSVSEM, CLONE_THREAD, CLONE_VM, CLONE_SIGHAND};
    for (size_t index = 0; index < sizeof company / sizeof *company; index++) {
        unsigned long arguments[6] = {CLONE_NEWUSER | CLONE_NEWNS | company[index]};
        char name[32];
        snprintf(name, sizeof name, "with %#lx", company[index]);
        expect(finding, name, call_apart(SYS_unshare, arguments));
    }
}

static void *mark(void *place) {
    *(bool *)place = true;
    return NULL;
}

static void make_a_thread(struct finding *finding) {
    bool ran = false;
    pthread_t thread;
    int error = pthread_create(&thread, NULL, mark, &ran);
    errno = error;
    expect(finding, "pthread_create", result_word(error ? -1 : 0));
    if (error == 0) pthread_join(thread, NULL);
    expect_fact(finding, ran, "the thread did not run");
}

static void make_processes(struct finding *finding) {
    pid_t process = fork();
    if (process == 0) _exit(0);
    expect(finding, "fork", result_word(process));
    waitpid(process, NULL, 0);
    expect(finding, "clone for posix_spawn", clone_apart(CLONE_VM | CLONE_VFORK, clone_with_stack));
    char *arguments[] = {"true", NULL};
    int error = posix_spawn(&process, "/usr/bin/true", NULL, NULL, arguments, NULL);
    errno = error;
    expect(finding, "posix_spawn", result_word(error ? -1 : 0));
    if (error == 0) waitpid(process, NULL, 0);
}

struct clone3_arguments {
    unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static void clone3_each(struct finding *finding) {
    static struct clone3_arguments request;
    static const size_t sizes[] = {0, 64, 80, sizeof request, 4096};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
        // An invalid exit signal keeps a kernel that would allow the call from making a second probe.
        request = (struct clone3_arguments){.flags = CLONE_NEWUSER, .exit_signal = 200};
        unsigned long arguments[6] = {(unsigned long)&request, sizes[index]};
        char name[32];
        snprintf(name, sizeof name, "of %zu bytes", sizes[index]);
        expect(finding, name, call_apart(SYS_clone3, arguments));
    }
    request.flags = CLONE_NEWTIME;
    unsigned long arguments[6] = {(unsigned long)&request, sizeof request};
    expect(finding, "with newtime", call_apart(SYS_clone3, arguments));
}

static void enter_namespaces(struct finding *finding) {
    static const char *const names[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[index]);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        unsigned long arguments[6] = {(unsigned long)file, 0};
        expect(finding, path, call_apart(SYS_setns, arguments));
        if (file >= 0) close(file);
    }
}

static void enter_by_pidfd(struct finding *finding) {
    int file = (int)syscall(SYS_pidfd_open, 1, 0);
    unsigned long arguments[6] = {(unsigned long)file, every_space};
    expect(finding, "the namespaces of process 1", call_apart(SYS_setns, arguments));
    if (file >= 0) close(file);
}

static bool is_read_only(const char *path) {
    struct statvfs space;
    return statvfs(path, &space) == 0 && (space.f_flag & ST_RDONLY);
}

static void mount_for_real(struct finding *finding) {
    if (!sealed_or_refused(finding)) return;
    expect(finding, "tmpfs", result_word(mount("none", "/tmp", "tmpfs", 0, NULL)));
    expect(finding, "proc", result_word(mount("none", "/tmp", "proc", 0, NULL)));
    expect(finding, "cgroup2", result_word(mount("none", "/tmp", "cgroup2", 0, NULL)));
    expect(finding, "overlay", result_word(mount("none", "/tmp", "overlay", 0, "lowerdir=/usr,upperdir=/tmp,workdir=/tmp")));
    expect(finding, "bind", result_word(mount("/usr", "/tmp", NULL, MS_BIND | MS_REC, NULL)));
    expect(finding, "move", result_word(mount("/usr", "/tmp", NULL, MS_MOVE, NULL)));
    expect(finding, "shared", result_word(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL)));
}

/// What bubblewrap's CVE-2021-41133 and the nested namespace of srt's helper came to: the read-only view coming off.
static void uncover(struct finding *finding) {
    if (!sealed_or_refused(finding)) return;
    static const char *const folders[] = {"/usr", "/plugin", "/etc", "/dev", "/proc", "/exchange/in", "/"};
    for (size_t index = 0; index < sizeof folders / sizeof *folders; index++) {
        expect(finding, folders[index], result_word(umount2(folders[index], MNT_DETACH)));
        expect(finding, folders[index], result_word(mount(NULL, folders[index], NULL, MS_REMOUNT | MS_BIND, NULL)));
    }
    expect_fact(finding, is_read_only("/usr") && is_read_only("/plugin"), "/usr or /plugin is writable now");
}

static void nest_first(void *unused) {
    (void)unused;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(1);
    umount2("/plugin", MNT_DETACH);
    mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL);
    _exit(is_read_only("/usr") ? 2 : 3);
}

static void nest(struct finding *finding) {
    if (!sealed_or_refused(finding)) return;
    char nothing = 0;
    struct ending ending = run_apart(nest_first, &nothing, sizeof nothing, call_patience);
    expect_fact(finding, ending.status != 2, "a nested user namespace was made");
    expect_fact(finding, ending.status != 3, "a nested user namespace was made and /usr is writable there");
    say(finding, "no nested namespace");
}

#define NULLS 0, 0, 0, 0, 0, 0
static const struct variant variants[] = {
    CALL(1, "newuser", "EPERM", SYS_unshare, CLONE_NEWUSER),
    CALL(1, "newns", "EPERM", SYS_unshare, CLONE_NEWNS),
    CALL(1, "newpid", "EPERM", SYS_unshare, CLONE_NEWPID),
    CALL(1, "newnet", "EPERM", SYS_unshare, CLONE_NEWNET),
    CALL(1, "newipc", "EPERM", SYS_unshare, CLONE_NEWIPC),
    CALL(1, "newuts", "EPERM", SYS_unshare, CLONE_NEWUTS),
    CALL(1, "newcgroup", "EPERM", SYS_unshare, CLONE_NEWCGROUP),
    CALL(1, "newtime", "EPERM", SYS_unshare, CLONE_NEWTIME),
    LOOK(1, "in-company", "EPERM", unshare_in_company),
    LOOK(1, "high-bits", "EPERM", unshare_with_high_bits),
    LOOK(2, "plain", "EPERM", clone_each),
    LOOK(2, "high-bits", "EPERM", clone_with_high_bits),
    LOOK(2, "vfork", "EPERM", clone_like_vfork),
    LOOK(2, "in-company", "EPERM", clone_with_company),
    LOOK(2, "threads-work", "success", make_a_thread),
    LOOK(2, "processes-work", "success", make_processes),
    LOOK(3, "every-size", "ENOSYS", clone3_each),
    CALL(3, "null", "ENOSYS", SYS_clone3, 0, 88),
    LOOK(3, "threads-fall-back", "success", make_a_thread),
    CALL(13, "mount", "EPERM or ENOSYS", SYS_mount, NULLS),
    CALL(13, "umount2", "EPERM or ENOSYS", SYS_umount2, NULLS),
    CALL(13, "pivot_root", "EPERM or ENOSYS", SYS_pivot_root, NULLS),
    CALL(13, "fsopen", "EPERM or ENOSYS", SYS_fsopen, (unsigned long)"tmpfs", 0),
    CALL(13, "fsconfig", "EPERM or ENOSYS", SYS_fsconfig, -1UL, 6, 0, 0, 0),
    CALL(13, "fsmount", "EPERM or ENOSYS", SYS_fsmount, -1UL, 0, 0),
    CALL(13, "fspick", "EPERM or ENOSYS", SYS_fspick, (unsigned long)AT_FDCWD, (unsigned long)"/", 0),
    CALL(13, "open_tree", "EPERM or ENOSYS", SYS_open_tree, (unsigned long)AT_FDCWD, (unsigned long)"/", 0),
    CALL(13, "open_tree-clone", "EPERM or ENOSYS", SYS_open_tree, (unsigned long)AT_FDCWD, (unsigned long)"/usr", 1),
    CALL(13, "open_tree_attr", "EPERM or ENOSYS", SYS_open_tree_attr, (unsigned long)AT_FDCWD, (unsigned long)"/", 0, 0, 0),
    CALL(13, "move_mount", "EPERM or ENOSYS", SYS_move_mount, -1UL, (unsigned long)"", -1UL, (unsigned long)"", 4),
    CALL(13, "mount_setattr", "EPERM or ENOSYS", SYS_mount_setattr, -1UL, (unsigned long)"", 0, 0, 0),
    CALL(13, "statmount", "EPERM or ENOSYS", SYS_statmount, NULLS),
    CALL(13, "listmount", "EPERM or ENOSYS", SYS_listmount, NULLS),
    LOOK(13, "for-real", "EPERM or ENOSYS", mount_for_real),
    LOOK(14, "each-kind", "EPERM", enter_namespaces),
    LOOK(14, "by-pidfd", "EPERM", enter_by_pidfd),
    CALL(14, "no-descriptor", "EPERM", SYS_setns, -1UL, 0),
    LOOK(25, "uncover", "EPERM or ENOSYS", uncover),
    CALL(25, "newuser", "EPERM or ENOSPC", SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS),
    LOOK(25, "nest", "no nested user namespace, /usr read-only", nest),
};

struct variants namespace_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
