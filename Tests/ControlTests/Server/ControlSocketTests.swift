import Glibc
import Logging
import Model
import NIOPosix
import Testing

@testable import Control

private func mode(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
}

struct ControlSocketTests {
    @Test func `the file is a socket for its owner and its group, whatever the umask`() throws {
        for mask in [0, 0o022, 0o077, 0o777] as [mode_t] {
            let folder = try Folder()
            let before = umask(mask)
            defer { umask(before) }
            let path = folder.path + "/control.sock"
            let socket = try ControlSocket.bind(path: path)
            #expect(mode(of: path) == S_IFSOCK | 0o660)
            _ = consume socket
            #expect(mode(of: path) == nil)
        }
    }

    @Test func `the file is born with less than its final mode`() throws {
        let folder = try Folder()
        let before = umask(0)
        defer { umask(before) }
        let listener = try ControlSocket.makeListener(at: folder.path + "/control.sock")
        #expect(mode(of: folder.path + "/control.sock") == S_IFSOCK | 0o600)
        _ = consume listener
    }

    @Test(.enabled(if: getuid() == 0)) func `the file belongs to the group that is named`() throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let name = try #require(AccountNames.name(ofGroup: 1))
        let socket = try ControlSocket.bind(path: path, group: name)
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_gid == 1)
        #expect(status.st_uid == getuid())
        _ = consume socket
    }

    @Test func `a group that does not exist is a mistake of the configuration`() throws {
        let folder = try Folder()
        let problem = #expect(throws: Problem.self) {
            _ = try ControlSocket.bind(path: folder.path + "/control.sock", group: "no-such-group")
        }
        #expect(problem?.code == .invalidConfiguration)
        #expect(problem?.message == "group not found: no-such-group")
        #expect(mode(of: folder.path + "/control.sock") == nil)
    }

    @Test func `a socket that a dead daemon left behind is replaced`() throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let dead = try ControlSocket.makeListener(at: path)
        _ = consume dead
        #expect(mode(of: path) != nil)
        let socket = try ControlSocket.bind(path: path)
        #expect(throws: Never.self) { _ = try RawClient(path) }
        _ = consume socket
    }

    @Test func `a second daemon is refused and the first keeps its socket`() throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let first = try ControlSocket.bind(path: path)
        let problem = #expect(throws: Problem.self) { _ = try ControlSocket.bind(path: path) }
        #expect(problem?.code == .conflict)
        #expect(problem?.hint != nil)
        #expect(throws: Never.self) { _ = try RawClient(path) }
        _ = consume first
    }

    @Test func `a socket of someone who knows no lock is refused too`() throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let stranger = try ControlSocket.makeListener(at: path)
        let problem = #expect(throws: Problem.self) { _ = try ControlSocket.bind(path: path) }
        #expect(problem?.code == .conflict)
        #expect(problem?.message == "another process already listens on \(path)")
        _ = consume stranger
    }

    @Test func `a file that is no socket is left alone`() throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        close(open(path, O_WRONLY | O_CREAT, 0o600))
        let problem = #expect(throws: Problem.self) { _ = try ControlSocket.bind(path: path) }
        #expect(problem?.code == .conflict)
        #expect(mode(of: path) == S_IFREG | 0o600)
    }

    @Test func `the socket of a later daemon is not removed`() throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let first = try ControlSocket.bind(path: path)
        unlink(path)
        let later = try ControlSocket.makeListener(at: path)
        _ = consume first
        #expect(mode(of: path) != nil)
        _ = consume later
    }

    @Test(arguments: ["", String(repeating: "a", count: 108), "/tmp/with\0zero"])
    func `a path that no socket can have is refused`(path: String) {
        let problem = #expect(throws: Problem.self) { try withUnixAddress(of: path) { _, _ in } }
        #expect(problem?.code == .invalidConfiguration)
    }

    @Test func `a folder that does not exist is a mistake of the configuration`() {
        let problem = #expect(throws: Problem.self) { _ = try ControlSocket.bind(path: "/nonexistent/control.sock") }
        #expect(problem?.code == .invalidConfiguration)
    }

    @Test(.timeLimit(.minutes(1))) func `a socket that someone else bound is served and its file left`() async throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let inherited = try ControlSocket.makeListener(at: path).release()
        let server = try await ControlServer.start(
            on: try ControlSocket.inherited(descriptor: inherited), group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, handler: ScriptedHandler { _, _, _ in .empty },
            state: { .ready })
        async let running: Void = server.run()
        _ = try await ControlClient.withConnection(to: path) { try await $0.send(.status) }
        await server.drain(within: .zero)
        await running
        #expect(mode(of: path) != nil)
    }

    @Test func `a descriptor that does not listen is refused`() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        #expect(throws: Problem.self) { _ = try ControlSocket.inherited(descriptor: ends[0]) }
        #expect(throws: Problem.self) { _ = try ControlSocket.inherited(descriptor: 9999) }
    }

    @Test(arguments: [
        (ENOENT, Problem.Code.unreachable, "cloister serve"), (ECONNREFUSED, .unreachable, "cloister serve"),
        (EACCES, .permissionDenied, "usermod -aG"), (EAGAIN, .retryLater, "again"),
    ])
    func `a connection that fails says what to do`(error: Int32, code: Problem.Code, hint: String) {
        let problem = ConnectedSocket.problem(error, "/run/cloister/control.sock")
        #expect(problem.code == code)
        #expect(problem.hint?.contains(hint) == true)
        #expect(problem.message.contains("/run/cloister/control.sock"))
    }
}
