/// What changes when one JSON value takes the place of another, in the words of RFC 6902: values added, removed and
/// replaced, each at its JSON pointer.
package struct JSONDifference: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        case add(String, JSONValue)
        case remove(String, JSONValue)
        case replace(String, from: JSONValue, to: JSONValue)

        package var pointer: String {
            switch self {
            case .add(let pointer, _), .remove(let pointer, _), .replace(let pointer, _, _): pointer
            }
        }
    }

    /// More than these are not told.
    package static let limit = 200

    package private(set) var changes: [Change] = []
    /// Whether there are more than are told.
    package private(set) var isCut = false

    package init(from old: JSONValue, to new: JSONValue) { compare(old, new, at: "") }

    private mutating func compare(_ old: JSONValue, _ new: JSONValue, at pointer: String) {
        guard old != new else { return }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            for key in Set(before.keys).union(after.keys).sorted() {
                step(before[key], after[key], at: "\(pointer)/\(Self.escaped(key))")
            }
        case (.array(let before), .array(let after)):
            for index in 0..<max(before.count, after.count) {
                // A bare nil would be the JSON value null here.
                step(
                    index < before.count ? before[index] : Optional.none,
                    index < after.count ? after[index] : Optional.none, at: "\(pointer)/\(index)")
            }
        default: add(.replace(pointer, from: old, to: new))
        }
    }

    private mutating func step(_ old: JSONValue?, _ new: JSONValue?, at pointer: String) {
        guard !isCut else { return }
        switch (old, new) {
        case (let old?, let new?): compare(old, new, at: pointer)
        case (nil, let new?): add(.add(pointer, new))
        case (let old?, nil): add(.remove(pointer, old))
        case (nil, nil): break
        }
    }

    private mutating func add(_ change: Change) {
        if changes.count < Self.limit { changes.append(change) } else { isCut = true }
    }

    /// RFC 6901: `~` and `/` have a meaning in a pointer.
    private static func escaped(_ key: String) -> String {
        var text = ""
        for character in key {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return text
    }
}
