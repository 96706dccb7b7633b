/// Actions on a resource, as far as the conditions go: what a manifest asks for and a tenant grants.
package struct Permission: Sendable, Hashable {
    /// What narrows a permission; nil narrows nothing.
    package struct Conditions: Sendable, Hashable {
        /// `image/jpeg`, or `image/*` for all of a kind.
        package var mediaTypes: [String]?
        /// The largest document.
        package var maximumSize: ByteSize?
        /// What a key of the storage begins with.
        package var pathPrefix: String?
        /// Secrets, events or connections by name; a trailing `*` stands for the rest of a name.
        package var names: [String]?
        /// Host names, `*.example.org` for the names below one, or addresses; always present for the network.
        package var hosts: [String]?
        /// Nil stands for `ordinaryPorts`.
        package var ports: [Int]?
        /// HTTP methods of requests that the host can see.
        package var methods: [String]?

        package init() {}

        /// What a network permission that names no ports reaches.
        package static let ordinaryPorts = [80, 443]

        /// What `methods` can name. `CONNECT` is not among them: a tunnel is allowed where no methods are named.
        package static let methodNames = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

        /// The ports that a network permission reaches.
        package var reachablePorts: [Int] { ports ?? Self.ordinaryPorts }
    }

    package var resource: Resource
    /// In the order of `Resource.actions`, none twice, at least one.
    package var actions: [String]
    package var conditions: Conditions

    package init(_ resource: Resource, _ actions: [String], _ conditions: Conditions = Conditions()) {
        self.resource = resource
        self.actions = resource.actions.filter(actions.contains)
        self.conditions = conditions
    }
}

extension Permission {
    /// As it crosses the wire and stands in databases, with the keys of the manifest.
    package var json: JSONValue {
        ["resource": .string(resource.rawValue), "actions": .array(actions.map { .string($0) }), "conditions": conditions.json]
    }
}

extension Permission.Conditions {
    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        func add(_ name: String, _ words: [String]?) { if let words { members[name] = .array(words.map { .string($0) }) } }
        add("media-types", mediaTypes)
        if let maximumSize { members["max-size"] = .integer(maximumSize.bytes) }
        if let pathPrefix { members["path-prefix"] = .string(pathPrefix) }
        add("names", names)
        add("hosts", hosts)
        if let ports { members["ports"] = .array(ports.map { JSONValue($0) }) }
        add("methods", methods)
        return .object(members)
    }
}
