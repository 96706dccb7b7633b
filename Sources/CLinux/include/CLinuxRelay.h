#ifndef CLOISTER_CLINUX_RELAY_H
#define CLOISTER_CLINUX_RELAY_H

// Moving bytes between sockets without bringing them into the process, and handing descriptors over.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Two connected sockets that keep messages apart, close-on-exec.
int cloister_socket_pair(int ends[2]);

// The one descriptor of the next message, close-on-exec. Never waits. Returns -1 with errno; EBADMSG when the message
// is not one byte with exactly one descriptor: whatever else came along is closed.
int cloister_receive_descriptor(int socket);

// A pipe that never blocks, close-on-exec, of about `size` bytes where the system grants so much.
int cloister_relay_pipe(int ends[2], int size);

// splice(2) without waiting: the number of bytes, 0 at the end of `from`, or minus an errno.
ssize_t cloister_splice(int from, int to, size_t most);

// What recv(2) sees without taking it, without waiting: the number of bytes, or minus an errno.
ssize_t cloister_peek(int socket, void *bytes, size_t most);

// epoll(7), edge-triggered for reading and writing.
struct cloister_event {
    uint64_t key;
    uint32_t what;
};
int cloister_epoll(void);
int cloister_epoll_add(int epoll, int descriptor, uint64_t key);
// Returns how many events were written, 0 after `milliseconds` without one, or -1 with errno.
int cloister_epoll_wait(int epoll, struct cloister_event *events, int most, int milliseconds);

// eventfd(2), which wakes the thread that waits in cloister_epoll_wait.
int cloister_wakeup(void);
void cloister_wake(int wakeup);
void cloister_wakeup_clear(int wakeup);

// Keeps SIGPIPE from the calling thread: splice(2) knows no MSG_NOSIGNAL.
void cloister_block_sigpipe(void);

#endif
