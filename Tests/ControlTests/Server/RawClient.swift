import Glibc
import Model

@testable import Control

/// A client that writes whatever bytes it likes, without any library of the project's.
final class RawClient: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = try ConnectedSocket.connect(to: path).release()
    }

    deinit { close(descriptor) }

    /// Writes all of it, waiting as long as the other side lets it; gives up when the connection ends.
    func write(_ text: String) async {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else {
                guard errno == EAGAIN, await Self.pause() else { return }
            }
        }
    }

    /// What comes until `lines` lines have ended or the connection has.
    func read(lines: Int) async -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        var found = 0
        while found < lines {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                found += chunk[..<count].count { $0 == 0x0A }
                bytes += chunk[..<count]
            } else {
                guard count < 0, errno == EAGAIN, await Self.pause() else { break }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Never blocks the thread: tests share few of them with the server under test.
    private static func pause() async -> Bool { (try? await Task.sleep(for: .milliseconds(2))) != nil }

    /// Whether the other side has closed the connection.
    var isEnded: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK))
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }
}
