import Model

/// A token in which a provider says who somebody is (OpenID Connect Core 1.0 section 2), not yet believed.
struct IDToken: Sendable {
    static let sizeLimit = 64 << 10
    /// How far the provider's clock may be from this one, in milliseconds.
    static let skew: Int64 = 60_000
    /// A token is made when the code is exchanged; an older one was meant for another moment.
    static let oldest: Int64 = 10 * 60_000

    let text: String
    let algorithm: SigningAlgorithm
    let keyID: String?
    private let claims: JSONValue

    /// Reads it without believing it. Throws `permissionDenied`.
    init(_ text: String) throws(Problem) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.sizeLimit, parts.count == 3, let head = Self.object(parts[0]), let claims = Self.object(parts[1]) else {
            throw Self.refused("is none")
        }
        guard let name = head["alg"]?.string, let algorithm = SigningAlgorithm(rawValue: name) else {
            throw Self.refused(
                "is signed by \((head["alg"]?.string ?? "nothing").prefix(20).debugDescription)",
                hint: "let the provider sign with one of \(SigningAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        // RFC 7515 section 4.1.11: whatever stands there must be understood, and none of it is.
        guard head["crit"] == nil else { throw Self.refused("asks for extensions that nobody knows here") }
        (self.text, self.algorithm, keyID, self.claims) = (text, algorithm, head["kid"]?.string, claims)
    }

    /// What the provider vouches for, once the signature is found right. Throws `permissionDenied` for a token that was not
    /// made for this login, or not now.
    func subject(
        issuer: String, client: String, nonce: String, at now: Int64
    ) throws(Problem) -> ProviderSubject {
        guard claims["iss"]?.string == issuer else { throw Self.refused("is of another issuer") }
        let audience = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.array?.map { $0.string ?? "" } ?? []
        guard audience.contains(client) else { throw Self.refused("is meant for another client") }
        let party = claims["azp"]?.string
        guard party == client || claims["azp"] == nil && audience.count == 1 else {
            throw Self.refused("was given to another client")
        }
        guard let expires = Self.moment(claims["exp"]), now < expires + Self.skew else { throw Self.refused("has expired") }
        guard let issued = Self.moment(claims["iat"]), issued <= now + Self.skew, issued > now - Self.oldest - Self.skew else {
            throw Self.refused("was not made just now", hint: "is the clock of this host right?")
        }
        if claims["nbf"] != nil {
            guard let begin = Self.moment(claims["nbf"]), begin <= now + Self.skew else { throw Self.refused("is not good yet") }
        }
        guard let said = claims["nonce"]?.string, SecretCompare.isEqual(said, nonce) else {
            throw Self.refused("was made for another login")
        }
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count) else { throw Self.refused("names nobody") }
        // Some providers write truth as a word.
        let isVerified = claims["email_verified"] == true || claims["email_verified"] == "true"
        let email = isVerified ? claims["email"]?.string.flatMap { try? EmailAddress($0) } : nil
        return ProviderSubject(issuer: issuer, subject: subject, email: email, name: claims["name"]?.string)
    }

    /// The groups that a claim names; none where it is not there. Throws `permissionDenied` where nobody can tell which they
    /// are: nobody must keep a role because the provider did not say what it should have.
    func groups(in claim: String) throws(Problem) -> Set<String> {
        // OpenID Connect Core 1.0 section 5.6.2: they are elsewhere. Entra ID does so for people with many groups.
        guard claims["_claim_names"]?[claim] == nil else {
            throw Self.refused(
                "leaves out the groups", hint: "there are too many: whoever looks after the provider has it send only those that matter here")
        }
        switch claims[claim] {
        case nil, .null: return []
        case .string(let name): return [name]
        case .array(let values) where values.count <= GroupRoles.mostSaid && values.allSatisfy({ $0.string != nil }):
            return Set(values.compactMap(\.string))
        default:
            throw Self.refused(
                "has no list of groups in its claim \(claim.debugDescription)",
                hint: "at most \(GroupRoles.mostSaid) names: whoever looks after the provider can change that")
        }
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.decode(part), let value = try? JSONValue.parse(bytes), value.object != nil else { return nil }
        return value
    }

    /// Seconds on the wire, milliseconds here.
    private static func moment(_ value: JSONValue?) -> Int64? {
        let seconds: Double
        switch value {
        case .integer(let whole): seconds = Double(whole)
        case .number(let number): seconds = number
        default: return nil
        }
        return (0...1e11).contains(seconds) ? Int64(seconds * 1000) : nil
    }

    private static func refused(_ what: String, hint: String = "begin again; if it stays so, ask whoever looks after the provider") -> Problem {
        Problem(.permissionDenied, "the provider's ID token \(what)", hint: hint)
    }
}

/// Whom a provider has vouched for.
struct ProviderSubject: Sendable, Hashable {
    let issuer: String
    let subject: String
    /// Only one that the provider has verified.
    let email: EmailAddress?
    let name: String?
}

enum SecretCompare {
    /// In a time that does not tell how much of it is right.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        return left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
