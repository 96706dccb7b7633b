#ifndef CLOISTER_CSQLITE_H
#define CLOISTER_CSQLITE_H

// SQLite's settings of the whole process, which Swift cannot call: they take what arguments they like.

// Lets SQLite allocate without counting: what it counts is kept under one lock for all connections (sqlite.org/malloc.html,
// section 3.1), which hundreds of databases that are written at once would wait for. Nothing that asks for the count, and no
// limit of the heap, works after it. To be called before the first database is opened; later it has no effect.
void cloister_sqlite_count_nothing(void);

#endif
