/// The one place that decides whether something is allowed. Pure: grants in, verdict out.
extension Permission {
    /// Whether this permission allows an action on a subject: it names the action, and the subject satisfies every
    /// condition.
    ///
    /// A condition that cannot be checked is not satisfied: with `methods`, a tunnel whose requests nobody sees is refused.
    package func allows(_ action: String, on subject: PermissionSubject) -> Bool {
        guard actions.contains(action) else { return false }
        switch subject {
        case .document(let mediaType, let size):
            let type = PermissionSubject.plain(mediaType)
            return conditions.mediaTypes?.contains { Self.mediaType($0, covers: type) } ?? true
                && size <= conditions.maximumSize ?? size
        case .key(let key): return key.utf8.starts(with: (conditions.pathPrefix ?? "").utf8)
        case .name(let name): return conditions.names?.contains { Self.name($0, covers: name) } ?? true
        case .endpoint(let host, let port, let method):
            guard let host = try? Host(host) else { return false }
            return conditions.hosts?.contains { (try? HostPattern($0))?.matches(host) ?? false } ?? false
                && conditions.reachablePorts.contains(port)
                && conditions.methods?.contains { $0 == method } ?? true
        case .nothing: return true
        }
    }

    /// `image/*` stands for every image.
    static func mediaType(_ pattern: String, covers type: String) -> Bool {
        pattern.hasSuffix("/*") ? type.hasPrefix(pattern.dropLast()) : pattern == type
    }

    /// A trailing `*` stands for the rest of a name, also for none.
    static func name(_ pattern: String, covers name: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : pattern == name
    }

    /// `*.example.org` stands for every name below `example.org`, and not for that name itself. What is no pattern stands
    /// for nothing.
    static func host(_ pattern: String, covers other: String) -> Bool {
        guard let pattern = try? HostPattern(pattern), let other = try? HostPattern(other) else { return false }
        return pattern.covers(other)
    }
}

extension [Permission] {
    /// Whether any of the permissions allows the action on the subject.
    package func allows(_ resource: Resource, _ action: String, on subject: PermissionSubject) -> Bool {
        contains { $0.resource == resource && $0.allows(action, on: subject) }
    }

    /// Whether the action is allowed on anything at all.
    package func mention(_ resource: Resource, _ action: String) -> Bool {
        contains { $0.resource == resource && $0.actions.contains(action) }
    }
}
