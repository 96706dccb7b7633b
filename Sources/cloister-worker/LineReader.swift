import Glibc

/// Lines from standard input.
struct LineReader {
    /// Longer ones nobody sends.
    static let longest = 8 << 20

    private var buffer: [UInt8] = []
    private var searched = 0

    /// The next line without its end; nil at the end of the input, or where a line is too long.
    mutating func next() -> [UInt8]? {
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                searched = 0
                return line
            }
            searched = buffer.count
            guard searched <= Self.longest, fill() else { return nil }
        }
    }

    private mutating func fill() -> Bool {
        var count = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { bytes, filled in
            repeat { count = read(0, bytes.baseAddress, bytes.count) } while count < 0 && errno == EINTR
            filled = max(0, count)
        }
        buffer += chunk
        return count > 0
    }
}
