import Model
import NIOCore
import Wire

/// The messages of one handler's turn, made and read without re-encoding the value that passes through.
enum HookMessage {
    /// `{"context":…,"deadlineMs":…,"handler":…,"hook":…,"id":…,"value":…}`.
    static func parameters(
        event: String, handler: String, run: HookRun, value: ByteBuffer, deadline: Duration
    ) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: value.readableBytes + run.context.readableBytes + 192)
        buffer.writeStaticString("{\"context\":")
        buffer.writeImmutableBuffer(run.context)
        buffer.writeStaticString(",\"deadlineMs\":")
        buffer.writeString(String(deadline.milliseconds))
        // Names of handlers, events and runs have no character that JSON would escape.
        buffer.writeStaticString(",\"handler\":\"")
        buffer.writeString(handler)
        buffer.writeStaticString("\",\"hook\":\"")
        buffer.writeString(event)
        buffer.writeStaticString("\",\"id\":\"")
        buffer.writeString(run.id)
        buffer.writeStaticString("\",\"value\":")
        buffer.writeImmutableBuffer(value)
        buffer.writeStaticString("}")
        return buffer
    }

    /// The `value` of a filter's answer, as the bytes that it sent.
    static func value(of answer: ByteBuffer, from handler: HookRegistry.Handler) throws(Problem) -> ByteBuffer {
        let range: Range<Int>? = answer.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            var found: Range<Int>?
            try? scanner.members(depth: 0) { (scanner, key) throws(JSONFault) in
                let value = try scanner.value(depth: 1)
                if key.equals("value", in: bytes) { found = value }
            }
            return found
        }
        guard let range, let value = answer.getSlice(at: answer.readerIndex + range.lowerBound, length: range.count) else {
            throw Problem(
                .pluginFailed, "handler \(handler): the answer has no `value`",
                hint: "a plugin answers `hook/filter` with {\"value\": …}")
        }
        return value
    }
}

/// Which run a handler's turn belongs to.
struct HookRun: Sendable {
    /// Deepest event that may be raised by a handler of another.
    static let depthLimit = 8

    let id: String
    /// The run that began it all.
    let root: String
    let depth: Int
    /// What handlers are told beside the value: JSON.
    let context: ByteBuffer

    init(tenant: TenantID, raisedBy origin: PluginID? = nil, below parent: (root: String, depth: Int)? = nil) {
        id = "r" + String(UInt64.random(in: .min ... .max), radix: 16)
        root = parent?.root ?? id
        depth = parent.map { $0.depth + 1 } ?? 0
        let value: JSONValue = [
            "depth": JSONValue(depth), "raisedBy": .string(origin?.rawValue ?? "host"), "tenant": .string(tenant.rawValue),
        ]
        context = ByteBuffer(bytes: value.bytes)
    }
}
