package import Model

/// A part of a tenant's style that does not reach the pages, and why.
package struct StyleDrop: Sendable, Hashable {
    package enum Reason: Error, Sendable, Hashable {
        case atRule(String)
        case selector(String)
        case property
        case value(String)
        case bound(String)
        case function(String)
        case address, escape, important, unclosed, malformed
        case tooMuch(String)
    }

    /// From 1.
    package let line: Int
    /// What was dropped, cut to a few words.
    package let what: String
    package let reason: Reason

    init(line: Int, what: String, _ reason: Reason) {
        self.line = line
        self.what = String(what.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
        self.reason = reason
    }

    package var json: JSONValue {
        ["line": JSONValue(line), "what": .string(what), "reason": .string(reason.description)]
    }
}

extension StyleDrop.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .atRule(let name): "@\(name.prefix(40)) is not taken; @media is"
        case .selector(let part): "the selector \(part.prefix(40)) is not taken: elements of the content, classes and a few states are"
        case .property: "the property is not taken"
        case .value(let part): "\(part.prefix(40)) is not taken in this property"
        case .bound(let part): "\(part.prefix(40)) is outside what the property takes"
        case .function(let name): "\(name.prefix(40))() is not taken here"
        case .address: "nothing is fetched from an address"
        case .escape: "escapes are not taken: write the letters themselves"
        case .important: "!important is not taken"
        case .unclosed: "it is not closed"
        case .malformed: "it is not a declaration"
        case .tooMuch(let what): what
        }
    }
}
