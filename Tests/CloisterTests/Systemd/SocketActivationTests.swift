import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Testing

@testable import cloister

/// A daemon that is handed its sockets, as the service manager does it (sd_listen_fds(3)).
@Suite(.serialized, .timeLimit(.minutes(5))) struct SocketActivationTests {
    /// Listens, says where, waits until it is told to go on, and becomes the daemon with those sockets.
    private static let activator = """
        import fcntl, os, socket, sys
        names, path, go = sys.argv[1:4]
        tcp = socket.create_server(("127.0.0.1", 0))
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(path)
        unix.listen()
        print(tcp.getsockname()[1], flush=True)
        open(go).read()
        high = [fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, 20) for each in (tcp, unix)]
        os.closerange(3, 20)
        for place, descriptor in enumerate(high): os.dup2(descriptor, 3 + place)
        os.closerange(20, 64)
        os.environ.update(LISTEN_FDS="2", LISTEN_FDNAMES=names, LISTEN_PID=str(os.getpid()))
        os.execv(sys.argv[4], sys.argv[4:])
        """

    private static func start(_ folder: String, names: String, more: String = "") throws -> (run: CommandRun, go: String, socket: String) {
        let (configuration, go, socket) = (folder + "/cloister.yaml", folder + "/go", folder + "/handed.sock")
        try FileCopy.write("data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\n\(more)", to: configuration)
        guard mkfifo(go, 0o600) == 0 else { throw Problem(.internalFault, "no pipe") }
        let run = try CommandRun(
            ["serve", "--config", configuration], folder: folder,
            wrapper: ["/usr/bin/python3", "-I", "-S", "-c", activator, names, socket, go])
        return (run, go, socket)
    }

    private static func letGo(_ go: String) async throws {
        try await aside {
            let descriptor = open(go, O_WRONLY)
            close(descriptor)
        }
    }

    private static func port(_ run: CommandRun) async throws -> Int {
        let isThere = await eventually { run.output.contains("\n") }
        return try #require(isThere ? run.output.split(separator: "\n").first.flatMap { Int($0) } : nil, "\(run.errors)")
    }

    @Test func `who comes before the daemon does is served by it, on the sockets that it was handed`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let (run, go, socket) = try Self.start(folder, names: "http:control")
            let port = try await Self.port(run)
            // Nobody reads this yet.
            let early = try RawHTTP.connect(port: port)
            defer { close(early) }
            RawHTTP.send(Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8), to: early)
            try await Self.letGo(go)
            let first = try HTTPReply(try await aside { RawHTTP.receive(from: early) })
            #expect(first.status == 200, "\(first.text)")
            let status = try await ControlClient.withConnection(to: socket) { try await $0.send(.status, deadline: .seconds(60)) }
            #expect(try JSONValue.parse(Array(status.readableBytesView))["tenants"] == 0)
            // Many at a time, and one that stays open until the daemon ends.
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let bytes = try await aside {
                            try RawHTTP.exchange(Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8), port: port)
                        }
                        return try HTTPReply(bytes).status
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
            let kept = try RawHTTP.connect(port: port)
            defer { close(kept) }
            RawHTTP.send(Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), to: kept)
            // It is answered before the daemon is told to end.
            _ = try await aside {
                var byte: UInt8 = 0
                return recv(kept, &byte, 1, Int32(MSG_PEEK))
            }
            async let last = aside { RawHTTP.receive(from: kept) }
            kill(run.process, SIGTERM)
            let end = try await run.outcome
            #expect(end.status == 0, "\(end)")
            #expect(try HTTPReply(try await last).status == 200)
            // It is the service manager's, who hands it to the next one.
            #expect(access(socket, F_OK) == 0)
            #expect(throws: Problem.self) { try RawHTTP.connect(port: port) }
        }
    }

    @Test(arguments: [
        ("https:control", "the socket https needs a certificate"), ("other:control", "without use: \"other\""),
    ])
    func `what cannot be served is said at the start`(names: String, message: String) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let (run, go, _) = try Self.start(folder, names: names)
            _ = try await Self.port(run)
            try await Self.letGo(go)
            let end = try await run.outcome
            #expect(end.status != 0 && end.status != nil && end.errors.contains(message), "\(end)")
        }
    }
}
