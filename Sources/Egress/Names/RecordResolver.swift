import CResolver
package import Model
import NIOPosix
import Synchronization

/// Looks up records that say something about a name, for the host itself. Plugins have no part in it.
package final class RecordResolver: Sendable {
    package enum Finding<Record: Sendable & Hashable>: Sendable, Hashable {
        case found([Record])
        /// A server said that there is nothing.
        case absent
        /// No server said anything that could be read; why.
        case failed(String)
    }

    /// Of one answer; a server that has more sends it over TCP.
    private static let longestAnswer = 1 << 14
    private static let mostWaiting = 64

    private let threads = NIOThreadPool(numberOfThreads: 4)
    private enum Life { case unused, working, over }
    private let life = Mutex(Life.unused)
    private let waiting = Mutex(0)
    private let server: (address: UInt32, port: UInt16)

    /// `server` is asked instead of the system's, an address of version 4.
    package init(server: (address: UInt32, port: UInt16)? = nil) { self.server = server ?? (0, 0) }

    package func texts(at name: String) async -> Finding<String> {
        await records(.text, of: name) { RecordAnswer.text($0) }
    }

    /// Of both versions, aliases followed. One version alone that cannot be told makes the whole untold.
    package func addresses(of name: String) async -> Finding<Address> {
        async let four = records(.address, of: name) { RecordAnswer.address($0, .address) }
        async let six = records(.address6, of: name) { RecordAnswer.address($0, .address6) }
        switch (await four, await six) {
        case (.failed(let why), _), (_, .failed(let why)): return .failed(why)
        case (.found(let one), .found(let two)): return .found(one + two)
        case (.found(let one), .absent), (.absent, .found(let one)): return .found(one)
        case (.absent, .absent): return .absent
        }
    }

    /// Ends the threads once what they ask now is answered; every question from then on fails.
    package func shutDown() async {
        let wasUsed = life.withLock { life in
            defer { life = .over }
            return life == .working
        }
        if wasUsed { try? await threads.shutdownGracefully() }
    }

    private func records<Record: Sendable & Hashable>(
        _ kind: RecordAnswer.Kind, of name: String, _ read: @escaping @Sendable ([UInt8]) -> Record?
    ) async -> Finding<Record> {
        guard begin() else { return .failed("too many names are being looked up") }
        defer { waiting.withLock { $0 -= 1 } }
        let server = server
        do {
            return try await threads.runIfActive {
                var answer = [UInt8](repeating: 0, count: Self.longestAnswer)
                let length = cloister_query(name, Int32(kind.rawValue), server.address, server.port, &answer, Int32(answer.count))
                guard length >= 0 else { return .failed("no name server answered") }
                guard length > 0 else { return .absent }
                guard let data = RecordAnswer.data(of: kind, in: Array(answer[..<Int(length)])) else {
                    return .failed("the name server's answer cannot be read")
                }
                let records = data.compactMap(read)
                return records.isEmpty ? .absent : .found(records)
            }
        } catch {
            return .failed("the daemon is stopping")
        }
    }

    private func begin() -> Bool {
        let isWorking = life.withLock { life in
            if life == .unused {
                threads.start()
                life = .working
            }
            return life == .working
        }
        guard isWorking else { return false }
        return waiting.withLock { count in
            guard count < Self.mostWaiting else { return false }
            count += 1
            return true
        }
    }
}
