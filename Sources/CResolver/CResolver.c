#define _GNU_SOURCE
#include "CResolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>

int cloister_look_up(const char *name, uint16_t server, struct addrinfo **found) {
    // `_res` belongs to the thread. Changed as it is below, glibc leaves it alone and no longer looks whether resolv.conf
    // is another; so it is made anew each time.
    if (_res.options & RES_INIT) res_nclose(&_res);
    if (res_ninit(&_res) != 0) return EAI_AGAIN;
    _res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
    if (_res.retrans > 2) _res.retrans = 2;
    if (_res.retry > 2) _res.retry = 2;
    if (server != 0) {
        _res.nscount = 1;
        _res.nsaddr_list[0] = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons(server), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    return getaddrinfo(name, NULL, &hints, found);
}
