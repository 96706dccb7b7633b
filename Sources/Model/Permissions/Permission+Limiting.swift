extension [Permission] {
    /// What both these permissions and `others` allow, and nothing else. A permission that `others` allow whole stays as it
    /// is written. Patterns either lie within each other or have nothing in common, so that nothing is lost.
    package func limited(to others: [Permission]) -> [Permission] {
        var limited: [Permission] = []
        for permission in self {
            let isWhole = others.contains { other in
                permission.actions.allSatisfy { other.covers(permission.resource, $0, permission.conditions) }
            }
            let parts = isWhole ? [permission] : others.compactMap(permission.meet)
            for part in parts where !limited.contains(part) { limited.append(part) }
        }
        return limited
    }
}

extension Permission {
    /// What both permissions allow; nil for nothing.
    fileprivate func meet(_ other: Permission) -> Permission? {
        let shared = actions.filter(other.actions.contains)
        guard resource == other.resource, !shared.isEmpty, let conditions = conditions.meet(other.conditions) else { return nil }
        return Permission(resource, shared, conditions)
    }
}

extension Permission.Conditions {
    /// What satisfies both; nil where nothing can.
    fileprivate func meet(_ other: Self) -> Self? {
        var both = Self()
        both.maximumSize = [maximumSize, other.maximumSize].compactMap(\.self).min()
        let (prefix, otherPrefix) = (pathPrefix ?? "", other.pathPrefix ?? "")
        switch (prefix.utf8.starts(with: otherPrefix.utf8), otherPrefix.utf8.starts(with: prefix.utf8)) {
        case (true, _): both.pathPrefix = pathPrefix ?? other.pathPrefix
        case (_, true): both.pathPrefix = other.pathPrefix
        default: return nil
        }
        both.mediaTypes = Self.meet(mediaTypes, other.mediaTypes, Permission.mediaType)
        both.names = Self.meet(names, other.names, Permission.name)
        both.hosts = Self.meet(hosts, other.hosts, Permission.host)
        both.methods = Self.meet(methods, other.methods, ==)
        if ports != nil || other.ports != nil {
            both.ports = reachablePorts.filter(other.reachablePorts.contains)
        }
        let lists = [both.mediaTypes?.count, both.names?.count, both.hosts?.count, both.methods?.count, both.ports?.count]
        return lists.contains(0) ? nil : both
    }

    /// Of each pair of entries the narrower one, where one lies within the other; no list narrows nothing.
    private static func meet(_ some: [String]?, _ others: [String]?, _ covers: (String, String) -> Bool) -> [String]? {
        guard let some, let others else { return some ?? others }
        var both: [String] = []
        for entry in some {
            for other in others {
                let narrower = covers(other, entry) ? entry : covers(entry, other) ? other : nil
                if let narrower, !both.contains(narrower) { both.append(narrower) }
            }
        }
        return both
    }
}
