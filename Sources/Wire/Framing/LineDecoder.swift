package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Cuts a stream of bytes into lines that end with `\n`, and with nothing else.
///
/// A line that lies within one chunk is a slice of it, without a copy. No line of more than `limit` bytes is ever held:
/// the excess is noticed before the bytes are stored, so what is kept never exceeds `limit` and the chunk at hand.
package struct LineDecoder {
    package let limit: Int
    private var chunk = ByteBuffer()
    /// The beginning of a line whose end has not come; holds no `\n`.
    private var partial = ByteBuffer()
    private var violation: ProtocolViolation?

    /// `limit` is the longest line in bytes, without its `\n`.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Adds what was read. Free of copies where the lines before were taken out with `next`.
    package mutating func append(_ bytes: ByteBuffer) {
        guard violation == nil else { return }
        if chunk.readableBytes == 0 {
            chunk = bytes
        } else {
            chunk.writeImmutableBuffer(bytes)
        }
    }

    /// The next whole line without its `\n`, or nil until more bytes come.
    ///
    /// Throws `lineTooLong` as soon as a line cannot end within the limit, and from then on at every call.
    package mutating func next() throws(ProtocolViolation) -> ByteBuffer? {
        if let violation { throw violation }
        guard chunk.readableBytes > 0 else { return nil }
        let end = chunk.withUnsafeReadableBytes { (bytes) -> Int? in
            guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else { return nil }
            return UnsafeRawPointer(found) - base
        }
        let length = end ?? chunk.readableBytes
        guard partial.readableBytes + length <= limit else { throw refuse(length) }
        guard end != nil else {
            partial.writeBuffer(&chunk)
            chunk = ByteBuffer()
            return nil
        }
        let rest = chunk.readSlice(length: length)
        chunk.moveReaderIndex(forwardBy: 1)
        // An empty chunk must not keep its storage from being read into again.
        if chunk.readableBytes == 0 { chunk = ByteBuffer() }
        guard partial.readableBytes > 0 else { return rest }
        var line = partial
        partial = ByteBuffer()
        if let rest { line.writeImmutableBuffer(rest) }
        return line
    }

    /// What stays when the stream ends within a line.
    package var unfinished: ByteBuffer? {
        partial.readableBytes > 0 && violation == nil ? partial : nil
    }

    /// `length` is how much of the line the chunk holds.
    private mutating func refuse(_ length: Int) -> ProtocolViolation {
        var start = partial.getSlice(at: partial.readerIndex, length: min(partial.readableBytes, 256)) ?? ByteBuffer()
        if let more = chunk.getSlice(at: chunk.readerIndex, length: min(length, 256)) {
            start.writeImmutableBuffer(more)
        }
        let violation = ProtocolViolation(.lineTooLong(limit: limit), quoting: start)
        self.violation = violation
        chunk = ByteBuffer()
        partial = ByteBuffer()
        return violation
    }
}
