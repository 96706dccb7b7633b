#include "peer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool read_all(int file, char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = read(file, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    size_t length = count > 2 ? strtoull(arguments[2], NULL, 10) : 0;
    size_t rounds = count > 3 ? strtoull(arguments[3], NULL, 10) : 0;
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(what, "echo") == 0) return serve_echo();
    if (strcmp(what, "pong") == 0 && length > 0) return answer_pings(length, STDIN_FILENO, STDOUT_FILENO);
    if (strcmp(what, "pingpong") == 0 && length > 0 && rounds > 0) return measure_pingpong(length, rounds);
    if (strcmp(what, "pour") == 0) return pour(length);
    if (strcmp(what, "fetch") == 0) {
        size_t got;
        double time = fetch((int)length, 0, &got);
        printf("{\"bytes\":%zu,\"ns\":%.0f}\n", got, time);
        return time < 0;
    }
    if (strcmp(what, "connects") == 0 && rounds > 0) {
        double time = connect_often((int)length, 0, rounds);
        printf("{\"ns\":%.0f}\n", time);
        return time < 0;
    }
    fputs("usage: cloister-peer echo | pingpong BYTES ROUNDS | pong BYTES | pour BYTES | fetch PORT | connects PORT ROUNDS\n",
        stderr);
    return 64;
}
