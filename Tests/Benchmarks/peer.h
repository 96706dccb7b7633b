/// What the benchmarks measure against: a plugin that does nothing but answer, and two bare processes on two pipes.
#ifndef PEER_H
#define PEER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stddef.h>

/// Writes everything; false when the other end is gone.
bool write_all(int file, const char *bytes, size_t length);
/// Reads exactly so many bytes; false when the other end is gone before.
bool read_all(int file, char *bytes, size_t length);

/// A `cloister/1` plugin whose tool `echo` returns its input. One read and one write per batch of lines.
int serve_echo(void);
/// Sends `length` bytes to a forked process and waits for them, `rounds` times; prints one JSON line with the times.
int measure_pingpong(size_t length, size_t rounds);
/// Listens on a port of the loopback address, prints it, and sends `length` bytes to whoever connects, for ever.
int pour(size_t length);
/// Reads all that a server at a port sends, through a proxy at another one unless that is 0. Nanoseconds, -1 on failure.
double fetch(int port, int proxy, size_t *length);
/// The median time of so many connections, in nanoseconds; -1 on failure.
double connect_often(int port, int proxy, size_t rounds);
/// The other side alone, on stdin and stdout, until stdin ends.
int answer_pings(size_t length, int from, int to);

#endif
