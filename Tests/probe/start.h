/// What the process was given when it started, taken down before anything else could change it.
#ifndef PROBE_START_H
#define PROBE_START_H

#include <stdbool.h>

struct start {
    bool descriptors_known;
    int extra_descriptors; ///< open ones besides 0, 1 and 2
    char extra[200];
};

const struct start *how_it_started(void);

#endif
