#ifndef CLOISTER_CLINUX_LAUNCH_H
#define CLOISTER_CLINUX_LAUNCH_H

// What the daemon and cloister-launch say to each other: the launch plan, which the daemon writes into a sealed
// memory file, and the status records, which the launcher writes into a pipe. Both sides are built from this
// header, so there is no version to agree on beyond the magic number. Byte order and alignment are the machine's.

#include <stdint.h>

// Descriptors that the launcher finds open when it starts.
enum {
    LAUNCH_FD_PLAN = 3,
    LAUNCH_FD_STATUS = 4,
    LAUNCH_FD_GROUP = 5, // directory of the control group, or closed
    LAUNCH_FD_EGRESS = 6, // a socket that the listener of the way out is sent through, or closed
};

#define LAUNCH_MAGIC 0x31504c43u // "CLP1"
#define LAUNCH_PLAN_LIMIT (1u << 20)

// A plan is this header and then records, each starting at a multiple of eight bytes.
struct launch_header {
    uint32_t magic;
    uint32_t size;
};

struct launch_record {
    uint32_t kind;
    uint32_t length; // of the payload, without padding
};

enum launch_record_kind {
    LAUNCH_SETTINGS = 1,
    LAUNCH_STAGE,     // text: an empty directory to build the new root on
    LAUNCH_HOSTNAME,  // text
    LAUNCH_MOUNT,     // struct launch_mount, source text, target text
    LAUNCH_OWN,       // text: a path in the new root that is given to the plugin's identity
    LAUNCH_LIMIT,     // struct launch_limit
    LAUNCH_LANDLOCK,  // struct launch_landlock
    LAUNCH_RULE,      // struct launch_rule, text: a path in the new root
    LAUNCH_PORT_RULE, // struct launch_port_rule
    LAUNCH_LISTENER,  // struct launch_listener: the child's way out, on 127.0.0.1 of its own network
    LAUNCH_FILTER,    // BPF program for pid 1 and the plugin
    LAUNCH_CHILD_FILTER, // BPF program for the plugin alone, installed last
    LAUNCH_DIRECTORY, // text: working directory
    LAUNCH_PROGRAM,   // text: path in the new root
    LAUNCH_ARGUMENT,  // text
    LAUNCH_VARIABLE,  // text NAME=VALUE
};

enum launch_settings_flag {
    LAUNCH_LOOPBACK = 1 << 0,       // raise lo in the child's network namespace
    LAUNCH_DROP_GROUPS = 1 << 1,    // the daemon is root and can
    LAUNCH_MAP_TOOLS = 1 << 2,      // newuidmap and newgidmap write the maps
    LAUNCH_TWO_IDS = 1 << 3,        // inner 0 is the daemon, the plugin is someone else
    LAUNCH_NOTIFY = 1 << 4,         // the filter names calls that end the child
    LAUNCH_WRITE_XOR_EXECUTE = 1 << 5,
    LAUNCH_NO_PROC = 1 << 6,
};

struct launch_settings {
    uint32_t flags;
    uint32_t parent; // the daemon's process
    uint32_t inner_uid, inner_gid;
    uint32_t outer_uid, outer_gid;
    uint32_t argument_count, variable_count;
};

enum launch_mount_kind {
    LAUNCH_MAKE_DIRECTORY = 1, // target, mode
    LAUNCH_MAKE_LINK,          // source is the text of the link
    LAUNCH_MAKE_FILE,          // source is the content
    LAUNCH_BIND,
    LAUNCH_BIND_DEVICE,
    LAUNCH_TMPFS,
    LAUNCH_PROC,
};

enum launch_mount_flag {
    LAUNCH_READ_ONLY = 1 << 0,
    LAUNCH_NO_EXECUTE = 1 << 1,
    LAUNCH_NO_LINKS = 1 << 2, // no component of the source may be a symbolic link
};

struct launch_mount {
    uint32_t kind;
    uint32_t flags;
    uint64_t size;
    uint64_t inodes;
    uint32_t mode;
    uint32_t source_length; // with its final zero; the target follows
};

struct launch_limit {
    uint32_t resource;
    uint32_t reserved;
    uint64_t soft, hard;
};

struct launch_landlock {
    uint64_t files, network, scopes;
    uint64_t size; // how much of the kernel's attribute this kernel knows
};

struct launch_rule {
    uint64_t access;
};

struct launch_port_rule {
    uint64_t access;
    uint64_t port;
};

struct launch_listener {
    uint32_t port;
    uint32_t backlog;
};

enum launch_status_kind {
    LAUNCH_STARTED = 1,  // value: pid 1 of the sandbox as the host sees it
    LAUNCH_FAILED,       // step, error, detail
    LAUNCH_EXITED,       // value: wait status; user, system, peak
    LAUNCH_FILTERED,     // value: the system call that ended the child
    LAUNCH_LISTENING,    // the listener has been sent through LAUNCH_FD_EGRESS
};

// Smaller than PIPE_BUF, so a record is never torn.
struct launch_status {
    uint32_t kind;
    uint32_t step;
    int32_t error;
    int32_t value;
    uint64_t user_microseconds, system_microseconds, peak_bytes;
    char detail[88];
};

// X(name, what a person reads when it fails)
#define LAUNCH_STEPS(X) \
    X(STEP_PLAN, "reading the launch plan") \
    X(STEP_PARENT, "tying the child to the daemon") \
    X(STEP_SESSION, "starting a session") \
    X(STEP_GROUPS, "dropping supplementary groups") \
    X(STEP_CLONE, "creating namespaces") \
    X(STEP_MAP, "mapping the identity") \
    X(STEP_LOOPBACK, "raising the loopback interface") \
    X(STEP_LISTENER, "opening the way out") \
    X(STEP_NAMESPACES, "forbidding nested user namespaces") \
    X(STEP_STAGE, "mounting the new root") \
    X(STEP_VIEW, "building the filesystem view") \
    X(STEP_PROC, "mounting /proc") \
    X(STEP_OWN, "handing a folder to the plugin's identity") \
    X(STEP_PIVOT, "changing the root") \
    X(STEP_GROUP_NAMESPACE, "entering a control group namespace") \
    X(STEP_HOSTNAME, "setting the host name") \
    X(STEP_LIMITS, "setting resource limits") \
    X(STEP_CAPABILITIES, "dropping capabilities") \
    X(STEP_IDENTITY, "taking on the plugin's identity") \
    X(STEP_NO_NEW_PRIVILEGES, "forbidding new privileges") \
    X(STEP_LANDLOCK, "restricting with Landlock") \
    X(STEP_FILTER, "installing the system call filter") \
    X(STEP_FORK, "forking the plugin") \
    X(STEP_EXEC, "executing the plugin")

enum launch_step {
#define X(name, text) name,
    LAUNCH_STEPS(X)
#undef X
    STEP_COUNT,
};

static inline const char *launch_step_text(uint32_t step) {
    static const char *const texts[] = {
#define X(name, text) text,
        LAUNCH_STEPS(X)
#undef X
    };
    return step < STEP_COUNT ? texts[step] : "an unknown step";
}

#endif
