import Model

/// A filter (RFC 7644 section 3.4.2.2), read once: which resources, or which values of a list, are meant.
indirect enum SCIMFilter: Sendable, Hashable {
    enum Comparison: String, Sendable {
        case eq, ne, co, sw, ew, gt, ge, lt, le
    }

    case and([SCIMFilter])
    case or([SCIMFilter])
    case not(SCIMFilter)
    case present(SCIMAttributePath)
    case compare(SCIMAttributePath, Comparison, JSONValue)
    /// One and the same value of the list is meant.
    case element(SCIMAttributePath, SCIMFilter)

    /// In bytes.
    static let longest = 1024
    static let deepest = 16
    static let mostTerms = 64

    /// Of resources of a kind.
    init(_ text: String, of type: SCIMResourceType) throws(SCIMFault) {
        self = try Self.read(text) { (name) throws(SCIMFault) in try SCIMAttributePath(name, of: type) }
    }

    /// Of the values of a list.
    init(_ text: String, in list: SCIMAttribute) throws(SCIMFault) {
        self = try Self.read(text) { (name) throws(SCIMFault) in try SCIMAttributePath(name, in: list) }
    }

    private static func read(
        _ text: String, _ path: @escaping (Substring) throws(SCIMFault) -> SCIMAttributePath
    ) throws(SCIMFault) -> SCIMFilter {
        guard text.utf8.count <= longest else { throw SCIMFault(.invalidFilter, "the filter is longer than \(longest) bytes") }
        do throws(SCIMFault) {
            var parser = SCIMFilterParser(text, path)
            return try parser.whole()
        } catch {
            throw SCIMFault(.invalidFilter, error.detail)
        }
    }

    /// The value that an attribute must be equal to, whatever else is asked.
    func equal(to attribute: String, _ part: String? = nil) -> String? {
        switch self {
        case .compare(let path, .eq, .string(let text)) where path.attribute == attribute && path.part == part: text
        case .and(let filters): filters.lazy.compactMap { $0.equal(to: attribute, part) }.first
        default: nil
        }
    }

    /// Whether an attribute plays a part.
    func mentions(_ attribute: String) -> Bool {
        switch self {
        case .and(let filters), .or(let filters): filters.contains { $0.mentions(attribute) }
        case .not(let filter): filter.mentions(attribute)
        case .present(let path), .compare(let path, _, _), .element(let path, _): path.attribute == attribute
        }
    }
}

extension SCIMAttributePath {
    /// Of a value of a list.
    init(_ text: some StringProtocol, in list: SCIMAttribute) throws(SCIMFault) {
        guard let found = list.part(text) else {
            throw SCIMFault(.invalidFilter, "\(list.name) has no part \(String(text.prefix(80)).debugDescription)")
        }
        self.init(attribute: found.name, part: nil)
    }

    init(attribute: String, part: String?) {
        self.attribute = attribute
        self.part = part
    }
}
