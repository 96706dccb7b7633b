package import Model
package import Store

/// How it stands with a plugin of a tenant, beside what its instances are doing.
package struct PluginStanding: Sendable {
    package enum Status: String, Sendable {
        /// It may be called.
        case active
        /// It is installed, and nobody has enabled it, or somebody has disabled it.
        case inactive
        /// It cannot run; `problem` says why.
        case error
    }

    package let status: Status
    package let problem: String?
    /// The package in force; nil for a plugin that runs from a folder.
    package let digest: BlobDigest?
    package let isPinned: Bool
    /// What became of the last update, where the version in force stayed.
    package let notice: String?
    package let releases: [PluginRelease]
    /// What the version in force, or the one that waits, asks for beyond what was granted.
    package let needs: [String]

    package init(
        _ registration: PluginRegistration, releases: [PluginRelease], needs: [String], problem: String? = nil
    ) {
        status = Status(registration, problem: problem)
        self.problem = problem ?? registration.problem
        digest = registration.digest
        isPinned = registration.isPinned
        notice = registration.notice
        self.releases = releases
        self.needs = needs
    }
}

extension PluginStanding.Status {
    init(_ registration: PluginRegistration, problem: String?) {
        self =
            problem ?? registration.problem != nil
            ? .error : registration.isEnabled && !registration.isLeaving ? .active : .inactive
    }
}

/// A plugin of a tenant's as lists show it.
package struct InstalledPlugin: Hashable, Sendable {
    package let id: PluginID
    package var name: String
    package var version: String
    package var status: PluginStanding.Status
}
