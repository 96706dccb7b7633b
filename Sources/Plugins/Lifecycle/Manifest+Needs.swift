import Model

extension Manifest {
    /// What the plugin asks for beyond what was granted, an entry for each action.
    func needs(beyond granted: [Permission]) -> [String] {
        PermissionDifference(from: granted, to: requests.map(\.permission)).added.map(\.description)
    }

    /// Of these, what it is of no use without.
    func essentialNeeds(beyond granted: [Permission]) -> [String] {
        PermissionDifference(from: granted, to: requests.filter(\.isEssential).map(\.permission)).added.map(\.description)
    }

    /// A change of the sandbox profile, in the words of what somebody would consent to.
    static func change(of profile: String, to other: String) -> String { "profile \(other) instead of \(profile)" }

    /// The change of the sandbox profile if this version took the place of the other; none where it stays. Which of two
    /// profiles lets more through is nothing that a name tells, so that somebody consents to every other one.
    func profileChange(from other: Manifest) -> [String] {
        profile == other.profile ? [] : [Self.change(of: other.profile, to: profile)]
    }

    /// Throws `unsupported` where the manifest excludes this host.
    func checkCompatibility(with host: String) throws(Problem) {
        guard let compatible, let version = Version(parsing: host), !compatible.contains(version) else { return }
        throw Problem(
            .unsupported, "plugin \(id) \(self.version) does not work with cloister \(host): it needs \(compatible)",
            hint: "install a version of the plugin for this host, or another host")
    }
}
