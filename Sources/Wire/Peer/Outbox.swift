import NIOCore

/// What is on its way to the other side: the batch that is being filled, and the bytes that the channel may still hold.
///
/// Messages are written straight into one buffer, which goes out once per turn of the event loop and is then used again.
/// A channel is taken to hold nothing while it is writable, for then it is less than its low water mark's few kilobytes,
/// and all that was handed over since otherwise: a bound that costs no promise per flush.
struct Outbox {
    /// A payload from this size on is handed over as it is instead of being copied into the batch.
    static let sharedPayloadBytes = 32 << 10
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

    /// The channel has what was counted; until `channelTookAll` it may hold all of it.
    mutating func flushed() {
        held.bytes += unflushed.bytes
        held.replyBytes += unflushed.replyBytes
        unflushed = Size()
    }

    mutating func channelTookAll() {
        held = Size()
    }

    /// Takes a buffer back that was sent, unless there is a new one already.
    mutating func reuse(_ sent: consuming ByteBuffer) {
        guard batch.storageCapacity == 0, sent.storageCapacity <= Self.keptBytes else { return }
        // Allocates only where the channel could not write all of it and holds on to it.
        sent.clear(minimumCapacity: 0)
        batch = sent
    }
}
