package import Model

/// How often a plugin used a grant, or was refused, for one action on one subject.
package struct GrantUse: Sendable, Hashable {
    /// Distinct subjects that are kept for one action of a plugin; what comes beyond is counted together.
    package static let subjectLimit = 64
    /// Stands for the subjects beyond the limit. No name, key or type contains it.
    package static let others = "…"

    package struct Key: Hashable, Sendable {
        package let resource: Resource
        package let action: String
        /// A media type, a name, a host with its port; empty where there is nothing to tell apart.
        package let subject: String
    }

    package let key: Key
    /// Bytes of the largest document.
    package var largest: Int64
    package var allowed: Int64
    package var refused: Int64
    /// Milliseconds since 1970 (UTC).
    package var last: Int64

    init(_ key: Key, largest: Int64 = 0, allowed: Int64 = 0, refused: Int64 = 0, last: Int64 = 0) {
        self.key = key
        self.largest = largest
        self.allowed = allowed
        self.refused = refused
        self.last = last
    }

    mutating func add(_ other: GrantUse) {
        largest = max(largest, other.largest)
        allowed += other.allowed
        refused += other.refused
        last = max(last, other.last)
    }
}

extension GrantUse.Key {
    /// Keys of the storage are too many to be told apart.
    init(_ resource: Resource, _ action: String, _ subject: PermissionSubject) {
        self.resource = resource
        self.action = action
        if case .key = subject { self.subject = "" } else { self.subject = String(subject.description.prefix(128)) }
    }

    /// A host, which may be an IPv6 address and full of colons, and its port.
    var endpoint: (host: String, port: Int)? {
        guard let colon = subject.lastIndex(of: ":"), let port = Int(subject[subject.index(after: colon)...]) else {
            return nil
        }
        return (String(subject[..<colon]), port)
    }

    var withoutSubject: Self { Self(resource: resource, action: action, subject: GrantUse.others) }
}

extension [Permission] {
    /// What is left when everything goes that was not used: actions, names, media types, hosts and ports. Never more
    /// than before. Pure.
    package func shrunk(to uses: [GrantUse]) -> [Permission] {
        compactMap { permission in
            let used = uses.filter { $0.allowed > 0 && permission.saw($0) }
            var shrunk = permission
            shrunk.actions = permission.actions.filter { action in used.contains { $0.key.action == action } }
            guard !shrunk.actions.isEmpty else { return nil }
            // Where not every subject is known, narrowing would take away what is used.
            guard !used.contains(where: { $0.key.subject == GrantUse.others }) else { return shrunk }
            let subjects = Set(used.map(\.key.subject)).sorted()
            switch permission.resource {
            case .documents:
                shrunk.conditions.mediaTypes = subjects
                let largest = used.map(\.largest).max() ?? 0
                shrunk.conditions.maximumSize = permission.conditions.maximumSize.map { Swift.min($0, ByteSize(bytes: largest)) }
            case .secrets, .events, .hooks, .connections: shrunk.conditions.names = subjects
            case .network:
                let endpoints = used.compactMap(\.key.endpoint)
                shrunk.conditions.hosts = Set(endpoints.map(\.host)).sorted()
                shrunk.conditions.ports = Set(endpoints.map(\.port)).sorted()
            case .storage, .notifications: break
            }
            return shrunk
        }
    }
}

extension Permission {
    /// Whether a use may have been one of this permission.
    fileprivate func saw(_ use: GrantUse) -> Bool {
        guard resource == use.key.resource, actions.contains(use.key.action) else { return false }
        if use.key.subject == GrantUse.others { return true }
        switch resource {
        case .documents: return allows(use.key.action, on: .document(mediaType: use.key.subject, size: ByteSize(bytes: 0)))
        case .secrets, .events, .hooks, .connections: return allows(use.key.action, on: .name(use.key.subject))
        case .network:
            guard let (host, port) = use.key.endpoint else { return false }
            var plain = self
            plain.conditions.methods = nil
            return plain.allows(use.key.action, on: .endpoint(host: host, port: port, method: nil))
        case .storage, .notifications: return true
        }
    }
}
