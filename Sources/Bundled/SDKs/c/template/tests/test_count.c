#include "count.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void expect(const char *what, int minimum, const char *first, const char *second, int lines, int words) {
    struct count count = {.minimum = minimum};
    count_add(&count, first, strlen(first));
    count_add(&count, second, strlen(second));
    count_end(&count);
    if (count.lines == lines && count.words == words) return;
    failures++;
    fprintf(stderr, "%s: %lld lines and %lld words\n", what, (long long)count.lines, (long long)count.words);
}

int main(void) {
    expect("a word that comes in two parts is one word", 1, "one thr", "ee\nfour", 2, 3);
    expect("short words are left out", 4, "one three  eleven\n", "", 1, 2);
    expect("a letter of several bytes is one letter", 4, "über ére\n", "", 1, 1);
    expect("an empty text has no line", 1, "", "", 0, 0);
    printf("%d passed, %d failed\n", 4 - failures, failures);
    return failures > 0;
}
