#define _GNU_SOURCE
#include "CLinuxRelay.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

int cloister_socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends); }

int cloister_receive_descriptor(int socket) {
    enum { most = 4 };
    char bytes[2];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(most * sizeof(int))];
    } control;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return -1;
    int found[most], total = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < here && total < most; index++)
            memcpy(&found[total++], CMSG_DATA(header) + index * sizeof(int), sizeof(int));
    }
    if (count == 1 && total == 1 && !(message.msg_flags & (MSG_CTRUNC | MSG_TRUNC))) return found[0];
    for (int index = 0; index < total; index++) close(found[index]);
    errno = EBADMSG;
    return -1;
}

int cloister_relay_pipe(int ends[2], int size) {
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    // Beyond what a user may lock in pipes (pipe-user-pages-soft) it stays as small as it is.
    fcntl(ends[1], F_SETPIPE_SZ, size);
    return 0;
}

ssize_t cloister_splice(int from, int to, size_t most) {
    ssize_t count;
    do count = splice(from, NULL, to, NULL, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

ssize_t cloister_peek(int socket, void *bytes, size_t most) {
    ssize_t count;
    do count = recv(socket, bytes, most, MSG_PEEK | MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int cloister_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cloister_epoll_add(int epoll, int descriptor, uint64_t key) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = key};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int cloister_epoll_wait(int epoll, struct cloister_event *events, int most, int milliseconds) {
    enum { batch = 128 };
    struct epoll_event found[batch];
    int count = epoll_wait(epoll, found, most < batch ? most : batch, milliseconds);
    for (int index = 0; index < count; index++)
        events[index] = (struct cloister_event){.key = found[index].data.u64, .what = found[index].events};
    return count;
}

int cloister_wakeup(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void cloister_wake(int wakeup) {
    uint64_t one = 1;
    ssize_t written = write(wakeup, &one, sizeof one);
    (void)written;
}

void cloister_wakeup_clear(int wakeup) {
    uint64_t value;
    ssize_t count = read(wakeup, &value, sizeof value);
    (void)count;
}

void cloister_block_sigpipe(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}
