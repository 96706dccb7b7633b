#include "attempts.h"
#include "numbers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "start.h"

/// Every name in `folder` must be among `allowed`.
static void only_these(struct finding *finding, const char *folder, const char *allowed) {
    DIR *entries = opendir(folder);
    if (entries == NULL) return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        expect_fact(finding, words_contain(allowed, entry->d_name), "%s holds %.60s", folder, entry->d_name);
    }
    closedir(entries);
}

static void open_host_files(struct finding *finding) {
    static const char *const paths[] = {"/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/etc/machine-id", "/etc/fstab",
        "/etc/cloister", "/etc/systemd", "/root", "/home", "/var", "/var/lib/cloister", "/var/log", "/run", "/srv", "/mnt",
        "/media", "/boot", "/opt", "/sys", "/lost+found", "/.dockerenv", "/vmlinuz", "/dev/shm", "/dev/mqueue", "/.old", "/oldroot"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        struct stat status;
        expect(finding, paths[index], result_word(stat(paths[index], &status)));
        int file = open(paths[index], O_PATH | O_CLOEXEC);
        expect(finding, paths[index], result_word(file));
        if (file >= 0) close(file);
    }
}

static void look_round(struct finding *finding) {
    only_these(finding, "/", "usr bin sbin lib lib32 lib64 libx32 plugin data exchange tmp dev proc etc sdk");
    only_these(finding, "/etc", "passwd group hosts nsswitch.conf alternatives ld.so.cache localtime ssl");
    only_these(finding, "/exchange", "in out");
    struct utsname names;
    uname(&names);
    expect_fact(finding, strcmp(names.nodename, "cloister") == 0, "the host name is %.60s", names.nodename);
    say(finding, "only the sandbox's own");
}

static void read_accounts(struct finding *finding) {
    char accounts[4096] = "";
    int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, accounts, sizeof accounts - 1);
    if (file >= 0) close(file);
    int lines = 0;
    for (ssize_t at = 0; at < length; at++) lines += accounts[at] == '\n';
    expect_fact(finding, lines <= 4, "/etc/passwd names %d accounts", lines);
    say(finding, "%d accounts", lines);
}

static void climb(struct finding *finding) {
    static const char *const ways[] = {"../../../../../../etc/shadow", "/../../../../etc/shadow", "/plugin/../../etc/shadow",
        "/proc/self/root/etc/shadow", "/proc/self/root/../etc/shadow", "/proc/self/cwd/../../../etc/shadow",
        "/proc/thread-self/root/etc/shadow", "/dev/fd/../root/etc/shadow", "/exchange/in/../../../etc/shadow",
        "/tmp/../../etc/shadow", "/data/../../etc/shadow", "/usr/../../etc/shadow"};
    for (size_t index = 0; index < sizeof ways / sizeof *ways; index++) {
        int file = open(ways[index], O_RDONLY | O_CLOEXEC);
        expect(finding, ways[index], result_word(file));
        if (file >= 0) close(file);
    }
}

static void count_descriptors(struct finding *finding) {
    const struct start *start = how_it_started();
    expect_fact(finding, start->descriptors_known, "open descriptors could not be counted");
    expect_fact(finding, start->extra_descriptors == 0, "%d more than 0, 1 and 2: %s", start->extra_descriptors, start->extra);
    say(finding, "0, 1 and 2");
}

static void climb_descriptors(struct finding *finding) {
    for (int number = 0; number < 64; number++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d/../../../etc/shadow", number);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        expect(finding, path, result_word(file));
        if (file >= 0) close(file);
        snprintf(path, sizeof path, "/proc/self/fd/%d/.", number);
        file = open(path, O_PATH | O_CLOEXEC);
        expect(finding, path, result_word(file));
        if (file >= 0) close(file);
    }
}

static void look_at_streams(struct finding *finding) {
    for (int number = 0; number <= 2; number++) {
        struct stat status;
        if (fstat(number, &status) != 0) continue;
        expect_fact(finding, S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode), "descriptor %d is no pipe (mode %#o)", number,
            status.st_mode);
        expect_fact(finding, !isatty(number), "descriptor %d is a terminal", number);
    }
    say(finding, "pipes");
}

static void look_at_folder(struct finding *finding) {
    char here[4096] = "";
    expect_words(finding, "success", "getcwd", result_word(syscall(SYS_getcwd, here, sizeof here) < 0 ? -1 : 0));
    // Outside of the root the kernel says `(unreachable)` before the path.
    expect_fact(finding, here[0] == '/', "it is %.80s", here);
    expect_fact(finding, strcmp(here, "/plugin") == 0, "it is %.80s", here);
    struct stat root, above;
    expect_fact(finding, stat("/", &root) == 0 && stat("../../../../../../..", &above) == 0 && root.st_ino == above.st_ino
            && root.st_dev == above.st_dev, "the top of .. is not /");
    say(finding, "/plugin");
}

static void open_for_writing(struct finding *finding, const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC);
    expect(finding, path, result_word(file));
    if (file >= 0) close(file);
}

static void rewrite_programs(struct finding *finding) {
    static const char *const paths[] = {"/proc/self/exe", "/proc/1/exe", "/proc/2/exe", "/proc/1/task/1/exe", "/plugin/cloister-probe"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        open_for_writing(finding, paths[index], O_WRONLY);
        open_for_writing(finding, paths[index], O_RDWR);
        if (is_sealed()) open_for_writing(finding, paths[index], O_WRONLY | O_TRUNC);
    }
}

static void rewrite_by_descriptor(struct finding *finding) {
    static const char *const paths[] = {"/proc/self/exe", "/proc/1/exe"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        int place = open(paths[index], O_PATH | O_CLOEXEC);
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", place);
        open_for_writing(finding, path, O_WRONLY);
        if (place >= 0) close(place);
    }
}

static void chroot_again(struct finding *finding) {
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    mkdir("/tmp/cloister-probe-root", 0700);
    expect(finding, "chroot below", result_word(chroot("/tmp/cloister-probe-root")));
    if (fchdir(root) == 0) expect(finding, "chroot to .", result_word(chroot(".")));
    unlinkat(root, "tmp/cloister-probe-root", AT_REMOVEDIR);
    close(root);
}

static void plant_links(struct finding *finding) {
    static const char *const folders[] = {"/data", "/exchange/out", "/tmp"};
    static const char *const targets[] = {"/etc/shadow", "../../../../etc/shadow", "/proc/1/root/etc/shadow", "/var/lib/cloister",
        "/proc/self/root/etc/shadow", "/exchange/../../etc/shadow"};
    for (size_t folder = 0; folder < sizeof folders / sizeof *folders; folder++) {
        for (size_t target = 0; target < sizeof targets / sizeof *targets; target++) {
            char path[64];
            snprintf(path, sizeof path, "%s/cloister-probe-link", folders[folder]);
            if (symlink(targets[target], path) != 0) continue;
            int file = open(path, O_RDONLY | O_CLOEXEC);
            expect(finding, targets[target], result_word(file));
            if (file >= 0) close(file);
            unlink(path);
        }
    }
    if (finding->made == 0) say(finding, "no link could be made");
}

static bool make_file(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
    return file >= 0;
}

/// The path of the first regular file in a folder.
static bool some_file(const char *folder, char *path, size_t capacity) {
    DIR *entries = opendir(folder);
    if (entries == NULL) return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(entries)) != NULL;) {
        struct stat status;
        if (snprintf(path, capacity, "%s/%s", folder, entry->d_name) >= (int)capacity) continue;
        found = lstat(path, &status) == 0 && S_ISREG(status.st_mode);
    }
    closedir(entries);
    return found;
}

static void cross_folders(struct finding *finding) {
    static const char *const from[] = {"/usr/bin", "/plugin", "/etc", "/exchange/in"}, *const to[] = {"/data", "/exchange/out", "/tmp"};
    for (size_t source = 0; source < sizeof from / sizeof *from; source++) {
        char path[512], link_path[64], by_descriptor[64];
        if (!some_file(from[source], path, sizeof path)) continue;
        if (access(from[source], W_OK) == 0) {
            expect_fact(finding, false, "%s is writable: not attempted", from[source]);
            continue;
        }
        int file = open(path, O_PATH | O_CLOEXEC);
        snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", file);
        for (size_t target = 0; target < sizeof to / sizeof *to; target++) {
            snprintf(link_path, sizeof link_path, "%s/cloister-probe-cross", to[target]);
            if (access(to[target], W_OK) != 0) continue;
            expect(finding, "link", result_word(link(path, link_path)));
            expect(finding, "link by descriptor",
                result_word(linkat(AT_FDCWD, by_descriptor, AT_FDCWD, link_path, AT_SYMLINK_FOLLOW)));
            // Kernels before 6.10 let only CAP_DAC_READ_SEARCH give a descriptor a name, and find none for everybody else.
            const char *word = result_word(linkat(file, "", AT_FDCWD, link_path, AT_EMPTY_PATH));
            if (strcmp(word, "ENOENT") != 0) expect(finding, "link an empty path", word);
            expect(finding, "rename", result_word(rename(path, link_path)));
            expect(finding, "exchange", result_word(renameat2(AT_FDCWD, path, AT_FDCWD, link_path, RENAME_EXCHANGE)));
            unlink(link_path);
        }
        if (file >= 0) close(file);
    }
}

static void cross_own_folders(struct finding *finding) {
    static const char *const ways[][2] = {{"/data", "/exchange/out"}, {"/exchange/out", "/data"}, {"/tmp", "/data"},
        {"/data", "/exchange/in"}, {"/data", "/plugin"}, {"/exchange/out", "/exchange/in"}};
    for (size_t index = 0; index < sizeof ways / sizeof *ways; index++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "%s/cloister-probe-from", ways[index][0]);
        snprintf(to, sizeof to, "%s/cloister-probe-to", ways[index][1]);
        if (!make_file(from)) {
            expect_fact(finding, false, "%s is not writable", ways[index][0]);
            continue;
        }
        expect(finding, ways[index][1], result_word(rename(from, to)));
        expect(finding, ways[index][1], result_word(link(from, to)));
        unlink(from);
        unlink(to);
    }
}

/// Changes that would leave the file as it is, should they succeed; even so not one to a file that the probe may write.
static void change_file(struct finding *finding, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return;
    if (access(path, W_OK) == 0) return expect_fact(finding, false, "%s is writable: not attempted", path);
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    open_for_writing(finding, path, O_WRONLY);
    open_for_writing(finding, path, O_RDWR);
    open_for_writing(finding, path, O_WRONLY | O_APPEND);
    expect(finding, "truncate", result_word(truncate(path, status.st_size)));
    expect(finding, "utimensat", result_word(utimensat(AT_FDCWD, path, times, 0)));
    expect(finding, "chmod", result_word(chmod(path, status.st_mode & 07777)));
    expect_words(finding, "EROFS EACCES EPERM ENOSYS", "fchmodat2",
        result_word(syscall(SYS_fchmodat2, AT_FDCWD, path, status.st_mode & 07777, 0)));
    expect(finding, "chown", result_word(chown(path, status.st_uid, status.st_gid)));
    static const char attribute[] = "user.cloister-probe";
    expect_words(finding, "EROFS EACCES EPERM ENOTSUP EOPNOTSUPP", "setxattr",
        result_word(syscall(SYS_setxattr, path, attribute, "x", 1, 0)));
    expect_words(finding, "EROFS EACCES EPERM ENOTSUP EOPNOTSUPP", "removexattr", result_word(syscall(SYS_removexattr, path, attribute)));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    expect_words(finding, "EINVAL EBADF EROFS EACCES EPERM", "ftruncate", result_word(ftruncate(file, status.st_size)));
    expect(finding, "fchmod", result_word(fchmod(file, status.st_mode & 07777)));
    expect(finding, "futimens", result_word(futimens(file, times)));
    void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    expect(finding, "map for writing", result_word(shared == MAP_FAILED ? -1 : 0));
    char reopened[64];
    snprintf(reopened, sizeof reopened, "/proc/self/fd/%d", file);
    open_for_writing(finding, reopened, O_RDWR);
    close(file);
}

static void change_folder(struct finding *finding, const char *folder, const char *path) {
    static const char name[] = "cloister-probe-new";
    char made[512];
    snprintf(made, sizeof made, "%s/%s", folder, name);
    if (access(folder, W_OK) == 0) return expect_fact(finding, false, "%s is writable: not attempted", folder);
    open_for_writing(finding, made, O_WRONLY | O_CREAT | O_EXCL);
    open_for_writing(finding, folder, O_RDWR | O_TMPFILE);
    expect(finding, "mkdir", result_word(mkdir(made, 0700)));
    expect(finding, "symlink", result_word(symlink("x", made)));
    expect(finding, "mknod", result_word(mknod(made, S_IFIFO | 0600, 0)));
    expect(finding, "link", result_word(link(path, made)));
    expect(finding, "rename", result_word(rename(path, made)));
    expect(finding, "unlink", result_word(unlink(path)));
    if (access(path, W_OK) == 0) return;
    expect(finding, "truncate to nothing", result_word(truncate(path, 0)));
    open_for_writing(finding, path, O_WRONLY | O_TRUNC);
}

static void change_folders(struct finding *finding) {
    static const char *const folders[] = {"/usr/bin", "/usr/lib", "/plugin", "/sdk", "/etc", "/exchange/in"};
    for (size_t index = 0; index < sizeof folders / sizeof *folders; index++) {
        char path[512] = "";
        if (some_file(folders[index], path, sizeof path)) change_file(finding, path);
        if (path[0] != '\0') change_folder(finding, folders[index], path);
    }
    open_for_writing(finding, "/cloister-probe-new", O_WRONLY | O_CREAT | O_EXCL);
    unlink("/cloister-probe-new");
}

static void write_by_memory(struct finding *finding) {
    char path[512];
    if (!some_file("/usr/bin", path, sizeof path)) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0), *private = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
    if (shared == MAP_FAILED || private == MAP_FAILED) return expect_fact(finding, false, "%s cannot be mapped", path);
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    char before = *shared, other = (char)~before;
    if (memory >= 0) {
        // A forced write to a shared read-only mapping is refused; to a private one it makes a copy, which is no harm.
        expect_words(finding, "EIO EFAULT EPERM EACCES", "a shared mapping", result_word(pwrite(memory, &other, 1, (off_t)shared)));
        pwrite(memory, &other, 1, (off_t)private);
    }
    char now = 0;
    pread(file, &now, 1, 0);
    expect_fact(finding, now == before, "%s was changed", path);
}

static void fill_bytes(struct finding *finding) {
    struct statfs space;
    if (statfs("/tmp", &space) != 0) return expect_fact(finding, false, "/tmp: %s", result_word(-1));
    long long size = (long long)space.f_blocks * space.f_bsize, limit = 1LL << 30;
    bool sized = space.f_type == 0x01021994 /* tmpfs */ && size > 0 && size <= limit;
    expect_fact(finding, sized, "/tmp is no tmpfs of at most 1 GiB (%lld MiB): not attempted", size >> 20);
    if (!sized) return;
    static const char path[] = "/tmp/cloister-probe-fill";
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static char block[65536];
    ssize_t written = 0;
    for (long long total = 0; total <= size && (written = write(file, block, sizeof block)) > 0;) total += written;
    expect(finding, "write", result_word(written));
    close(file);
    unlink(path);
}

static void fill_inodes(struct finding *finding) {
    enum { most = 32768 };
    if (!sealed_or_refused(finding)) return;
    char path[64];
    mkdir("/tmp/cloister-probe-many", 0700);
    int made = 0, error = 0;
    for (; made < most && error == 0; made++) {
        snprintf(path, sizeof path, "/tmp/cloister-probe-many/%d", made);
        if (!make_file(path)) error = errno;
    }
    for (int number = 0; number < made; number++) {
        snprintf(path, sizeof path, "/tmp/cloister-probe-many/%d", number);
        unlink(path);
    }
    rmdir("/tmp/cloister-probe-many");
    errno = error;
    expect(finding, "32768 files", result_word(error ? -1 : 0));
}

#define LOCKED "EROFS or EACCES or EPERM"
#define CROSSED "EXDEV or EACCES or EROFS or EPERM"

static const struct variant variants[] = {
    LOOK(20, "open", "ENOENT", open_host_files),
    LOOK(20, "list", "only the sandbox's own", look_round),
    LOOK(20, "accounts", "a handful of accounts", read_accounts),
    LOOK(20, "climb", "ENOENT or EACCES or ENOTDIR", climb),
    LOOK(21, "count", "0, 1 and 2", count_descriptors),
    LOOK(21, "climb", "ENOENT or ENOTDIR or EACCES", climb_descriptors),
    LOOK(21, "streams", "pipes or sockets", look_at_streams),
    LOOK(22, "inside", "/plugin", look_at_folder),
    LOOK(23, "open", LOCKED " or ETXTBSY or ENOENT", rewrite_programs),
    LOOK(23, "by-descriptor", LOCKED " or ETXTBSY or ENOENT", rewrite_by_descriptor),
    LOOK(24, "kept-descriptor", "EPERM or ENOSYS", chroot_again),
    LOOK(26, "follow", "ENOENT or EACCES", plant_links),
    LOOK(34, "read-only", CROSSED, cross_folders),
    LOOK(34, "own", CROSSED, cross_own_folders),
    LOOK(35, "files", LOCKED, change_folders),
    LOOK(35, "memory", "unchanged", write_by_memory),
    LOOK(36, "bytes", "ENOSPC", fill_bytes),
    LOOK(36, "inodes", "ENOSPC", fill_inodes),
};

struct variants file_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
