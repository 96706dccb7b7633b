import Model

/// How it stands with a plugin of a tenant: whether it may be called, and for one from a package, which versions there are.
package struct InstallationReport: Hashable, Sendable {
    package struct Release: Hashable, Sendable {
        package var version: String
        /// `sha256:` and 64 hexadecimal digits.
        package var digest: String
        /// `current`, `previous` or `pending`.
        package var role: String
        /// The trusted keys that had signed it when it came.
        package var signers: [String]

        package init(version: String, digest: String, role: String, signers: [String]) {
            self.version = version
            self.digest = digest
            self.role = role
            self.signers = signers
        }
    }

    /// `active`, `inactive` or `error`.
    package var status: String
    /// Why it is `error`.
    package var problem: String?
    /// Of the package in force; nil for a plugin that runs from a folder.
    package var digest: String?
    package var isPinned: Bool
    /// What became of the last update, where the version in force stayed.
    package var notice: String?
    /// The newest first.
    package var releases: [Release]
    /// What the plugin asks for beyond what was granted.
    package var needs: [String]

    package init(
        status: String, problem: String? = nil, digest: String? = nil, isPinned: Bool = false, notice: String? = nil,
        releases: [Release] = [], needs: [String] = []
    ) {
        self.status = status
        self.problem = problem
        self.digest = digest
        self.isPinned = isPinned
        self.notice = notice
        self.releases = releases
        self.needs = needs
    }

    /// Reads the members of a plugin's report that belong here.
    init(_ reply: ReplyReader) throws(Problem) {
        let releases = try reply.list("releases") { (value) throws(Problem) in
            let release = try ReplyReader(value, "plugin: /releases")
            return Release(
                version: try release.string("version"), digest: try release.string("digest"),
                role: try release.string("role"), signers: try release.strings("signers"))
        }
        self.init(
            status: try reply.string("status"), problem: reply["problem"]?.string, digest: reply["digest"]?.string,
            isPinned: try reply.bool("pinned"), notice: reply["notice"]?.string, releases: releases,
            needs: try reply.strings("needs"))
    }

    var members: [String: JSONValue] {
        [
            "status": .string(status), "problem": JSONValue(problem), "digest": JSONValue(digest),
            "pinned": .bool(isPinned), "notice": JSONValue(notice), "needs": .array(needs.map(JSONValue.string)),
            "releases": .array(
                releases.map {
                    [
                        "version": .string($0.version), "digest": .string($0.digest), "role": .string($0.role),
                        "signers": .array($0.signers.map(JSONValue.string)),
                    ]
                }),
        ]
    }
}
