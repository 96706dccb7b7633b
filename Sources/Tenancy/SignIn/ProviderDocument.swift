import Model

/// What a provider says of itself: OpenID Connect Discovery 1.0 section 3.
struct ProviderDocument: Sendable, Hashable {
    let issuer: String
    let authorization: ProviderAddress
    let token: ProviderAddress
    let keys: ProviderAddress
    /// Whether the secret is sent in the form, where the provider knows no other way.
    let sendsSecretInForm: Bool
    /// What it says it can be asked for.
    let scopes: Set<String>

    /// Where the document lies: below the issuer.
    static func address(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Throws `unreachable`: what is wrong is the provider's affair.
    init(_ bytes: [UInt8], of issuer: String, allowsPlain: Bool) throws(Problem) {
        guard let value = try? JSONValue.parse(bytes), value.object != nil else {
            throw Self.wrong(issuer, "is not JSON")
        }
        // Otherwise one provider could answer for another.
        guard let said = value["issuer"]?.string, said == issuer else {
            throw Self.wrong(issuer, "names another issuer: \((value["issuer"]?.string ?? "none").prefix(200).debugDescription)")
        }
        func address(_ name: String) throws(Problem) -> ProviderAddress {
            guard let text = value[name]?.string, let address = try? ProviderAddress(text, at: name, allowsPlain: allowsPlain) else {
                throw Self.wrong(issuer, "has no \(name) that can be used")
            }
            return address
        }
        self.issuer = issuer
        authorization = try address("authorization_endpoint")
        token = try address("token_endpoint")
        keys = try address("jwks_uri")
        if let methods = value["code_challenge_methods_supported"]?.array, !methods.contains("S256") {
            throw Self.wrong(issuer, "does not know PKCE with S256")
        }
        scopes = Set((value["scopes_supported"]?.array ?? []).compactMap(\.string))
        let ways = value["token_endpoint_auth_methods_supported"]?.array ?? ["client_secret_basic"]
        sendsSecretInForm = !ways.contains("client_secret_basic") && ways.contains("client_secret_post")
    }

    private static func wrong(_ issuer: String, _ what: String) -> Problem {
        Problem(
            .unreachable, "the document of the provider \(issuer) \(what)",
            hint: "\(address(of: issuer)) is read; the issuer must be written exactly as it stands there")
    }
}
