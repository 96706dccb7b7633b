// The Cloister SDK for C11: one side of the protocol `cloister/1`, without dependencies. Compile cloister.c along, with
// -pthread; everything can be linked statically.
//
//     static bool greet(cloister_call *call, const cloister_value *input, cloister_writer *output) {
//         const char *name = cloister_text(cloister_member(input, "name"));
//         if (!name) return cloister_fail(call, CLOISTER_INVALID_PARAMETERS, "name is missing");
//         cloister_open_object(output);
//         cloister_key(output, "text");
//         cloister_put_format(output, "Hello, %s!", name);
//         cloister_close_object(output);
//         return true;
//     }
//
//     int main(void) {
//         static const cloister_tool tools[] = {{"greet", greet}, {0}};
//         return cloister_run(&(cloister_plugin){.name = "hello", .version = "1.0.0", .tools = tools});
//     }
//
// One thread reads, and hears cancellations and pings at any time; handlers run on others, one at a time unless
// `workers` says more. Standard output belongs to the protocol: from `cloister_run` on, printf(3) goes to standard
// error.
#ifndef CLOISTER_H
#define CLOISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOISTER_PROTOCOL "cloister/1"

// The codes of the protocol's errors.
enum cloister_code {
    CLOISTER_PERMISSION_DENIED = -31999,
    CLOISTER_QUOTA_EXCEEDED = -31998,
    CLOISTER_DEADLINE_EXCEEDED = -31997,
    CLOISTER_CANCELLED = -31996,
    CLOISTER_INVALID_CONFIGURATION = -31995,
    CLOISTER_NOT_FOUND = -31994,
    CLOISTER_CONFLICT = -31993,
    CLOISTER_SHUTTING_DOWN = -31992,
    CLOISTER_RETRY_LATER = -31991,
    CLOISTER_PLUGIN_FAILED = -31990,
    CLOISTER_UNSUPPORTED = -31989,
    CLOISTER_UNREACHABLE = -31988,
    CLOISTER_INVALID_PARAMETERS = -32602,
    CLOISTER_METHOD_NOT_FOUND = -32601,
    CLOISTER_INTERNAL_ERROR = -32603,
};

// ---- The plugin

typedef struct cloister_call cloister_call;
typedef struct cloister_value cloister_value;
typedef struct cloister_writer cloister_writer;

// Each returns true when it has written its result, and false when it failed, for which there is `cloister_fail`.
// What is written nothing into is null.
typedef struct {
    const char *name;
    bool (*run)(cloister_call *call, const cloister_value *input, cloister_writer *output);
} cloister_tool;

// A filter writes what the value becomes. What an action writes is nobody's.
typedef struct {
    const char *name;
    bool (*run)(
        cloister_call *call, const cloister_value *value, const cloister_value *context, cloister_writer *result);
} cloister_handler;

typedef struct {
    const char *name, *version;
    // Each list ends with an entry without a name; NULL is an empty one.
    const cloister_tool *tools;
    const cloister_handler *filters, *actions;
    // Called with the configuration as it comes, before any call; false refuses it. May be NULL.
    bool (*configure)(cloister_call *call, const cloister_value *configuration);
    // How many calls run side by side; 0 means 1, at most 64.
    int workers;
} cloister_plugin;

// Serves until standard input ends, and returns the process's exit status. Once in a process.
int cloister_run(const cloister_plugin *plugin);

// Writes into the plugin's log. `level` is trace, debug, info, notice, warning, error or critical. From any thread.
__attribute__((format(printf, 2, 3))) void cloister_log(const char *level, const char *format, ...);

// ---- A call

// Sets what the caller is told, one line that names the object and the reason. Always false, to be returned.
__attribute__((format(printf, 3, 4))) bool cloister_fail(cloister_call *call, int code, const char *format, ...);
// Adds what the reader can do about it. Always false.
__attribute__((format(printf, 2, 3))) bool cloister_hint(cloister_call *call, const char *format, ...);
// The code of the failure that is set, for example by a request that the host refused; 0 for none.
int cloister_failure(const cloister_call *call);
// Takes the failure back, where there is another way.
void cloister_forgive(cloister_call *call);

// False, with the failure set, when nobody waits for the answer any more. Cheap: ask often.
bool cloister_check(cloister_call *call);
bool cloister_cancelled(const cloister_call *call);
double cloister_seconds_left(const cloister_call *call);
// Reports progress, which gives the call its deadline anew, up to the caller's hard limit. A negative `total` and a
// NULL message are left out.
void cloister_progress(cloister_call *call, double done, double total, const char *message);

// As the tenant set it, with the manifest's defaults; an object. Lives as long as the call.
const cloister_value *cloister_configuration(const cloister_call *call);
// What the tenant has granted; an array.
const cloister_value *cloister_grants(const cloister_call *call);
// Of a hook's handler: the event and the run. NULL in a tool.
const char *cloister_hook(const cloister_call *call);
const char *cloister_hook_run(const cloister_call *call);

// ---- What a plugin may ask of the host
//
// Each waits for the answer, no longer than the call's deadline, and is false with the failure set when the host
// refuses. What an answer holds lives as long as the call.

typedef struct {
    const char *document, *path, *name, *media_type, *sha256;
    int64_t size;
} cloister_document;

// Makes a document readable and tells its path.
bool cloister_open(cloister_call *call, const char *document, cloister_document *result);
// What is known of a document, without reading it; no path.
bool cloister_info(cloister_call *call, const char *document, cloister_document *result);
// Hands over a file that was written below /exchange/out.
bool cloister_create(
    cloister_call *call, const char *path, const char *name, const char *media_type, cloister_document *result);
// `value` is null where the key is absent.
bool cloister_storage_get(cloister_call *call, const char *key, const cloister_value **value);
bool cloister_storage_put(cloister_call *call, const char *key, cloister_writer *value);
bool cloister_storage_delete(cloister_call *call, const char *key, bool *deleted);
// One page of keys, an array; `cursor` is NULL on the last. Prefix and cursor may be NULL; a limit of 0 is the host's.
bool cloister_storage_list(
    cloister_call *call, const char *prefix, const char **cursor, int limit, const cloister_value **keys);
bool cloister_secret(cloister_call *call, const char *name, const char **value);
bool cloister_emit(cloister_call *call, const char *event, cloister_writer *value);
bool cloister_connection(
    cloister_call *call, const char *connection, const char *action, cloister_writer *input,
    const cloister_value **result);
// Any other method. NULL parameters are an empty object, `result` may be NULL.
bool cloister_request(
    cloister_call *call, const char *method, cloister_writer *parameters, const cloister_value **result);
// An empty writer for what goes along with a request. Lives as long as the call.
cloister_writer *cloister_new_writer(cloister_call *call);

// ---- Reading JSON
//
// Every function takes NULL for a value that is not there, and says that it is none of what it was asked for.

enum cloister_kind { CLOISTER_NULL, CLOISTER_BOOL, CLOISTER_NUMBER, CLOISTER_STRING, CLOISTER_ARRAY, CLOISTER_OBJECT };

enum cloister_kind cloister_kind_of(const cloister_value *value);
// The member of an object, or NULL.
const cloister_value *cloister_member(const cloister_value *object, const char *name);
// The elements of an array and the members of an object, in order.
const cloister_value *cloister_first(const cloister_value *container);
const cloister_value *cloister_next(const cloister_value *element);
size_t cloister_count(const cloister_value *container);
// Of a member of an object.
const char *cloister_name(const cloister_value *member);
// A string, ended by NUL; NULL where the value is none or has a NUL in it.
const char *cloister_text(const cloister_value *value);
// A string as it is; NULL where the value is none.
const char *cloister_bytes(const cloister_value *value, size_t *length);
bool cloister_is_true(const cloister_value *value);
// False, and `result` as it was, where the value is no whole number of 64 bits.
bool cloister_integer(const cloister_value *value, int64_t *result);
bool cloister_number(const cloister_value *value, double *result);

// ---- Writing JSON
//
// A value is written once, its parts in order. What is written in the wrong place, or grows longer than a line may be,
// spoils the writer: the call then fails. Bytes that are not UTF-8 become U+FFFD, numbers that are not finite null.

void cloister_open_object(cloister_writer *writer);
void cloister_close_object(cloister_writer *writer);
void cloister_open_array(cloister_writer *writer);
void cloister_close_array(cloister_writer *writer);
void cloister_key(cloister_writer *writer, const char *name);
// NULL is written as null.
void cloister_put_text(cloister_writer *writer, const char *text);
void cloister_put_bytes(cloister_writer *writer, const char *bytes, size_t length);
__attribute__((format(printf, 2, 3))) void cloister_put_format(cloister_writer *writer, const char *format, ...);
void cloister_put_integer(cloister_writer *writer, int64_t number);
void cloister_put_number(cloister_writer *writer, double number);
void cloister_put_bool(cloister_writer *writer, bool flag);
void cloister_put_null(cloister_writer *writer);
// A value that was read, with all beneath it.
void cloister_put_value(cloister_writer *writer, const cloister_value *value);

#endif
