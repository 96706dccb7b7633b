package import Model
package import NIOCore

/// The messages of one `tool/call`, made and read without re-encoding what only passes through.
package enum ToolCall {
    /// `{"deadlineMs":…,"idempotencyKey":…,"input":…,"name":…}` around an input that is already valid JSON. `key` is of
    /// letters and digits.
    package static func parameters(tool: String, input: ByteBuffer, deadline: Duration, key: String? = nil) -> ByteBuffer {
        var name: [UInt8] = []
        JSONValue.write(tool, to: &name)
        var buffer = ByteBufferAllocator().buffer(capacity: input.readableBytes + name.count + 48)
        buffer.writeStaticString("{\"deadlineMs\":")
        buffer.writeString(String(deadline.milliseconds))
        if let key { buffer.writeString(",\"idempotencyKey\":\"\(key)\"") }
        buffer.writeStaticString(",\"input\":")
        buffer.writeImmutableBuffer(input)
        buffer.writeStaticString(",\"name\":")
        buffer.writeBytes(name)
        buffer.writeStaticString("}")
        return buffer
    }

    /// The `output` member of a plugin's answer, as the bytes that it sent; `pluginFailed` when there is none.
    package static func output(of answer: ByteBuffer, tool: String) throws(Problem) -> ByteBuffer {
        let range: Range<Int>? = answer.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            var output: Range<Int>?
            try? scanner.members(depth: 0) { (scanner, key) throws(JSONFault) in
                let value = try scanner.value(depth: 1)
                if key.equals("output", in: bytes) { output = value }
            }
            return output
        }
        guard let range, let output = answer.getSlice(at: answer.readerIndex + range.lowerBound, length: range.count)
        else {
            throw Problem(
                .pluginFailed, "tool \(tool): the answer has no `output`",
                hint: "a plugin answers `tool/call` with {\"output\": …}")
        }
        return output
    }
}
