import Model

extension Manifest {
    /// Everything that the tenant is asked for: what the manifest lists, and the hooks it attaches to where it does not
    /// list them itself.
    package var requests: [PermissionRequest] {
        guard !hooks.isEmpty, !permissions.contains(where: { $0.permission.resource == .hooks }) else { return permissions }
        var conditions = Permission.Conditions()
        conditions.names = Array(Set(hooks.map(\.event))).sorted()
        let handle = Permission(.hooks, ["handle"], conditions)
        return permissions + [PermissionRequest(permission: handle, purpose: "Handles events of the host", isEssential: false)]
    }

    static func permissions(_ node: YAMLNode, _ problems: inout ProblemList) -> [PermissionRequest] {
        guard let elements = problems.attempt({ () throws(Problem) in try node.sequence }) else { return [] }
        if elements.count > 64 { problems.add(node.problem("more than 64 permissions")) }
        var requests: [PermissionRequest] = []
        for element in elements.prefix(64) {
            guard var members = problems.attempt({ () throws(Problem) in try element.mapping }) else { continue }
            let permission = Permission(&members, &problems)
            let purpose = members.take("purpose").flatMap { node in
                problems.attempt { () throws(Problem) in try node.line(limit: 300) }
            }
            let essential = members.take("essential").flatMap { node in
                problems.attempt { () throws(Problem) in try node.bool() }
            }
            for problem in members.unknown { problems.add(problem) }
            guard let permission else { continue }
            requests.append(
                PermissionRequest(permission: permission, purpose: purpose ?? "", isEssential: essential ?? false))
        }
        return requests
    }
}
