/// Ways to misbehave, chosen by the program's arguments: `cloister-probe MODE [ARGUMENT] [start|initialize|call]`.
#ifndef PROBE_MODES_H
#define PROBE_MODES_H

#include "text.h"

enum moment { never, on_start, on_initialize, on_call };

/// False when there is no such mode.
bool choose_mode(int count, char **arguments);
/// Does what the chosen mode does at this moment; true when nothing more is to be answered to `id`.
bool misbehave(enum moment moment, struct slice id);

#endif
