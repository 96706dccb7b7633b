import Model

/// Workflows, their versions and what is wrong with them, for people.
enum WorkflowOutput {
    static func list(_ value: JSONValue, width: Int?) -> String {
        let workflows = value["workflows"]?.array ?? []
        guard !workflows.isEmpty else { return "no workflows; save one with: cloister workflow save FILE --tenant ID\n" }
        var table = Table([.left("WORKFLOW"), .flexible("NAME"), .left("STATE"), .left("VERSION"), .left("DRAFT"), .left("LOCKED BY")])
        for workflow in workflows {
            table.append([
                text(workflow, "id"), text(workflow, "name"), text(workflow, "status"),
                workflow["version"]?.integer.map { "\($0)" } ?? "-", draft(workflow), workflow["lock"]?["holder"]?.string ?? "",
            ])
        }
        return table.text(width: width) + more(value)
    }

    static func details(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("workflow", text(value, "id"))
        details.add("name", text(value, "name"))
        if let description = value["description"]?.string, !description.isEmpty { details.add("description", description) }
        details.add("state", text(value, "status"))
        details.add("version", value["version"]?.integer.map { "\($0)" } ?? "none: it was never published")
        details.add("draft", "revision \(value["revision"]?.integer ?? 0), \(draft(value))")
        details.add("changed", "\(text(value, "changed")) by \(text(value, "changedBy"))")
        if let lock = value["lock"], !lock.isNull { details.add("locked", "by \(text(lock, "holder")) until \(text(lock, "expires"))") }
        for schedule in value["schedules"]?.array ?? [] {
            let next = schedule["next"]?.array?.first?.string ?? ""
            details.add("next run", "\(next) by \(text(schedule, "node")) (\(text(schedule, "expression")), \(text(schedule, "timezone")))")
        }
        for poll in value["polls"]?.array ?? [] {
            let pace = poll["every"]?.string.map { "every \($0)" } ?? "\(text(poll, "cron")), \(text(poll, "timezone"))"
            details.add("next poll", "\(text(poll, "next")) by \(text(poll, "node")) (\(pace))")
            guard let error = poll["error"]?.string else { continue }
            details.add("last error", "\(error) (\(poll["failures"]?.integer ?? 0) in a row by \(text(poll, "node")))")
        }
        for webhook in value["webhooks"]?.array ?? [] {
            let secret = webhook["secretName"]?.string.map { ", secret \($0)" } ?? ""
            details.add("webhook", "\(text(webhook, "path")) (\(text(webhook, "signature"))\(secret)): \(text(webhook, "state"))")
        }
        return details.text(width: width) + findings(value)
    }

    static func versions(_ value: JSONValue, width: Int?) -> String {
        let versions = value["versions"]?.array ?? []
        guard !versions.isEmpty else { return "never published\n" }
        var table = Table([.left("VERSION"), .left("PUBLISHED"), .left("BY"), .flexible("NOTE")])
        for version in versions {
            table.append(["\(version["version"]?.integer ?? 0)", text(version, "published"), text(version, "author"), text(version, "note")])
        }
        return table.text(width: width) + more(value)
    }

    static func links(_ value: JSONValue, width: Int?) -> String {
        let links = value["links"]?.array ?? []
        guard !links.isEmpty else { return "no links\n" }
        var table = Table([
            .left("LINK"), .right("VERSION"), .left("EXPIRES"), .right("USES"), .left("LAST USE"), .flexible("BY"),
        ])
        for link in links {
            table.append([
                text(link, "id"), "\(link["version"]?.integer ?? 0)", text(link, "expires"), "\(link["uses"]?.integer ?? 0)",
                link["lastUse"]?.string ?? "-", text(link, "createdBy"),
            ])
        }
        return table.text(width: width)
    }

    /// A link that was made just now.
    static func link(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("link", text(value, "id"))
        details.add("opens", "version \(value["version"]?.integer ?? 0) of \(text(value, "workflow"))")
        details.add("expires", text(value, "expires"))
        // Not in the table: a window's width must not shorten it.
        return details.text(width: width)
            + "\n\(PlainText.escaping(text(value, "path")))\n\nBelow https:// and the daemon's host. Keep it now: it is not shown again.\n"
    }

    /// One line for each.
    static func findings(_ value: JSONValue) -> String {
        (value["findings"]?.array ?? []).map { finding in
            let node = finding["node"]?.string.map { "node \($0): " } ?? ""
            let hint = finding["hint"]?.string.map { " (\($0))" } ?? ""
            let pointer = text(finding, "pointer")
            return PlainText.escaping("\(pointer.isEmpty ? "/" : pointer): \(node)\(text(finding, "message"))\(hint)") + "\n"
        }.joined()
    }

    /// One line for each test, and what it complains about below.
    static func tests(_ value: JSONValue, width: Int?) -> String {
        var text = ""
        for test in value["tests"]?.array ?? [] {
            let passed = test["passed"] == true
            text += PlainText.escaping("\(passed ? "ok    " : "FAILED") \(Self.text(test, "name"))") + "\n"
            for complaint in test["complaints"]?.array ?? [] { text += PlainText.escaping("         \(complaint.string ?? "")") + "\n" }
            guard test["steps"] != nil else { continue }
            text += RunText.log(test, width: width) + "\n"
        }
        let (passed, failed) = (value["passed"]?.integer ?? 0, value["failed"]?.integer ?? 0)
        return text + "\(HumanText.number(Int(passed + failed), "test")), \(failed) failed\n"
    }

    static func difference(_ value: JSONValue) -> String {
        var lines = names("added").map { "+ node \($0)" } + names("removed").map { "- node \($0)" }
        func names(_ key: String) -> [String] { (value[key]?.array ?? []).compactMap(\.string) }
        func ways(_ key: String, _ sign: String) -> [String] {
            (value[key]?.array ?? []).map { "\(sign) \(text($0, "from")) \(text($0, "port")) -> \(text($0, "to"))" }
        }
        for node in value["changed"]?.array ?? [] {
            lines.append("~ node \(text(node, "id"))")
            lines += (node["changes"]?.array ?? []).map { "  " + operation($0) }
        }
        lines += (value["workflow"]?.array ?? []).map(operation) + ways("disconnected", "-") + ways("connected", "+")
        if value["cut"] == true { lines.append("and more") }
        return lines.isEmpty ? "no difference\n" : lines.map { PlainText.escaping($0) + "\n" }.joined()
    }

    private static func operation(_ change: JSONValue) -> String {
        let (old, new) = (change["from"]?.compactText, change["value"]?.compactText)
        return "\(text(change, "op")) \(text(change, "path"))" + (old.map { " \($0)" } ?? "") + (new.map { " -> \($0)" } ?? "")
    }

    private static func draft(_ value: JSONValue) -> String {
        let faults = value["faults"]?.integer ?? 0
        if faults > 0 { return HumanText.number(Int(faults), "fault") }
        return value["ahead"] == true ? "not published" : "published"
    }

    private static func more(_ value: JSONValue) -> String {
        let cursor = value["cursor"]?.string ?? value["cursor"]?.integer.map { "\($0)" }
        return cursor.map { "more: --cursor \($0)\n" } ?? ""
    }

    private static func text(_ value: JSONValue, _ name: String) -> String { value[name]?.string ?? "" }
}
