import Model
import NIOCore

/// Where a command's result goes, and in which form: tables and sentences for people, or the daemon's own JSON.
struct Output: Sendable {
    let isJSON: Bool
    /// Whether a person looks at it: JSON is then indented and rows fit the window.
    let isTerminal: Bool
    let width: Int?
    let write: @Sendable (String) -> Void

    static func standard(json: Bool) -> Output {
        Output(
            isJSON: json, isTerminal: StandardOutput.isTerminal, width: StandardOutput.width,
            write: StandardOutput.write)
    }

    /// Prints a reply: as JSON where that was asked for, otherwise what `human` makes of it.
    func show(_ reply: ByteBuffer, human: (JSONValue) throws -> String) throws {
        if isJSON {
            try printJSON(reply)
        } else {
            write(try human(try value(reply)))
        }
    }

    /// A text that is JSON or YAML: to a file or a program as it is, to a person with nothing that moves a terminal.
    func showing(_ text: String) -> String { isTerminal ? PlainText.escapingJSON(text) : text }

    /// JSON as it came, on one line; indented where a person looks at it.
    func printJSON(_ bytes: ByteBuffer) throws {
        if isTerminal {
            printJSON(try value(bytes))
        } else {
            write(String(buffer: bytes) + "\n")
        }
    }

    func printJSON(_ value: JSONValue) {
        write(isTerminal ? PlainText.escapingJSON(value.prettyText) + "\n" : value.compactText + "\n")
    }

    func value(_ bytes: ByteBuffer) throws(Problem) -> JSONValue {
        try JSONValue.parse(Array(bytes.readableBytesView), as: "the daemon's answer")
    }
}
