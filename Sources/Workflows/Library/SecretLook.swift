import Model

/// What looks like a secret, by its name or by itself. Errs on the side of taking too much for one.
enum SecretLook {
    private static let names: Set<String> = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "accesstoken", "refreshtoken", "authtoken", "bearertoken",
        "clientsecret", "privatekey", "accesskey", "secretkey", "signingkey", "authorization", "proxyauthorization", "cookie",
        "setcookie", "xapikey", "xauthtoken", "credential", "credentials", "sessionid", "webhooksecret", "connectionstring",
    ]

    /// How keys of known kinds begin, and how many letters follow at least.
    private static let prefixes: [(String, Int)] = [
        ("sk-", 16), ("sk_live_", 8), ("sk_test_", 8), ("rk_live_", 8), ("pk_live_", 8), ("ghp_", 20), ("gho_", 20), ("ghs_", 20), ("ghu_", 20),
        ("github_pat_", 20), ("glpat-", 16), ("xoxb-", 10), ("xoxp-", 10), ("xoxa-", 10), ("xapp-", 10), ("AKIA", 16), ("ASIA", 16),
        ("AIza", 30), ("ya29.", 16), ("eyJ", 40), ("SG.", 30), ("whsec_", 16), ("shpat_", 16), ("npm_", 20), ("pypi-", 20), ("dop_v1_", 20),
        ("hf_", 20), ("cl_", 32),
    ]

    /// Whether what a member of this name holds is to be taken for a secret: `apiKey`, `api_key` and `X-Api-Key` alike.
    static func isName(_ key: String) -> Bool {
        names.contains(key.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    /// Whether a value under such a name only says what a secret is like: the schema of a form's field.
    static func isDescription(_ value: JSONValue) -> Bool { value["type"]?.string != nil }

    /// Whether a member only says which secret of the tenant's is meant, as a node of kind `http` does.
    static func isNaming(_ value: JSONValue, as key: String) -> Bool {
        guard key == "secret", let members = value.object, members["name"]?.string != nil else { return false }
        return Set(members.keys).isSubset(of: ["name", "header", "prefix"])
    }

    /// Whether a text is nothing but an expression: it names where a value comes from, and is none.
    static func isReference(_ text: String) -> Bool {
        guard let template = try? Template(.string(text)), case .expression(let program) = template.root else { return false }
        return !program.contains("\"")
    }

    static func isSecret(_ text: String) -> Bool {
        let lowered = text.prefix(4096).lowercased()
        if lowered.contains("-----begin") && lowered.contains("private key") { return true }
        for scheme in ["bearer ", "basic "] {
            guard let range = lowered.firstRange(of: scheme) else { continue }
            let word = lowered[range.upperBound...].prefix { !$0.isWhitespace && $0 != "\"" }
            if word.count >= 8, !word.hasPrefix("${"), word.contains(where: \.isNumber) || scheme == "basic " && word.count >= 12 { return true }
        }
        if hasUserInfo(text) { return true }
        return words(of: text).contains { word in
            prefixes.contains { prefix, count in word.hasPrefix(prefix) && word.dropFirst(prefix.count).prefix(count).count >= count }
        }
    }

    /// An address with a password: `https://user:password@host`.
    private static func hasUserInfo(_ text: String) -> Bool {
        guard let scheme = text.firstRange(of: "://") else { return false }
        let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" && !$0.isWhitespace }
        guard let at = authority.lastIndex(of: "@") else { return false }
        return authority[..<at].contains(":")
    }

    private static func words(of text: String) -> [Substring] {
        text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) && $0 != "-" && $0 != "_" && $0 != "." }
    }
}
