package import Model

/// What a plugin asks for, was granted and used, one row for each action on each resource.
package struct PermissionReport: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package var resource: String
        package var action: String
        /// The conditions in words, empty for none; nil where the manifest does not ask.
        package var requested: String?
        /// The conditions in words, empty for none; nil where nothing is granted.
        package var granted: String?
        package var used: Int64
        package var refused: Int64
        /// When it was last used or refused; nil for never.
        package var last: String?
        /// Why the plugin asks; empty when it does not say.
        package var purpose: String

        package init(
            resource: String, action: String, requested: String?, granted: String?, used: Int64, refused: Int64,
            last: String?, purpose: String
        ) {
            self.resource = resource
            self.action = action
            self.requested = requested
            self.granted = granted
            self.used = used
            self.refused = refused
            self.last = last
            self.purpose = purpose
        }

        init(_ value: JSONValue) throws(Problem) {
            let reply = try ReplyReader(value, "permissions: /rows")
            self.init(
                resource: try reply.string("resource"), action: try reply.string("action"),
                requested: reply["requested"]?.string, granted: reply["granted"]?.string,
                used: try reply.integer("used"), refused: try reply.integer("refused"), last: reply["last"]?.string,
                purpose: reply["purpose"]?.string ?? "")
        }

        var json: JSONValue {
            [
                "resource": .string(resource), "action": .string(action), "requested": JSONValue(requested),
                "granted": JSONValue(granted), "used": .integer(used), "refused": .integer(refused),
                "last": JSONValue(last), "purpose": .string(purpose),
            ]
        }
    }

    package var plugin: PluginID
    package var tenant: TenantID
    /// Nil where nobody has consented to anything.
    package var consentedBy: String?
    package var consented: String?
    /// The version, the package and the sandbox profile that were consented to, as far as they were written down.
    package var version: String?
    package var digest: String?
    package var profile: String?
    package var rows: [Row]
    /// The permissions themselves, as a manifest writes them.
    package var granted: JSONValue

    package init(
        plugin: PluginID, tenant: TenantID, consentedBy: String?, consented: String?, rows: [Row], granted: JSONValue
    ) {
        self.plugin = plugin
        self.tenant = tenant
        self.consentedBy = consentedBy
        self.consented = consented
        self.rows = rows
        self.granted = granted
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "permissions")
        self.init(
            plugin: try PluginID(try reply.string("plugin")), tenant: try TenantID(try reply.string("tenant")),
            consentedBy: reply["consentedBy"]?.string, consented: reply["consented"]?.string,
            rows: try reply.list("rows", Row.init), granted: reply["granted"] ?? [])
        (version, digest) = (reply["version"]?.string, reply["digest"]?.string)
        profile = reply["profile"]?.string
    }

    package var json: JSONValue {
        [
            "plugin": .string(plugin.rawValue), "tenant": .string(tenant.rawValue),
            "consentedBy": JSONValue(consentedBy), "consented": JSONValue(consented),
            "version": JSONValue(version), "digest": JSONValue(digest), "profile": JSONValue(profile),
            "rows": .array(rows.map(\.json)), "granted": granted,
        ]
    }
}
