/// What changes when one set of permissions takes the place of another.
package struct PermissionDifference: Sendable, Hashable {
    package enum Direction: String, Sendable {
        /// Something is allowed that was not.
        case widened
        /// Something is no longer allowed, and nothing more is.
        case narrowed
        case same
    }

    /// One action on one resource, as far as it is allowed on one side only.
    package struct Change: Sendable, Hashable, CustomStringConvertible {
        package let resource: Resource
        package let action: String
        /// The part of the permission that makes the difference.
        package let conditions: Permission.Conditions

        package var description: String { Permission(resource, [action], conditions).description }
    }

    package let added: [Change]
    package let removed: [Change]

    package init(from old: [Permission], to new: [Permission]) {
        added = Self.parts(of: new, beyond: old)
        removed = Self.parts(of: old, beyond: new)
    }

    package var direction: Direction { added.isEmpty ? removed.isEmpty ? .same : .narrowed : .widened }

    private static func parts(of permissions: [Permission], beyond others: [Permission]) -> [Change] {
        var changes: [Change] = []
        for permission in permissions {
            for action in permission.actions {
                for conditions in permission.conditions.parts
                where !others.contains(where: { $0.covers(permission.resource, action, conditions) }) {
                    let change = Change(resource: permission.resource, action: action, conditions: conditions)
                    if !changes.contains(change) { changes.append(change) }
                }
            }
        }
        return changes
    }
}

extension Permission.Conditions {
    /// The same, with one entry of the leading list in each: a permission for two names is two permissions for one.
    var parts: [Permission.Conditions] {
        func split(_ key: WritableKeyPath<Self, [String]?>) -> [Self]? {
            self[keyPath: key].map { words in
                words.map { word in
                    var part = self
                    part[keyPath: key] = [word]
                    return part
                }
            }
        }
        return split(\.mediaTypes) ?? split(\.names) ?? split(\.hosts) ?? [self]
    }
}

extension Permission {
    /// Whether everything that is allowed under `conditions` is allowed by this permission. Compares patterns as patterns.
    package func covers(_ resource: Resource, _ action: String, _ conditions: Conditions) -> Bool {
        guard self.resource == resource, actions.contains(action) else { return false }
        return Self.list(self.conditions.mediaTypes, covers: conditions.mediaTypes, Self.mediaType)
            && (self.conditions.maximumSize.map { $0 >= conditions.maximumSize ?? ByteSize(bytes: .max) } ?? true)
            && (self.conditions.pathPrefix.map { (conditions.pathPrefix ?? "").hasPrefix($0) } ?? true)
            && Self.list(self.conditions.names, covers: conditions.names, Self.name)
            && Self.list(self.conditions.hosts, covers: conditions.hosts, Self.host)
            && Self.list(self.conditions.reachablePorts, covers: conditions.reachablePorts, ==)
            && Self.list(self.conditions.methods, covers: conditions.methods, ==)
    }

    /// Every entry of the narrower list must be covered by one of the wider; no list narrows nothing.
    private static func list<Entry>(
        _ wider: [Entry]?, covers narrower: [Entry]?, _ covers: (Entry, Entry) -> Bool
    ) -> Bool {
        guard let wider else { return true }
        guard let narrower else { return false }
        return narrower.allSatisfy { entry in wider.contains { covers($0, entry) } }
    }
}
