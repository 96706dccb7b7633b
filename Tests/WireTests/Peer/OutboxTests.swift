import NIOCore
import Testing

@testable import Wire

struct OutboxTests {
    private func send(_ bytes: Int, through outbox: inout Outbox) {
        outbox.batch.writeRepeatingByte(0x20, count: bytes)
        outbox.add(bytes: bytes, isReply: false)
        let batch = outbox.takeBatch()
        outbox.flushed()
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

    @Test func `bytes count until the channel has taken all`() {
        var outbox = Outbox()
        outbox.add(bytes: 10, isReply: false)
        outbox.add(bytes: 5, isReply: true)
        #expect(outbox.queuedBytes == 15 && outbox.replyBytes == 5 && outbox.hasUnflushed)
        outbox.flushed()
        #expect(outbox.queuedBytes == 15 && outbox.replyBytes == 5 && !outbox.hasUnflushed)
        outbox.add(bytes: 1, isReply: true)
        outbox.channelTookAll()
        #expect(outbox.queuedBytes == 1 && outbox.replyBytes == 1)
    }
}
