#include "attempts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void call_each(struct finding *finding, long first, long last) {
    static const unsigned long nulls[6];
    for (long number = first; number <= last; number++) {
        char name[24];
        snprintf(name, sizeof name, "%ld", number);
        expect(finding, name, call_apart(number, nulls));
    }
}

// The first range grows with each kernel; the second is where no architecture has numbers yet.
static void call_future(struct finding *finding) { call_each(finding, 463, 600); }
static void call_far_future(struct finding *finding) { call_each(finding, 1000, 1064); }

#if defined(__x86_64__)

/// Two numbers of the gap are taken since Linux 6.11 and 6.18, for the trampolines of probes; no filter ever sees them, and
/// from anywhere else the kernel refuses them itself (seccomp: passthrough uretprobe systemcall without filtering).
static void call_gap(struct finding *finding) {
    enum { uretprobe = 335, uprobe = 336, last = 423 };
    static const unsigned long nulls[6];
    expect_words(finding, "ENOSYS SIGILL", "uretprobe", call_apart(uretprobe, nulls));
    expect_words(finding, "ENOSYS ENXIO", "uprobe", call_apart(uprobe, nulls));
    call_each(finding, uprobe + 1, last);
}

/// Numbers that once meant something and whose handlers are long gone.
static void call_removed(struct finding *finding) {
    static const long removed[] = {SYS_uselib, SYS__sysctl, SYS_create_module, SYS_get_kernel_syms, SYS_query_module,
        SYS_nfsservctl, SYS_getpmsg, SYS_putpmsg, SYS_afs_syscall, SYS_tuxcall, SYS_security, SYS_vserver,
        SYS_epoll_ctl_old, SYS_epoll_wait_old, SYS_set_thread_area, SYS_get_thread_area, SYS_lookup_dcookie};
    static const unsigned long nulls[6];
    for (size_t index = 0; index < sizeof removed / sizeof *removed; index++) {
        char name[24];
        snprintf(name, sizeof name, "%ld", removed[index]);
        expect(finding, name, call_apart(removed[index], nulls));
    }
}

enum { ia32_getpid = 20, ia32_mount = 21, ia32_ptrace = 26, ia32_ipc = 117, ia32_socketcall = 102, ia32_unshare = 310 };

static long ia32_result;

static void make_ia32_call(void *shared) {
    const unsigned *call = shared;
    __asm__ volatile("int $0x80"
                 : "=a"(ia32_result)
                 : "0"(call[0]), "b"(call[1]), "c"(call[2]), "d"(call[3]), "S"(0), "D"(0)
                 : "memory", "r8", "r9", "r10", "r11");
}

/// SIGSEGV is what a kernel without IA-32 emulation answers, and holds just as well.
static void call_ia32(struct finding *finding) {
    static const struct {
        const char *name;
        unsigned call[4];
    } calls[] = {
        {"getpid", {ia32_getpid, 0, 0, 0}},
        {"unshare", {ia32_unshare, 0x10000000, 0, 0}},
        {"mount", {ia32_mount, 0, 0, 0}},
        {"ptrace", {ia32_ptrace, 0, 0, 0}},
        {"ipc", {ia32_ipc, 0, 0, 0}},
        {"socketcall", {ia32_socketcall, 1, 0, 0}},
        {"an unknown number", {5000, 0, 0, 0}},
        {"the number of read in 64 bits", {0, 0, 0, 0}},
        {"the highest number", {0x7fffffff, 0, 0, 0}},
        {"-1", {0xffffffff, 0, 0, 0}},
    };
    for (size_t index = 0; index < sizeof calls / sizeof *calls; index++) {
        unsigned call[4];
        memcpy(call, calls[index].call, sizeof call);
        expect(finding, calls[index].name, ending_word(run_apart(make_ia32_call, call, sizeof call, call_patience)));
    }
}

enum { executed = 42 };

/// Goes over to the 32-bit code segment, does `getpid` there by the given instruction, and ends with status 42 if it lives.
static void run_ia32_code(const unsigned char *enter, size_t length) {
    static const unsigned char leave[] = {0xb8, 1, 0, 0, 0, 0xbb, executed, 0, 0, 0, 0xcd, 0x80};
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (code == MAP_FAILED) _exit(errno);
    memcpy(code, enter, length);
    memcpy(code + length, leave, sizeof leave);
    __asm__ volatile("mov %0, %%rsp\n"
                 "pushq $0x23\n" // __USER32_CS
                 "pushq %1\n"
                 "lretq\n"
                 :
                 : "r"(code + 4096), "r"(code)
                 : "memory");
    __builtin_unreachable();
}

static void use_int80(void *unused) {
    (void)unused;
    static const unsigned char enter[] = {0xb8, ia32_getpid, 0, 0, 0, 0xcd, 0x80};
    run_ia32_code(enter, sizeof enter);
}

static void use_syscall(void *unused) {
    (void)unused;
    static const unsigned char enter[] = {0xb8, ia32_getpid, 0, 0, 0, 0x0f, 0x05};
    run_ia32_code(enter, sizeof enter);
}

static void use_sysenter(void *unused) {
    (void)unused;
    static const unsigned char enter[] = {0xb8, ia32_getpid, 0, 0, 0, 0x89, 0xe5, 0x0f, 0x34};
    run_ia32_code(enter, sizeof enter);
}

static void change_segment(struct finding *finding) {
    static const struct {
        const char *name;
        void (*use)(void *);
    } ways[] = {{"int 0x80", use_int80}, {"syscall", use_syscall}, {"sysenter", use_sysenter}};
    for (size_t index = 0; index < sizeof ways / sizeof *ways; index++) {
        char nothing = 0;
        struct ending ending = run_apart(ways[index].use, &nothing, sizeof nothing, call_patience);
        expect_fact(finding, ending.status != executed, "%s from a 32-bit segment was served", ways[index].name);
        if (ending.signal != 0) expect(finding, ways[index].name, ending_word(ending));
    }
}

static void call_x32(struct finding *finding) {
    static const unsigned long bit = 0x40000000;
    static const unsigned long numbers[] = {SYS_read, SYS_getpid, SYS_unshare, SYS_mount, SYS_ptrace, SYS_socket, SYS_bpf,
        SYS_keyctl, SYS_io_uring_setup, 512, 520, 521, 539, 545, 547, 600, 0x3fffffff};
    static const unsigned long nulls[6];
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        char name[24];
        snprintf(name, sizeof name, "%#lx", numbers[index] | bit);
        expect(finding, name, call_apart((long)(numbers[index] | bit), nulls));
    }
}

// The kernel looks at 32 bits of the number: 2^32 + getpid is getpid to it, and must be nothing else to the filter.
static const long high_bits[] = {
    (1L << 32) | SYS_unshare, (1L << 32) | SYS_keyctl, (long)(1UL << 63) | SYS_unshare,
    (long)0xffffffff00000000UL | SYS_ptrace};

static void call_with_high_bits(struct finding *finding) {
    static const unsigned long nulls[6] = {0x10000000};
    for (size_t index = 0; index < sizeof high_bits / sizeof *high_bits; index++) {
        char name[24];
        snprintf(name, sizeof name, "%#lx", (unsigned long)high_bits[index]);
        expect(finding, name, call_apart(high_bits[index], nulls));
    }
}

static const struct variant variants[] = {
    LOOK(4, "64-bit-segment", "SIGSYS or SIGSEGV", call_ia32),
    // In an emulated machine the kernel kills whoever goes over to that segment, sealed or not.
    LOOK(4, "32-bit-segment", "SIGSYS or SIGSEGV or SIGILL or SIGKILL", change_segment),
    LOOK(5, "numbers", "SIGSYS or ENOSYS", call_x32),
    LOOK(6, "gap", "ENOSYS", call_gap),
    LOOK(6, "removed", "ENOSYS or EPERM", call_removed),
    LOOK(6, "high-bits", "ENOSYS or EPERM or SIGSYS", call_with_high_bits),
#else

static void have_none(struct finding *finding) { say(finding, "this architecture has none"); }

static const struct variant variants[] = {
    LOOK(4, "none", "nothing to attempt", have_none),
    LOOK(5, "none", "nothing to attempt", have_none),
#endif
    LOOK(6, "future", "ENOSYS", call_future),
    LOOK(6, "far-future", "ENOSYS", call_far_future),
    CALL(6, "highest", "ENOSYS or SIGSYS", 0x7fffffff, 0, 0, 0, 0, 0, 0),
    CALL(6, "x32-bit-alone", "ENOSYS or SIGSYS", 0x40000000, 0, 0, 0, 0, 0, 0),
    CALL(6, "minus-one", "ENOSYS or SIGSYS", -1, 0, 0, 0, 0, 0, 0),
};

struct variants architecture_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
