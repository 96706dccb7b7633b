#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "numbers.h"

static int copy_of_probe(int file) {
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char bytes[65536];
    ssize_t count;
    while ((count = read(program, bytes, sizeof bytes)) > 0)
        if (write(file, bytes, (size_t)count) != count) return -1;
    close(program);
    return count == 0 ? file : -1;
}

static char *const end_at_once[] = {"cloister-probe", "exit-at-once", "42", NULL};
static char *const no_environment[] = {NULL};

struct program {
    int file;
    const char *path;
    int flags;
    int error;
};

static void execute(void *shared) {
    struct program *program = shared;
    syscall(SYS_execveat, program->file, program->path, end_at_once, no_environment, program->flags);
    program->error = errno;
}

static void execute_path(void *shared) {
    struct program *program = shared;
    execve(program->path, end_at_once, no_environment);
    program->error = errno;
}

static void expect_no_program(struct finding *finding, const char *what, struct program program, void (*body)(void *)) {
    struct ending ending = run_apart(body, &program, sizeof program, call_patience);
    if (ending.reported) errno = program.error;
    expect(finding, what, ending.reported ? result_word(-1) : ending_word(ending));
}

static void execute_memory(struct finding *finding) {
    int file = memfd_create("program", 0);
    if (file < 0) return expect_words(finding, "EPERM ENOSYS", "memfd_create", result_word(-1));
    if (copy_of_probe(file) < 0) return expect(finding, "copy", result_word(-1));
    expect_no_program(finding, "a memory file", (struct program){file, "", AT_EMPTY_PATH, 0}, execute);
    int sealed = memfd_create("sealed", MFD_ALLOW_SEALING);
    if (sealed < 0 || copy_of_probe(sealed) < 0) return;
    fcntl(sealed, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    expect_no_program(finding, "a sealed memory file", (struct program){sealed, "", AT_EMPTY_PATH, 0}, execute);
}

static void execute_descriptor(struct finding *finding) {
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), folder = open("/usr/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
    expect_no_program(finding, "an open file", (struct program){program, "", AT_EMPTY_PATH, 0}, execute);
    expect_no_program(finding, "a folder's file", (struct program){folder, "true", 0, 0}, execute);
    expect_no_program(finding, "a path", (struct program){AT_FDCWD, "/usr/bin/true", 0, 0}, execute);
}

static void execute_written(struct finding *finding, const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (file < 0) return expect_fact(finding, false, "no file could be made: %s", result_word(-1));
    copy_of_probe(file);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    expect(finding, "map as code", result_word(code == MAP_FAILED ? -1 : 0));
    // A mapping keeps the file open for writing, and what is written to cannot be run.
    if (code != MAP_FAILED) munmap(code, 4096);
    close(file);
    expect_no_program(finding, "run", (struct program){0, path, 0, 0}, execute_path);
    unlink(path);
}

static void execute_temporary(struct finding *finding) { execute_written(finding, "/tmp/cloister-probe-program"); }
static void execute_data(struct finding *finding) { execute_written(finding, "/data/cloister-probe-program"); }
static void execute_output(struct finding *finding) { execute_written(finding, "/exchange/out/cloister-probe-program"); }

static long add_filter(struct sock_filter *rules, unsigned short count, unsigned long flags) {
    struct sock_fprog filter = {count, rules};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

static void filter_more(struct finding *finding) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOANO),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {4, rules};
    expect(finding, "prctl", result_word(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)));
    expect(finding, "seccomp", result_word(add_filter(rules, 4, 0)));
    static const unsigned long nulls[6];
    expect_words(finding, "ENOANO", "the added rule", call_apart(SYS_getppid, nulls));
}

/// A younger filter can only take away: the sternest verdict of all filters wins (seccomp(2)).
static void filter_less(struct finding *finding) {
    static const unsigned answers[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_TRACE};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int index = 0; index < 3; index++) {
        struct sock_filter rules[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_keyctl, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, answers[index]),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        add_filter(rules, 4, 0);
        static const unsigned long describe[6] = {6, -3UL /* the session keyring */, 0, 0};
        expect(finding, "keyctl under a younger filter", call_apart(SYS_keyctl, describe));
    }
}

static void listen_to_filter(struct finding *finding) {
    static const unsigned long flags[] = {SECCOMP_FILTER_FLAG_NEW_LISTENER,
        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_LOG,
        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
        SECCOMP_FILTER_FLAG_NEW_LISTENER | (1UL << 32)};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (size_t index = 0; index < sizeof flags / sizeof *flags; index++) {
        struct sock_filter rules[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
        long result = add_filter(rules, 1, flags[index]);
        char name[32];
        snprintf(name, sizeof name, "flags %#lx", flags[index]);
        expect(finding, name, result_word(result));
        if (result >= 0) close((int)result);
    }
}

static const struct variant variants[] = {
    LOOK(17, "memory", "EPERM", execute_memory),
    LOOK(17, "descriptor", "EPERM", execute_descriptor),
    LOOK(17, "temporary", "EACCES or EPERM", execute_temporary),
    LOOK(17, "data", "EACCES or EPERM", execute_data),
    LOOK(17, "output", "EACCES or EPERM", execute_output),
    LOOK(18, "stricter-works", "success", filter_more),
    LOOK(18, "laxer-changes-nothing", "EPERM", filter_less),
    LOOK(18, "listener", "EPERM", listen_to_filter),
};

struct variants execution_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
