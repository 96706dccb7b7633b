import Control
import Model

/// A status for people.
enum StatusText {
    static func text(_ status: StatusReport, width: Int?) -> String {
        let uptime = HumanText.duration(seconds: status.uptimeSeconds)
        var details = Details()
        details.add("daemon", "cloister \(status.version), \(status.state.rawValue), process \(status.processID), up \(uptime)")
        details.add("data", status.data)
        details.add("socket", status.socket)
        details.add("identities", status.identities)
        details.add("control group", status.enforcement.controlGroup ?? "none")
        let resources = status.enforcement.resources
        details.add("enforced", list(resources.filter(\.enforced).map(\.name)))
        details.add("not enforced", list(resources.filter { !$0.enforced }.map(\.name)))
        for reason in status.enforcement.missing { details.add("", reason) }
        details.add("tenants", String(status.tenants))
        details.add("children", String(status.children.count))
        if let usage = status.egress { details.add("egress", EgressText.line(usage)) }
        var text = details.text(width: width)
        if !status.children.isEmpty { text += "\n" + ChildText.table(status.children, width: width) }
        return text
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
}
