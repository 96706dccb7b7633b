#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

bool plan_next(const struct plan *plan, struct cursor *cursor, struct launch_record *record, const uint8_t **payload) {
    if (cursor->offset == 0) cursor->offset = sizeof(struct launch_header);
    if (cursor->offset == plan->size) return false;
    if (plan->size - cursor->offset < sizeof *record) fail(STEP_PLAN, EBADMSG, "record");
    memcpy(record, plan->bytes + cursor->offset, sizeof *record);
    cursor->offset += sizeof *record;
    size_t padded = ((size_t)record->length + 7) & ~(size_t)7;
    if (plan->size - cursor->offset < padded) fail(STEP_PLAN, EBADMSG, "length");
    *payload = plan->bytes + cursor->offset;
    cursor->offset += padded;
    return true;
}

static const char *text(const uint8_t *payload, size_t length) {
    if (length == 0 || payload[length - 1] != 0) fail(STEP_PLAN, EBADMSG, "text");
    return (const char *)payload;
}

static void check_mount(const uint8_t *payload, uint32_t length) {
    struct launch_mount mount;
    if (length < sizeof mount) fail(STEP_PLAN, EBADMSG, "mount");
    memcpy(&mount, payload, sizeof mount);
    size_t texts = length - sizeof mount;
    if (mount.source_length == 0 || mount.source_length >= texts) fail(STEP_PLAN, EBADMSG, "mount");
    text(payload + sizeof mount, mount.source_length);
    text(payload + sizeof mount + mount.source_length, texts - mount.source_length);
}

void plan_read(struct plan *plan, int descriptor) {
    struct stat file;
    if (fstat(descriptor, &file) != 0) fail(STEP_PLAN, errno, "stat");
    if (file.st_size < (off_t)sizeof(struct launch_header) || file.st_size > (off_t)LAUNCH_PLAN_LIMIT)
        fail(STEP_PLAN, EMSGSIZE, "size");
    plan->size = (size_t)file.st_size;
    plan->bytes = mmap(NULL, plan->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (plan->bytes == MAP_FAILED) fail(STEP_PLAN, errno, "map");

    struct launch_header header;
    memcpy(&header, plan->bytes, sizeof header);
    if (header.magic != LAUNCH_MAGIC || header.size != plan->size) fail(STEP_PLAN, EBADMSG, "header");

    struct cursor cursor = {0};
    struct launch_record record;
    const uint8_t *payload;
    uint32_t arguments = 0, variables = 0;
    bool settled = false;
    while (plan_next(plan, &cursor, &record, &payload)) {
        switch (record.kind) {
        case LAUNCH_SETTINGS:
            if (record.length != sizeof plan->settings) fail(STEP_PLAN, EBADMSG, "settings");
            memcpy(&plan->settings, payload, sizeof plan->settings);
            if (plan->settings.argument_count > 4096 || plan->settings.variable_count > 4096)
                fail(STEP_PLAN, EBADMSG, "counts");
            plan->arguments = calloc(plan->settings.argument_count + 1, sizeof(char *));
            plan->variables = calloc(plan->settings.variable_count + 1, sizeof(char *));
            if (!plan->arguments || !plan->variables) fail(STEP_PLAN, ENOMEM, "arguments");
            settled = true;
            break;
        case LAUNCH_STAGE: plan->stage = text(payload, record.length); break;
        case LAUNCH_DIRECTORY: plan->directory = text(payload, record.length); break;
        case LAUNCH_PROGRAM: plan->program = text(payload, record.length); break;
        case LAUNCH_ARGUMENT:
            if (!settled || arguments == plan->settings.argument_count) fail(STEP_PLAN, EBADMSG, "argument");
            plan->arguments[arguments++] = (char *)text(payload, record.length);
            break;
        case LAUNCH_VARIABLE:
            if (!settled || variables == plan->settings.variable_count) fail(STEP_PLAN, EBADMSG, "variable");
            plan->variables[variables++] = (char *)text(payload, record.length);
            break;
        case LAUNCH_MOUNT: check_mount(payload, record.length); break;
        case LAUNCH_HOSTNAME:
        case LAUNCH_OWN: text(payload, record.length); break;
        case LAUNCH_LIMIT:
            if (record.length != sizeof(struct launch_limit)) fail(STEP_PLAN, EBADMSG, "limit");
            break;
        case LAUNCH_LANDLOCK:
            if (record.length != sizeof(struct launch_landlock)) fail(STEP_PLAN, EBADMSG, "landlock");
            break;
        case LAUNCH_RULE:
            if (record.length <= sizeof(struct launch_rule)) fail(STEP_PLAN, EBADMSG, "rule");
            text(payload + sizeof(struct launch_rule), record.length - sizeof(struct launch_rule));
            break;
        case LAUNCH_PORT_RULE:
            if (record.length != sizeof(struct launch_port_rule)) fail(STEP_PLAN, EBADMSG, "port rule");
            break;
        case LAUNCH_LISTENER:
            if (record.length != sizeof(struct launch_listener)) fail(STEP_PLAN, EBADMSG, "listener");
            break;
        case LAUNCH_FILTER:
        case LAUNCH_CHILD_FILTER:
            if (record.length == 0 || record.length % 8 != 0) fail(STEP_PLAN, EBADMSG, "filter");
            break;
        default: fail(STEP_PLAN, EBADMSG, "kind");
        }
    }
    if (!settled || !plan->stage || !plan->directory || !plan->program || arguments == 0 ||
        arguments != plan->settings.argument_count || variables != plan->settings.variable_count)
        fail(STEP_PLAN, EBADMSG, "incomplete");
}
