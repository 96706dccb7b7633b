import Model

/// The operations of a PATCH (RFC 7644 section 3.5.2), carried out on a resource one after the other, all or none.
struct SCIMPatch: Sendable {
    enum Verb: String, Sendable {
        case add, remove, replace
    }

    struct Operation: Sendable {
        let verb: Verb
        let path: SCIMPatchPath?
        let value: JSONValue?
    }

    static let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    static let mostOperations = 200

    private let type: SCIMResourceType
    private let operations: [Operation]

    init(_ members: [String: JSONValue], of type: SCIMResourceType) throws(SCIMFault) {
        guard members["schemas"]?.array?.contains(where: { $0.string?.lowercased() == Self.schema.lowercased() }) ?? false else {
            throw SCIMFault(.invalidSyntax, "/schemas: lacks \(Self.schema)")
        }
        guard let list = members.first(where: { $0.key.lowercased() == "operations" })?.value.array, !list.isEmpty else {
            throw SCIMFault(.invalidSyntax, "/Operations: missing")
        }
        guard list.count <= Self.mostOperations else {
            throw SCIMFault(.tooMany, "/Operations: more than \(Self.mostOperations)")
        }
        self.type = type
        var operations: [Operation] = []
        for (index, element) in list.enumerated() {
            let place = "/Operations/\(index)"
            // Some directories write the verbs in upper case.
            guard let verb = element["op"]?.string.flatMap({ Verb(rawValue: $0.lowercased()) }) else {
                throw SCIMFault(.invalidSyntax, "\(place)/op: expected add, remove or replace")
            }
            let path = element["path"]
            guard path == nil || path?.string != nil else { throw SCIMFault(.invalidPath, "\(place)/path: expected string") }
            guard verb == .remove || element["value"] != nil else { throw SCIMFault(.invalidValue, "\(place)/value: missing") }
            guard verb != .remove || path != nil else { throw SCIMFault(.noTarget, "\(place)/path: missing") }
            operations.append(
                Operation(
                    verb: verb, path: try path?.string.map { (text) throws(SCIMFault) in try SCIMPatchPath(text, of: type) },
                    value: element["value"]))
        }
        self.operations = operations
    }

    /// What becomes of the members that a client may write.
    func applied(to members: [String: JSONValue]) throws(SCIMFault) -> [String: JSONValue] {
        var (members, budget) = (members, SCIMBudget())
        for operation in operations {
            guard let path = operation.path else {
                try merge(operation, into: &members, &budget)
                continue
            }
            try apply(operation.verb, operation.value, at: path, to: &members, &budget)
        }
        return members
    }

    /// An operation without a path: each member of its value is one; what only the daemon writes is passed over.
    private func merge(_ operation: Operation, into members: inout [String: JSONValue], _ budget: inout SCIMBudget) throws(SCIMFault) {
        guard let object = operation.value?.object else { throw SCIMFault(.invalidValue, "an operation without path needs an object") }
        for (name, value) in object.sorted(by: { $0.key < $1.key }) where name.lowercased() != "schemas" {
            guard let path = try? SCIMPatchPath(name, of: type), type.attributes.named(path.attribute)?.mutability != .readOnly
            else { continue }
            try apply(operation.verb, value, at: path, to: &members, &budget)
        }
    }

    private func apply(
        _ verb: Verb, _ value: JSONValue?, at path: SCIMPatchPath, to members: inout [String: JSONValue],
        _ budget: inout SCIMBudget
    ) throws(SCIMFault) {
        guard let attribute = type.attributes.named(path.attribute) else { throw SCIMFault(.invalidPath, "no such attribute") }
        guard attribute.mutability != .readOnly else { throw SCIMFault(.mutability, "\(attribute.name) is the daemon's to write") }
        let current = members[attribute.name]
        let result: JSONValue?
        if attribute.isMultiValued {
            let elements = current?.array ?? []
            try budget.take(
                path.filter?.cost ?? 1, over: elements.count,
                wayOut: "send fewer operations at once, or name many in the value of one")
            result = try list(verb, value, at: path, attribute, elements)
        } else if let name = path.part, let part = attribute.part(name) {
            var object = current?.object ?? [:]
            object[name] = verb == .remove ? nil : try part.canonical(try given(value, part), at: name)
            result = object.isEmpty ? nil : .object(object)
        } else if verb == .remove {
            result = nil
        } else {
            let value = try attribute.canonical(try given(value, attribute), at: attribute.name)
            result = value?.object.map { .object((current?.object ?? [:]).merging($0) { $1 }) } ?? value
        }
        if result == nil, attribute.isRequired { throw SCIMFault(.mutability, "\(attribute.name) is required") }
        members[attribute.name] = result
    }

    private func list(
        _ verb: Verb, _ value: JSONValue?, at path: SCIMPatchPath, _ attribute: SCIMAttribute, _ current: [JSONValue]
    ) throws(SCIMFault) -> JSONValue? {
        var elements = current
        let isMeant = { (element: JSONValue) in path.filter?.matches(element, attribute.parts) ?? true }
        if path.filter != nil || path.part != nil {
            let meant = elements.indices.filter { isMeant(elements[$0]) }
            guard !meant.isEmpty else { throw SCIMFault(.noTarget, "nothing in \(attribute.name) is meant") }
            let change = try change(verb, value, path.part, attribute)
            for index in meant { elements[index] = change(elements[index]) }
            elements.removeAll(where: \.isNull)
            return elements.isEmpty ? nil : .array(elements)
        }
        let given = value == nil ? nil : try attribute.canonical(try given(value, attribute), at: attribute.name)?.array
        switch verb {
        case .replace: elements = given ?? []
        case .add:
            var known = Set(elements)
            for element in given ?? [] where known.insert(element).inserted { elements.append(element) }
            try attribute.checkCount(elements.count)
        case .remove:
            // Values beside the path say which: not in the RFC, and sent by directories all the same.
            let gone = given.map { Set($0.map { $0["value"] ?? $0 }) }
            elements = gone.map { gone in elements.filter { !gone.contains($0["value"] ?? $0) } } ?? []
        }
        return elements.isEmpty ? nil : .array(elements)
    }

    /// What becomes of each value of a list that is meant; null where it goes. The operation's own value is looked at once, however
    /// many are meant.
    private func change(
        _ verb: Verb, _ value: JSONValue?, _ part: String?, _ attribute: SCIMAttribute
    ) throws(SCIMFault) -> (JSONValue) -> JSONValue {
        guard let part, let inner = attribute.part(part) else {
            if verb == .remove { return { _ in .null } }
            guard let first = try attribute.canonical(value ?? .null, at: attribute.name)?.array?.first?.object else {
                throw SCIMFault(.invalidValue, "\(attribute.name): a value is missing")
            }
            return { .object(($0.object ?? [:]).merging(first) { $1 }) }
        }
        let result = verb == .remove ? nil : try inner.canonical(try given(value, inner), at: part)
        return { element in
            var object = element.object ?? [:]
            object[part] = result
            return .object(object)
        }
    }

    /// A value of an operation. Truth as a text is sent by directories, too.
    private func given(_ value: JSONValue?, _ attribute: SCIMAttribute) throws(SCIMFault) -> JSONValue {
        guard let value else { throw SCIMFault(.invalidValue, "\(attribute.name): a value is missing") }
        guard attribute.kind == .boolean, let text = value.string else { return value }
        return switch text.lowercased() {
        case "true": true
        case "false": false
        default: value
        }
    }
}
