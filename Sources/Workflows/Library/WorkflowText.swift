package import Model

/// Definitions as files: JSON, or the YAML that says the same.
package enum WorkflowText: String, Sendable, CaseIterable {
    case json, yaml

    /// Reads either; JSON where it begins as an object does in JSON. `name` is what messages call it.
    package static func read(_ text: String, named name: String) throws(Problem) -> JSONValue {
        guard text.utf8.count <= Workflow.sizeLimit else {
            throw Problem(.invalidInput, "\(name): larger than \(ByteSize(bytes: Int64(Workflow.sizeLimit)))")
        }
        if text.unicodeScalars.first(where: { !$0.properties.isWhitespace && $0 != "\u{FEFF}" }) == "{",
            let value = try? JSONValue.parse(text, as: name)
        {
            return value
        }
        do throws(Problem) {
            return try YAMLNode.load(text: text, named: name).value
        } catch {
            throw Problem(.invalidInput, error.message, hint: error.hint, cause: error.cause)
        }
    }

    package func write(_ value: JSONValue) -> String {
        switch self {
        case .json: value.prettyText + "\n"
        // JSON is read just the same.
        case .yaml: YAMLWriting.canWrite(value) ? YAMLWriting.text(value) : value.prettyText + "\n"
        }
    }
}

/// YAML that every reader takes for the same value: texts stand in double quotes unless they are plain words.
enum YAMLWriting {
    static func text(_ value: JSONValue) -> String {
        var output = ""
        write(value, indent: 0, isInline: false, &output)
        return output
    }

    /// Whether readers of YAML take it, and take it for the same: their keys have an end, and so do their levels, and a byte
    /// order mark they lose at the beginning of a text, however it is written.
    static func canWrite(_ value: JSONValue, depth: Int = 1) -> Bool {
        guard depth < YAMLNode.maximumDepth else { return false }
        switch value {
        case .object(let members):
            return members.allSatisfy {
                $0.key.utf8.count <= 150 && !hasMark($0.key) && canWrite($0.value, depth: depth + 1)
            }
        case .array(let elements): return elements.allSatisfy { canWrite($0, depth: depth + 1) }
        case .string(let text): return !hasMark(text)
        default: return true
        }
    }

    private static func hasMark(_ text: String) -> Bool { text.unicodeScalars.contains("\u{FEFF}") }

    private static func write(_ value: JSONValue, indent: Int, isInline: Bool, _ output: inout String) {
        let margin = String(repeating: "  ", count: indent)
        switch value {
        case .object(let members) where !members.isEmpty:
            for (index, key) in members.keys.sorted(by: comesBefore).enumerated() {
                if index > 0 || !isInline { output += margin }
                output += scalar(key) + ":"
                writeMember(members[key] ?? .null, indent: indent, &output)
            }
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                if index > 0 || !isInline { output += margin }
                output += "- "
                write(element, indent: indent + 1, isInline: true, &output)
            }
        default: output += leaf(value) + "\n"
        }
    }

    private static func writeMember(_ value: JSONValue, indent: Int, _ output: inout String) {
        switch value {
        case .object, .array:
            guard value != [:], value != [] else { fallthrough }
            output += "\n"
            write(value, indent: indent + 1, isInline: false, &output)
        default: output += " " + leaf(value) + "\n"
        }
    }

    private static func leaf(_ value: JSONValue) -> String {
        if case .string(let text) = value { return scalar(text) }
        return value.compactText
    }

    /// What a person looks for first.
    private static let order = ["id", "name", "description", "type", "kind", "settings", "config", "connections", "triggers", "nodes"]

    private static func comesBefore(_ left: String, _ right: String) -> Bool {
        let (first, second) = (order.firstIndex(of: left) ?? order.count, order.firstIndex(of: right) ?? order.count)
        return first == second ? left < right : first < second
    }

    /// A word that no reader takes for a number, a truth value or an indicator stands as it is; JSON's quotes are YAML's.
    private static func scalar(_ text: String) -> String {
        let bytes = text.utf8
        let isPlain = bytes.count <= 100 && bytes.first.map(isLetter) == true
            && bytes.allSatisfy { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        guard !isPlain else { return text }
        var quoted: [UInt8] = []
        JSONValue.write(text, to: &quoted)
        // What JSON leaves as it is and YAML does not allow, or takes for a line break.
        var output = ""
        for scalar in String(decoding: quoted, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x80...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
