#ifndef CLOISTER_CLINUX_PROBE_H
#define CLOISTER_CLINUX_PROBE_H

// Questions to the running kernel that only trying can answer. None of them changes the calling process.

#include <stdint.h>

// The version of Landlock's interface, or minus the errno: -ENOSYS not built in, -EOPNOTSUPP not enabled at boot.
int cloister_landlock_abi(void);

// Whether seccomp knows the return action SECCOMP_RET_….
int cloister_seccomp_knows(uint32_t action);

// 0, or the errno of pidfd_open(2) for the calling process; of prctl(PR_GET_MDWE).
int cloister_pidfd_error(void);
int cloister_mdwe_error(void);

// An empty file in memory, close-on-exec; -1 with errno.
int cloister_memory_file(const char *name);

// Whether an executable has file capabilities.
int cloister_has_capabilities(const char *path);

// What a short-lived child could do in namespaces of its own: 0, an errno, or -1 where an earlier step failed.
struct cloister_namespaces {
    int user;    // a user namespace
    int all;     // with it mount, pid, ipc, uts, net and cgroup namespaces
    int mounts;  // making its mounts private: what AppArmor refuses where it only pretends to allow user namespaces
    int tmpfs;   // mounting one, the new root
    int proc;    // mounting /proc with subset=pid
};

// Makes the namespaces in a child of the calling thread. The child runs system calls only and is waited for; it sends
// no SIGCHLD, so handlers of the process do not see it. Safe in a process with threads.
void cloister_probe_namespaces(struct cloister_namespaces *result);

#endif
