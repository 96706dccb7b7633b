#ifndef CLOISTER_CRESOLVER_H
#define CLOISTER_CRESOLVER_H

// Looking names up with settings of the calling thread's own. Apart from CLinux, which sealed programs are linked with.

#include <netdb.h>
#include <stdint.h>

// getaddrinfo(3) for a stream to `name` as it stands: no search domain is appended to it, and a name server that is silent
// is given up after two tries of two seconds, or sooner where resolv.conf(5) says so. With a `server` other than 0 the
// name server on that port of 127.0.0.1 is asked alone. Blocks. Returns 0, or an error for gai_strerror(3).
int cloister_look_up(const char *name, uint16_t server, struct addrinfo **found);

// Asks for the records of one type (RFC 1035 section 3.2.2) of `name` as it stands, and writes the whole answer, as it came,
// to `answer`. `address` (in host order) and `port` name the server; with port 0 it is the system's. Blocks, within the
// bounds above. Returns the answer's length, 0 where the name or the type is not there, -1 where no server gave an answer.
int cloister_query(const char *name, int type, uint32_t address, uint16_t port, unsigned char *answer, int size);

#endif
