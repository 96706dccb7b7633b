#ifndef COUNT_H
#define COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Lines and words of a text in UTF-8 that comes in parts.
struct count {
    int64_t lines, words;
    int minimum;     // shorter words are not counted
    int length;      // characters of the word that has begun
    bool in_a_line;  // something came behind the last line's end
};

void count_add(struct count *count, const char *bytes, size_t size);
// Once, behind the last part.
void count_end(struct count *count);

#endif
