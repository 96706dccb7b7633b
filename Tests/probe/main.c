#include "modes.h"
#include "protocol.h"

#include <signal.h>
#include <unistd.h>

int main(int count, char **arguments) {
    // A closed stdout is found out by the write that fails.
    signal(SIGPIPE, SIG_IGN);
    if (!choose_mode(count, arguments)) {
        static const char usage[] = "cloister-probe: unknown mode (none, or one that modes.c lists)\n";
        return write(STDERR_FILENO, usage, sizeof usage - 1) < 0 ? 1 : 64;
    }
    misbehave(on_start, (struct slice){0});
    serve();
}
