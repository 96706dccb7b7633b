/// The attempts to leave the sandbox, each class with a number and as many variants as there are ways to try it.
#ifndef PROBE_ATTEMPTS_H
#define PROBE_ATTEMPTS_H

#include "observe.h"

/// One way to make one attempt. Either `look`, or one system call whose outcome must be among the words of `expected`.
struct variant {
    int number;
    const char *name;
    const char *expected;
    void (*look)(struct finding *finding);
    long call;
    unsigned long arguments[6];
};

#define LOOK(number, name, expected, look) {number, name, expected, look, 0, {0}}
#define CALL(number, name, expected, call, ...) {number, name, expected, NULL, call, {__VA_ARGS__}}

struct variants {
    const struct variant *first;
    size_t count;
};

struct variants namespace_variants(void);    // 1 to 3, 13, 14, 25
struct variants architecture_variants(void); // 4 to 6
struct variants call_variants(void);         // 7 to 12, 16, 19
struct variants execution_variants(void);    // 17, 18
struct variants file_variants(void);         // 20 to 24, 26, 34 to 36
struct variants kernel_file_variants(void);  // 27 to 33
struct variants network_variants(void);      // 15, 37, 40, 41, 43 to 45
struct variants egress_variants(void);       // 37 to 39, 44
struct variants process_variants(void);      // 42, 52, 53, 62

/// A port of the host's loopback address on which whoever asks for an attempt listens.
extern int canary_port;

/// Adds the array of `{number, title, variants}` of everything there is.
void list_attempts(struct text *answer);
/// Makes one attempt: `{number, variant, title, expected, got, holds}`, and without a variant (NULL) all of that number, with
/// `variants` beside the summary. False when there is no such attempt.
bool make_attempt(struct text *answer, long long number, const char *variant);
/// Adds the array of what `make_attempt` says of every number.
void make_all_attempts(struct text *answer);

#endif
