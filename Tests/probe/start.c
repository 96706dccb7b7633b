#include "start.h"

#include "text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct start start;

/// Runs before `main`: whatever is open now came with the program.
__attribute__((constructor)) static void take_down(void) {
    DIR *entries = opendir("/proc/self/fd");
    if (entries == NULL) return;
    start.descriptors_known = true;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        int number = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || number <= 2 || number == dirfd(entries)) continue;
        start.extra_descriptors++;
        char path[64], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", number);
        if (readlink(path, target, sizeof target - 1) < 0) continue;
        size_t length = strlen(start.extra);
        if (length + 80 < sizeof start.extra)
            snprintf(start.extra + length, sizeof start.extra - length, "%s%d %s", length ? ", " : "", number, target);
    }
    closedir(entries);
}

const struct start *how_it_started(void) { return &start; }
