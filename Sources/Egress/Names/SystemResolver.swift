import Glibc
package import NIOCore
package import NIOPosix
import Synchronization

/// Asks the system (getaddrinfo(3)) on threads of its own, for it blocks.
package final class SystemResolver: NameResolver {
    private let threads: NIOThreadPool
    private let timeout: TimeAmount
    private let asked = Mutex(0)
    /// More than these wait for nobody.
    private static let questionLimit = 64

    /// `threads` must be started, and is not ended here.
    package init(threads: NIOThreadPool, timeout: TimeAmount = .seconds(5)) {
        self.threads = threads
        self.timeout = timeout
    }

    package func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[Address]> {
        let promise = loop.makePromise(of: [Address].self)
        let isFull = asked.withLock { asked in
            guard asked < Self.questionLimit else { return true }
            asked += 1
            return false
        }
        guard !isFull else {
            promise.fail(Refusal(.tooManyConnections, "\(Self.questionLimit) names are being looked up", hint: "try again later"))
            return promise.futureResult
        }
        let answered = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: loop)
        @Sendable func settle(_ result: Result<[Address], Refusal>) {
            guard !answered.value else { return }
            answered.value = true
            switch result {
            case .success(let addresses): promise.succeed(addresses)
            case .failure(let refusal): promise.fail(refusal)
            }
        }
        let timer = loop.scheduleTask(in: timeout) {
            settle(.failure(Refusal(.timeout, "\(name) was not found in time", hint: "see whether the host's DNS works")))
        }
        threads.submit { [self] state in
            let result: Result<[Address], Refusal> =
                state == .active ? Self.ask(name) : .failure(Refusal(.shuttingDown, "the daemon is shutting down"))
            asked.withLock { $0 -= 1 }
            loop.execute {
                timer.cancel()
                settle(result)
            }
        }
        return promise.futureResult
    }

    private static func ask(_ name: String) -> Result<[Address], Refusal> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let error = getaddrinfo(name, nil, &hints, &list)
        guard error == 0 else {
            return .failure(Refusal(.nameNotFound, "\(name): \(String(cString: gai_strerror(error)))"))
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
