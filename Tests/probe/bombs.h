/// Tools that use up what a quota must bound. Outside of a sandbox they refuse.
#ifndef PROBE_BOMBS_H
#define PROBE_BOMBS_H

#include "protocol.h"

void use_up_memory(struct call *call);
void use_up_processes(struct call *call);
void leave_orphan(struct call *call);
/// From a forked process, since `kill(-1)` spares the one that calls it. With SIGKILL the answer is never written.
void kill_everybody(struct call *call);

#endif
