import Egress
import Model

extension EgressSettings {
    /// Reads the key `egress` of `cloister.yaml`; relative paths start at `folder`.
    init(_ node: YAMLNode, folder: String) throws(Problem) {
        self.init()
        var mapping = try node.mapping
        if let node = mapping.take("allow-private") {
            allowed = PrivateGrants(
                try node.sequence.map { (node) throws(Problem) in
                    let text = try node.line(limit: 80)
                    return try node.located { () throws(Problem) in try PrivateGrants.Entry(text) }
                })
        }
        if let node = mapping.take("trust") {
            trust = try node.sequence.map { (node) throws(Problem) in Path.absolute(try node.line(limit: 1024), from: folder) }
        }
        if let node = mapping.take("rate") { limits.rate = try node.byteSize(in: .kibibytes(1)...ByteSize(bytes: .max)) }
        if let node = mapping.take("volume") { limits.volume = try node.byteSize() }
        if let node = mapping.take("requests") { limits.requests = try node.integer(in: 1...1_000_000_000) }
        if let node = mapping.take("connections") { limits.connections = try node.integer(in: 1...4096) }
        if let node = mapping.take("idle") { timeouts.idle = try node.duration(in: .seconds(1) ... .seconds(86_400)) }
        if let node = mapping.take("credentials") {
            credentials = try node.sequence.map { (node) throws(Problem) in try CredentialRule(node) }
        }
        try mapping.finish()
    }
}

extension CredentialRule {
    /// Reads `{tenant, plugin, host, secret}`, with `header` and `value` where it is not a bearer token.
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        let tenant = try mapping.required("tenant").line(limit: 63)
        let plugin = try mapping.required("plugin").line(limit: 63)
        let host = try mapping.required("host").line(limit: 255)
        let secret = try mapping.required("secret").line(limit: 128)
        let header = try mapping.take("header")?.line(limit: 64) ?? "Authorization"
        let value = try mapping.take("value")?.line(limit: 256)
        try mapping.finish()
        self = try node.located { () throws(Problem) in
            try CredentialRule(
                tenant: try TenantID(tenant), plugin: try PluginID(plugin), host: host, header: header,
                template: value ?? (header.lowercased() == "authorization" ? "Bearer {secret}" : "{secret}"), secret: secret)
        }
    }
}
