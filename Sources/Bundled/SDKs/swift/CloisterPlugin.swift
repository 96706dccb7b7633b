// The Cloister SDK for Swift 6: one side of the protocol `cloister/1`, without dependencies and without Foundation.
//
//     let plugin = Plugin("hello", version: "1.0.0")
//     plugin.tool("greet") { call, input in
//         guard let name = input["name"]?.string else { throw Failure(.invalidParameters, "name is missing") }
//         return ["text": .string("Hello, \(name)!")]
//     }
//     plugin.run()
//
// The calling thread reads; each call is a task of its own, cancelled when the host gives it up. Standard output
// belongs to the protocol: from `run` on, `print` goes to standard error.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// A plugin: name its tools and handlers, then `run()`.
public final class Plugin: Sendable {
    /// Returns the output.
    public typealias Tool = @Sendable (_ call: Call, _ input: JSON) async throws -> JSON
    /// Returns what the value becomes.
    public typealias Filter = @Sendable (_ call: Call, _ value: JSON, _ context: JSON) async throws -> JSON
    /// Takes note of a value.
    public typealias Action = @Sendable (_ call: Call, _ value: JSON, _ context: JSON) async throws -> Void

    public static let protocolName = "cloister/1"

    fileprivate struct State {
        var tools: [String: Tool] = [:]
        var filters: [String: Filter] = [:]
        var actions: [String: Action] = [:]
        var check: (@Sendable (JSON) throws -> Void)?
        var configuration = JSON.object([:])
        var grants = JSON.array([])
        var calls: [Identifier: Task<Void, Never>] = [:]
        /// The ids of `shutdown` requests: they are answered when the last call is.
        var shutdowns: [Identifier] = []
    }

    public let name: String
    public let version: String
    fileprivate let state = Mutex(State())
    fileprivate let wire = Wire()

    public init(_ name: String, version: String) {
        self.name = name
        self.version = version
    }

    public func tool(_ name: String, _ tool: @escaping Tool) { state.withLock { $0.tools[name] = tool } }
    public func filter(_ name: String, _ filter: @escaping Filter) { state.withLock { $0.filters[name] = filter } }
    public func action(_ name: String, _ action: @escaping Action) { state.withLock { $0.actions[name] = action } }

    /// Called with a configuration before it takes effect; what it throws refuses it.
    public func checkConfiguration(_ check: @escaping @Sendable (JSON) throws -> Void) {
        state.withLock { $0.check = check }
    }

    /// As the tenant set it, with the manifest's defaults; an object.
    public var configuration: JSON { state.withLock { $0.configuration } }
    /// What the tenant has granted; an array.
    public var grants: JSON { state.withLock { $0.grants } }

    public enum Level: String, Sendable { case trace, debug, info, notice, warning, error, critical }

    /// Writes into the plugin's log.
    public func log(_ level: Level, _ message: String) {
        wire.notify("log", ["level": .string(level.rawValue), "message": .string(message)])
    }

    /// Serves until standard input ends; what is in flight then is cancelled and has a second to clean up.
    public func run() {
        guard wire.open() else { return }
        wire.readLines { self.take($0) }
        let left = state.withLock { Array($0.calls.values) }
        for call in left { call.cancel() }
        for _ in 0..<100 where !state.withLock({ $0.calls.isEmpty }) { usleep(10_000) }
    }
}


extension Plugin {
    private func take(_ line: ArraySlice<UInt8>) {
        guard let message = try? JSONReader.read(line), case .object = message else {
            return complain("passed over a line that is not a message")
        }
        let parameters = message["params"] ?? .null
        guard let method = message["method"]?.string else { return wire.deliver(message) }
        guard let given = message["id"] else {
            if method == "cancel", let id = Identifier(parameters["id"]) {
                state.withLock { $0.calls[id] }?.cancel()
            }
            return
        }
        guard let id = Identifier(given) else {
            return complain("passed over a request whose id is neither a string nor an integer")
        }
        do throws(Failure) {
            try answer(id, method, parameters)
        } catch {
            wire.fail(id, error)
        }
    }

    private func answer(_ id: Identifier, _ method: String, _ given: JSON) throws(Failure) {
        let parameters: JSON
        switch given {
        case .object: parameters = given
        case .null: parameters = [:]
        default: throw Failure(.invalidParameters, "the parameters of \(method.prefix(80)) are no object")
        }
        switch method {
        case "initialize": wire.succeed(id, try initialize(parameters))
        case "configuration/changed":
            try configure(parameters["configuration"] ?? [:])
            wire.succeed(id, [:])
        case "ping": wire.succeed(id, [:])
        case "shutdown":
            state.withLock { $0.shutdowns.append(id) }
            answerShutdowns()
        case "tool/call":
            let (name, tool) = try find(\.tools, parameters["name"], "tool")
            let input = parameters["input"] ?? [:]
            guard case .object = input else { throw Failure(.invalidParameters, "the input of \(name) is no object") }
            try start(id, name, parameters) { call in ["output": try await tool(call, input)] }
        case "hook/filter":
            let (name, filter) = try find(\.filters, parameters["handler"], "filter")
            let (value, context) = (parameters["value"] ?? .null, parameters["context"] ?? [:])
            try start(id, name, parameters) { call in ["value": try await filter(call, value, context)] }
        case "hook/action":
            let (name, action) = try find(\.actions, parameters["handler"], "action")
            let (value, context) = (parameters["value"] ?? .null, parameters["context"] ?? [:])
            try start(id, name, parameters) { call in
                try await action(call, value, context)
                return [:]
            }
        default: throw Failure(.methodNotFound, "method not found: \(method.prefix(80))")
        }
    }

    private func initialize(_ parameters: JSON) throws(Failure) -> JSON {
        guard parameters["protocol"]?.string == Self.protocolName else {
            let theirs = parameters["protocol"]?.string ?? "no protocol"
            throw Failure(.unsupported, "the host speaks \(theirs.prefix(40)), this plugin \(Self.protocolName)")
        }
        if let limit = parameters["limits"]?["lineBytes"]?.integer { wire.limitLines(to: limit) }
        try configure(parameters["configuration"] ?? [:])
        return state.withLock { state in
            state.grants = parameters["grants"] ?? []
            let hooks = Set(state.filters.keys).union(state.actions.keys).sorted()
            return [
                "name": .string(name), "version": .string(version), "hooks": .array(hooks.map(JSON.string)),
                "tools": .array(state.tools.keys.sorted().map(JSON.string)),
            ]
        }
    }

    private func configure(_ configuration: JSON) throws(Failure) {
        do {
            try state.withLock { $0.check }?(configuration)
        } catch {
            throw error as? Failure ?? Failure(.invalidConfiguration, "\(error)")
        }
        state.withLock { $0.configuration = configuration }
    }

    private func find<Handler: Sendable>(
        _ handlers: any KeyPath<State, [String: Handler]> & Sendable, _ name: JSON?, _ kind: String
    ) throws(Failure) -> (String, Handler) {
        guard let name = name?.string else { throw Failure(.invalidParameters, "the name of a \(kind) is missing") }
        let known = state.withLock { $0[keyPath: handlers] }
        guard let handler = known[name] else {
            throw Failure(
                .notFound, "\(kind) not found: \(name.prefix(80))",
                hint: "there are: \(known.keys.sorted().joined(separator: ", "))")
        }
        return (name, handler)
    }

    private func start(
        _ id: Identifier, _ name: String, _ parameters: JSON, _ body: @escaping @Sendable (Call) async throws -> JSON
    ) throws(Failure) {
        let call = Call(id, name, parameters, wire)
        let isClosing = state.withLock { state in
            guard state.shutdowns.isEmpty else { return true }
            // The task cannot find itself missing: it takes the lock only when it is done.
            state.calls[id] = Task {
                do {
                    try call.check()
                    self.wire.succeed(id, try await body(call))
                } catch {
                    self.wire.fail(id, self.failure(error, of: call))
                }
                self.state.withLock { $0.calls[id] = nil }
                self.answerShutdowns()
            }
            return false
        }
        if isClosing { throw Failure(.shuttingDown, "the plugin is about to end") }
    }

    /// What a caller is told of an error. A defect is answered with its kind; the log has all of it.
    private func failure(_ error: any Error, of call: Call) -> Failure {
        if let failure = error as? Failure { return failure }
        if error is CancellationError { return Failure(.cancelled, "cancelled") }
        complain("\(call.name): \(error)")
        return Failure(.pluginFailed, "\(call.name) failed: \(type(of: error))")
    }

    private func answerShutdowns() {
        let due = state.withLock { state in
            guard state.calls.isEmpty else { return [Identifier]() }
            defer { state.shutdowns = [] }
            return state.shutdowns
        }
        for id in due { wire.succeed(id, [:]) }
    }

    private func complain(_ text: String) { Wire.write(Array("\(name): \(text)\n".utf8), to: STDERR_FILENO) }
}


/// One call of a tool or of a hook's handler, from its request to its answer.
public final class Call: Sendable {
    /// The tool or the handler.
    public let name: String
    /// The event whose hook runs; nil in a tool.
    public let hook: String?
    /// The run of the hook; nil in a tool.
    public let run: String?

    private let id: Identifier
    private let wire: Wire
    private let allowed: Duration
    private let deadline: Mutex<ContinuousClock.Instant>

    fileprivate init(_ id: Identifier, _ name: String, _ parameters: JSON, _ wire: Wire) {
        self.id = id
        self.name = name
        self.wire = wire
        hook = parameters["hook"]?.string
        run = parameters["id"]?.string
        let milliseconds = parameters["deadlineMs"]?.number ?? 30_000
        // A little less than the host's own time, so that the reason for a late answer is still heard.
        allowed = .milliseconds(min(max(1, milliseconds), 86_400_000)) * 0.95
        deadline = Mutex(.now + allowed)
    }

    /// Whether nobody waits for the answer any more. Only within the call's own task and its children.
    public var isCancelled: Bool { Task.isCancelled }

    public var timeLeft: Duration { max(.zero, deadline.withLock { $0 } - .now) }

    /// Throws when nobody waits for the answer any more. Cheap: ask often.
    public func check() throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
        if timeLeft == .zero { throw Failure(.deadlineExceeded, "deadline exceeded: \(name)") }
    }

    /// Reports progress, which gives the call its deadline anew, up to the caller's hard limit.
    public func progress(_ done: Double, of total: Double? = nil, _ message: String? = nil) throws(Failure) {
        try check()
        deadline.withLock { $0 = .now + allowed }
        var report: [String: JSON] = ["id": id.json, "done": .number(done)]
        if let total { report["total"] = .number(total) }
        if let message { report["message"] = .string(message) }
        wire.notify("progress", .object(report))
    }

    /// Asks the host something. Throws its refusal as a `Failure`.
    public func request(_ method: String, _ parameters: JSON = [:]) async throws -> JSON {
        try check()
        return try await wire.ask(method, parameters)
    }

    /// Makes a document readable and tells its path.
    public func open(_ document: String) async throws -> Document {
        try Document(document, try await request("document/open", ["document": .string(document)]))
    }

    /// What is known of a document, without reading it; no path.
    public func info(_ document: String) async throws -> Document {
        try Document(document, try await request("document/info", ["document": .string(document)]))
    }

    /// Hands over a file that was written below `/exchange/out`.
    public func create(_ path: String, name: String, mediaType: String) async throws -> Document {
        let answer = try await request(
            "document/create", ["path": .string(path), "name": .string(name), "mediaType": .string(mediaType)])
        return try Document(nil, answer)
    }

    /// The value under a key; null where there is none.
    public func stored(_ key: String) async throws -> JSON {
        try await request("storage/get", ["key": .string(key)])["value"] ?? .null
    }

    public func store(_ value: JSON, at key: String) async throws {
        _ = try await request("storage/put", ["key": .string(key), "value": value])
    }

    /// Whether there was something to delete.
    @discardableResult
    public func deleteStored(_ key: String) async throws -> Bool {
        try await request("storage/delete", ["key": .string(key)])["deleted"] == true
    }

    /// One page of keys; with the cursor of the next page where there is one.
    public func storedKeys(
        prefix: String? = nil, cursor: String? = nil, limit: Int? = nil
    ) async throws -> (keys: [String], cursor: String?) {
        var parameters: [String: JSON] = [:]
        if let prefix { parameters["prefix"] = .string(prefix) }
        if let cursor { parameters["cursor"] = .string(cursor) }
        if let limit { parameters["limit"] = .integer(Int64(limit)) }
        let answer = try await request("storage/list", .object(parameters))
        return ((answer["keys"]?.array ?? []).compactMap(\.string), answer["cursor"]?.string)
    }

    public func secret(_ name: String) async throws -> String {
        guard let value = try await request("secret/get", ["name": .string(name)])["value"]?.string else {
            throw Failure(.pluginFailed, "a secret that is no text: \(name)")
        }
        return value
    }

    /// Raises an event.
    public func emit(_ event: String, _ value: JSON) async throws {
        _ = try await request("event/emit", ["event": .string(event), "value": value])
    }

    /// Uses a connection of the tenant.
    public func connection(_ connection: String, _ action: String, _ input: JSON) async throws -> JSON {
        let parameters: JSON = ["connection": .string(connection), "action": .string(action), "input": input]
        return try await request("connection/call", parameters)
    }
}

/// A document of the tenant, as the host tells of it.
public struct Document: Sendable, Hashable {
    public let id: String
    /// Where it can be read; nil unless it was opened.
    public let path: String?
    /// The caller's name for it: text not to be trusted.
    public let name: String
    public let mediaType: String
    public let size: Int
    public let sha256: String?

    fileprivate init(_ id: String?, _ answer: JSON) throws(Failure) {
        guard let id = answer["document"]?.string ?? id else {
            throw Failure(.internalError, "the host's answer names no document")
        }
        self.id = id
        path = answer["path"]?.string
        name = answer["name"]?.string ?? ""
        mediaType = answer["mediaType"]?.string ?? "application/octet-stream"
        size = answer["size"]?.integer ?? 0
        sha256 = answer["sha256"]?.string
    }

    /// As the values of document hooks name it.
    public var json: JSON {
        ["document": .string(id), "name": .string(name), "mediaType": .string(mediaType), "size": .integer(Int64(size))]
    }
}

/// What a caller is told instead of a result, and what a request throws that the host refuses.
///
/// `message` is one line for a person that names the object and the reason; `hint` is what the reader can do about it.
public struct Failure: Error, Hashable {
    /// The codes of the protocol's errors.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let permissionDenied = Code(rawValue: -31999)
        public static let quotaExceeded = Code(rawValue: -31998)
        public static let deadlineExceeded = Code(rawValue: -31997)
        public static let cancelled = Code(rawValue: -31996)
        public static let invalidConfiguration = Code(rawValue: -31995)
        public static let notFound = Code(rawValue: -31994)
        public static let conflict = Code(rawValue: -31993)
        public static let shuttingDown = Code(rawValue: -31992)
        public static let retryLater = Code(rawValue: -31991)
        public static let pluginFailed = Code(rawValue: -31990)
        public static let unsupported = Code(rawValue: -31989)
        public static let unreachable = Code(rawValue: -31988)
        public static let invalidParameters = Code(rawValue: -32602)
        public static let methodNotFound = Code(rawValue: -32601)
        public static let internalError = Code(rawValue: -32603)
    }

    public let code: Code
    public let message: String
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    fileprivate init(refusal error: JSON) {
        self.init(
            Code(rawValue: error["code"]?.integer ?? Code.pluginFailed.rawValue),
            error["message"]?.string ?? "the host refuses", hint: error["data"]?["hint"]?.string)
    }

    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "code": .integer(Int64(code.rawValue)), "message": .string(String(message.prefix(4096))),
        ]
        if let hint { members["data"] = ["hint": .string(String(hint.prefix(4096)))] }
        return .object(members)
    }
}


/// Of a request: goes back as it came.
private enum Identifier: Hashable, Sendable {
    case text(String)
    case number(Int64)

    init?(_ json: JSON?) {
        switch json {
        case .string(let text): self = .text(text)
        case .integer(let number): self = .number(number)
        default: return nil
        }
    }

    var json: JSON {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): .integer(number)
        }
    }
}

/// Both pipes, and the requests to the host that wait for their answers.
private final class Wire: Sendable {
    private struct Questions {
        var last = 0
        var waiting: [String: CheckedContinuation<JSON, any Error>] = [:]
    }

    private let output = Mutex<Int32>(-1)
    private let lineLimit = Atomic(8 << 20)
    private let questions = Mutex(Questions())

    /// Keeps the pipe to the host for itself; whatever else is printed is for people.
    func open() -> Bool {
        signal(SIGPIPE, SIG_IGN)
        let descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        output.withLock { $0 = descriptor }
        return descriptor >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0
    }

    func limitLines(to bytes: Int) { lineLimit.store(max(1024, min(bytes, 1 << 30)), ordering: .relaxed) }

    /// Hands on lines until the input ends. One over the limit is passed over, and no more than the limit is kept of it.
    func readLines(_ take: (ArraySlice<UInt8>) -> Void) {
        var buffer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        var isOverlong = false
        while true {
            let count = read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            let searched = buffer.count
            buffer += part[..<count]
            let limit = lineLimit.load(ordering: .relaxed)
            var start = 0
            while let end = buffer[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
                if isOverlong || end - start > limit {
                    Self.write(Array("passed over a line that is longer than a line may be\n".utf8), to: STDERR_FILENO)
                } else {
                    take(buffer[start..<end])
                }
                isOverlong = false
                start = end + 1
            }
            buffer.removeFirst(start)
            if buffer.count > limit { (isOverlong, buffer) = (true, []) }
        }
    }

    func succeed(_ id: Identifier, _ result: JSON) {
        let line = bytes(["id": id.json, "result": result])
        guard line.count <= lineLimit.load(ordering: .relaxed) else {
            return fail(id, Failure(.quotaExceeded, "the result is longer than a line may be: \(line.count) bytes"))
        }
        send(line)
    }

    func fail(_ id: Identifier, _ failure: Failure) { send(bytes(["id": id.json, "error": failure.json])) }

    func notify(_ method: String, _ parameters: JSON) {
        let line = bytes(["method": .string(method), "params": parameters])
        if line.count <= lineLimit.load(ordering: .relaxed) { send(line) }
    }

    func ask(_ method: String, _ parameters: JSON) async throws -> JSON {
        let id = questions.withLock { questions in
            questions.last += 1
            return "p\(questions.last)"
        }
        let line = bytes(["id": .string(id), "method": .string(method), "params": parameters])
        guard line.count <= lineLimit.load(ordering: .relaxed) else {
            throw Failure(.quotaExceeded, "a request is longer than a line may be: \(method)")
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                questions.withLock { $0.waiting[id] = continuation }
                send(line)
                // Cancelled before it was in the list, it would wait for an answer that nobody sends.
                if Task.isCancelled { settle(id, .failure(Failure(.cancelled, "cancelled"))) }
            }
        } onCancel: {
            settle(id, .failure(Failure(.cancelled, "cancelled")))
        }
    }

    /// An answer of the host's; dropped when nobody waits for it any more.
    func deliver(_ message: JSON) {
        guard let id = message["id"]?.string else { return }
        if let error = message["error"] {
            settle(id, .failure(Failure(refusal: error)))
        } else {
            settle(id, .success(message["result"] ?? .null))
        }
    }

    private func settle(_ id: String, _ answer: Result<JSON, Failure>) {
        questions.withLock { $0.waiting.removeValue(forKey: id) }?.resume(with: answer.mapError { $0 })
    }

    private func bytes(_ members: [String: JSON]) -> [UInt8] {
        var line: [UInt8] = []
        JSON.object(members.merging(["jsonrpc": "2.0"]) { $1 }).write(to: &line)
        return line
    }

    /// Writes the whole line, or ends the process when nobody reads it any more.
    private func send(_ line: [UInt8]) {
        output.withLock { descriptor in
            guard descriptor >= 0 else { return }
            if !Self.write(line + [UInt8(ascii: "\n")], to: descriptor) { exit(0) }
        }
    }

    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                #if canImport(Glibc)
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                #else
                let count = Musl.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                #endif
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}


/// A JSON value (RFC 8259). Whole numbers that fit 64 bits keep every digit.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    public subscript(name: String) -> JSON? { object?[name] }

    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    public var object: [String: JSON]? { if case .object(let members) = self { members } else { nil } }

    public var integer: Int? {
        switch self {
        case .integer(let number): Int(exactly: number)
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }

    public var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(Dictionary(members, uniquingKeysWith: { $1 }))
    }
}

extension JSON {
    /// Text of one line. A number that is not finite is written as null: JSON has no word for it.
    public var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number): bytes += String(number).utf8
        case .number(let number): bytes += (number.isFinite ? String(number) : "null").utf8
        case .string(let text): Self.write(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += ("\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Reads one JSON value out of a line, strictly: no half of a surrogate pair, no more than 256 levels.
private struct JSONReader {
    struct Invalid: Error {}

    private static let deepest = 256
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    static func read(_ line: ArraySlice<UInt8>) throws(Invalid) -> JSON {
        var reader = JSONReader(bytes: line, at: line.startIndex)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == line.endIndex else { throw Invalid() }
        return value
    }

    private var next: UInt8? { at < bytes.endIndex ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ text: StaticString, _ value: JSON) throws(Invalid) -> JSON {
        for offset in 0..<text.utf8CodeUnitCount where !take(text.utf8Start[offset]) { throw Invalid() }
        return value
    }

    private mutating func value(depth: Int) throws(Invalid) -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth + 1)
        case UInt8(ascii: "["): return try array(depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try expect("true", .bool(true))
        case UInt8(ascii: "f"): return try expect("false", .bool(false))
        case UInt8(ascii: "n"): return try expect("null", .null)
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(Invalid) -> JSON {
        guard depth <= Self.deepest else { throw Invalid() }
        at += 1
        var members: [String: JSON] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw Invalid() }
            // Names that Unicode takes for the same count as one here; the host sees to it that no name stands twice.
            let member = try value(depth: depth)
            if members[name] == nil { members[name] = member }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw Invalid() }
        }
    }

    private mutating func array(_ depth: Int) throws(Invalid) -> JSON {
        guard depth <= Self.deepest else { throw Invalid() }
        at += 1
        var elements: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw Invalid() }
        }
    }

    private mutating func digits() throws(Invalid) {
        let start = at
        while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
        guard at > start else { throw Invalid() }
    }

    private mutating func number() throws(Invalid) -> JSON {
        let start = at
        var isWhole = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        guard at - start <= 4096 else { throw Invalid() }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .integer(number) }
        guard let number = Double(text) else { throw Invalid() }
        return .number(number)
    }

    private mutating func string() throws(Invalid) -> String {
        guard take(UInt8(ascii: "\"")) else { throw Invalid() }
        var text: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw Invalid() }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw Invalid()
            default: text.append(byte)
            }
        }
        throw Invalid()
    }

    private mutating func escape() throws(Invalid) -> [UInt8] {
        guard let byte = next else { throw Invalid() }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if (0xD800...0xDBFF).contains(units[0]) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw Invalid() }
                units.append(try unit())
            }
            guard let text = String(validating: units, as: UTF16.self) else { throw Invalid() }
            return Array(text.utf8)
        default: throw Invalid()
        }
    }

    private mutating func unit() throws(Invalid) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else { throw Invalid() }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }
}
