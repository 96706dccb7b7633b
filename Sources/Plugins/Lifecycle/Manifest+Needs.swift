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

    /// Throws `unsupported` where the manifest excludes this host.
    func checkCompatibility(with host: String) throws(Problem) {
        guard let compatible, let version = Version(parsing: host), !compatible.contains(version) else { return }
        throw Problem(
            .unsupported, "plugin \(id) \(self.version) does not work with cloister \(host): it needs \(compatible)",
            hint: "install a version of the plugin for this host, or another host")
    }
}
