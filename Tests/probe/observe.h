/// Doing dangerous things in a process of its own and telling how that ended.
#ifndef PROBE_OBSERVE_H
#define PROBE_OBSERVE_H

#include "text.h"

#include <sys/types.h>

enum { patience = 20000 /* milliseconds for one attempt */, call_patience = 2000 /* for one system call */ };

/// How a process of its own ended.
struct ending {
    bool reported; ///< its body returned, and what it left in the shared bytes was copied back
    bool hung;     ///< it took longer than it was given and was killed
    bool core;
    int signal; ///< 0, or what killed it
    int status;
};

/// Runs `body(shared)` in a forked process in a process group of its own and brings the `size` bytes of `shared` back.
/// Nothing of the group is left behind, however it ends.
struct ending run_apart(void (*body)(void *shared), void *shared, size_t size, int milliseconds);

/// What an attempt saw. `expected` is the list of outcomes that hold, as words: `EPERM or ENOSYS`.
struct finding {
    const char *expected;
    bool holds;
    bool said; ///< `got` is what `say` said
    unsigned made;
    char seen[160]; ///< the different outcomes that held
    char got[600];  ///< the outcomes that did not, or what `say` said
};

/// Outcomes as words: `success`, an errno name, a signal name, `hung`.
const char *result_word(long result);
const char *ending_word(struct ending ending);
bool words_contain(const char *words, const char *word);

/// Compares one outcome with what the attempt expects, or with `words` where one step of it differs.
void expect(struct finding *finding, const char *what, const char *word);
void expect_words(struct finding *finding, const char *words, const char *what, const char *word);
/// A fact that must hold; where it does not, the sentence becomes what was got.
void expect_fact(struct finding *finding, bool fact, const char *format, ...) __attribute__((format(printf, 3, 4)));
/// What to tell when everything held.
void say(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Fills `got` when no step has.
void finish(struct finding *finding);

/// One system call in a process of its own; the outcome as a word.
const char *call_apart(long number, const unsigned long arguments[6]);

/// The probe is process 2 of a pid namespace: nothing outside can be hit. No attempt that could harm a host is made without this.
bool is_sealed(void);
/// `is_sealed`, and otherwise the verdict that says so.
bool sealed_or_refused(struct finding *finding);

#endif
