import HTTPTypes
import Model

/// An attribute of a SCIM schema (RFC 7643 section 7): what is read and written by it, and what `/Schemas` says of it.
struct SCIMAttribute: Sendable {
    enum Kind: String, Sendable {
        case string, boolean, complex, reference, dateTime
    }

    enum Mutability: String, Sendable {
        case readOnly, readWrite, immutable
    }

    let name: String
    var kind = Kind.string
    var isMultiValued = false
    /// Of a list.
    var mostValues = 20
    var isRequired = false
    var isCaseExact = false
    var mutability = Mutability.readWrite
    var isUnique = false
    var choices: [String] = []
    var references: [String] = []
    var parts: [SCIMAttribute] = []
    var summary = ""

    func part(_ name: some StringProtocol) -> SCIMAttribute? { parts.named(name) }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "type": .string(kind.rawValue), "multiValued": .bool(isMultiValued),
            "description": .string(summary), "required": .bool(isRequired), "mutability": .string(mutability.rawValue),
            "returned": "default",
        ]
        switch kind {
        case .complex: members["subAttributes"] = .array(parts.map(\.json))
        case .string, .reference:
            members["caseExact"] = .bool(isCaseExact || kind == .reference)
            members["uniqueness"] = isUnique ? "server" : "none"
        case .boolean, .dateTime: break
        }
        if !choices.isEmpty { members["canonicalValues"] = .array(choices.map(JSONValue.string)) }
        if !references.isEmpty { members["referenceTypes"] = .array(references.map(JSONValue.string)) }
        return .object(members)
    }

    /// The value in the form in which it is kept: names as the schema writes them, what is not of it left out, null and
    /// empty lists as nothing. Throws where a value is of another kind.
    func canonical(_ value: JSONValue, at place: String) throws(SCIMFault) -> JSONValue? {
        guard isMultiValued else { return try element(value, at: place) }
        if value.isNull { return nil }
        // One value stands for a list of it: some directories send it so.
        var elements: [JSONValue] = []
        let given = value.array ?? [value]
        try checkCount(given.count)
        for element in given {
            guard let element = try self.element(element, at: place) else { throw SCIMFault(.invalidValue, "\(place): null in a list") }
            elements.append(element)
        }
        return elements.isEmpty ? nil : .array(elements)
    }

    func checkCount(_ count: Int) throws(SCIMFault) {
        guard count > mostValues else { return }
        throw SCIMFault(.tooMany, "/\(name): more than \(mostValues)")
    }

    private func element(_ value: JSONValue, at place: String) throws(SCIMFault) -> JSONValue? {
        switch (kind, value) {
        case (_, .null): return nil
        case (.complex, .object(let members)): return .object(try parts.canonical(members, at: place))
        case (.complex, .string) where part("value") != nil: return ["value": value]
        case (.boolean, .bool): return value
        case (.string, .string(let text)), (.reference, .string(let text)), (.dateTime, .string(let text)):
            guard text.utf8.count <= Self.longest else { throw SCIMFault(.invalidValue, "\(place): too long") }
            return value
        default: throw SCIMFault(.invalidValue, "\(place): expected \(kind.rawValue), found \(value.kind)")
        }
    }

    private static let longest = 512
}

extension [SCIMAttribute] {
    /// Names are the same in whatever case: RFC 7643 section 2.1.
    func named(_ name: some StringProtocol) -> SCIMAttribute? {
        // As the schema writes them they are found without being folded: filters look them up for each value.
        if let exact = first(where: { $0.name == name }) { return exact }
        let folded = name.lowercased()
        return first { $0.name.lowercased() == folded }
    }

    func canonical(_ members: [String: JSONValue], at place: String = "") throws(SCIMFault) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let attribute = named(name) else { continue }
            guard result[attribute.name] == nil else { throw SCIMFault(.invalidSyntax, "\(place)/\(attribute.name): stands twice") }
            result[attribute.name] = try attribute.canonical(value, at: "\(place)/\(attribute.name)")
        }
        return result
    }
}

/// What is wrong with a request of SCIM, by the words of RFC 7644 section 3.12.
struct SCIMFault: Error, Sendable, Hashable {
    enum Kind: String, Sendable {
        case invalidFilter, invalidPath, invalidSyntax, invalidValue, mutability, noTarget, tooMany, uniqueness
    }

    let kind: Kind
    let detail: String

    init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    var refusal: Refusal {
        var refusal = Refusal(.badRequest, kind == .invalidSyntax ? "malformedBody" : "invalidInput", detail)
        refusal.scimType = kind.rawValue
        return refusal
    }
}
