import Model

/// An attribute of a resource, or a part of one: `userName`, `name.givenName`, or either behind the name of its schema.
struct SCIMAttributePath: Sendable, Hashable {
    let attribute: String
    let part: String?

    /// Throws for what no schema of the kind of resource has.
    init(_ text: some StringProtocol, of type: SCIMResourceType) throws(SCIMFault) {
        var rest = Substring(text)
        for schema in [type.schema, type.extensions].compactMap({ $0 }) {
            guard rest.lowercased().hasPrefix(schema.id.lowercased()) else { continue }
            rest = rest.dropFirst(schema.id.count)
            let isExtension = schema.id == type.extensions?.id
            if rest.isEmpty, isExtension {
                (attribute, part) = (schema.id, nil)
                return
            }
            guard rest.first == ":" else { throw Self.unknown(text) }
            rest = rest.dropFirst()
            guard isExtension else { break }
            guard let found = schema.attributes.named(rest) else { throw Self.unknown(text) }
            (attribute, part) = (schema.id, found.name)
            return
        }
        let words = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let found = type.attributes.named(words.first ?? "") else { throw Self.unknown(text) }
        attribute = found.name
        guard words.count == 2 else {
            part = nil
            return
        }
        guard let inner = found.part(words[1]) else { throw Self.unknown(text) }
        part = inner.name
    }

    private static func unknown(_ text: some StringProtocol) -> SCIMFault {
        SCIMFault(.invalidPath, "no such attribute: \(String(text.prefix(80)).debugDescription)")
    }
}

/// The target of an operation of PATCH: an attribute, or those of its values that a filter selects (RFC 7644 figure 7).
struct SCIMPatchPath: Sendable, Hashable {
    let attribute: String
    let filter: SCIMFilter?
    let part: String?

    init(_ text: String, of type: SCIMResourceType) throws(SCIMFault) {
        guard text.utf8.count <= SCIMFilter.longest else { throw SCIMFault(.invalidPath, "the path is too long") }
        guard let open = text.firstIndex(of: "[") else {
            let path = try SCIMAttributePath(text, of: type)
            (attribute, filter, part) = (path.attribute, nil, path.part)
            return
        }
        guard let close = text.lastIndex(of: "]"), open < close else { throw SCIMFault(.invalidPath, "a bracket is not closed") }
        let path = try SCIMAttributePath(text[..<open], of: type)
        guard let target = type.attributes.named(path.attribute), target.isMultiValued, path.part == nil else {
            throw SCIMFault(.invalidPath, "only lists have values that a filter selects")
        }
        attribute = target.name
        do throws(SCIMFault) {
            filter = try SCIMFilter(String(text[text.index(after: open)..<close]), in: target)
        } catch {
            throw SCIMFault(.invalidPath, error.detail)
        }
        let rest = text[text.index(after: close)...]
        guard !rest.isEmpty else {
            part = nil
            return
        }
        guard rest.first == ".", let inner = target.part(rest.dropFirst()) else {
            throw SCIMFault(.invalidPath, "no such part: \(String(rest.prefix(80)).debugDescription)")
        }
        part = inner.name
    }
}
