#include "CSQLite.h"

#include <sqlite3.h>

void cloister_sqlite_count_nothing(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
