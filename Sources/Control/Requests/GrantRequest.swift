import Model

/// What a request wants to change about a plugin's grants; nothing to only read them.
package struct GrantRequest: Hashable, Sendable {
    package static let limit = 32

    /// Keep only what was used.
    package var shrink: Bool
    /// `RESOURCE` or `RESOURCE:ACTION,ACTION`, granted as the manifest asks for them.
    package var grant: [String]
    package var revoke: [String]

    package init(shrink: Bool = false, grant: [String] = [], revoke: [String] = []) {
        self.shrink = shrink
        self.grant = grant
        self.revoke = revoke
    }

    package var isEmpty: Bool { self == GrantRequest() }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        shrink = try parameters.members.optionalBool("shrink") ?? false
        grant = try parameters.words("grant", limit: Self.limit)
        revoke = try parameters.words("revoke", limit: Self.limit)
    }

    var members: [String: JSONValue] {
        [
            "shrink": .bool(shrink), "grant": .array(grant.map { .string($0) }),
            "revoke": .array(revoke.map { .string($0) }),
        ]
    }
}
