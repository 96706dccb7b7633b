import Model
import Synchronization

/// Gathers what an operation tells while it runs.
final class LineBox: Sendable {
    private let lines = Mutex<[JSONValue]>([])

    func append(_ line: JSONValue) { lines.withLock { $0.append(line) } }

    var all: [JSONValue] { lines.withLock { $0 } }
}
