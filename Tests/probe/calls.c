#include "attempts.h"
#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// ioctl reads its request as 32 bits (CVE-2019-10063): every variant of the high half is the same request to the kernel.
static const unsigned long high_halves[] = {0, 1UL << 32, 1UL << 63, 0xffffffff00000000UL, 0x5412UL << 32};

static void request_each(struct finding *finding, unsigned long request) {
    for (int file = 0; file <= 2; file++) {
        for (size_t index = 0; index < sizeof high_halves / sizeof *high_halves; index++) {
            char name[32];
            snprintf(name, sizeof name, "%#lx on %d", request | high_halves[index], file);
            unsigned long arguments[6] = {(unsigned long)file, request | high_halves[index], 0};
            expect(finding, name, call_apart(SYS_ioctl, arguments));
        }
    }
}

static void type_into_terminal(struct finding *finding) { request_each(finding, TIOCSTI); }
static void change_discipline(struct finding *finding) { request_each(finding, TIOCSETD); }
static void take_console(struct finding *finding) { request_each(finding, TIOCCONS); }
static void paste(struct finding *finding) { request_each(finding, TIOCLINUX); }

static void use_keyrings(struct finding *finding) {
    for (unsigned long operation = 0; operation <= 32; operation++) {
        char name[24];
        snprintf(name, sizeof name, "operation %lu", operation);
        unsigned long arguments[6] = {operation, 0, 0, 0, 0, 0};
        expect(finding, name, call_apart(SYS_keyctl, arguments));
    }
}

/// Whom to reach for: the reaper, and outside of a sandbox a process that nobody misses.
static pid_t other_process(void) {
    if (is_sealed()) return 1;
    pid_t process = fork();
    if (process == 0) {
        pause();
        _exit(0);
    }
    return process;
}

static void trace(struct finding *finding) {
    pid_t other = other_process();
    const struct {
        const char *name;
        unsigned long arguments[6];
    } requests[] = {
        {"TRACEME", {PTRACE_TRACEME}},
        {"ATTACH", {PTRACE_ATTACH, (unsigned long)other}},
        {"SEIZE", {PTRACE_SEIZE, (unsigned long)other}},
        {"PEEKDATA", {PTRACE_PEEKDATA, (unsigned long)other}},
        {"SETOPTIONS", {PTRACE_SETOPTIONS, (unsigned long)other}},
        {"GET_SYSCALL_INFO", {PTRACE_GET_SYSCALL_INFO, (unsigned long)other}},
        {"SECCOMP_GET_FILTER", {PTRACE_SECCOMP_GET_FILTER, (unsigned long)other}},
        {"an unknown request", {0x9999, (unsigned long)other}},
        {"2^32 + SEIZE", {(1UL << 32) | PTRACE_SEIZE, (unsigned long)other}},
    };
    for (size_t index = 0; index < sizeof requests / sizeof *requests; index++)
        expect(finding, requests[index].name, call_apart(SYS_ptrace, requests[index].arguments));
    if (!is_sealed()) kill(other, SIGKILL);
}

static void read_memory(struct finding *finding) {
    static char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1}, nowhere = {NULL, 1};
    const pid_t others[] = {1, getppid(), getpid()};
    for (size_t index = 0; index < sizeof others / sizeof *others; index++) {
        char name[32];
        snprintf(name, sizeof name, "process %d", others[index]);
        expect(finding, name, result_word(process_vm_readv(others[index], &here, 1, &there, 1, 0)));
        expect(finding, name, result_word(process_vm_writev(others[index], &here, 1, &nowhere, 1, 0)));
    }
}

static void take_descriptors(struct finding *finding) {
    for (pid_t process = 1; process <= 2; process++) {
        int file = (int)syscall(SYS_pidfd_open, process, 0);
        for (unsigned long number = 0; number < 4; number++) {
            unsigned long arguments[6] = {(unsigned long)file, number, 0};
            expect(finding, "pidfd_getfd", call_apart(SYS_pidfd_getfd, arguments));
        }
        if (file >= 0) close(file);
    }
}

static void compare_processes(struct finding *finding) {
    for (unsigned long kind = 0; kind <= 8; kind++) {
        unsigned long arguments[6] = {1, (unsigned long)getpid(), kind, 0, 0};
        expect(finding, "kcmp", call_apart(SYS_kcmp, arguments));
    }
}

static void use_bpf(struct finding *finding) {
    static union bpf_attr attributes;
    for (unsigned long command = 0; command <= 40; command++) {
        char name[24];
        snprintf(name, sizeof name, "command %lu", command);
        unsigned long arguments[6] = {command, (unsigned long)&attributes, sizeof attributes};
        expect(finding, name, call_apart(SYS_bpf, arguments));
    }
}

static void change_personality(struct finding *finding) {
    static const unsigned long wanted[] = {ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO,
        UNAME26, STICKY_TIMEOUTS, PER_LINUX32, PER_BSD, (1UL << 32) | ADDR_NO_RANDOMIZE, (1UL << 63) | READ_IMPLIES_EXEC};
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
        char name[32];
        snprintf(name, sizeof name, "%#lx", wanted[index]);
        unsigned long arguments[6] = {wanted[index]};
        expect(finding, name, call_apart(SYS_personality, arguments));
    }
}

static void open_by_handle(struct finding *finding) {
    // The handle of inode 2, the root folder of an ext4 file system: the way out of old containers.
    struct {
        unsigned bytes;
        int type;
        unsigned number[2];
    } handle = {8, 1, {2, 0}};
    static const char *const folders[] = {"/", "/usr", "/plugin", "/data", "/etc", "/proc/self"};
    for (size_t index = 0; index < sizeof folders / sizeof *folders; index++) {
        int folder = open(folders[index], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        expect(finding, folders[index], result_word(syscall(SYS_open_by_handle_at, folder, &handle, O_RDONLY)));
        if (folder >= 0) close(folder);
    }
}

static void name_handle(struct finding *finding) {
    struct {
        unsigned bytes;
        int type;
        char number[128];
    } handle = {.bytes = 128};
    int mount;
    expect(finding, "/usr", result_word(syscall(SYS_name_to_handle_at, AT_FDCWD, "/usr", &handle, &mount, 0)));
    handle.bytes = 0;
    expect(finding, "the size", result_word(syscall(SYS_name_to_handle_at, AT_FDCWD, "/usr", &handle, &mount, 0)));
}

static char small[256];
#define PLACE(object) (unsigned long)(object)
#define REFUSED "EPERM or ENOSYS"

static const struct variant variants[] = {
    LOOK(7, "sti", "EPERM", type_into_terminal),
    LOOK(7, "setd", "EPERM", change_discipline),
    LOOK(7, "cons", "EPERM", take_console),
    LOOK(8, "linux", "EPERM", paste),
    CALL(9, "setup", "ENOSYS", SYS_io_uring_setup, 8, PLACE(small)),
    CALL(9, "setup-null", "ENOSYS", SYS_io_uring_setup, 0, 0),
    CALL(9, "enter", "ENOSYS", SYS_io_uring_enter, -1UL, 1, 0, 0, 0, 0),
    CALL(9, "register", "ENOSYS", SYS_io_uring_register, -1UL, 0, 0, 0),
    LOOK(10, "keyctl", "EPERM", use_keyrings),
    CALL(10, "add_key", "EPERM", SYS_add_key, PLACE("user"), PLACE("name"), PLACE("value"), 5, -3UL),
    CALL(10, "request_key", "EPERM", SYS_request_key, PLACE("user"), PLACE("name"), 0, -3UL),
    LOOK(11, "ptrace", "EPERM", trace),
    LOOK(11, "process_vm", "EPERM", read_memory),
    LOOK(11, "pidfd_getfd", "EPERM", take_descriptors),
    LOOK(11, "kcmp", "EPERM", compare_processes),
    CALL(11, "process_madvise", REFUSED, SYS_process_madvise, -1UL, 0, 0, 20, 0),
    LOOK(12, "bpf", "EPERM", use_bpf),
    CALL(12, "perf_event_open", "EPERM", SYS_perf_event_open, PLACE(small), 0, -1UL, -1UL, 0),
    CALL(12, "perf_event_open-all", "EPERM", SYS_perf_event_open, PLACE(small), -1UL, 0, -1UL, 8),
    CALL(12, "userfaultfd", "EPERM", SYS_userfaultfd, 0),
    CALL(12, "userfaultfd-user", "EPERM", SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1),
    CALL(12, "init_module", REFUSED, SYS_init_module, 0, 0, PLACE("")),
    CALL(12, "finit_module", REFUSED, SYS_finit_module, -1UL, PLACE(""), 0),
    CALL(12, "delete_module", REFUSED, SYS_delete_module, PLACE("cloister_no_such_module"), O_NONBLOCK),
    CALL(12, "kexec_load", REFUSED, SYS_kexec_load, 0, 0, 0, -1UL),
    CALL(12, "reboot", REFUSED, SYS_reboot, 0, 0, 0, 0),
    CALL(12, "swapon", REFUSED, SYS_swapon, 0, 0),
    CALL(12, "swapoff", REFUSED, SYS_swapoff, 0),
    CALL(12, "acct", REFUSED, SYS_acct, PLACE("/cloister-no-such-file")),
    CALL(12, "syslog", REFUSED, SYS_syslog, 10, 0, 0),
    CALL(12, "sethostname", REFUSED, SYS_sethostname, 0, 4096),
    CALL(12, "setdomainname", REFUSED, SYS_setdomainname, 0, 4096),
    CALL(12, "clock_settime", REFUSED, SYS_clock_settime, 0, 0),
    CALL(12, "settimeofday", REFUSED, SYS_settimeofday, -1UL, 0),
    CALL(12, "clock_adjtime", REFUSED, SYS_clock_adjtime, 0, 0),
    CALL(12, "adjtimex", REFUSED, SYS_adjtimex, 0),
    CALL(12, "quotactl", REFUSED, SYS_quotactl, 0x80000700, PLACE("/dev/null"), 0, 0),
    CALL(12, "fanotify_init", REFUSED, SYS_fanotify_init, 0, 0),
    CALL(12, "move_pages", REFUSED, SYS_move_pages, 1, 1, PLACE(small), 0, PLACE(small), 0),
    CALL(12, "migrate_pages", REFUSED, SYS_migrate_pages, 1, 0, 0, 0),
#if defined(__x86_64__)
    CALL(12, "iopl", REFUSED, SYS_iopl, 3),
    CALL(12, "ioperm", REFUSED, SYS_ioperm, 0x80, 1, 1),
    CALL(16, "modify_ldt-read", "EPERM", SYS_modify_ldt, 0, PLACE(small), sizeof small),
    CALL(16, "modify_ldt-write", "EPERM", SYS_modify_ldt, 1, PLACE(small), 16),
    CALL(16, "modify_ldt-new", "EPERM", SYS_modify_ldt, 0x11, PLACE(small), 16),
#endif
    LOOK(16, "personality", "EPERM", change_personality),
    CALL(16, "asking-works", "success", SYS_personality, 0xffffffff),
    LOOK(19, "open", "EPERM", open_by_handle),
    LOOK(19, "name", REFUSED, name_handle),
};

struct variants call_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
