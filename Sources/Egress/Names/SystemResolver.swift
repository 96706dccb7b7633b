import CResolver
import Glibc
package import Model
package import NIOCore
import NIOPosix
import Synchronization

/// Asks the system (getaddrinfo(3)) on threads of its own, for it blocks.
///
/// A name is looked up as it stands: no search domains are appended (resolver(5)). A lookup that has taken `timeout` is
/// answered with a refusal, whatever its thread still waits for.
package final class SystemResolver: NameResolver {
    private struct Question: Sendable {
        let name: String
        let answer: @Sendable (Result<[Address], Refusal>) -> Void
    }

    /// What one plugin of one tenant has in flight at most.
    package static let share = 16
    private static let threadCount = 16

    private let threads = NIOThreadPool(numberOfThreads: SystemResolver.threadCount)
    private enum Life { case unused, working, over }
    private let life = Mutex(Life.unused)
    private let timeout: TimeAmount
    private let server: UInt16?
    private let queue = Mutex(LookupQueue<EgressOwner, Question>(threads: threadCount, share: share, atOnce: 4))

    /// `server` is the port of a name server on 127.0.0.1 that is asked instead of the system's; for tests.
    package init(timeout: TimeAmount = .seconds(5), server: UInt16? = nil) {
        self.timeout = timeout
        self.server = server
    }

    package func addresses(of name: String, for owner: EgressOwner, on loop: any EventLoop) -> EventLoopFuture<[Address]> {
        let promise = loop.makePromise(of: [Address].self)
        let answered = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: loop)
        @Sendable func settle(_ result: Result<[Address], Refusal>) {
            guard !answered.value else { return }
            answered.value = true
            switch result {
            case .success(let addresses): promise.succeed(addresses)
            case .failure(let refusal): promise.fail(refusal)
            }
        }
        let question = Question(name: name) { result in loop.execute { settle(result) } }
        guard let number = queue.withLock({ $0.add(question, of: owner) }) else {
            promise.fail(
                Refusal(
                    .tooManyLookups, "\(Self.share) names are being looked up for this plugin",
                    hint: "wait for their answers, and ask for fewer at a time"))
            return promise.futureResult
        }
        let timer = loop.scheduleTask(in: timeout) { [self] in
            queue.withLock { $0.giveUp(number, of: owner) }
            settle(.failure(Refusal(.timeout, "\(name) was not found in time", hint: "see whether the host's DNS works")))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        start()
        work()
        return promise.futureResult
    }

    /// Ends the threads once what they ask now is answered; every question from then on is refused.
    package func shutDown() async {
        life.withLock { $0 = .over }
        try? await threads.shutdownGracefully()
    }

    /// Most daemons look nothing up: the first question starts the threads.
    private func start() {
        life.withLock { life in
            guard case .unused = life else { return }
            threads.start()
            life = .working
        }
    }

    /// Gives threads to the questions whose turn it is.
    private func work() {
        while let (owner, question) = queue.withLock({ $0.next() }) {
            threads.submit { [self] state in
                let result: Result<[Address], Refusal> =
                    state == .active
                    ? Self.ask(question.name, server) : .failure(Refusal(.shuttingDown, "the daemon is shutting down"))
                queue.withLock { $0.answered(owner) }
                question.answer(result)
                work()
            }
        }
    }

    private static func ask(_ name: String, _ server: UInt16?) -> Result<[Address], Refusal> {
        // getaddrinfo takes `127.1` and `0x7f.1` for addresses; none of them is a host's name.
        guard case .name(name)? = try? Host(name: name) else { return .failure(Refusal(.badTarget, "not a host name")) }
        var list: UnsafeMutablePointer<addrinfo>?
        let error = cloister_look_up(name, server ?? 0, &list)
        guard error == 0 else {
            let kind: Refusal.Kind = error == EAI_AGAIN ? .timeout : .nameNotFound
            return .failure(Refusal(kind, "\(name): \(String(cString: gai_strerror(error)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [Address] = []
        var entry = list
        while let found = entry?.pointee, addresses.count < 16 {
            if let pointer = found.ai_addr, let address = Address(pointer), !addresses.contains(address) {
                addresses.append(address)
            }
            entry = found.ai_next
        }
        guard !addresses.isEmpty else { return .failure(Refusal(.nameNotFound, "\(name) has no address")) }
        return .success(addresses)
    }
}
