#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// The second wall behind the filter: even a process that gets past it finds no namespace left to create.
// The file belongs to the user namespace of whoever opens it. Where /proc/sys is read-only the filter stands alone.
void forbid_nested_namespaces(void) {
    int file = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "0", 1) != 1 && errno != EROFS && errno != EPERM) fail(STEP_NAMESPACES, errno, "max_user_namespaces");
    close(file);
}

static int open_source(const char *path, bool no_links) {
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_NO_MAGICLINKS | (no_links ? RESOLVE_NO_SYMLINKS : 0),
    };
    int source = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (source < 0) fail(STEP_VIEW, errno, path);
    return source;
}

static void attach(int source, const char *path, const char *target, uint64_t attributes) {
    int tree = open_tree(source, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) fail(STEP_VIEW, errno, path);
    struct mount_attr attribute = {.attr_set = attributes};
    if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attribute, sizeof attribute) != 0)
        fail(STEP_VIEW, errno, path);
    if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) != 0) fail(STEP_VIEW, errno, target);
    close(tree);
}

static void bind_tree(const struct launch_mount *mount, const char *source, const char *target) {
    int descriptor = open_source(source, mount->flags & LAUNCH_NO_LINKS);
    struct stat file;
    if (fstat(descriptor, &file) != 0) fail(STEP_VIEW, errno, source);
    if (S_ISDIR(file.st_mode)) {
        if (mkdir(target, 0755) != 0 && errno != EEXIST) fail(STEP_VIEW, errno, target);
    } else if (S_ISREG(file.st_mode)) {
        int place = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
        if (place < 0) fail(STEP_VIEW, errno, target);
        close(place);
    } else {
        fail(STEP_VIEW, EINVAL, source);
    }
    uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    if (mount->flags & LAUNCH_READ_ONLY) attributes |= MOUNT_ATTR_RDONLY;
    if (mount->flags & LAUNCH_NO_EXECUTE) attributes |= MOUNT_ATTR_NOEXEC;
    attach(descriptor, source, target, attributes);
    close(descriptor);
}

// A device is what its number says, not what its name says: a link or a file planted in its place ends the launch.
static void bind_device(const char *source, const char *target) {
    static const struct {
        const char *path;
        unsigned minor;
    } known[] = {{"/dev/null", 3}, {"/dev/zero", 5}, {"/dev/full", 7}, {"/dev/random", 8}, {"/dev/urandom", 9}};
    int descriptor = open_source(source, true);
    struct stat file;
    if (fstat(descriptor, &file) != 0) fail(STEP_VIEW, errno, source);
    bool genuine = false;
    for (size_t index = 0; index < sizeof known / sizeof *known; index++)
        if (strcmp(known[index].path, source) == 0)
            genuine = S_ISCHR(file.st_mode) && file.st_rdev == makedev(1, known[index].minor);
    if (!genuine) fail(STEP_VIEW, ENODEV, source);
    int place = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (place < 0) fail(STEP_VIEW, errno, target);
    close(place);
    attach(descriptor, source, target, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    close(descriptor);
}

static void make_file(const char *content, const char *target) {
    int file = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
    if (file < 0) fail(STEP_VIEW, errno, target);
    ssize_t size = (ssize_t)strlen(content);
    if (write(file, content, (size_t)size) != size) fail(STEP_VIEW, errno, target);
    close(file);
}

static void mount_tmpfs(const struct plan *plan, const struct launch_mount *description, const char *target) {
    if (mkdir(target, 0755) != 0 && errno != EEXIST) fail(STEP_VIEW, errno, target);
    char options[160];
    snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=%o,uid=%u,gid=%u",
             (unsigned long long)description->size, (unsigned long long)description->inodes, description->mode,
             plan->settings.inner_uid, plan->settings.inner_gid);
    if (mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) != 0) fail(STEP_VIEW, errno, target);
}

// hidepid=ptraceable hides pid 1, which is not dumpable, from the plugin; subset=pid leaves out everything of the host.
static void mount_proc(const char *target) {
    if (mkdir(target, 0555) != 0 && errno != EEXIST) fail(STEP_PROC, errno, target);
    if (mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid,hidepid=ptraceable") != 0)
        fail(STEP_PROC, errno, "proc");
}

static void make(const struct plan *plan, const uint8_t *payload) {
    struct launch_mount mount;
    memcpy(&mount, payload, sizeof mount);
    const char *source = (const char *)payload + sizeof mount;
    const char *target = source + mount.source_length;
    switch (mount.kind) {
    case LAUNCH_MAKE_DIRECTORY:
        if (mkdir(target, mount.mode) != 0) fail(STEP_VIEW, errno, target);
        break;
    case LAUNCH_MAKE_LINK:
        if (symlink(source, target) != 0) fail(STEP_VIEW, errno, target);
        break;
    case LAUNCH_MAKE_FILE: make_file(source, target); break;
    case LAUNCH_BIND: bind_tree(&mount, source, target); break;
    case LAUNCH_BIND_DEVICE: bind_device(source, target); break;
    case LAUNCH_TMPFS: mount_tmpfs(plan, &mount, target); break;
    case LAUNCH_PROC: mount_proc(target); break;
    default: fail(STEP_PLAN, EBADMSG, "mount");
    }
}

// The daemon may look into it to measure it; the folders above let nobody else come so far.
static void hand_over(const struct plan *plan, const char *path) {
    if (fchownat(AT_FDCWD, path, plan->settings.inner_uid, plan->settings.inner_gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        fchmodat(AT_FDCWD, path, 0755, 0) != 0)
        fail(STEP_OWN, errno, path);
}

void build_view(const struct plan *plan) {
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) fail(STEP_STAGE, errno, "/");
    if (mount("tmpfs", plan->stage, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=256k,nr_inodes=256,mode=755") != 0)
        fail(STEP_STAGE, errno, plan->stage);
    if (chdir(plan->stage) != 0) fail(STEP_STAGE, errno, plan->stage);

    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    while (plan_next(plan, &cursor, &record, &payload)) {
        if (record.kind == LAUNCH_MOUNT) make(plan, payload);
        if (record.kind == LAUNCH_OWN) hand_over(plan, (const char *)payload);
    }

    // With both arguments the same, the old root ends up on top of the new one and is detached there (pivot_root(2)).
    if (syscall(SYS_pivot_root, ".", ".") != 0) fail(STEP_PIVOT, errno, "pivot_root");
    if (umount2(".", MNT_DETACH) != 0) fail(STEP_PIVOT, errno, "old root");
    struct mount_attr attribute = {.attr_set = MOUNT_ATTR_RDONLY};
    if (mount_setattr(AT_FDCWD, "/", 0, &attribute, sizeof attribute) != 0) fail(STEP_PIVOT, errno, "read-only");
    if (chdir("/") != 0) fail(STEP_PIVOT, errno, "/");
}
