import Glibc
import Synchronization

/// One side of `cloister/1`: the calling thread reads messages, each tool call is a task of its own.
final class Session: Sendable {
    private struct InFlight {
        var calls: [String: Task<Void, Never>] = [:]
        /// The ids of `shutdown` requests: they are answered when the last call is.
        var shutdowns: [String] = []
    }

    private let name: String
    private let version: String
    private let tool: @Sendable (Call) throws(Failure) -> String
    private let inFlight = Mutex(InFlight())
    private let output = Mutex(())

    /// `tool` returns its output as JSON.
    init(name: String, version: String, tool: @escaping @Sendable (Call) throws(Failure) -> String) {
        self.name = name
        self.version = version
        self.tool = tool
    }

    /// Returns when stdin ends; what is in flight then is abandoned.
    func run() {
        var buffer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            let searched = buffer.count
            buffer += part[..<count]
            var start = 0
            while let end = buffer[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
                take(buffer[start..<end])
                start = end + 1
            }
            buffer.removeFirst(start)
        }
    }

    private func take(_ line: ArraySlice<UInt8>) {
        guard let message = try? JSONReader.read(line) else { return fail("null", Failure(.parseError, "a line is not JSON")) }
        guard case .object = message else { return fail("null", Failure(.invalidRequest, "a message is an object")) }
        guard let method = message["method"]?.string else { return }
        let parameters = message["params"] ?? .object([:])
        guard let id = message["id"] else {
            if method == "cancel" { cancel(parameters) }
            return
        }
        guard let identifier = id.identifier else {
            return fail("null", Failure(.invalidRequest, "an id is a string or an integer"))
        }
        do throws(Failure) {
            try answer(identifier, method, parameters)
        } catch {
            fail(identifier, error)
        }
    }

    private func answer(_ identifier: String, _ method: String, _ parameters: JSON) throws(Failure) {
        switch method {
        case "tool/call": start(try Call(parameters), identifier)
        case "initialize":
            guard parameters["protocol"]?.string == "cloister/1" else {
                let theirs = parameters["protocol"]?.string ?? "none"
                throw Failure(.unsupported, "protocol not supported: \(theirs.prefix(40)) (this plugin speaks cloister/1)")
            }
            let tools = JSON.quoted(Call.tool)
            succeed(identifier, "{\"name\":\"\(name)\",\"version\":\"\(version)\",\"hooks\":[],\"tools\":[\(tools)]}")
        case "ping", "configuration/changed": succeed(identifier, "{}")
        case "shutdown":
            inFlight.withLock { $0.shutdowns.append(identifier) }
            answerShutdowns()
        default: throw Failure(.unknownMethod, "method not found: \(method.prefix(80))")
        }
    }

    private func start(_ call: Call, _ identifier: String) {
        // Under the lock the task is known before it can end.
        inFlight.withLock { inFlight in
            inFlight.calls[identifier] = Task.detached { [self] in
                do throws(Failure) {
                    try call.check()
                    succeed(identifier, "{\"output\":\(try tool(call))}")
                } catch {
                    fail(identifier, error)
                }
                self.inFlight.withLock { $0.calls[identifier] = nil }
                answerShutdowns()
            }
        }
    }

    private func answerShutdowns() {
        let due = inFlight.withLock { inFlight in
            guard inFlight.calls.isEmpty else { return [String]() }
            defer { inFlight.shutdowns = [] }
            return inFlight.shutdowns
        }
        for identifier in due { succeed(identifier, "{}") }
    }

    private func cancel(_ parameters: JSON) {
        guard let identifier = parameters["id"]?.identifier else { return }
        inFlight.withLock { $0.calls[identifier]?.cancel() }
    }

    private func succeed(_ identifier: String, _ result: String) {
        send("{\"jsonrpc\":\"2.0\",\"id\":\(identifier),\"result\":\(result)}\n")
    }

    private func fail(_ identifier: String, _ failure: Failure) {
        send("{\"jsonrpc\":\"2.0\",\"id\":\(identifier),\"error\":\(failure.json)}\n")
    }

    /// Writes the whole line, or ends the process when nobody reads it any more.
    private func send(_ line: String) {
        let bytes = Array(line.utf8)
        output.withLock { _ in
            bytes.withUnsafeBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = write(STDOUT_FILENO, bytes.baseAddress! + written, bytes.count - written)
                    if count < 0, errno == EINTR { continue }
                    if count <= 0 { exit(0) }
                    written += count
                }
            }
        }
    }
}
