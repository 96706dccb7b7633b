import NIOCore

/// An answer's body as it comes, up to its end.
enum AnswerBody {
    case counted(Int64)
    case chunked(BodyReader, ByteBuffer = ByteBuffer())
    /// The end of the connection is its end.
    case untilEnd

    var isDone: Bool {
        switch self {
        case .counted(let left): left == 0
        case .chunked(let reader, _): reader.isDone
        case .untilEnd: false
        }
    }

    var endsWithConnection: Bool { if case .untilEnd = self { true } else { false } }

    /// What of the bytes belongs to the body, as the child gets it; chunks are written anew. What comes behind the end is
    /// dropped.
    mutating func take(_ bytes: ByteBuffer) throws(Refusal) -> ByteBuffer {
        switch self {
        case .counted(let left):
            let count = Int(min(left, Int64(bytes.readableBytes)))
            self = .counted(left - Int64(count))
            return bytes.getSlice(at: bytes.readerIndex, length: count)!
        case .chunked(var reader, var pending):
            // Held here alone, so that it grows in place.
            self = .untilEnd
            pending.writeImmutableBuffer(bytes)
            var output = ByteBuffer()
            try reader.read(&pending, into: &output)
            self = .chunked(reader, pending)
            return output
        case .untilEnd: return bytes
        }
    }
}
