import Model

extension SCIMFilter {
    /// Whether a resource, or a value of a list, is meant. `attributes` are those that it has.
    func matches(_ object: JSONValue, _ attributes: [SCIMAttribute]) -> Bool {
        switch self {
        case .and(let filters): return filters.allSatisfy { $0.matches(object, attributes) }
        case .or(let filters): return filters.contains { $0.matches(object, attributes) }
        case .not(let filter): return !filter.matches(object, attributes)
        case .present(let path): return path.values(in: object, attributes).contains { !$0.isNull && $0 != "" }
        case .element(let path, let filter):
            let parts = attributes.named(path.attribute)?.parts ?? []
            return object[path.attribute]?.array?.contains { filter.matches($0, parts) } ?? false
        case .compare(let path, let comparison, let wanted):
            let values = path.values(in: object, attributes)
            if comparison == .ne { return !values.contains { Self.holds($0, .eq, wanted, path.isCaseExact(attributes)) } }
            if wanted.isNull { return comparison == .eq && values.isEmpty }
            return values.contains { Self.holds($0, comparison, wanted, path.isCaseExact(attributes)) }
        }
    }

    private static func holds(_ value: JSONValue, _ comparison: Comparison, _ wanted: JSONValue, _ isCaseExact: Bool) -> Bool {
        guard let left = value.string, let right = wanted.string else { return comparison == .eq && value == wanted }
        let (a, b) = isCaseExact ? (left, right) : (left.lowercased(), right.lowercased())
        return switch comparison {
        case .eq: a == b
        case .ne: a != b
        case .co: a.contains(b)
        case .sw: a.hasPrefix(b)
        case .ew: a.hasSuffix(b)
        case .gt: a > b
        case .ge: a >= b
        case .lt: a < b
        case .le: a <= b
        }
    }
}

extension SCIMAttributePath {
    /// The values that it has in a resource; of a list without a part named those of `value`.
    func values(in object: JSONValue, _ attributes: [SCIMAttribute]) -> [JSONValue] {
        guard let whole = object[attribute] else { return [] }
        let hasParts = attributes.named(attribute)?.kind == .complex
        return (whole.array ?? [whole]).compactMap { hasParts ? $0[part ?? "value"] ?? (part == nil ? $0 : nil) : $0 }
    }

    func isCaseExact(_ attributes: [SCIMAttribute]) -> Bool {
        guard let attribute = attributes.named(attribute) else { return false }
        return (part.flatMap { attribute.part($0) } ?? attribute).isCaseExact
    }
}
