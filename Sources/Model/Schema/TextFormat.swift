/// The formats of strings that are checked, by their names in JSON Schema; `document` is this project's own.
package enum TextFormat: String, CaseIterable, Sendable {
    /// A document that the host places or takes, named by its path; the schema decides only that it is a string.
    case document
    case dateTime = "date-time"
    case date
    case time
    case email
    case hostname
    case uri
    case uuid
    case ipv4
    case ipv6

    /// Formats that are known and say something to people and editors, but are not checked.
    static let unchecked: Set<String> = [
        "duration", "idn-email", "idn-hostname", "uri-reference", "iri", "iri-reference", "uri-template",
        "json-pointer", "relative-json-pointer", "regex", "password", "binary", "byte", "int32", "int64", "float",
        "double",
    ]

    /// What a text must be, for messages.
    var noun: String {
        switch self {
        case .document: "a document"
        case .dateTime: "a date and time such as 2024-05-01T09:30:00Z"
        case .date: "a date such as 2024-05-01"
        case .time: "a time such as 09:30:00Z"
        case .email: "an e-mail address"
        case .hostname: "a host name"
        case .uri: "a URI with a scheme, such as https://example.org/"
        case .uuid: "a UUID"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        }
    }

    package func admits(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(4_096))
        guard text.utf8.count <= bytes.count else { return self == .document }
        switch self {
        case .document: return !bytes.isEmpty
        case .dateTime: return Self.isDateTime(bytes)
        case .date: return bytes.count == 10 && Self.isDate(bytes[...])
        case .time: return Self.isTime(bytes[...])
        case .email: return Self.isEmail(bytes)
        case .hostname: return Self.isHostname(bytes[...])
        case .uri: return Self.isURI(bytes)
        case .uuid: return Self.isUUID(bytes)
        case .ipv4: return Self.isIPv4(bytes[...])
        case .ipv6: return Self.isIPv6(bytes)
        }
    }
}
