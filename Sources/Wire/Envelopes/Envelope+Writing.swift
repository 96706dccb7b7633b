package import NIOCore

extension Envelope {
    /// Appends the message as one line with its `\n`. Payloads must be valid JSON texts.
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .request(let id, let method, let parameters):
            buffer.writeRequestHead(id, method: method)
            buffer.writeRequestTail(parameters)
        case .notification(let method, let parameters):
            buffer.writeRequestHead(nil, method: method)
            buffer.writeRequestTail(parameters)
        case .result(let id, let result):
            buffer.writeResultHead(id)
            buffer.writePayload(result)
            buffer.writeMessageEnd()
        case .failure(let id, let error):
            buffer.writeFailure(id, error)
        }
    }
}

/// The pieces of messages, so that a writer can put a large payload between them without copying it.
extension ByteBuffer {
    mutating func writeRequestHead(_ id: MessageID?, method: String) {
        if let id {
            writeStaticString(#"{"jsonrpc":"2.0","id":"#)
            writeIdentifier(id)
            writeStaticString(#","method":"#)
        } else {
            writeStaticString(#"{"jsonrpc":"2.0","method":"#)
        }
        writeJSONText(method)
    }

    fileprivate mutating func writeRequestTail(_ parameters: ByteBuffer?) {
        if let parameters {
            writeStaticString(#","params":"#)
            writePayload(parameters)
        }
        writeMessageEnd()
    }

    mutating func writeResultHead(_ id: MessageID) {
        writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        writeIdentifier(id)
        writeStaticString(#","result":"#)
    }

    mutating func writeFailure(_ id: MessageID?, _ error: RemoteError) {
        writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        if let id { writeIdentifier(id) } else { writeStaticString("null") }
        writeStaticString(#","error":"#)
        error.write(to: &self)
        writeMessageEnd()
    }

    mutating func writeMessageEnd() {
        writeStaticString("}\n")
    }

    /// A JSON text on one line: the line feeds in it, which JSON allows only between tokens, become spaces.
    mutating func writePayload(_ payload: ByteBuffer) {
        let start = writerIndex
        writeImmutableBuffer(payload)
        guard payload.holdsLineFeed else { return }
        withVeryUnsafeMutableBytes { bytes in
            for index in start..<(start + payload.readableBytes) where bytes[index] == 0x0A { bytes[index] = 0x20 }
        }
    }

    private mutating func writeIdentifier(_ id: MessageID) {
        switch id {
        case .integer(let value): writeDecimal(value)
        case .string(let text): writeJSONText(text)
        }
    }
}
