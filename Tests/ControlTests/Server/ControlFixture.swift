import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Synchronization

@testable import Control

/// A control server on a socket in a folder of its own, with a handler that a test writes as a closure.
struct ControlFixture {
    typealias Handle = @Sendable (ControlRequest, ControlCaller, ControlStream) async throws -> ControlReply

    let path: String
    let server: ControlServer
    let handler: ScriptedHandler
    let log: LogBook

    static func with(
        limits: ControlServer.Limits = ControlServer.Limits(), state: @escaping @Sendable () -> DaemonState = { .ready },
        handle: @escaping Handle = { _, _, _ in .empty }, _ body: (ControlFixture) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let path = folder.path + "/control.sock"
        let handler = ScriptedHandler(handle)
        let log = LogBook()
        let server = try await ControlServer.start(
            on: try ControlSocket.bind(path: path), group: MultiThreadedEventLoopGroup.singleton, limits: limits,
            logger: Logger(label: "test") { _ in LogBook.Handler(book: log) }, handler: handler, state: state)
        async let running: Void = server.run()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(ControlFixture(path: path, server: server, handler: handler, log: log)))
        } catch {
            outcome = .failure(error)
        }
        await server.drain(within: .zero)
        await running
        try outcome.get()
    }

    func call(_ request: ControlRequest, deadline: Duration? = .seconds(20)) async throws -> JSONValue {
        let bytes = try await ControlClient.withConnection(to: path) { try await $0.send(request, deadline: deadline) }
        return try JSONValue.parse(Array(bytes.readableBytesView))
    }
}

/// Answers with a closure and counts what runs.
final class ScriptedHandler: ControlHandler {
    struct Counts {
        var requests = 0
        var running = 0
        var mostRunning = 0
        var cancelled = 0
        var ended: [ControlCaller] = []
    }

    private let script: ControlFixture.Handle
    private let counts = Mutex(Counts())

    init(_ script: @escaping ControlFixture.Handle) { self.script = script }

    var seen: Counts { counts.withLock { $0 } }

    func handle(
        _ request: ControlRequest, from caller: ControlCaller, stream: ControlStream
    ) async throws -> ControlReply {
        counts.withLock { counts in
            counts.requests += 1
            counts.running += 1
            counts.mostRunning = max(counts.mostRunning, counts.running)
        }
        defer {
            counts.withLock { counts in
                counts.running -= 1
                if Task.isCancelled { counts.cancelled += 1 }
            }
        }
        return try await script(request, caller, stream)
    }

    func connectionEnded(_ caller: ControlCaller) async { counts.withLock { $0.ended.append(caller) } }
}

/// Waits until the condition holds; false after 20 seconds.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

/// A folder that goes away with its last user.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/cloister-control-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Problem(.internalFault, "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["control.sock", "control.sock.lock"] { unlink(path + "/" + name) }
        rmdir(path)
    }
}

/// What was logged.
final class LogBook: Sendable {
    struct Entry: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let written = Mutex<[Entry]>([])

    var entries: [Entry] { written.withLock { $0 } }

    struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?
        var logLevel = Logger.Level.trace

        init(book: LogBook) { self.book = book }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
            book.written.withLock {
                $0.append(Entry(level: event.level, message: event.message.description, metadata: metadata))
            }
        }
    }
}
