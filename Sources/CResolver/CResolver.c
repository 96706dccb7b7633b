#define _GNU_SOURCE
#include "CResolver.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>

// `_res` belongs to the thread. Changed as it is here, glibc leaves it alone and no longer looks whether resolv.conf is
// another; so it is made anew each time.
static int prepare(uint32_t address, uint16_t port) {
    if (_res.options & RES_INIT) res_nclose(&_res);
    if (res_ninit(&_res) != 0) return -1;
    _res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
    if (_res.retrans > 2) _res.retrans = 2;
    if (_res.retry > 2) _res.retry = 2;
    if (port != 0) {
        _res.nscount = 1;
        _res.nsaddr_list[0] =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    }
    return 0;
}

int cloister_look_up(const char *name, uint16_t server, struct addrinfo **found) {
    if (prepare(INADDR_LOOPBACK, server) != 0) return EAI_AGAIN;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    return getaddrinfo(name, NULL, &hints, found);
}

int cloister_query(const char *name, int type, uint32_t address, uint16_t port, unsigned char *answer, int size) {
    if (prepare(address, port) != 0) return -1;
    int length = res_nquery(&_res, name, C_IN, type, answer, size);
    if (length >= 0) return length < size ? length : size;
    return _res.res_h_errno == HOST_NOT_FOUND || _res.res_h_errno == NO_DATA ? 0 : -1;
}
