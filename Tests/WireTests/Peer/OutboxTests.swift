import NIOCore
import Testing

@testable import Wire

struct OutboxTests {
    private func send(_ bytes: Int, through outbox: inout Outbox) {
        outbox.batch.writeRepeatingByte(0x20, count: bytes)
        outbox.add(bytes: bytes, isReply: false)
        let batch = outbox.takeBatch()
        _ = outbox.hold(hasRoom: true)
        outbox.reuse(batch)
    }

    @Test func `the buffer of one batch is the buffer of the next`() {
        var outbox = Outbox()
        send(1000, through: &outbox)
        #expect(outbox.batch.storageCapacity >= 1000)
        #expect(outbox.batch.readableBytes == 0)
    }

    @Test func `a large buffer is given back`() {
        var outbox = Outbox()
        send(1 << 20, through: &outbox)
        #expect(outbox.batch.storageCapacity == 0)
    }

    @Test func `a buffer that the channel still holds is left to it`() {
        var outbox = Outbox()
        outbox.batch.writeString("first")
        let held = outbox.takeBatch()
        outbox.reuse(held)
        outbox.batch.writeString("second")
        #expect(held == ByteBuffer(string: "first"))
    }

    @Test func `bytes count until the channel has written them`() throws {
        var outbox = Outbox()
        outbox.add(bytes: 10, isReply: false)
        outbox.add(bytes: 5, isReply: true)
        #expect(outbox.queuedBytes == 15 && outbox.replyBytes == 5 && outbox.hasUnflushed)
        let held = outbox.hold(hasRoom: false)
        #expect(outbox.queuedBytes == 15 && outbox.replyBytes == 5 && !outbox.hasUnflushed)
        outbox.add(bytes: 1, isReply: true)
        outbox.release(try #require(held))
        #expect(outbox.queuedBytes == 1 && outbox.replyBytes == 1)
    }

    @Test func `little that goes to a channel with room is taken for written, much is not`() {
        var outbox = Outbox()
        outbox.add(bytes: 1000, isReply: true)
        let little = outbox.hold(hasRoom: true)
        #expect(little?.bytes == nil)
        #expect(outbox.queuedBytes == 0 && outbox.replyBytes == 0)
        outbox.add(bytes: 100_000, isReply: true)
        let much = outbox.hold(hasRoom: true)
        #expect(much?.bytes == 100_000)
        #expect(outbox.queuedBytes == 100_000 && outbox.replyBytes == 100_000)
    }
}
