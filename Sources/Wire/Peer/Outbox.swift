import NIOCore

/// What is on its way to the other side: the batch that is being filled, and the bytes that the channel still holds.
///
/// Messages are written straight into one buffer, which goes out once per turn of the event loop and is then used
/// again.
struct Outbox {
    /// A payload from this size on is handed over as it is instead of being copied into the batch.
    static let sharedPayloadBytes = 32 << 10
    /// A flush of at most so much, to a channel that has room, is taken for written: what the channel may hold of such
    /// flushes is less than its high water mark, and counting them would cost a promise each.
    private static let uncountedBytes = 32 << 10
    /// A larger buffer is given back after use, for a connection is idle most of the time.
    private static let keptBytes = 64 << 10

    struct Size {
        var bytes = 0
        var replyBytes = 0
    }

    var batch = ByteBuffer()
    private var unflushed = Size()
    private var held = Size()

    var hasUnflushed: Bool { unflushed.bytes > 0 }
    var queuedBytes: Int { unflushed.bytes + held.bytes }
    /// The bytes of answers among them.
    var replyBytes: Int { unflushed.replyBytes + held.replyBytes }

    /// Counts what was appended to the batch or written past it.
    mutating func add(bytes: Int, isReply: Bool) {
        unflushed.bytes += bytes
        if isReply { unflushed.replyBytes += bytes }
    }

    /// The batch, to be sent now.
    mutating func takeBatch() -> ByteBuffer {
        defer { batch = ByteBuffer() }
        return batch
    }

    /// What the next flush hands to the channel. Stays counted until `release`, unless nil is returned.
    mutating func hold(hasRoom: Bool) -> Size? {
        let size = unflushed
        unflushed = Size()
        guard !hasRoom || size.bytes > Self.uncountedBytes else { return nil }
        held.bytes += size.bytes
        held.replyBytes += size.replyBytes
        return size
    }

    mutating func release(_ size: Size) {
        held.bytes -= size.bytes
        held.replyBytes -= size.replyBytes
    }

    /// Takes a buffer back that was sent, unless there is a new one already.
    mutating func reuse(_ sent: consuming ByteBuffer) {
        guard batch.storageCapacity == 0, sent.storageCapacity <= Self.keptBytes else { return }
        // Allocates only where the channel could not write all of it and holds on to it.
        sent.clear(minimumCapacity: 0)
        batch = sent
    }
}
