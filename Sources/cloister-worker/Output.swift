import CJQ
import Glibc

enum Output {
    /// Writes all of it to standard output. Safe in a signal handler.
    static func write(_ bytes: UnsafePointer<CChar>?, _ count: Int) {
        guard var next = bytes else { return }
        var left = count
        while left > 0 {
            let written = Glibc.write(1, next, left)
            if written < 0 {
                if errno == EINTR { continue }
                // Nobody reads any more.
                _exit(0)
            }
            next += written
            left -= written
        }
    }

    static func write(_ text: StaticString) {
        UnsafeRawPointer(text.utf8Start).withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) {
            write($0, text.utf8CodeUnitCount)
        }
    }

    static func complain(_ text: String) {
        var line = "cloister-worker: \(text)\n"
        line.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }
}

extension cjq_text {
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cjq_append(&self, $0.baseAddress, $0.count) }
        }
    }

    mutating func append(_ other: cjq_text) { cjq_append(&self, other.bytes, other.count) }

    /// Appends a text as a JSON string. It is JSON or a message, so quotes and backslashes are most of what is escaped.
    mutating func append(quoted text: cjq_text) {
        cjq_append(&self, "\"", 1)
        var start = 0
        for index in 0..<text.count {
            let byte = UInt8(bitPattern: text.bytes[index])
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 else { continue }
            cjq_append(&self, text.bytes + start, index - start)
            start = index + 1
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            default:
                let digits = String(byte, radix: 16)
                append("\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits)
            }
        }
        cjq_append(&self, text.bytes.map { $0 + start }, text.count - start)
        cjq_append(&self, "\"", 1)
    }

    mutating func append(quoted text: String) {
        var plain = cjq_text()
        plain.append(text)
        append(quoted: plain)
        plain.release()
    }

    mutating func clear() { count = 0 }

    mutating func release() {
        free(bytes)
        self = cjq_text()
    }
}
