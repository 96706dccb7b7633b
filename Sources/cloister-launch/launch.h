#ifndef CLOISTER_LAUNCH_H
#define CLOISTER_LAUNCH_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLinuxLaunch.h"

// The plan, mapped and checked: every text ends with a zero inside its record.
struct plan {
    const uint8_t *bytes;
    size_t size;
    struct launch_settings settings;
    cpu_set_t processors; // the daemon's; empty where they could not be read
    const char *stage;
    const char *directory;
    const char *program;
    char **arguments;
    char **variables;
};

// Walks the records of a plan; returns false at its end. `payload` points into the plan.
struct cursor {
    size_t offset;
};
bool plan_next(const struct plan *plan, struct cursor *cursor, struct launch_record *record, const uint8_t **payload);

void plan_read(struct plan *plan, int descriptor);

// Reports the step that failed with its errno, then ends this process. Nothing runs unsealed after a failure.
_Noreturn void fail(enum launch_step step, int error, const char *detail);
void report(const struct launch_status *status);

// Parent side: gives the child its identity in the user namespace.
void map_identity(const struct plan *plan, int child);

// Child side, in this order.
void raise_loopback(void);
void open_way_out(const struct plan *plan);
void forbid_nested_namespaces(void);
void build_view(const struct plan *plan);
void set_limits(const struct plan *plan);
void drop_privileges(const struct plan *plan);
void restrict_files(const struct plan *plan);
int install_filter(const struct plan *plan);
void install_child_filter(const struct plan *plan);
_Noreturn void run_plugin(const struct plan *plan, int lifeline);

#endif
