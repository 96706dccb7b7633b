import Crypto
package import Model
package import Store

/// What a tenant has granted a plugin: what it may do, and which requests somebody consented to.
package struct Grant: Sendable, Hashable {
    package let plugin: PluginID
    /// What the plugin may do now.
    package var permissions: [Permission]
    /// What its manifest asked for when somebody consented. Grants may be narrower.
    package var requested: [Permission]
    /// The version that was consented to.
    package var version: String
    /// Its package; nil for a plugin that runs from a folder, and for consents that older hosts wrote down.
    package var digest: BlobDigest?
    /// The sandbox profile that was consented to; nil for consents that older hosts wrote down.
    package var profile: String?
    /// Who consented, as the host knows them.
    package var consentedBy: String
    /// Milliseconds since 1970 (UTC).
    package var consented: Int64

    /// Grants `permissions` of what `manifest` asks for; all of it when nil.
    package init(
        _ manifest: Manifest, of digest: BlobDigest? = nil, permissions: [Permission]? = nil, consentedBy: String,
        at consented: Int64 = Moment.now
    ) {
        plugin = manifest.id
        self.digest = digest
        profile = manifest.profile
        requested = manifest.requests.map(\.permission)
        self.permissions = permissions ?? requested
        version = manifest.version.description
        self.consentedBy = consentedBy
        self.consented = consented
    }

    init(
        plugin: PluginID, permissions: [Permission], requested: [Permission], version: String, digest: BlobDigest?,
        profile: String?, consentedBy: String, consented: Int64
    ) {
        self.plugin = plugin
        self.permissions = permissions
        self.requested = requested
        self.version = version
        self.digest = digest
        self.profile = profile
        self.consentedBy = consentedBy
        self.consented = consented
    }

    /// Names the set of requests that was consented to: SHA-256 over their JSON, in one order.
    package var hash: String { Self.hash(of: requested) }

    package static func hash(of permissions: [Permission]) -> String {
        let text = permissions.map(\.json.compactText).sorted().joined(separator: "\n")
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: SHA256.hash(data: Array(text.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// What would change for the tenant if a plugin with these requests took the place of the one consented to.
    package func difference(to manifest: Manifest) -> PermissionDifference {
        PermissionDifference(from: requested, to: manifest.requests.map(\.permission))
    }
}
