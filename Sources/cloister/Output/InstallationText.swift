import Control
import Model

/// Installed plugins for people.
enum InstallationText {
    /// After a change: how it stands with the plugin, and what to do next.
    static func installed(_ plugin: PluginReport, width: Int?) -> String {
        let (status, tenant) = (plugin.installation.status, plugin.tenant)
        var text = PlainText.escaping("\(plugin.name) \(plugin.version) (\(plugin.id)) for \(tenant): \(status)") + "\n"
        var details = Details()
        add(plugin.installation, to: &details)
        text += details.text(width: width)
        if let next = next(plugin) { text += "next: \(next)\n" }
        return text
    }

    /// The lines that a plugin's details have about its installation.
    static func add(_ installation: InstallationReport, to details: inout Details) {
        if let problem = installation.problem { details.add("problem", problem) }
        if let notice = installation.notice { details.add("update", notice) }
        if let digest = installation.digest { details.add("digest", digest) }
        if installation.isPinned { details.add("pinned", "updates are refused") }
        for (index, release) in installation.releases.filter({ $0.role != "current" }).enumerated() {
            details.add(index == 0 ? "versions" : "", "\(release.version) \(release.role) \(release.digest)")
        }
        for release in installation.releases where release.role == "current" && !release.signers.isEmpty {
            details.add("signed by", release.signers.joined(separator: ", "))
        }
        for (index, need) in installation.needs.enumerated() { details.add(index == 0 ? "not granted" : "", need) }
    }

    private static func next(_ plugin: PluginReport) -> String? {
        let target = "\(plugin.id) --tenant \(plugin.tenant)"
        if !plugin.installation.needs.isEmpty { return "cloister plugin consent \(target)" }
        return plugin.installation.status == "inactive" ? "cloister plugin enable \(target)" : nil
    }
}
