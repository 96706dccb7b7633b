package import Model

/// What the daemon keeps of an API key: everything but the key.
package struct KeyRecord: Sendable, Hashable {
    package let id: KeyID
    /// What its owner calls it.
    package let name: String
    /// The tenant to which it is bound; nil for an operator's.
    package let tenant: TenantID?
    package let scopes: Set<Scope>
    /// The first letters of the key.
    package let start: String
    /// In milliseconds since 1970 (UTC), as are the others.
    package let created: Int64
    package let createdBy: String
    package let expires: Int64?
    /// Nil where it was never used. Exact to a minute.
    package var lastUsed: Int64?

    package var principal: Principal { Principal("key \(id)", tenant: tenant, scopes: scopes) }
}

/// What a new key shall be.
package struct KeyWish: Sendable, Hashable {
    package var name: String
    package var tenant: TenantID?
    package var scopes: Set<Scope>
    package var environment: KeyText.Environment
    /// Whole days until it expires; nil for never.
    package var days: Int?

    package static let longestLife = 3_650

    /// Reads the scopes by name; `invalidInput` names one that is not known.
    package init(
        name: String, tenant: TenantID?, scopes: [String], environment: KeyText.Environment = .live, days: Int? = nil
    ) throws(Problem) {
        guard (1...100).contains(name.unicodeScalars.count), !name.allSatisfy(\.isWhitespace),
            name.unicodeScalars.allSatisfy({ !$0.isControl })
        else {
            throw Problem(.invalidInput, "/name: not a name for a key", hint: "one line of 1 to 100 characters")
        }
        guard !scopes.isEmpty else {
            throw Problem(.invalidInput, "/scopes: empty", hint: "a key without a scope opens nothing")
        }
        var known: Set<Scope> = []
        for (index, text) in scopes.enumerated() {
            guard let scope = Scope(rawValue: text) else {
                let names = Scope.allCases.map(\.rawValue)
                throw Problem(
                    .invalidInput, "/scopes/\(index): unknown scope \(text.prefix(40).debugDescription)",
                    hint: names.nearest(to: text).map { "did you mean \($0)?" } ?? names.joined(separator: ", "))
            }
            known.insert(scope)
        }
        guard days.map((1...Self.longestLife).contains) ?? true else {
            throw Problem(.invalidInput, "/days: out of range", hint: "1 to \(Self.longestLife)")
        }
        self.name = name
        self.tenant = tenant
        self.scopes = known
        self.environment = environment
        self.days = days
    }
}
