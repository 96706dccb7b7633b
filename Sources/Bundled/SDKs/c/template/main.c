// PLUGIN_NAME: counts the lines and words of a text.
#include "cloister.h"
#include "count.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool run_count(cloister_call *call, const cloister_value *input, cloister_writer *output) {
    const char *path = cloister_text(cloister_member(input, "text"));
    if (!path) return cloister_fail(call, CLOISTER_INVALID_PARAMETERS, "text is the path of a file");
    int64_t minimum = 1;
    cloister_integer(cloister_member(cloister_configuration(call), "minimum"), &minimum);

    FILE *file = fopen(path, "re");
    if (!file) return cloister_fail(call, CLOISTER_NOT_FOUND, "the text cannot be read: %s", strerror(errno));
    struct count count = {.minimum = (int)minimum};
    char part[65536];
    bool is_wanted;
    for (size_t size; (is_wanted = cloister_check(call)) && (size = fread(part, 1, sizeof part, file)) > 0;)
        count_add(&count, part, size);
    bool is_read = !ferror(file);
    fclose(file);
    if (!is_wanted) return false; // nobody waits for the answer any more
    if (!is_read) return cloister_fail(call, CLOISTER_PLUGIN_FAILED, "the text cannot be read");
    count_end(&count);

    cloister_open_object(output);
    cloister_key(output, "lines");
    cloister_put_integer(output, count.lines);
    cloister_key(output, "words");
    cloister_put_integer(output, count.words);
    cloister_close_object(output);
    return true;
}

int main(void) {
    static const cloister_tool tools[] = {{"count", run_count}, {0}};
    return cloister_run(&(cloister_plugin){.name = "PLUGIN_ID", .version = "0.1.0", .tools = tools});
}
