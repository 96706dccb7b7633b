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
            let host = Self.plainHost(host)
            return conditions.hosts?.contains { Self.host(Self.plainHost($0), covers: host) } ?? false
                && conditions.ports?.contains(port) ?? true
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

    /// `*.example.org` stands for every name below `example.org`, and not for that name itself.
    static func host(_ pattern: String, covers host: String) -> Bool {
        guard pattern.hasPrefix("*.") else { return pattern == host }
        let tail = pattern.dropFirst()
        return host.count > tail.count && host.hasSuffix(tail)
    }

    /// One spelling: lower case, without the root's dot and without the brackets of an address.
    static func plainHost(_ host: String) -> String {
        var host = host.lowercased()[...]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if host.hasSuffix(".") { host = host.dropLast() }
        return String(host)
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
