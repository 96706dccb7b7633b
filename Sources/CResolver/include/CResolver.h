#ifndef CLOISTER_CRESOLVER_H
#define CLOISTER_CRESOLVER_H

// Looking names up with settings of the calling thread's own. Apart from CLinux, which sealed programs are linked with.

#include <netdb.h>
#include <stdint.h>

// getaddrinfo(3) for a stream to `name` as it stands: no search domain is appended to it, and a name server that is silent
// is given up after two tries of two seconds, or sooner where resolv.conf(5) says so. With a `server` other than 0 the
// name server on that port of 127.0.0.1 is asked alone. Blocks. Returns 0, or an error for gai_strerror(3).
int cloister_look_up(const char *name, uint16_t server, struct addrinfo **found);

#endif
