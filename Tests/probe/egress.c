#include "attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/// A server of the host's that a wrong turn would reach; whoever asks for the attempt says where.
int canary_port = 9;

enum { proxy_port = 3128 };

static int connect_to(uint32_t address, int port) {
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock < 0) return -1;
    struct timeval limit = {.tv_sec = 5};
    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(address)};
    if (connect(sock, (struct sockaddr *)&there, sizeof there) == 0) return sock;
    int error = errno;
    close(sock);
    errno = error;
    return -1;
}

/// Replaces each `$` by the canary's port.
static size_t fill(char *request, size_t capacity, const char *pattern, size_t length) {
    size_t size = 0;
    for (size_t index = 0; index < length && size + 8 < capacity; index++) {
        if (pattern[index] == '$') size += (size_t)snprintf(request + size, capacity - size, "%d", canary_port);
        else request[size++] = pattern[index];
    }
    return size;
}

/// What the proxy answers: its status as a word, `closed` without one, or the errno of a child that has no proxy.
static const char *ask(const char *pattern, size_t length) {
    static char word[32];
    int sock = connect_to(INADDR_LOOPBACK, proxy_port);
    if (sock < 0) return result_word(-1);
    char request[2048], answer[64] = "";
    size_t size = fill(request, sizeof request, pattern, length);
    ssize_t sent = send(sock, request, size, MSG_NOSIGNAL), got = 0, count;
    while (sent > 0 && got < 12 && (count = recv(sock, answer + got, 12 - (size_t)got, 0)) > 0) got += count;
    close(sock);
    int status = 0;
    if (sscanf(answer, "HTTP/1.1 %d", &status) != 1) return "closed";
    snprintf(word, sizeof word, "%d", status);
    return word;
}

static void send_each(struct finding *finding, const char *const *requests, size_t count) {
    for (size_t index = 0; index < count; index++) {
        char name[60];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(requests[index], "\r\n"), requests[index]);
        expect(finding, name, ask(requests[index], strlen(requests[index])));
    }
}

static void ask_for_insiders(struct finding *finding) {
    static const char *const targets[] = {"169.254.169.254:80", "127.0.0.1:$", "127.0.0.2:$", "0.0.0.0:$", "[::1]:$",
        "[::ffff:127.0.0.1]:$", "[::127.0.0.1]:$", "[64:ff9b::7f00:1]:$", "[2002:7f00:1::]:$", "[fd00:ec2::254]:80",
        "10.0.0.1:80", "100.100.100.200:80", "192.168.0.1:80", "[fe80::1]:80", "224.0.0.1:80", "255.255.255.255:80",
        "inside.test:$", "turning.test:$"};
    for (size_t index = 0; index < sizeof targets / sizeof *targets; index++) {
        char request[256];
        int length = snprintf(request, sizeof request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", targets[index], targets[index]);
        // A name that turns is public at first, where nobody answers, and private the second time.
        for (int round = 0; round < 2; round++)
            expect_words(finding, "403 502 504 ECONNREFUSED ENETUNREACH EACCES", targets[index], ask(request, (size_t)length));
        length = snprintf(request, sizeof request, "GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n", targets[index], targets[index]);
        expect_words(finding, "403 502 504 ECONNREFUSED ENETUNREACH EACCES", targets[index], ask(request, (size_t)length));
    }
}

static void ask_in_other_words(struct finding *finding) {
    static const char *const requests[] = {
        "CONNECT 2130706433:$ HTTP/1.1\r\nHost: 2130706433:$\r\n\r\n", "CONNECT 0x7f000001:$ HTTP/1.1\r\nHost: 0x7f000001:$\r\n\r\n",
        "CONNECT 0177.0.0.1:$ HTTP/1.1\r\nHost: 0177.0.0.1:$\r\n\r\n", "CONNECT 127.1:$ HTTP/1.1\r\nHost: 127.1:$\r\n\r\n",
        "CONNECT 127.0.0.1.:$ HTTP/1.1\r\nHost: 127.0.0.1.:$\r\n\r\n", "CONNECT [::1%25lo]:$ HTTP/1.1\r\nHost: [::1%25lo]:$\r\n\r\n",
        "CONNECT user@127.0.0.1:$ HTTP/1.1\r\nHost: 127.0.0.1:$\r\n\r\n",
        "GET http://user:word@127.0.0.1:$/ HTTP/1.1\r\nHost: 127.0.0.1:$\r\n\r\n",
        "GET http://good.test\\@127.0.0.1:$/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
        "GET http://good.test#@127.0.0.1:$/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
        "CONNECT g\xc3\xb6od.test:$ HTTP/1.1\r\nHost: good.test:$\r\n\r\n", "CONNECT good.test:0$ HTTP/1.1\r\nHost: good.test:$\r\n\r\n",
    };
    send_each(finding, requests, sizeof requests / sizeof *requests);
}

static void contradict(struct finding *finding) {
    static const char *const requests[] = {
        "CONNECT good.test:$ HTTP/1.1\r\nHost: evil.test:$\r\n\r\n", "CONNECT good.test:$ HTTP/1.1\r\nHost: good.test:1\r\n\r\n",
        "GET http://good.test:$/ HTTP/1.1\r\nHost: evil.test:$\r\n\r\n",
        "GET http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nHost: evil.test\r\n\r\n",
        "GET http://good.test:$/ HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: good.test:$\r\n\r\n",
    };
    send_each(finding, requests, sizeof requests / sizeof *requests);
}

static void smuggle(struct finding *finding) {
    static const char *const requests[] = {
        "GET http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nX: a\nHost: evil.test\r\n\r\n",
        "GET http://good.test:$/\rX HTTP/1.1\r\nHost: good.test:$\r\n\r\n",
        "GET http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\n folded\r\n\r\n",
        "GET http://good.test:$/ HTTP/1.1\r\nHost : good.test:$\r\n\r\n",
        "POST http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nbody",
        "POST http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nTransfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n",
        "POST http://good.test:$/ HTTP/1.1\r\nHost: good.test:$\r\nContent-Length: +4\r\n\r\nbody",
        "CONNECT good.test:$ HTTP/1.1\r\nHost: good.test:$\r\n\r\nGET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    };
    send_each(finding, requests, sizeof requests / sizeof *requests);
}

/// A greeting of TLS that names `evil.test`, through a tunnel to somebody else: nothing but the alert may come back.
static void misname(struct finding *finding) {
    static const unsigned char hello[] = {22, 3, 1, 0, 65, 1, 0, 0, 61, 3, 3, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 2, 19, 1, 1, 0, 0, 18, 0, 0, 0, 14, 0, 12, 0, 0, 9, 'e', 'v', 'i', 'l', '.', 't', 'e', 's', 't'};
    int sock = connect_to(INADDR_LOOPBACK, proxy_port);
    if (sock < 0) return expect_words(finding, "ECONNREFUSED ENETUNREACH EACCES", "no proxy", result_word(-1));
    char request[256], answer[512];
    static const char pattern[] = "CONNECT good.test:$ HTTP/1.1\r\nHost: good.test:$\r\n\r\n";
    size_t size = fill(request, sizeof request, pattern, sizeof pattern - 1);
    ssize_t count = send(sock, request, size, MSG_NOSIGNAL);
    if (count > 0) count = recv(sock, answer, sizeof answer, 0);
    if (count > 0) count = send(sock, hello, sizeof hello, MSG_NOSIGNAL);
    if (count > 0) count = recv(sock, answer, sizeof answer, 0);
    expect_fact(finding, count <= 0 || answer[0] == 21, "%zd bytes came back", count);
    close(sock);
    say(finding, "ended");
}

/// Descriptors cannot travel over TCP; the bytes that they were sent with may.
static void pass_through_proxy(struct finding *finding) {
    int sock = connect_to(INADDR_LOOPBACK, proxy_port);
    if (sock < 0) return expect_words(finding, "ECONNREFUSED ENETUNREACH EACCES", "no proxy", result_word(-1));
    char text[] = "GET / HTTP/1.1\r\n\r\n", answer[16] = "";
    char space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &sock, sizeof sock);
    if (sendmsg(sock, &message, MSG_NOSIGNAL) > 0 && recv(sock, answer, 12, MSG_WAITALL) == 12)
        expect_fact(finding, strncmp(answer, "HTTP/1.1 400", 12) == 0, "%.12s", answer);
    close(sock);
    say(finding, "dropped");
}

/// The daemon's own loopback address and the ports where other children's listeners would be.
static void look_for_others(struct finding *finding) {
    const int ports[] = {canary_port, 22, 80, 443, 3127, 3129, 5432, 8080};
    for (size_t index = 0; index < sizeof ports / sizeof *ports; index++) {
        char name[32];
        snprintf(name, sizeof name, "port %d", ports[index]);
        int sock = connect_to(INADDR_LOOPBACK, ports[index]);
        expect(finding, name, result_word(sock < 0 ? -1 : 0));
        if (sock >= 0) close(sock);
    }
}

#define NO_PROXY_OR " or ECONNREFUSED or ENETUNREACH or EACCES"

static const struct variant variants[] = {
    LOOK(37, "loopback", "ECONNREFUSED or ENETUNREACH or EACCES", look_for_others),
    LOOK(38, "addresses", "403" NO_PROXY_OR, ask_for_insiders),
    LOOK(38, "spellings", "400" NO_PROXY_OR, ask_in_other_words),
    LOOK(39, "contradictions", "400" NO_PROXY_OR, contradict),
    LOOK(39, "smuggling", "400" NO_PROXY_OR, smuggle),
    LOOK(39, "server-name", "ended", misname),
    LOOK(44, "proxy", "dropped", pass_through_proxy),
};

struct variants egress_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
