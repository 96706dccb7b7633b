#include "attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/// AF_UNIX, AF_INET and AF_INET6 are the three that the default profile serves.
static bool is_served(int family) { return family == AF_UNIX || family == AF_INET || family == AF_INET6; }

static void open_families(struct finding *finding, unsigned long high_half) {
    static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
    for (int family = 0; family <= 45; family++) {
        if (is_served(family)) continue;
        for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
            char name[48];
            snprintf(name, sizeof name, "family %d, kind %d", family, kinds[index]);
            unsigned long arguments[6] = {(unsigned long)family | high_half, (unsigned long)kinds[index], 0};
            expect(finding, name, call_apart(SYS_socket, arguments));
        }
    }
}

static void open_each_family(struct finding *finding) { open_families(finding, 0); }
static void open_with_high_bits(struct finding *finding) { open_families(finding, 1UL << 32); }

static void open_pairs(struct finding *finding) {
    static int pair[2];
    for (int family = 0; family <= 45; family++) {
        if (family == AF_UNIX) continue;
        char name[24];
        snprintf(name, sizeof name, "family %d", family);
        unsigned long arguments[6] = {(unsigned long)family, SOCK_STREAM, 0, (unsigned long)pair};
        expect_words(finding, is_served(family) ? "EOPNOTSUPP EAFNOSUPPORT EPERM" : finding->expected, name,
            call_apart(SYS_socketpair, arguments));
    }
}

static void open_served(struct finding *finding) {
    static const unsigned long local[6] = {AF_UNIX, SOCK_STREAM}, four[6] = {AF_INET, SOCK_STREAM}, six[6] = {AF_INET6, SOCK_STREAM};
    expect(finding, "AF_UNIX", call_apart(SYS_socket, local));
    expect(finding, "AF_INET", call_apart(SYS_socket, four));
    // A kernel booted with ipv6.disable=1 has no such family.
    expect_words(finding, "success EAFNOSUPPORT", "AF_INET6", call_apart(SYS_socket, six));
}

static void open_raw(struct finding *finding) {
    static const unsigned long raw[][6] = {
        {AF_INET, SOCK_RAW, 1}, {AF_INET, SOCK_RAW, 255}, {AF_INET6, SOCK_RAW, 58}, {AF_INET, SOCK_PACKET, 0x300}};
    for (size_t index = 0; index < sizeof raw / sizeof *raw; index++)
        expect(finding, "a raw socket", call_apart(SYS_socket, raw[index]));
}

/// Asks for a route only: a datagram socket's connect sends nothing, so that the attempt harms nobody outside of a sandbox.
static void find_route(struct finding *finding, int family, const char *address) {
    struct sockaddr_storage storage = {.ss_family = (sa_family_t)family};
    struct sockaddr_in *four = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&storage;
    four->sin_port = htons(53);
    inet_pton(family, address, family == AF_INET ? (void *)&four->sin_addr : (void *)&six->sin6_addr);
    int sock = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0) return expect_words(finding, "EAFNOSUPPORT", "socket", result_word(sock));
    socklen_t length = family == AF_INET ? sizeof *four : sizeof *six;
    expect(finding, address, result_word(connect(sock, (struct sockaddr *)&storage, length)));
    close(sock);
}

static void find_routes(struct finding *finding) {
    static const char *const fours[] = {"192.0.2.1", "198.51.100.7", "1.1.1.1", "8.8.8.8", "10.0.0.1", "10.0.2.2", "172.17.0.1",
        "192.168.1.1", "169.254.169.254", "100.100.100.200", "224.0.0.1", "255.255.255.255"};
    static const char *const sixes[] = {"2001:db8::1", "2606:4700:4700::1111", "fd00::1", "fd00:ec2::254", "::ffff:192.0.2.1",
        "64:ff9b::c000:201"};
    for (size_t index = 0; index < sizeof fours / sizeof *fours; index++) find_route(finding, AF_INET, fours[index]);
    for (size_t index = 0; index < sizeof sixes / sizeof *sixes; index++) find_route(finding, AF_INET6, sixes[index]);
}

static void connect_streams(struct finding *finding) {
    static const int protocols[] = {IPPROTO_TCP, 262 /* MPTCP */, IPPROTO_SCTP};
    for (size_t index = 0; index < sizeof protocols / sizeof *protocols; index++) {
        int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocols[index]);
        if (sock < 0) continue;
        // TEST-NET-1 (RFC 5737): nobody answers there.
        struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(0xc0000201)}};
        expect(finding, "connect", result_word(connect(sock, (struct sockaddr *)&there, sizeof there)));
        expect_words(finding, "ENETUNREACH EACCES EPERM ENOTCONN EPIPE EOPNOTSUPP", "fast open",
            result_word(sendto(sock, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&there, sizeof there)));
        close(sock);
    }
}

static void look_at_interfaces(struct finding *finding) {
    char line[512];
    FILE *interfaces = fopen("/proc/self/net/dev", "re");
    for (int number = 0; interfaces && fgets(line, sizeof line, interfaces); number++) {
        char name[32] = "";
        if (number < 2 || sscanf(line, " %31[^:]:", name) != 1) continue;
        // A kernel with the modules loaded gives every new namespace its idle tunnel devices.
        expect_fact(finding, words_contain("lo tunl0 gre0 gretap0 erspan0 sit0 ip6tnl0 ip6gre0 ip_vti0 ip6_vti0", name),
            "interface %s", name);
    }
    if (interfaces) fclose(interfaces);
    say(finding, interfaces ? "lo" : "nothing to read");
}

static void expect_empty_table(struct finding *finding, const char *path, int headings) {
    char line[512], last[100] = "";
    int lines = 0;
    FILE *table = fopen(path, "re");
    while (table && fgets(line, sizeof line, table)) {
        lines++;
        snprintf(last, sizeof last, "%.90s", line);
    }
    if (table) fclose(table);
    last[strcspn(last, "\n")] = '\0';
    expect_fact(finding, lines <= headings, "%s: %s", path, last);
}

static void look_at_tables(struct finding *finding) {
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6", "raw", "packet", "unix", "arp", "route"};
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/net/%s", tables[index]);
        expect_empty_table(finding, path, 1);
    }
    say(finding, "empty");
}

static void open_netlink(struct finding *finding) {
    for (unsigned long protocol = 0; protocol <= 22; protocol++) {
        for (unsigned long kind = SOCK_DGRAM; kind <= SOCK_RAW; kind++) {
            char name[32];
            snprintf(name, sizeof name, "protocol %lu", protocol);
            unsigned long arguments[6] = {AF_NETLINK, kind | SOCK_CLOEXEC, protocol};
            expect(finding, name, call_apart(SYS_socket, arguments));
        }
    }
}

static long connect_local(const char *name, size_t length, int kind) {
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    memcpy(there.sun_path, name, length);
    int sock = socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0) return -1;
    long result = connect(sock, (struct sockaddr *)&there, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    int error = errno;
    close(sock);
    errno = error;
    return result;
}

static void connect_abstract(struct finding *finding) {
    static const char *const names[] = {"/tmp/.X11-unix/X0", "/tmp/dbus-0", "/containerd-shim/x", "/org/kernel/linux/storage/multipathd",
        "cloister", "/run/systemd/notify"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        char name[100] = "";
        size_t length = (size_t)snprintf(name + 1, sizeof name - 1, "%s", names[index]) + 1;
        expect(finding, names[index], result_word(connect_local(name, length, SOCK_STREAM)));
        expect(finding, names[index], result_word(connect_local(name, length, SOCK_DGRAM)));
    }
}

static void list_abstract(struct finding *finding) {
    char line[512];
    FILE *sockets = fopen("/proc/self/net/unix", "re");
    while (sockets && fgets(line, sizeof line, sockets)) {
        const char *name = strchr(line, '@');
        if (name) expect_fact(finding, false, "%.60s", name);
    }
    if (sockets) fclose(sockets);
    say(finding, "none");
}

static void connect_daemons(struct finding *finding) {
    static const char *const paths[] = {"/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
        "/run/podman/podman.sock", "/run/systemd/private", "/run/systemd/notify", "/run/systemd/journal/socket",
        "/run/systemd/journal/stdout", "/run/systemd/resolve/io.systemd.Resolve", "/run/dbus/system_bus_socket",
        "/var/run/dbus/system_bus_socket", "/run/user/1000/bus", "/run/user/1000/systemd/private", "/run/cloister/control.sock",
        "/var/lib/cloister/control.sock", "/run/nscd/socket", "/run/snapd.socket", "/run/udev/control", "/dev/log",
        "/tmp/.X11-unix/X0", "/run/lvm/lvmpolld.socket", "/run/acpid.socket", "/run/crio/crio.sock"};
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        expect(finding, paths[index], result_word(connect_local(paths[index], strlen(paths[index]) + 1, SOCK_STREAM)));
        struct stat status;
        expect(finding, paths[index], result_word(stat(paths[index], &status)));
    }
}

static void look_for_ipc(struct finding *finding) {
    struct shm_info memory = {0};
    struct msginfo queues = {0};
    struct seminfo semaphores = {0};
    if (shmctl(0, SHM_INFO, (struct shmid_ds *)&memory) >= 0)
        expect_fact(finding, memory.used_ids == 0, "%d shared memory segments", memory.used_ids);
    if (msgctl(0, MSG_INFO, (struct msqid_ds *)&queues) >= 0)
        expect_fact(finding, queues.msgpool == 0, "%d message queues", queues.msgpool);
    if (semctl(0, 0, SEM_INFO, &semaphores) >= 0)
        expect_fact(finding, semaphores.semusz == 0, "%d semaphore sets", semaphores.semusz);
    say(finding, "none");
}

static void attach_ipc(struct finding *finding) {
    for (int number = 0; number < 16; number++) {
        expect(finding, "shmat", result_word(shmat(number, NULL, SHM_RDONLY) == (void *)-1 ? -1 : 0));
        expect(finding, "shmget", result_word(shmget(0x1000 + number, 0, 0)));
        expect(finding, "msgget", result_word(msgget(0x1000 + number, 0)));
        expect(finding, "semget", result_word(semget(0x1000 + number, 0, 0)));
    }
}

static void open_queues(struct finding *finding) {
    static const char *const names[] = {"cloister", "cloister-probe", "queue", "test"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        expect(finding, names[index], result_word(syscall(SYS_mq_open, names[index], O_RDONLY, 0, NULL)));
    static const char *const folders[] = {"/dev/shm", "/dev/mqueue", "/run/shm", "/dev/hugepages"};
    for (size_t index = 0; index < sizeof folders / sizeof *folders; index++) {
        struct stat status;
        expect(finding, folders[index], result_word(stat(folders[index], &status)));
    }
}

/// A stream that is a pipe cannot carry descriptors at all, and no fourth one is open.
static void pass_descriptors(struct finding *finding) {
    for (int target = 0; target <= 3; target++) {
        char byte = ' ', space[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec part = {&byte, 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &target, sizeof target);
        char name[24];
        snprintf(name, sizeof name, "over %d", target);
        // Descriptor 3 is this attempt's own way back to the probe: skipped where it is a pipe.
        struct stat status;
        if (target == 3 && fstat(3, &status) == 0 && S_ISFIFO(status.st_mode)) continue;
        expect(finding, name, result_word(sendmsg(target, &message, MSG_DONTWAIT | MSG_NOSIGNAL)));
    }
}

static const struct variant variants[] = {
    LOOK(15, "each", "EAFNOSUPPORT", open_each_family),
    LOOK(15, "high-bits", "EAFNOSUPPORT", open_with_high_bits),
    LOOK(15, "pairs", "EAFNOSUPPORT", open_pairs),
    LOOK(15, "raw", "EPERM or EACCES or EPROTONOSUPPORT or ESOCKTNOSUPPORT or EAFNOSUPPORT", open_raw),
    LOOK(15, "served-work", "success", open_served),
    LOOK(37, "routes", "ENETUNREACH or EADDRNOTAVAIL or EACCES or EPERM", find_routes),
    LOOK(37, "streams", "ENETUNREACH or EACCES or EPERM", connect_streams),
    LOOK(37, "interfaces", "lo alone", look_at_interfaces),
    LOOK(40, "connect", "ECONNREFUSED or EPERM or EACCES", connect_abstract),
    LOOK(40, "list", "none", list_abstract),
    LOOK(41, "connect", "ENOENT", connect_daemons),
    LOOK(43, "list", "none", look_for_ipc),
    LOOK(43, "attach", "ENOENT or EINVAL or EIDRM or EPERM or ENOSYS", attach_ipc),
    LOOK(43, "queues", "ENOENT or EPERM or ENOSYS", open_queues),
    LOOK(44, "rights", "ENOTSOCK or EBADF", pass_descriptors),
    LOOK(45, "netlink", "EAFNOSUPPORT", open_netlink),
    LOOK(45, "tables", "empty", look_at_tables),
};

struct variants network_variants(void) { return (struct variants){variants, sizeof variants / sizeof *variants}; }
