package import Model

/// What a person changes about a plugin's grants. Grants only what the manifest asks for.
package enum GrantChange: Sendable, Hashable {
    /// Nothing but what was used stays.
    case shrink
    case grant(Resource, actions: [String])
    case revoke(Resource, actions: [String])

    /// Reads `documents`, for every action, or `documents:read,create`.
    package static func parts(_ text: String) throws(Problem) -> (Resource, actions: [String]) {
        let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let resource = Resource(rawValue: pieces[0]) else {
            let names = Resource.allCases.map(\.rawValue)
            throw Problem(
                .invalidInput, "not a resource: \(pieces[0].prefix(60).debugDescription)",
                hint: names.nearest(to: pieces[0]).map { "did you mean \($0)?" } ?? "there are: \(names.joined(separator: ", "))")
        }
        guard pieces.count > 1 else { return (resource, resource.actions) }
        let actions = pieces[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for action in actions where !resource.actions.contains(action) {
            throw Problem(
                .invalidInput, "not an action on \(resource.rawValue): \(action.prefix(60).debugDescription)",
                hint: "there are: \(resource.actions.joined(separator: ", "))")
        }
        return (resource, actions)
    }

    /// The permissions after the change, given what the manifest asks for and what was used. Pure.
    package func applied(
        to permissions: [Permission], requested: [Permission], uses: [GrantUse]
    ) throws(Problem) -> [Permission] {
        switch self {
        case .shrink: return permissions.shrunk(to: uses)
        case .revoke(let resource, let actions):
            return permissions.compactMap { permission in
                guard permission.resource == resource else { return permission }
                var rest = permission
                rest.actions.removeAll(where: actions.contains)
                return rest.actions.isEmpty ? nil : rest
            }
        case .grant(let resource, let actions):
            let asked = requested.filter { $0.resource == resource }.compactMap { permission in
                var part = permission
                part.actions = permission.actions.filter(actions.contains)
                return part.actions.isEmpty ? nil : part
            }
            guard !asked.isEmpty else {
                throw Problem(
                    .invalidInput, "the manifest does not ask for \(resource.rawValue) \(actions.joined(separator: ", "))",
                    hint: "a plugin is granted what its manifest asks for; see cloister plugin permissions")
            }
            let kept = try GrantChange.revoke(resource, actions: actions).applied(
                to: permissions, requested: requested, uses: uses)
            return kept + asked
        }
    }
}
