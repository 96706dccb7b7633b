#define _GNU_SOURCE
#include "peer.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { warm_up = 1000 };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

int answer_pings(size_t length, int from, int to) {
    char *bytes = malloc(length);
    if (bytes == NULL) return 71;
    while (read_all(from, bytes, length) && write_all(to, bytes, length)) {}
    free(bytes);
    return 0;
}

static bool play(int to, int from, char *bytes, size_t length, uint64_t *times, size_t rounds) {
    for (size_t round = 0; round < warm_up; round++)
        if (!write_all(to, bytes, length) || !read_all(from, bytes, length)) return false;
    for (size_t round = 0; round < rounds; round++) {
        uint64_t start = now();
        if (!write_all(to, bytes, length) || !read_all(from, bytes, length)) return false;
        times[round] = now() - start;
    }
    return true;
}

static void print(size_t length, uint64_t *times, size_t rounds) {
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) sum += times[round];
    qsort(times, rounds, sizeof *times, ascending);
    printf("{\"bytes\":%zu,\"rounds\":%zu,\"p50ns\":%llu,\"p99ns\":%llu,\"meanns\":%llu}\n", length, rounds,
        (unsigned long long)times[rounds / 2], (unsigned long long)times[rounds - 1 - rounds / 100],
        (unsigned long long)(sum / rounds));
}

// Both ends on processors of their own, else the scheduler's choice decides the figure; where there is only one, so be it.
static void pin(long processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}

int measure_pingpong(size_t length, size_t rounds) {
    int there[2], back[2];
    char *bytes = calloc(1, length);
    uint64_t *times = calloc(rounds, sizeof *times);
    if (bytes == NULL || times == NULL || pipe(there) != 0 || pipe(back) != 0) return 71;
    pid_t child = fork();
    if (child < 0) return 71;
    if (child == 0) {
        // Else its own copy of the writing end keeps the pipe from ever ending.
        close(there[1]);
        close(back[0]);
        pin(sysconf(_SC_NPROCESSORS_ONLN) - 1);
        _exit(answer_pings(length, there[0], back[1]));
    }
    close(there[0]);
    close(back[1]);
    pin(0);
    bool played = play(there[1], back[0], bytes, length, times, rounds);
    close(there[1]);
    waitpid(child, NULL, 0);
    if (played) print(length, times, rounds);
    free(times);
    free(bytes);
    return played ? 0 : 1;
}
