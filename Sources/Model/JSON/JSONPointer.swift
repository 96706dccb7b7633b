/// The way from a JSON value to one inside it, as RFC 6901 writes it: `/tools/0/name`; the value itself is empty.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    package enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    package var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }

    package func appending(_ key: String) -> JSONPointer { JSONPointer(steps + [.key(key)]) }
    package func appending(_ index: Int) -> JSONPointer { JSONPointer(steps + [.index(index)]) }

    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key): text += "/" + Self.escaped(key)
            case .index(let index): text += "/\(index)"
            }
        }
        return text
    }

    /// As in messages, where an empty pointer would be overlooked.
    package var place: String { steps.isEmpty ? "/" : description }

    private static func escaped(_ key: String) -> String {
        var text = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The value that a pointer's text names inside `value`; nil where there is none or the text is no pointer.
    package static func resolve(_ text: String, in value: JSONValue) -> JSONValue? {
        var current = value
        guard !text.isEmpty else { return current }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        // By bytes: as characters, a slash with a combining mark behind it is no slash.
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let key = unescaped(Substring(part)) else { return nil }
            switch current {
            case .object(let members):
                guard let member = members[key] else { return nil }
                current = member
            case .array(let elements):
                guard let index = Int(key), String(index) == key, elements.indices.contains(index) else { return nil }
                current = elements[index]
            default: return nil
            }
        }
        return current
    }

    /// A part of a pointer's text with `~0` and `~1` read; nil for any other tilde.
    static func unescaped(_ part: Substring) -> String? {
        guard part.utf8.contains(UInt8(ascii: "~")) else { return String(part) }
        var text = String.UnicodeScalarView()
        var scalars = part.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "~" else {
                text.append(scalar)
                continue
            }
            switch scalars.next() {
            case "0": text.append("~")
            case "1": text.append("/")
            default: return nil
            }
        }
        return String(text)
    }
}
