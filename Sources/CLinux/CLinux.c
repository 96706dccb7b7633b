#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int cloister_sealed_file(const char *name, const void *content, size_t size) {
    int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    size_t written = 0;
    while (written < size) {
        ssize_t count = write(file, (const char *)content + written, size - written);
        if (count < 0) {
            int error = errno;
            close(file);
            errno = error;
            return -1;
        }
        written += (size_t)count;
    }
    if (fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    return file;
}

int cloister_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cloister_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cloister_open_beneath(int folder, const char *path, int flags) {
    struct open_how how = {
        .flags = (unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int file;
    // EAGAIN: something on the way was renamed meanwhile; the kernel could not be sure.
    for (int tries = 0; tries < 32; tries++) {
        file = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (file >= 0 || errno != EAGAIN) break;
    }
    return file;
}

int cloister_spawn(const char *executable, const char *name, const int *sources, int count, pid_t *process) {
    enum { MOST = 8 };
    int lifted[MOST];
    if (count > MOST) return EINVAL;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    int error = 0, ready = 0;
    // A source that lies among the targets would be overwritten before its turn: all are lifted above them first.
    for (; ready < count && error == 0; ready++) {
        lifted[ready] = -1;
        if (sources[ready] < 0) {
            error = posix_spawn_file_actions_addclose(&actions, ready);
            continue;
        }
        lifted[ready] = fcntl(sources[ready], F_DUPFD_CLOEXEC, 2 * MOST);
        if (lifted[ready] < 0) {
            error = errno;
            break;
        }
        error = posix_spawn_file_actions_adddup2(&actions, lifted[ready], ready);
    }
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, count);
    if (error == 0) {
        // Dispatch blocks signals per thread, and a child inherits the mask.
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes, &signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        char *arguments[] = {(char *)name, NULL};
        char *environment[] = {NULL};
        error = posix_spawn(process, executable, &actions, &attributes, arguments, environment);
    }
    for (int index = 0; index < ready; index++)
        if (lifted[index] >= 0) close(lifted[index]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int cloister_pin(pid_t process, int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(process, sizeof set, &set) == 0 ? 0 : errno;
}

void cloister_keep_to_upper_half(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return;
    int left = CPU_COUNT(&set) / 2;
    for (int processor = 0; left > 0; processor++) {
        if (!CPU_ISSET(processor, &set)) continue;
        CPU_CLR(processor, &set);
        left--;
    }
    sched_setaffinity(0, sizeof set, &set);
}

void cloister_give_back_memory(void) { malloc_trim(0); }

void cloister_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int cloister_leave_folder(const char *folder) {
    if (unshare(CLONE_FS) != 0 || chdir(folder) != 0) return errno;
    umask(0);
    return 0;
}

int cloister_nameless_file(const char *folder) { return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int cloister_sync_file_system(int descriptor) { return syncfs(descriptor); }
