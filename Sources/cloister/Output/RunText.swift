import Model

/// Runs, their steps and decisions for people.
enum RunText {
    static func run(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("run", text(value, "id"))
        details.add("workflow", "\(text(value, "workflow")) \(version(value, "version "))")
        if let node = value["node"]?.string { details.add("node", "\(node), alone") }
        details.add("state", state(value))
        details.add("began", text(value, "began"))
        if let ended = value["ended"]?.string { details.add("ended", ended) }
        if let failed = value["failedStep"]?.string { details.add("failed step", failed) }
        if let error = value["error"]?.object { details.add("error", "\(error["code"]?.string ?? ""): \(error["message"]?.string ?? "")") }
        if value["state"]?.string == "succeeded" { details.add("output", value["output"]?.compactText ?? "null") }
        return details.text(width: width)
    }

    static func runs(_ value: JSONValue, width: Int?) -> String {
        let runs = value["runs"]?.array ?? []
        guard !runs.isEmpty else { return "no runs\n" }
        var table = Table([.left("RUN"), .left("WORKFLOW"), .left("STATE"), .left("BEGAN"), .flexible("")])
        for run in runs {
            table.append([
                text(run, "id"), "\(text(run, "workflow")) \(version(run))" + (run["node"]?.string.map { ": \($0) alone" } ?? ""), state(run), text(run, "began"),
                run["error"]?["message"]?.string ?? "",
            ])
        }
        return table.text(width: width) + (value["cursor"]?.string.map { "older ones: --cursor \($0)\n" } ?? "")
    }

    static func log(_ value: JSONValue, width: Int?) -> String {
        var table = Table([.left("STEP"), .left("STATE"), .left("PORT"), .left("TRY"), .left("BEGAN"), .flexible("")])
        for step in value["steps"]?.array ?? [] {
            let said = step["error"]?["message"]?.string ?? step["title"]?.string ?? step["output"]?.compactText ?? ""
            table.append([
                text(step, "step"), text(step, "state"), text(step, "port"), "\(step["attempt"]?.integer ?? 0)", text(step, "began"),
                String(said.prefix(300)),
            ])
        }
        return run(value["run"] ?? [:], width: width) + "\n" + table.text(width: width)
    }

    static func replayed(_ value: JSONValue, width: Int?) -> String {
        let replayed = value["replayed"]?.array ?? []
        var table = Table([.left("RUN"), .left("REPEATED AS"), .flexible("")])
        for run in replayed { table.append([text(run, "run"), text(run, "replay"), text(run, "problem")]) }
        let more = value["cursor"]?.string.map { "more: --cursor \($0)\n" } ?? ""
        return (replayed.isEmpty ? "nothing to repeat\n" : table.text(width: width)) + more
    }

    /// One line for what changed.
    static func news(_ event: JSONValue) -> String {
        if let step = event["step"] {
            let said = step["error"]?["message"]?.string ?? step["title"]?.string ?? ""
            let attempt = step["attempt"]?.integer ?? 0
            let line = "\(text(step, "step")) \(text(step, "state"))" + (attempt > 1 ? ", attempt \(attempt)" : "") + (said.isEmpty ? "" : ": \(said)")
            return PlainText.escaping(line) + "\n"
        }
        guard let run = event["run"] else { return "" }
        let said = run["error"]?["message"]?.string.map { ": \($0)" } ?? ""
        return PlainText.escaping("run \(text(run, "id")) \(state(run))\(said)") + "\n"
    }

    static func approvals(_ value: JSONValue, width: Int?) -> String {
        let approvals = value["approvals"]?.array ?? []
        guard !approvals.isEmpty else { return "nothing to decide\n" }
        var table = Table([.left("RUN"), .left("STEP"), .left("SINCE"), .left("DUE"), .flexible("")])
        for approval in approvals {
            table.append([
                text(approval, "run"), text(approval, "step"), text(approval, "began"), text(approval, "due"), text(approval, "title"),
            ])
        }
        return table.text(width: width) + (value["cursor"]?.string.map { "more: --cursor \($0)\n" } ?? "")
    }

    private static func version(_ run: JSONValue, _ word: String = "") -> String {
        let number = run["version"]?.integer ?? 0
        return number == 0 ? "draft" : "\(word)\(number)"
    }

    private static func state(_ run: JSONValue) -> String {
        let state = text(run, "state")
        if run["needsPerson"]?.bool == true { return state + ", waits for a person" }
        if run["held"]?.bool == true { return "held" }
        return run["paused"]?.bool == true ? state + ", paused" : state
    }

    private static func text(_ value: JSONValue, _ name: String) -> String { value[name]?.string ?? "" }
}
