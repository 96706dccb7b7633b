import Model
import NIOCore
import Supervisor

/// Shows an author what passes between the host and a plugin.
struct WatchOutput: Sendable {
    let output: Output
    /// A longer line is cut for people; programs get all of it.
    static let longest = 4000

    /// `->` is the host, `<-` the plugin, `!` standard error.
    func show(_ direction: WireTap.Direction, _ line: ByteBuffer) {
        let text = String(buffer: line)
        if output.isJSON {
            let message = direction == .errors ? nil : try? JSONValue.parse(text)
            return write(from: direction.rawValue, message ?? .string(text))
        }
        let mark =
            switch direction {
            case .toPlugin: "->"
            case .fromPlugin: "<-"
            case .errors: " !"
            }
        let shown = text.count > Self.longest ? "\(text.prefix(Self.longest))… (\(line.readableBytes) bytes)" : text
        output.write("\(mark) \(PlainText.escaping(shown))\n")
    }

    /// A word of the command itself.
    func say(_ text: String) {
        if output.isJSON {
            write(from: "cloister", .string(text))
        } else {
            output.write("== \(PlainText.escaping(text))\n")
        }
    }

    private func write(from whom: String, _ message: JSONValue) {
        let line: JSONValue = ["from": .string(whom), "at": .string(Timestamp.now.description), "message": message]
        output.write(line.compactText + "\n")
    }
}
