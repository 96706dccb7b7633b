#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { part = 256 * 1024, warm_up_connections = 50 };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int open_direct(int port) {
    struct sockaddr_in there = loopback(port);
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock >= 0 && connect(sock, (struct sockaddr *)&there, sizeof there) == 0) return sock;
    if (sock >= 0) close(sock);
    return -1;
}

// Through a proxy where one is given: until its whole answer is read, as a client must before it says anything.
static int open_connection(int port, int proxy) {
    if (proxy == 0) return open_direct(port);
    int sock = open_direct(proxy);
    if (sock < 0) return -1;
    char text[256];
    int length = snprintf(text, sizeof text, "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", port, port);
    size_t got = 0;
    bool sent = write_all(sock, text, (size_t)length);
    while (sent && got < sizeof text - 1) {
        if (read(sock, text + got, 1) != 1) break;
        got++;
        if (got >= 4 && memcmp(text + got - 4, "\r\n\r\n", 4) == 0) break;
    }
    text[got] = '\0';
    if (strncmp(text, "HTTP/1.1 200 ", 13) == 0) return sock;
    close(sock);
    return -1;
}

int pour(size_t length) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = loopback(0);
    socklen_t size = sizeof place;
    if (listener < 0 || bind(listener, (struct sockaddr *)&place, sizeof place) != 0 || listen(listener, 128) != 0 ||
        getsockname(listener, (struct sockaddr *)&place, &size) != 0)
        return 71;
    printf("%d\n", ntohs(place.sin_port));
    fflush(stdout);
    char *bytes = calloc(1, part);
    if (bytes == NULL) return 71;
    for (;;) {
        int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (sock < 0) return 1;
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        for (size_t left = length; left > 0;) {
            size_t count = left < part ? left : part;
            if (!write_all(sock, bytes, count)) break;
            left -= count;
        }
        close(sock);
    }
}

double fetch(int port, int proxy, size_t *length) {
    uint64_t start = now();
    *length = 0;
    int sock = open_connection(port, proxy);
    char *bytes = malloc(part);
    if (sock < 0 || bytes == NULL) return -1;
    ssize_t count;
    while ((count = read(sock, bytes, part)) > 0) *length += (size_t)count;
    free(bytes);
    close(sock);
    return (double)(now() - start);
}

double connect_often(int port, int proxy, size_t rounds) {
    uint64_t *times = calloc(rounds, sizeof *times);
    if (times == NULL) return -1;
    for (size_t round = 0; round < rounds + warm_up_connections; round++) {
        uint64_t start = now();
        int sock = open_connection(port, proxy);
        if (sock < 0) {
            free(times);
            return -1;
        }
        if (round >= warm_up_connections) times[round - warm_up_connections] = now() - start;
        close(sock);
    }
    qsort(times, rounds, sizeof *times, ascending);
    double median = (double)times[rounds / 2];
    free(times);
    return median;
}
