import Model

/// A JSON value on its way through a run. The engine does not look inside, and what is put together of several stays apart
/// until somebody needs its text.
package indirect enum Payload: Sendable, Hashable {
    /// JSON text.
    case inline(String)
    case object([String: Payload])
    case array([Payload])

    /// Bytes of one value as text. What is larger goes from tool to tool as a document, by its identifier.
    package static let limit = 1 << 20

    package static let null = Payload.inline("null")

    /// Compact JSON, the members of what was put together sorted.
    package var text: String {
        var output = ""
        write(to: &output)
        return output
    }

    private func write(to output: inout String) {
        switch self {
        case .inline(let text): output += text
        case .array(let elements):
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += "," }
                element.write(to: &output)
            }
            output += "]"
        case .object(let members):
            output += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { output += "," }
                output += JSONValue.string(member.key).compactText + ":"
                member.value.write(to: &output)
            }
            output += "}"
        }
    }

    /// Bytes of its text, without making it; keys that need escaping count as they are.
    package var size: Int {
        switch self {
        case .inline(let text): text.utf8.count
        case .array(let elements): elements.reduce(2) { $0 + $1.size + 1 }
        case .object(let members): members.reduce(2) { $0 + $1.key.utf8.count + 4 + $1.value.size }
        }
    }
}
