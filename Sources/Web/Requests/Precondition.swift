import Synchronization

/// What must hold for a change to be made.
package final class Precondition: Sendable {
    private let check: @Sendable () async throws -> Void
    private let held = Mutex(false)

    init(_ check: @escaping @Sendable () async throws -> Void) { self.check = check }

    /// Whether somebody has asked.
    var wasHeld: Bool { held.withLock { $0 } }

    /// To be asked where no other change of the same thing can come between, before anything is changed. Throws what the
    /// requester is told where it does not hold.
    package func hold() async throws {
        held.withLock { $0 = true }
        try await check()
    }
}
