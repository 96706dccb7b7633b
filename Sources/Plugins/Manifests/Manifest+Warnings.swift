import Glibc
import Model
package import Sandbox

extension Manifest {
    /// What is no mistake, and yet will not do what its author probably means, under the profile that the manifest names.
    /// A line each.
    package func warnings(under profile: Profile) -> [String] {
        permissions.enumerated().flatMap { index, request in
            request.permission.resource == .network
                ? Self.networkWarnings(request.permission, profile).map { "permissions[\(index)]: \($0)" } : []
        }
    }

    private static func networkWarnings(_ permission: Permission, _ profile: Profile) -> [String] {
        guard profile.systemCalls.allowsInternetSockets else {
            return [
                "of no use: the profile \(profile.name) lets no program open a socket, and the way out is one "
                    + "(name another profile, such as default, or drop the permission)"
            ]
        }
        guard let methods = permission.conditions.methods, permission.conditions.reachablePorts.contains(443) else {
            return []
        }
        return [
            "with methods (\(methods.joined(separator: ", "))) no tunnel is allowed, and most clients ask for one for https "
                + "(send `GET https://host/path` to the proxy, or drop methods)"
        ]
    }
}

extension SystemCallPolicy {
    /// Whether a program may connect to 127.0.0.1, where the way out is.
    fileprivate var allowsInternetSockets: Bool {
        let stream = [UInt64(AF_INET), UInt64(SOCK_STREAM.rawValue), 0, 0, 0, 0]
        return rules["socket"]?.answer(for: stream) == .allow
            && rules["connect"]?.answer(for: [UInt64](repeating: 0, count: 6)) == .allow
    }
}
