#include "attempts.h"

#include <stdio.h>
#include <string.h>

enum { last_number = 62 };

static const char *const titles[last_number + 1] = {
    [1] = "unshare a namespace",
    [2] = "clone into a new namespace",
    [3] = "clone3",
    [4] = "32-bit system calls through int 0x80",
    [5] = "x32 system calls",
    [6] = "system call numbers that nobody knows",
    [7] = "type into the terminal (TIOCSTI)",
    [8] = "paste into the console (TIOCLINUX)",
    [9] = "io_uring",
    [10] = "kernel keyrings",
    [11] = "reach into another process",
    [12] = "bpf, perf, userfaultfd and administration",
    [13] = "mount",
    [14] = "enter a namespace",
    [15] = "socket families that are not served",
    [16] = "personality and descriptor tables",
    [17] = "run a program that no file holds",
    [18] = "more and other syscall filters",
    [19] = "files by handle",
    [20] = "the host's files",
    [21] = "inherited descriptors",
    [22] = "a working directory outside",
    [23] = "rewrite the launcher",
    [24] = "chroot again",
    [25] = "detach read-only mounts in a nested user namespace",
    [26] = "plant links where the daemon reads",
    [27] = "devices",
    [28] = "another /proc, and writes to it",
    [29] = "kernel settings",
    [30] = "the reaper's memory and environment",
    [31] = "make a device",
    [32] = "control groups",
    [33] = "gain privileges by a setuid program",
    [34] = "links and renames between folders",
    [35] = "change read-only files",
    [36] = "fill the temporary folder",
    [37] = "connect to a network",
    [38] = "inside addresses through the way out",
    [39] = "requests that say two things",
    [40] = "abstract sockets of the host",
    [41] = "sockets of daemons",
    [42] = "signals to other processes",
    [43] = "shared memory and queues of others",
    [44] = "pass descriptors to the host",
    [45] = "netlink and the network's tables",
    [52] = "use up all descriptors",
    [53] = "leave a core dump",
    [62] = "the environment",
};

static const size_t groups = 9;

static struct variants group(size_t index) {
    switch (index) {
    case 0: return namespace_variants();
    case 1: return architecture_variants();
    case 2: return call_variants();
    case 3: return execution_variants();
    case 4: return file_variants();
    case 5: return kernel_file_variants();
    case 6: return network_variants();
    case 7: return egress_variants();
    default: return process_variants();
    }
}

/// The variants of one number, one after the other; NULL at the end.
static const struct variant *next_variant(long long number, const struct variant *after) {
    bool passed = after == NULL;
    for (size_t index = 0; index < groups; index++) {
        struct variants variants = group(index);
        for (size_t at = 0; at < variants.count; at++) {
            const struct variant *variant = &variants.first[at];
            if (passed && variant->number == number) return variant;
            if (variant == after) passed = true;
        }
    }
    return NULL;
}

struct look {
    void (*look)(struct finding *finding);
    struct finding finding;
};

static void look(void *shared) {
    struct look *look = shared;
    look->look(&look->finding);
    finish(&look->finding);
}

static struct finding try(const struct variant *variant) {
    struct look shared = {variant->look, {.expected = variant->expected}};
    struct finding *finding = &shared.finding;
    if (variant->look == NULL) {
        expect(finding, "", call_apart(variant->call, variant->arguments));
    } else {
        struct ending ending = run_apart(look, &shared, sizeof shared, patience);
        if (!ending.reported) expect(finding, "the attempt itself", ending_word(ending));
    }
    finish(finding);
    return *finding;
}

static void add_finding(struct text *answer, const struct variant *variant, const struct finding *finding) {
    text_format(answer, "{\"number\":%d,\"variant\":", variant->number);
    text_quote_string(answer, variant->name);
    text_format(answer, ",\"title\":");
    text_quote_string(answer, titles[variant->number]);
    text_format(answer, ",\"expected\":");
    text_quote_string(answer, variant->expected);
    text_format(answer, ",\"got\":");
    text_quote_string(answer, finding->got);
    text_format(answer, ",\"holds\":%s}", finding->holds ? "true" : "false");
}

/// A list of different texts.
struct list {
    char text[700];
};

static void list_add(struct list *list, const char *separator, const char *addition, size_t size) {
    size_t length = strlen(list->text);
    if (size == 0 || length + 8 >= sizeof list->text || memmem(list->text, length, addition, size) != NULL) return;
    int room = (int)(sizeof list->text - length - 3);
    snprintf(list->text + length, sizeof list->text - length, "%s%.*s", length ? separator : "", size < (size_t)room ? (int)size : room, addition);
}

static void list_add_alternatives(struct list *list, const char *words, const char *between) {
    for (const char *end; (end = strstr(words, between)) != NULL; words = end + strlen(between))
        list_add(list, ", ", words, (size_t)(end - words));
    list_add(list, ", ", words, strlen(words));
}

struct summary {
    struct list expected, held, failed;
    unsigned variants, wrong, attempts;
};

static void count(struct summary *summary, const struct variant *variant, const struct finding *finding) {
    summary->variants++;
    summary->attempts += finding->made;
    // What must work is not what the number is about; it is told when it does not.
    bool control = strcmp(variant->expected, "success") == 0;
    if (!control) list_add_alternatives(&summary->expected, variant->expected, " or ");
    if (finding->holds && !control) {
        if (finding->said) list_add(&summary->held, ", ", finding->got, strlen(finding->got));
        else list_add_alternatives(&summary->held, finding->seen, ", ");
    }
    if (finding->holds) return;
    summary->wrong++;
    char line[300];
    snprintf(line, sizeof line, "%s: %.200s", variant->name, finding->got);
    list_add(&summary->failed, "; ", line, strlen(line));
}

/// One line for the whole number: the outcomes where all hold, and otherwise the variants that do not.
static bool add_summary(struct text *answer, long long number) {
    struct text all = {0};
    struct summary summary = {0};
    for (const struct variant *at = NULL; (at = next_variant(number, at)) != NULL;) {
        struct finding finding = try(at);
        if (summary.variants > 0) text_add(&all, ",", 1);
        add_finding(&all, at, &finding);
        count(&summary, at, &finding);
    }
    if (summary.variants > 0) {
        char total[40];
        snprintf(total, sizeof total, " (%u attempts)", summary.attempts);
        text_format(answer, "{\"number\":%lld,\"variant\":null,\"title\":", number);
        text_quote_string(answer, titles[number]);
        text_format(answer, ",\"expected\":");
        text_quote_string(answer, summary.expected.text);
        text_format(answer, ",\"got\":");
        if (summary.wrong == 0) strncat(summary.held.text, total, sizeof summary.held.text - strlen(summary.held.text) - 1);
        text_quote_string(answer, summary.wrong ? summary.failed.text : summary.held.text);
        text_format(answer, ",\"holds\":%s,\"variants\":[", summary.wrong ? "false" : "true");
        text_add(answer, all.bytes, all.length);
        text_format(answer, "]}");
    }
    text_free(&all);
    return summary.variants > 0;
}

bool make_attempt(struct text *answer, long long number, const char *name) {
    if (number < 1 || number > last_number || titles[number] == NULL) return false;
    if (name == NULL) return add_summary(answer, number);
    for (const struct variant *at = NULL; (at = next_variant(number, at)) != NULL;) {
        if (strcmp(at->name, name) != 0) continue;
        struct finding finding = try(at);
        add_finding(answer, at, &finding);
        return true;
    }
    return false;
}

void make_all_attempts(struct text *answer) {
    text_add(answer, "[", 1);
    for (int number = 1; number <= last_number; number++) {
        if (titles[number] == NULL) continue;
        if (answer->bytes[answer->length - 1] == '}') text_add(answer, ",", 1);
        add_summary(answer, number);
    }
    text_add(answer, "]", 1);
}

void list_attempts(struct text *answer) {
    text_add(answer, "[", 1);
    for (int number = 1; number <= last_number; number++) {
        if (titles[number] == NULL) continue;
        text_format(answer, "%s{\"number\":%d,\"title\":", answer->bytes[answer->length - 1] == '}' ? "," : "", number);
        text_quote_string(answer, titles[number]);
        text_format(answer, ",\"variants\":[");
        for (const struct variant *at = NULL; (at = next_variant(number, at)) != NULL;) {
            if (answer->bytes[answer->length - 1] == '"') text_add(answer, ",", 1);
            text_quote_string(answer, at->name);
        }
        text_format(answer, "]}");
    }
    text_add(answer, "]", 1);
}
