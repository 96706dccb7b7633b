package import Model

/// What a plugin asks for, was granted and used, side by side.
package struct GrantAccount: Sendable {
    package struct Line: Sendable {
        package let resource: Resource
        package let action: String
        package let requested: [Permission]
        package let granted: [Permission]
        package let allowed: Int64
        package let refused: Int64
        /// Milliseconds since 1970 (UTC); nil for never.
        package let last: Int64?
        package let purpose: String
    }

    package let plugin: PluginID
    /// What holds of it for the version in force; nil where nobody has consented to anything.
    package let grant: Grant?
    package let lines: [Line]

    /// One line for every action that is asked for, granted, or was used or refused.
    init(_ manifest: Manifest, _ grant: Grant?, _ uses: [GrantUse]) {
        plugin = manifest.id
        let requests = manifest.requests
        var grant = grant
        if let all = grant?.permissions { grant?.permissions = all.limited(to: requests.map(\.permission)) }
        self.grant = grant
        func named(_ permissions: [Permission], _ resource: Resource, _ action: String) -> [Permission] {
            permissions.filter { $0.resource == resource && $0.actions.contains(action) }
        }
        lines = Resource.allCases.flatMap { resource in
            resource.actions.compactMap { action in
                let requested = named(requests.map(\.permission), resource, action)
                let granted = named(grant?.permissions ?? [], resource, action)
                let used = uses.filter { $0.key.resource == resource && $0.key.action == action }
                guard !requested.isEmpty || !granted.isEmpty || !used.isEmpty else { return nil }
                let purposes = requests.filter { requested.contains($0.permission) }.map(\.purpose)
                return Line(
                    resource: resource, action: action, requested: requested, granted: granted,
                    allowed: used.reduce(0) { $0 + $1.allowed }, refused: used.reduce(0) { $0 + $1.refused },
                    last: used.map(\.last).max(), purpose: purposes.filter { !$0.isEmpty }.joined(separator: "; "))
            }
        }
    }
}
