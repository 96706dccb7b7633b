package import Model
package import Store

/// What somebody who consents has read: a version, a package, or whatever is there where neither is named.
package struct ConsentTarget: Hashable, Sendable {
    package var version: Version?
    package var digest: BlobDigest?

    package init(version: Version? = nil, digest: BlobDigest? = nil) {
        self.version = version
        self.digest = digest
    }

    /// Throws `conflict` for anything else than what is named.
    func check(_ version: Version, _ digest: BlobDigest?, of plugin: PluginID) throws(Problem) {
        guard self.version ?? version == version, self.digest == nil || self.digest == digest else {
            throw Problem(
                .conflict,
                "plugin \(plugin): what asks for consent is version \(version)" + (digest.map { ", \($0)" } ?? ""),
                hint: "it was replaced meanwhile; read what it asks for now: cloister plugin show \(plugin)")
        }
    }
}
