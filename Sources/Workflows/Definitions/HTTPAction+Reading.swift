import Model

extension HTTPAction {
    private static let headerLimit = 50
    private static let queryLimit = 100

    /// Reads what belongs to kind `http`; nil where there is no address that a request could go to.
    init?(reading reader: inout DefinitionReader) {
        let url = Self.url(&reader)
        let method = reader.choice("method", Method.self) ?? .get
        let headers = Self.templates("headers", upTo: Self.headerLimit, &reader)
        let query = Self.templates("query", upTo: Self.queryLimit, &reader)
        let body = reader.template("body")
        let document = reader.template("document")
        let secret = Self.secret(&reader)
        let successes = Self.successes(&reader)
        let idempotency = reader.choice("idempotency", NodeKind.Idempotency.self) ?? method.idempotency
        guard let url else { return nil }
        self.init(
            method: method, url: url, headers: headers, query: query, body: body, document: document, secret: secret,
            successes: successes, idempotency: idempotency)
        checkHeaders(&reader)
        for (name, template) in query where template.constant?.object != nil {
            reader.report("\(name.debugDescription) is an object", at: "query", hint: "a text, a number, true or false, or a list of those")
        }
        if body != nil, !method.hasBody { reader.report("a \(method.rawValue) has no body", at: "body", hint: "method: POST, PUT or PATCH") }
        checkDocument(&reader)
        if form.programs.count > Template.most {
            reader.report("more than \(Template.most) expressions in one request", hint: "put it together in several nodes")
        }
    }

    private func checkDocument(_ reader: inout DefinitionReader) {
        guard let document else { return }
        let hint = "document: \"${ .document }\""
        if !method.hasBody { reader.report("a \(method.rawValue) has no body", at: "document", hint: "method: POST, PUT or PATCH") }
        if body != nil { reader.report("stands beside a body", at: "document", hint: "leave one of them out") }
        if let constant = document.constant, PreparedRequest.document(constant) == nil {
            reader.report("names no document", at: "document", hint: hint)
        }
    }

    /// An address whose host stands in the definition: what comes along in a run must not choose whom a request, and with it a
    /// secret, goes to.
    private static func url(_ reader: inout DefinitionReader) -> Template? {
        guard let template = reader.requiredTextTemplate("url") else { return nil }
        guard template.addressParts.first.map({ $0.isLiteral || $0.variable != nil }) ?? false else {
            reader.report("the host must not come from an expression", at: "url", hint: hostHint)
            return nil
        }
        // With a constant of the settings it is checked when those are known.
        if template.addressParts[0].isLiteral, let (message, hint) = fault(in: template, beginning: "") {
            reader.report(message, at: "url", hint: hint)
        }
        return template
    }

    private static let hostHint =
        "write https://api.example.com/ out, or as a constant in settings.variables, and expressions behind it; for several hosts, several nodes behind a switch"

    /// What is wrong with an address that begins with `beginning` and goes on as its template does, but for that.
    private static func fault(in template: Template, beginning: String) -> (message: String, hint: String?)? {
        let parts = beginning.isEmpty ? template.addressParts[...] : template.addressParts.dropFirst()
        let literals = parts.map { part in if case .literal(let text) = part { text } else { "x" } }
        let isWhole = parts.allSatisfy(\.isLiteral)
        let first = beginning + (parts.first?.isLiteral == true ? literals[0] : "")
        guard isWhole || RequestAddress.endsItsHost(first) else { return ("the host must not come from an expression", hostHint) }
        do throws(Problem) {
            _ = try RequestAddress(beginning + literals.joined())
            return nil
        } catch {
            return (error.message, error.hint)
        }
    }

    /// What is wrong with addresses that begin with a constant of the settings.
    static func findings(_ nodes: [WorkflowNode], _ variables: JSONValue) -> [WorkflowFinding] {
        nodes.enumerated().compactMap { index, node in
            guard case .action(.http(let action)) = node.kind, let name = action.url.addressParts.first?.variable else { return nil }
            let place = JSONPointer().appending("nodes").appending(index).appending("config").appending("url")
            guard let base = variables[name]?.string, !base.isEmpty else {
                return WorkflowFinding(
                    place, node: node.id.rawValue, "begins with $vars.\(name.prefix(64)), which is no text in settings.variables",
                    hint: "settings: {variables: {\(name.prefix(64)): https://api.example.com}}")
            }
            return fault(in: action.url, beginning: base).map { WorkflowFinding(place, node: node.id.rawValue, $0.message, hint: $0.hint) }
        }
    }

    private static func templates(_ key: String, upTo limit: Int, _ reader: inout DefinitionReader) -> [String: Template] {
        guard let value = reader.take(key) else { return [:] }
        guard let members = value.object, members.count <= limit, members.keys.allSatisfy({ (1...200).contains($0.utf8.count) }) else {
            reader.report("expected an object of at most \(limit) members with short names", at: key)
            return [:]
        }
        var inner = DefinitionReader(value, at: reader.pointer.appending(key), node: reader.node)
        var templates: [String: Template] = [:]
        for name in members.keys.sorted() {
            templates[name] = key == "headers" ? inner.textTemplate(name) : inner.template(name)
        }
        inner.finish()
        reader.add(inner.findings)
        return templates
    }

    private func checkHeaders(_ reader: inout DefinitionReader) {
        var taken: Set<String> = []
        for name in headers.keys.sorted() {
            if let reason = RequestHeader.refusal(of: name) { reader.report(reason, at: "headers", hint: "leave it out") }
            if !taken.insert(name.lowercased()).inserted { reader.report("\(name) stands twice", at: "headers") }
            if let text = headers[name]?.constant?.string, !RequestHeader.isValue(text) {
                reader.report("\(name) has a control character in it, or is too long", at: "headers")
            }
        }
        if idempotency == .keyed, taken.contains("idempotency-key") {
            reader.report("Idempotency-Key is the engine's where the idempotency is keyed", at: "headers", hint: "leave it out")
        }
        if let secret, taken.contains(secret.header.lowercased()) {
            reader.report("\(secret.header) is the secret's", at: "headers", hint: "leave it out, or name another header in secret.header")
        }
    }

    private static func secret(_ reader: inout DefinitionReader) -> Secret? {
        guard let value = reader.take("secret") else { return nil }
        var inner = DefinitionReader(value, at: reader.pointer.appending("secret"), node: reader.node)
        let name = inner.requiredLine("name", limit: 128)
        let header = inner.line("header", limit: 64) ?? Secret.ordinaryHeader
        let isOrdinary = header.lowercased() == Secret.ordinaryHeader.lowercased()
        let prefix = inner.text("prefix", limit: 64) ?? (isOrdinary ? Secret.ordinaryPrefix : "")
        if let reason = RequestHeader.refusal(of: header) { inner.report(reason, at: "header", hint: "for example Authorization or X-Api-Key") }
        if !RequestHeader.isValue(prefix) { inner.report("has a control character in it", at: "prefix") }
        inner.finish()
        reader.add(inner.findings)
        return name.map { Secret(name: $0, header: header, prefix: prefix) }
    }

    private static func successes(_ reader: inout DefinitionReader) -> Set<Int> {
        guard let value = reader.take("succeed") else { return [] }
        let numbers = value.array?.compactMap { $0.integer.flatMap { Int(exactly: $0) } } ?? []
        guard let list = value.array, numbers.count == list.count, (1...50).contains(list.count), numbers.allSatisfy((200...599).contains) else {
            reader.report("expected 1 to 50 statuses from 200 to 599", at: "succeed", hint: "200 to 299 succeed without it")
            return []
        }
        return Set(numbers)
    }
}

extension Template {
    /// An address as literals and expressions; none where it is no text.
    fileprivate var addressParts: [TextPart] {
        switch root {
        case .constant(.string(let text)): [.literal(text)]
        case .expression(let program): [.expression(program)]
        case .text(let parts): parts
        default: []
        }
    }
}

extension Template.TextPart {
    fileprivate var isLiteral: Bool { if case .literal = self { true } else { false } }

    fileprivate var variable: String? { if case .expression(let program) = self { HTTPAction.variable(program) } else { nil } }
}
