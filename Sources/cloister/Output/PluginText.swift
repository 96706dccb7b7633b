import Control
import Model

/// Plugins for people.
enum PluginText {
    static func table(_ plugins: [PluginReport], width: Int?) -> String {
        guard !plugins.isEmpty else { return "no plugins; run one with: cloister plugin run DIR --tenant ID\n" }
        var table = Table([
            .flexible("PLUGIN"), .left("VERSION"), .flexible("TENANT"), .left("STATUS"), .left("STATE"), .right("CHILDREN"),
            .right("TOOLS"), .flexible("NAME"),
        ])
        for plugin in plugins {
            table.append([
                plugin.id.rawValue, plugin.version, plugin.tenant.rawValue, plugin.installation.status, plugin.state,
                String(plugin.instances.count), String(plugin.tools.count), plugin.name,
            ])
        }
        return table.text(width: width)
    }

    /// After a start: who it is, what it can do and what it may.
    static func started(_ plugin: PluginReport, width: Int?) -> String {
        var text = PlainText.escaping("\(plugin.name) \(plugin.version) (\(plugin.id)) for \(plugin.tenant): \(plugin.state)")
        text += "\n"
        var tools = Details()
        for tool in plugin.tools { tools.add("  " + PlainText.escaping(tool.name), firstLine(tool.description)) }
        text += tools.text(width: width)
        guard let grants = plugin.grants else { return text }
        var details = Details()
        details.add("granted", grants.isEmpty ? "nothing" : grants.joined(separator: "\n"))
        return text + details.text(width: width)
    }

    static func details(_ plugin: PluginReport, width: Int?) -> String {
        var details = Details()
        details.add("plugin", "\(plugin.id)")
        details.add("name", plugin.name)
        details.add("version", plugin.version)
        details.add("tenant", plugin.tenant.rawValue)
        details.add("folder", plugin.folder)
        details.add("status", plugin.installation.status)
        details.add("state", plugin.state)
        if let usage = plugin.egress { details.add("egress", EgressText.line(usage)) }
        InstallationText.add(plugin.installation, to: &details)
        if let exit = plugin.lastExit {
            details.add("last exit", "\(exit.reason), at \(exit.at)")
            let tail = exit.stderr.split(separator: "\n").suffix(10).joined(separator: "\n")
            if !tail.isEmpty { details.add("stderr", tail) }
        }
        var text = details.text(width: width)
        if !plugin.tools.isEmpty {
            var table = Table([.left("TOOL"), .flexible("DESCRIPTION")])
            for tool in plugin.tools { table.append([tool.name, firstLine(tool.description)]) }
            text += "\n" + table.text(width: width)
        }
        if !plugin.instances.isEmpty { text += "\n" + ChildText.table(plugin.instances, width: width) }
        return text
    }

    static func log(_ line: LogLine) -> String {
        let level = line.level.map { " \($0):" } ?? ""
        return PlainText.escaping("\(line.at) \(line.instance)\(level) \(line.text)") + "\n"
    }

    private static func firstLine(_ text: String) -> String {
        String(text.split(whereSeparator: \.isNewline).first ?? "")
    }
}
