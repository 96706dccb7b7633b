import Model

/// Hooks for people.
enum HookText {
    static func board(_ value: JSONValue, all: Bool, width: Int?) -> String {
        var table = Table([
            .left("EVENT"), .left("KIND"), .right("PRIORITY"), .flexible("PLUGIN"), .flexible("HANDLER"), .right("DEADLINE"),
            .left("ON FAILURE"), .left("STATE"),
        ])
        for event in value["events"]?.array ?? [] {
            let handlers = event["handlers"]?.array ?? []
            let (name, kind) = (event["name"]?.string ?? "", event["kind"]?.string ?? "")
            if handlers.isEmpty, all { table.append([name, kind, "-", "-", "-", "-", "-", event["summary"]?.string ?? ""]) }
            for handler in handlers {
                table.append([
                    name, kind, String(handler["priority"]?.integer ?? 0), handler["plugin"]?.string ?? "",
                    handler["handler"]?.string ?? "", handler["deadline"]?.string ?? "", handler["onFailure"]?.string ?? "",
                    handler["state"]?.string ?? "",
                ])
            }
        }
        return table.rows.isEmpty ? "no handlers\n" : table.text(width: width)
    }

    static func trace(_ value: JSONValue, width: Int?) -> String {
        var text = steps(value["steps"]?.array ?? [], width: width)
        if let failure = value["failure"]?["message"]?.string { text += "ended: \(PlainText.escaping(failure))\n" }
        return text + "value: " + PlainText.escapingJSON(value["value"]?.compactText ?? "null") + "\n"
    }

    /// One line for each turn, and below it what it changed.
    static func steps(_ steps: [JSONValue], width: Int?) -> String {
        var text = ""
        for step in steps {
            let event = step["event"]?.string.map { $0 + "  " } ?? ""
            let head = "\(event)\(step["plugin"]?.string ?? "")/\(step["handler"]?.string ?? "")"
            let time = HumanText.processorTime(microseconds: step["microseconds"]?.integer)
            let reason = step["reason"]?.string.map { ": \($0)" } ?? ""
            text += PlainText.escaping(
                "\(head)  priority \(step["priority"]?.integer ?? 0)  \(time)  \(step["outcome"]?.string ?? "")\(reason)") + "\n"
            for change in step["changes"]?.array ?? [] {
                let line = self.line(change)
                text += "    " + PlainText.escaping(width.map { line.cut(to: max(20, $0 - 4)) } ?? line) + "\n"
            }
        }
        return text.isEmpty ? "no handlers\n" : text
    }

    private static func line(_ change: JSONValue) -> String {
        let path = change["path"]?.string ?? ""
        let (old, new) = (change["from"]?.compactText ?? "", change["value"]?.compactText ?? "")
        switch change["op"]?.string {
        case "add": return "+ \(path) \(new)"
        case "remove": return "- \(path) \(old)"
        default: return "~ \(path) \(old) -> \(new)"
        }
    }
}
