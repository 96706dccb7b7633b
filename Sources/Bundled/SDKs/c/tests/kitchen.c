// A plugin that does one thing per tool, for the tests of the SDK.
#include "../cloister.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOOL(name) \
    static bool run_##name(cloister_call *call, const cloister_value *input, cloister_writer *output)
#define UNUSED(name) (void)name

static int64_t integer(const cloister_value *input, const char *name) {
    int64_t number = 0;
    cloister_integer(cloister_member(input, name), &number);
    return number;
}

static const char *text(const cloister_value *input, const char *name) { return cloister_text(cloister_member(input, name)); }

static void object(cloister_writer *output) {
    cloister_open_object(output);
    cloister_close_object(output);
}

// Waits in small pieces; false when nobody waits for the call any more.
static bool rest(cloister_call *call, int64_t milliseconds) {
    for (; milliseconds > 0; milliseconds -= 5) {
        nanosleep(&(struct timespec){0, 5000000}, NULL);
        if (!cloister_check(call)) return false;
    }
    return true;
}

TOOL(echo) {
    UNUSED(call);
    cloister_put_value(output, input);
    return true;
}

TOOL(print) {
    UNUSED(call), UNUSED(input);
    printf("a stray line\nhalf a line");
    fflush(stdout);
    object(output);
    return true;
}

TOOL(sleep) {
    if (!rest(call, integer(input, "ms"))) return false;
    cloister_open_object(output);
    cloister_key(output, "slept");
    cloister_put_bool(output, true);
    cloister_close_object(output);
    return true;
}

TOOL(progress) {
    for (int64_t step = 1, steps = integer(input, "steps"); step <= steps; step++) {
        if (!rest(call, integer(input, "ms"))) return false;
        cloister_progress(call, (double)step, (double)steps, "step by step");
    }
    object(output);
    return true;
}

TOOL(log) {
    UNUSED(call);
    cloister_log("warning", "%s", text(input, "message"));
    object(output);
    return true;
}

TOOL(fail) {
    UNUSED(input), UNUSED(output);
    cloister_fail(call, CLOISTER_CONFLICT, "taken: %s", "the name");
    return cloister_hint(call, "choose another");
}

TOOL(defect) {
    UNUSED(call), UNUSED(input);
    cloister_open_object(output); // never closed
    return true;
}

TOOL(keep) {
    const cloister_value *was;
    if (!cloister_storage_get(call, text(input, "key"), &was)) return false;
    cloister_writer *value = cloister_new_writer(call);
    cloister_put_value(value, cloister_member(input, "value"));
    if (!cloister_storage_put(call, text(input, "key"), value)) return false;
    cloister_open_object(output);
    cloister_key(output, "was");
    cloister_put_value(output, was);
    cloister_close_object(output);
    return true;
}

TOOL(keys) {
    const cloister_value *keys;
    const char *cursor = NULL;
    if (!cloister_storage_list(call, text(input, "prefix"), &cursor, (int)integer(input, "limit"), &keys)) return false;
    cloister_open_object(output);
    cloister_key(output, "keys");
    cloister_put_value(output, keys);
    cloister_key(output, "more");
    cloister_put_bool(output, cursor != NULL);
    cloister_close_object(output);
    return true;
}

TOOL(drop) {
    bool deleted;
    if (!cloister_storage_delete(call, text(input, "key"), &deleted)) return false;
    cloister_open_object(output);
    cloister_key(output, "deleted");
    cloister_put_bool(output, deleted);
    cloister_close_object(output);
    return true;
}

TOOL(copy) {
    cloister_document document, made;
    if (!cloister_open(call, text(input, "document"), &document)) return false;
    char path[4096], bytes[4096];
    snprintf(path, sizeof path, "%s/copy", text(input, "folder"));
    FILE *from = fopen(document.path, "r"), *to = fopen(path, "w");
    if (!from || !to) return cloister_fail(call, CLOISTER_PLUGIN_FAILED, "cannot copy: %s", strerror(errno));
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, from)) > 0;) fwrite(bytes, 1, size, to);
    fclose(from);
    fclose(to);
    if (!cloister_create(call, path, document.name, document.media_type, &made)) return false;
    cloister_open_object(output);
    cloister_key(output, "document");
    cloister_put_text(output, made.document);
    cloister_key(output, "name");
    cloister_put_text(output, made.name);
    cloister_key(output, "mediaType");
    cloister_put_text(output, made.media_type);
    cloister_key(output, "size");
    cloister_put_integer(output, made.size);
    cloister_close_object(output);
    return true;
}

TOOL(secret) {
    const char *value;
    if (!cloister_secret(call, text(input, "name"), &value)) return false;
    cloister_open_object(output);
    cloister_key(output, "length");
    cloister_put_integer(output, (int64_t)strlen(value));
    cloister_close_object(output);
    return true;
}

TOOL(emit) {
    cloister_writer *value = cloister_new_writer(call);
    cloister_put_value(value, cloister_member(input, "value"));
    if (!cloister_emit(call, "kitchen.cooked", value)) return false;
    object(output);
    return true;
}

TOOL(try) {
    const cloister_value *value;
    cloister_open_object(output);
    if (cloister_storage_get(call, text(input, "key"), &value)) {
        cloister_key(output, "value");
        cloister_put_value(output, value);
    } else {
        cloister_key(output, "code");
        cloister_put_integer(output, cloister_failure(call));
        cloister_forgive(call);
    }
    cloister_close_object(output);
    return true;
}

TOOL(settings) {
    UNUSED(input);
    cloister_put_value(output, cloister_configuration(call));
    return true;
}

TOOL(long) {
    UNUSED(call);
    size_t length = (size_t)integer(input, "bytes");
    char *bytes = malloc(length);
    memset(bytes, 'x', length);
    cloister_put_bytes(output, bytes, length);
    free(bytes);
    return true;
}

static bool shout(cloister_call *call, const cloister_value *value, const cloister_value *context, cloister_writer *result) {
    cloister_open_object(result);
    cloister_key(result, "was");
    cloister_put_value(result, value);
    cloister_key(result, "hook");
    cloister_put_text(result, cloister_hook(call));
    cloister_key(result, "run");
    cloister_put_text(result, cloister_hook_run(call));
    cloister_key(result, "depth");
    cloister_put_value(result, cloister_member(context, "depth"));
    cloister_close_object(result);
    return true;
}

static bool note(cloister_call *call, const cloister_value *value, const cloister_value *context, cloister_writer *result) {
    UNUSED(context), UNUSED(result);
    cloister_writer *noted = cloister_new_writer(call);
    cloister_put_value(noted, value);
    return cloister_storage_put(call, "noted", noted);
}

static bool configure(cloister_call *call, const cloister_value *configuration) {
    const char *language = text(configuration, "language");
    if (language && strcmp(language, "klingon") == 0)
        return cloister_fail(call, CLOISTER_INVALID_CONFIGURATION, "no such language: %s", language);
    return true;
}

int main(void) {
    static const cloister_tool tools[] = {
        {"echo", run_echo}, {"print", run_print}, {"sleep", run_sleep}, {"progress", run_progress}, {"log", run_log},
        {"fail", run_fail}, {"defect", run_defect}, {"keep", run_keep}, {"keys", run_keys}, {"drop", run_drop},
        {"copy", run_copy}, {"secret", run_secret}, {"emit", run_emit}, {"try", run_try}, {"settings", run_settings},
        {"long", run_long}, {0}};
    static const cloister_handler filters[] = {{"shout", shout}, {0}}, actions[] = {{"note", note}, {0}};
    return cloister_run(&(cloister_plugin){.name = "kitchen", .version = "1.2.3", .tools = tools, .filters = filters,
                                           .actions = actions, .configure = configure, .workers = 2});
}
