import HostTesting
import Model
import Store
import Synchronization
import Testing

@testable import Tenancy

/// Mails to single persons, of which none lies on disk.
@Suite(.timeLimit(.minutes(2))) struct PersonalMailTests {
    /// A host that takes mails only while its gate is open.
    final class Gate: MailTransport {
        private struct State {
            var isOpen = false
            var waiting: [CheckedContinuation<Void, Never>] = []
            var begun = 0
            var taken: [String] = []
        }
        private let state = Mutex(State())
        var sender: EmailAddress? { try? EmailAddress("cloister@host.example") }
        var begun: Int { state.withLock { $0.begun } }
        var taken: [String] { state.withLock { $0.taken } }

        func send(_ message: MailMessage) async throws(Problem) {
            await withCheckedContinuation { continuation in
                let goes = state.withLock { state in
                    state.begun += 1
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if goes { continuation.resume() }
            }
            state.withLock { $0.taken.append(message.recipient.text) }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    @Test func `what was taken is sent, a few at once, and what is too much is refused and not forgotten`() async throws {
        try await NotificationFixture.with { (fixture) async throws in
            let gate = Gate()
            let mails = PersonalMails(fixture.store, gate)
            for number in 0..<PersonalMails.mostTaken {
                let mail = PersonalMail(to: try EmailAddress("p\(number)@example.com"), subject: "x", text: "x")
                try await mails.accept { try? await mails.handOver(mail, of: nil) }
            }
            while gate.begun < PersonalMails.mostAtOnce { try await Task.sleep(for: .milliseconds(5)) }
            let refused = await problem { try await mails.accept {} }
            #expect(refused?.code == .retryLater && refused?.wait != nil)
            #expect(gate.begun == PersonalMails.mostAtOnce && gate.taken.isEmpty)
            gate.open()
            #expect(await mails.finish(within: .seconds(60)) == 0)
            #expect(Set(gate.taken).count == PersonalMails.mostTaken && gate.taken.count == PersonalMails.mostTaken)
            // At its end it takes no more, and says so.
            #expect(await problem { try await mails.accept {} }?.code == .retryLater)
        }
    }

    @Test func `what strangers wish for keeps nothing back that the house has to say`() async throws {
        try await NotificationFixture.with { (fixture) async throws in
            let gate = Gate()
            let mails = PersonalMails(fixture.store, gate)
            for _ in 0..<PersonalMails.mostTaken {
                let mail = PersonalMail(to: try EmailAddress("eve@example.com"), subject: "x", text: "x")
                try await mails.accept { try? await mails.handOver(mail, of: nil) }
            }
            while gate.begun < PersonalMails.mostAtOnce { try await Task.sleep(for: .milliseconds(5)) }
            let letter = PersonalMail(to: try EmailAddress("ada@example.com"), subject: "x", text: "x")
            async let sent: Void = mails.send(letter, of: nil)
            while gate.begun < PersonalMails.mostAtOnce + 1 { try await Task.sleep(for: .milliseconds(5)) }
            gate.open()
            try await sent
            #expect(await mails.finish(within: .seconds(60)) == 0)
        }
    }

    @Test func `what a host does not take in time is told of`() async throws {
        try await NotificationFixture.with { (fixture) async throws in
            let gate = Gate()
            let mails = PersonalMails(fixture.store, gate)
            let mail = PersonalMail(to: try EmailAddress("ada@example.com"), subject: "x", text: "x")
            try await mails.accept { try? await mails.handOver(mail, of: nil) }
            #expect(await mails.finish(within: .milliseconds(50)) == 1)
            gate.open()
            #expect(await mails.finish(within: .seconds(60)) == 0)
        }
    }
}
