import Glibc
import Model

/// Everything that comes from a descriptor, such as standard input.
enum InputBytes {
    /// Until its end. `name` is what messages call it. Throws `invalidInput` beyond the limit, with the hint.
    static func read(from descriptor: Int32, _ name: String, limit: ByteSize, hint: String? = nil) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem.cannotRead(name) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= Int(limit.bytes) else {
                throw Problem(.invalidInput, "\(name): larger than \(limit)", hint: hint)
            }
        }
    }
}
