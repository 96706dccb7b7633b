#define _GNU_SOURCE
#include "launch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void raise_loopback(void) {
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) fail(STEP_LOOPBACK, errno, "socket");
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (ioctl(control, SIOCSIFFLAGS, &request) != 0) fail(STEP_LOOPBACK, errno, "lo");
    close(control);
}

static int make_listener(const struct launch_listener *wanted) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) fail(STEP_LISTENER, errno, "socket");
    struct sockaddr_in place = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)wanted->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&place, sizeof place) != 0) fail(STEP_LISTENER, errno, "bind");
    if (listen(listener, (int)wanted->backlog) != 0) fail(STEP_LISTENER, errno, "listen");
    return listener;
}

static void send_descriptor(int socket, int descriptor) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    char byte = 'l';
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1) fail(STEP_LISTENER, errno, "sendmsg");
}

// The socket stays in the network that it was made in, whoever holds it: the daemon accepts here what only this child
// can connect to. Neither the listener nor the socket that it went through is left in the sandbox.
void open_way_out(const struct plan *plan) {
    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    while (plan_next(plan, &cursor, &record, &payload)) {
        if (record.kind != LAUNCH_LISTENER) continue;
        struct launch_listener wanted;
        memcpy(&wanted, payload, sizeof wanted);
        raise_loopback();
        int listener = make_listener(&wanted);
        send_descriptor(LAUNCH_FD_EGRESS, listener);
        close(listener);
        close(LAUNCH_FD_EGRESS);
        struct launch_status status = {.kind = LAUNCH_LISTENING};
        report(&status);
        return;
    }
}
