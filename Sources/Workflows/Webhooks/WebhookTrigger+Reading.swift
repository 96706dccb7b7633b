import Model

extension WebhookTrigger {
    /// Nil where it does not say how senders prove who they are. What is wrong is in the reader.
    init?(reading reader: inout DefinitionReader) {
        reply = reader.choice("reply", Reply.self) ?? .accepted
        if let limit = reader.duration("replyTimeout", shortest: .seconds(1), longest: Self.longestReply) {
            replyTimeout = limit
            if reply != .result { reader.report("nobody is kept waiting", at: "replyTimeout", hint: "reply: result") }
        }
        deduplicate = reader.program("deduplicate")
        guard let signature = reader.take("signature") else {
            reader.report(
                "missing: how a message proves who sent it", at: "signature",
                hint: "a scheme and secretName, or none where anybody may begin runs")
            return nil
        }
        if signature.string != "none" {
            guard let proof = WebhookProof(reading: signature, &reader) else { return nil }
            self.proof = proof
        }
        headers = readHeaders(&reader)
    }

    private func readHeaders(_ reader: inout DefinitionReader) -> [String] {
        let names = (reader.strings("headers", upTo: Self.mostHeaders) ?? []).map { $0.lowercased() }
        for name in names {
            if !WebhookProof.isHeader(name) {
                reader.report("not the name of a header: \(name.prefix(64).debugDescription)", at: "headers")
            } else if Self.withheld.contains(name) || name == proof?.scheme.header {
                reader.report("no run gets the header \(name): whoever reads the run would hold what it opens", at: "headers")
            }
        }
        return names
    }
}

extension WebhookProof {
    fileprivate init?(reading value: JSONValue, _ reader: inout DefinitionReader) {
        let place = reader.pointer.appending("signature")
        guard value.object != nil else {
            reader.report("expected none, or an object with a scheme and a secretName", at: "signature")
            return nil
        }
        var inner = DefinitionReader(value, at: place, node: reader.node)
        let scheme = Self.scheme(&inner)
        let name = inner.requiredLine("secretName", limit: 128)
        if let name { Self.check(secretName: name, &inner) }
        if let scheme, scheme.clock != nil, let tolerance = inner.duration(
            "tolerance", shortest: Self.tolerances.lowerBound, longest: Self.tolerances.upperBound)
        {
            self.tolerance = tolerance
        }
        // What follows belongs to a scheme that is not known.
        if scheme != nil { inner.finish() }
        reader.add(inner.findings)
        guard let scheme, let name else { return nil }
        self.scheme = scheme
        secretName = name
    }

    private static func scheme(_ reader: inout DefinitionReader) -> SignatureScheme? {
        let names = SignatureScheme.Name.allCases.map(\.rawValue)
        guard let text = reader.required("scheme") else { return nil }
        guard let name = text.string.flatMap(SignatureScheme.Name.init(rawValue:)) else {
            let near = text.string.flatMap { names.nearest(to: $0) }.map { "did you mean \($0)?" }
            reader.report("expected one of \(names.joined(separator: ", "))", at: "scheme", hint: near)
            return nil
        }
        switch name {
        case .github: return .github
        case .slack: return .slack
        case .stripe: return .stripe
        case .standardWebhooks: return .standardWebhooks
        case .token:
            let header = Self.header("header", &reader)
            let prefix = reader.text("prefix", limit: 64)
            return .token(header ?? "authorization", prefix: prefix ?? (header == nil ? "Bearer " : ""))
        case .hmac:
            let header = Self.header("header", &reader)
            if header == nil, reader.findings.isEmpty {
                reader.report("missing: the header that has the code", at: "header", hint: "header: X-Signature")
            }
            let timestamp = Self.header("timestamp", &reader)
            let encoding = reader.choice("encoding", SignatureScheme.Encoding.self) ?? .hex
            return .hmac(header ?? "", prefix: reader.text("prefix", limit: 64) ?? "", encoding, timestamp: timestamp)
        }
    }

    private static func header(_ key: String, _ reader: inout DefinitionReader) -> String? {
        guard let name = reader.line(key, limit: 64)?.lowercased() else { return nil }
        if isHeader(name) { return name }
        reader.report("not the name of a header", at: key, hint: "for example X-Signature")
        return nil
    }

    /// A token (RFC 9110 section 5.6.2).
    static func isHeader(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    /// As names of secrets are; and no secret that somebody took for its name.
    private static func check(secretName name: String, _ reader: inout DefinitionReader) {
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_.-".utf8.contains(byte)
        }
        if !isName {
            reader.report(
                "not the name of a secret", at: "secretName",
                hint: "1 to 128 letters, digits, points, hyphens and underscores; cloister secret set NAME keeps one")
        } else if SecretLook.isSecret(name) {
            reader.report("this looks like a secret, not like its name", at: "secretName", hint: "keep it by cloister secret set NAME, and name it here")
        }
    }
}
