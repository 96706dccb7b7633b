import Synchronization

/// Something that happens once and is asked for from elsewhere.
final class Milestone: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}
