import Model
import Synchronization

/// What a closure that gives nothing back has to say.
final class RestoreOutcome<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)

    func keep(_ value: Value) { kept.withLock { $0 = value } }

    func get() throws(Problem) -> Value {
        guard let value = kept.withLock({ $0 }) else { throw Problem(.cancelled, "the backup was not restored") }
        return value
    }
}
