import Synchronization

/// What all plugins of a tenant may still move together, until somebody says otherwise.
final class EgressBudget: Sendable {
    /// Bytes; nil for as many as there are.
    private let left = Mutex<Int64?>(nil)

    func set(_ bytes: Int64?) { left.withLock { $0 = bytes } }

    /// Takes bytes that were moved; false when nothing is left.
    func take(_ bytes: Int) -> Bool {
        left.withLock { left in
            guard let known = left else { return true }
            left = max(0, known - Int64(bytes))
            return known > 0
        }
    }
}
