#ifndef CLOISTER_CLINUX_H
#define CLOISTER_CLINUX_H

// System calls that glibc 2.36 does not wrap, or wraps as variadic functions, which Swift cannot call.

#include "CLinuxLaunch.h"
#include "CLinuxProbe.h"
#include "CLinuxRelay.h"
#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

// A sealed memory file with the given content: nobody can change it any more, whoever holds the descriptor.
// Returns the descriptor (close-on-exec), or -1 with errno.
int cloister_sealed_file(const char *name, const void *content, size_t size);

// Lets a program that is started have no descriptor from `first` on. Returns 0, or an errno.
int cloister_close_from(posix_spawn_file_actions_t *actions, int first);

// pipe2(2) with O_CLOEXEC.
int cloister_pipe(int ends[2]);

// Starts `executable` with the descriptors sources[0..count) as its descriptors 0..count and no others (a negative one
// leaves its place closed), no arguments but its name, an empty environment, no signal blocked and none handled. Returns 0, or an errno.
int cloister_spawn(const char *executable, const char *name, const int *sources, int count, pid_t *process);

// Lets a process, or the calling thread with 0, run on one processor only. Returns 0, or an errno.
int cloister_pin(pid_t process, int processor);

// Keeps the calling thread, and what it starts, to the upper half of the processors that it may use. One stays one.
void cloister_keep_to_upper_half(void);

// Gives the kernel back what malloc(3) keeps of memory that was freed.
void cloister_give_back_memory(void);

// Gives the calling thread a working folder and a umask of its own, `folder` and 0. Returns 0, or an errno.
int cloister_leave_folder(const char *folder);

// A file without a name in a folder, readable and writable by this user. Returns the descriptor, or -1 with errno.
int cloister_nameless_file(const char *folder);

// syncfs(2). Returns 0, or -1 with errno.
int cloister_sync_file_system(int descriptor);

// openat2(2) below a folder: no symbolic link, no magic link, no other file system, nothing outside. Close-on-exec.
// Returns the descriptor, or -1 with errno.
int cloister_open_beneath(int folder, const char *path, int flags);

// Names the calling thread for debuggers.
void cloister_name_thread(const char *name);

#endif
