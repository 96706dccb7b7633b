package import Model

/// A request as it goes out, but for its secret.
package struct PreparedRequest: Sendable, Hashable {
    package let method: HTTPAction.Method
    package let address: RequestAddress
    /// Names and values that can stand in a header, each name once.
    package private(set) var fields: [Field]
    package private(set) var body: [UInt8]
    /// What is to be its body; see `carrying`.
    package let document: DocumentID?

    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// From what was worked out of `HTTPAction.form`. `key` is the step's. Throws `invalidInput` for what cannot be sent, and names
    /// no values: they may be secrets.
    package init(_ action: HTTPAction, _ request: Payload, key: String) throws(Problem) {
        guard let form = (try? JSONValue.parse(request.text))?.object, let url = form["url"]?.string else {
            throw Problem(.invalidInput, "the request has no address")
        }
        method = action.method
        address = try RequestAddress(try Self.url(url, form["query"]?.object ?? [:]))
        var fields: [String: Field] = [:]
        for (name, value) in form["headers"]?.object ?? [:] {
            guard let text = try Self.text(value, named: "header \(name)") else { continue }
            if let reason = RequestHeader.refusal(of: name) { throw Problem(.invalidInput, reason) }
            guard RequestHeader.isValue(text) else {
                throw Problem(
                    .invalidInput, "header \(name): its value cannot stand in a header",
                    hint: "no line break, no other control character, ASCII, and at most \(RequestHeader.valueLimit) bytes")
            }
            fields[name.lowercased()] = Field(name: name, value: text)
        }
        let (body, type) = Self.body(form["body"] ?? .null)
        let named = form["document"] ?? .null
        let document = Self.document(named)
        guard named.isNull || document != nil else {
            throw Problem(
                .invalidInput, "document: expected the identifier of a document, or an object with it as `document`",
                hint: "null sends no body")
        }
        self.document = document
        self.body = body
        if let type, fields["content-type"] == nil { fields["content-type"] = Field(name: "Content-Type", value: type) }
        if fields["user-agent"] == nil { fields["user-agent"] = Field(name: "User-Agent", value: "Cloister-Workflows/1") }
        if fields["accept"] == nil { fields["accept"] = Field(name: "Accept", value: "*/*") }
        // What comes back is read as it comes.
        fields["accept-encoding"] = Field(name: "Accept-Encoding", value: "identity")
        if action.idempotency == .keyed { fields["idempotency-key"] = Field(name: "Idempotency-Key", value: key) }
        self.fields = fields.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A document as it is named, or what refers to one, such as the body of an answer that was kept; nil for anything else.
    static func document(_ value: JSONValue) -> DocumentID? {
        (value.string ?? value["document"]?.string).flatMap(DocumentID.init(rawValue:))
    }

    /// With these bytes as its body, and their type unless its author named one.
    package func carrying(_ bytes: [UInt8], of mediaType: String) -> PreparedRequest {
        var request = self
        request.body = bytes
        if !fields.contains(where: { $0.name.lowercased() == "content-type" }) {
            request.fields.append(Field(name: "Content-Type", value: mediaType))
        }
        return request
    }

    /// The address with the members of `query` behind it, sorted by name; null is left out, and a list stands once for each element.
    private static func url(_ url: String, _ query: [String: JSONValue]) throws(Problem) -> String {
        var text = url
        for name in query.keys.sorted() {
            for value in query[name]?.array ?? [query[name] ?? .null] {
                guard let value = try Self.text(value, named: "query \(name)") else { continue }
                text += (text.contains("?") ? "&" : "?") + escaped(name) + "=" + escaped(value)
            }
        }
        return text
    }

    private static func text(_ value: JSONValue, named name: String) throws(Problem) -> String? {
        switch value {
        case .null: return nil
        case .string(let text): return text
        case .bool, .integer, .number: return value.compactText
        case .array, .object: throw Problem(.invalidInput, "\(name): expected a text, a number, true or false, found \(value.kind)")
        }
    }

    private static func body(_ value: JSONValue) -> (bytes: [UInt8], type: String?) {
        switch value {
        case .null: ([], nil)
        case .string(let text): (Array(text.utf8), "text/plain; charset=utf-8")
        default: (value.bytes, "application/json")
        }
    }

    /// All but unreserved characters as bytes in hexadecimal (RFC 3986, section 2).
    private static func escaped(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.unicodeScalars.append(Unicode.Scalar(byte))
            default: output += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return output
    }
}
